//! Which checkpoint is the best, and which are kept.

use super::CheckpointFacts;
use crate::protocol::CheckpointReason;

/// The best of these checkpoints, by the metric that the newest one with a score was judged by. The oldest of equals: it was
/// the best first, and what is only as good does not replace it.
#[must_use]
pub fn best(found: &[CheckpointFacts]) -> Option<&CheckpointFacts> {
    let scored = || {
        let scored = found.iter();
        scored.filter_map(|checkpoint| Some((checkpoint, checkpoint.score.as_ref()?)))
    };
    let (_, newest) = scored().max_by_key(|(checkpoint, _)| checkpoint.age())?;
    scored()
        .filter(|(_, score)| score.metric == newest.metric)
        .min_by(|(a, of_a), (b, of_b)| {
            let better = of_a.badness.total_cmp(&of_b.badness);
            better.then_with(|| a.age().cmp(&b.age()))
        })
        .map(|(checkpoint, _)| checkpoint)
}

/// The checkpoints that are not worth keeping: the first one, which is from before any training, and of those that were
/// written without a request all but the `keep` newest and the best.
#[must_use]
pub fn superfluous(found: &[CheckpointFacts], keep: usize) -> Vec<&CheckpointFacts> {
    let best = best(found).map(|best| &best.dir);
    let written_for = |checkpoint: &CheckpointFacts, first: bool| match checkpoint.reason {
        Some(CheckpointReason::First) => first,
        Some(CheckpointReason::Interval | CheckpointReason::Best | CheckpointReason::Final) => {
            !first
        }
        // A requested checkpoint, or one with an unknown reason, is kept.
        Some(CheckpointReason::Request) | None => false,
    };
    let mut others: Vec<_> = found.iter().filter(|c| written_for(c, false)).collect();
    others.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.age()));
    let first = found.iter().filter(|c| written_for(c, true));
    first
        .chain(others.into_iter().skip(keep))
        .filter(|checkpoint| Some(&checkpoint.dir) != best)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Score;
    use super::*;

    fn saved(
        branch: u32,
        step: u64,
        reason: CheckpointReason,
        badness: Option<f64>,
    ) -> CheckpointFacts {
        CheckpointFacts {
            branch,
            is_readable: true,
            step,
            seq: None,
            objective: None,
            reason: Some(reason),
            score: badness.map(|badness| Score {
                metric: "diversity".to_owned(),
                value: 1.0 - badness,
                badness,
            }),
            dir: format!("{branch}/{step}").into(),
        }
    }

    fn names(found: &[&CheckpointFacts]) -> Vec<String> {
        found.iter().map(|c| c.dir.display().to_string()).collect()
    }

    #[test]
    fn newest_best_and_requested_checkpoints_are_kept() {
        use CheckpointReason::{Final, Interval, Request};
        let found = [
            saved(0, 900, Interval, Some(0.5)),
            saved(0, 100, Interval, Some(0.2)),
            saved(0, 200, Request, Some(0.9)),
            saved(0, 300, Final, Some(0.1)),
            saved(1, 500, Interval, Some(0.4)),
            saved(1, 600, Interval, Some(0.3)),
        ];
        // Branch 0 continued to step 900, but the run that counts did not.
        assert_eq!(names(&superfluous(&found, 2)), ["0/900", "0/100"]);
    }

    #[test]
    fn the_first_checkpoint_is_deleted_when_there_is_another() {
        let found = [
            saved(0, 0, CheckpointReason::First, None),
            saved(0, 5, CheckpointReason::Interval, None),
        ];
        assert_eq!(names(&superfluous(&found, 3)), ["0/0"]);
    }

    #[test]
    fn without_a_score_only_age_counts() {
        let found: Vec<_> = (1..=4)
            .map(|i| saved(0, i, CheckpointReason::Interval, None))
            .collect();
        assert_eq!(names(&superfluous(&found, 3)), ["0/1"], "the oldest goes");
    }

    #[test]
    fn the_oldest_of_equal_scores_is_the_best_in_any_order() {
        let mut found = vec![
            saved(0, 100, CheckpointReason::Interval, Some(0.3)),
            saved(0, 200, CheckpointReason::Interval, Some(0.1)),
            saved(0, 300, CheckpointReason::Interval, Some(0.1)),
            saved(1, 250, CheckpointReason::Interval, Some(0.1)),
            saved(1, 260, CheckpointReason::Interval, None),
        ];
        for _ in 0..found.len() {
            found.rotate_left(1);
            assert_eq!(best(&found).map(CheckpointFacts::age), Some((0, 200)));
            // The checkpoint found is the one kept.
            let gone = names(&superfluous(&found, 1));
            assert!(!gone.contains(&"0/200".to_owned()), "{gone:?}");
            assert_eq!(gone.len(), 3);
        }
    }

    #[test]
    fn the_metric_of_the_newest_score_counts() {
        let mut found = vec![
            saved(0, 100, CheckpointReason::Interval, Some(0.1)),
            saved(0, 200, CheckpointReason::Interval, Some(0.2)),
        ];
        if let Some(score) = &mut found[1].score {
            score.metric = "fid".to_owned();
        }
        assert_eq!(best(&found).map(|c| c.step), Some(200));
        found.push(saved(0, 300, CheckpointReason::Interval, None));
        assert_eq!(best(&found).map(|c| c.step), Some(200));
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn checkpoints_of_unknown_reason_are_kept() {
        let mut unknown = saved(0, 1, CheckpointReason::Interval, None);
        unknown.reason = None;
        let found = [unknown, saved(0, 2, CheckpointReason::Interval, None)];
        assert!(superfluous(&found, 1).is_empty());
    }
}
