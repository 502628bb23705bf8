//! Processes of other ranks than 0. Rank 0's steps are those of the run: what others have measured at a later one waits until the
//! run is there, and what comes after its step counts at the newest.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Run;
use super::gallery::Place;
use crate::foreign::connection::Id;
use crate::foreign::declared::{by_rank, of_rank};
use crate::foreign::images::{EVALUATION, Pictures, REAL};
use crate::foreign::message::{Log, Up};
use crate::protocol::{Metrics, Recorded, merge_metrics};

/// Steps whose metrics wait, at the most.
const MOST: usize = 1024;
/// How long the others wait for a rank 0 that says no steps: after that their steps are the run's.
const PATIENCE: Duration = Duration::from_secs(5);

/// Metrics that wait for rank 0.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    waiting: BTreeMap<u64, Metrics>,
    /// Since when there were some.
    since: Option<Instant>,
    /// Whether rank 0 says steps, and whether it ever did.
    is_led: bool,
    was_led: bool,
}

impl Ranks {
    /// Metrics at a step.
    fn hear(&mut self, step: u64, metrics: &Metrics, now: Instant) {
        self.since.get_or_insert(now);
        merge_metrics(self.waiting.entry(step).or_default(), metrics);
    }

    /// Rank 0 has said a step.
    pub fn lead(&mut self) {
        (self.is_led, self.was_led) = (true, true);
    }

    /// Rank 0 is gone.
    pub fn leave(&mut self) {
        (self.is_led, self.since) = (false, None);
    }

    /// The run went back: what waits is of before.
    pub fn take_back(&mut self) {
        self.waiting.clear();
    }

    /// What is due at the run's step, with the steps at which it counts; with `is_last` all of it.
    fn take(&mut self, newest: u64, now: Instant, is_last: bool) -> Vec<(u64, Metrics)> {
        // At its end a run is where rank 0 has left it.
        let is_led = self.is_led || is_last && self.was_led;
        if !is_led {
            let waited = |since| now.saturating_duration_since(since) >= PATIENCE;
            if !is_last && !self.since.is_some_and(waited) {
                return Vec::new();
            }
            return std::mem::take(&mut self.waiting).into_iter().collect();
        }
        let mut due = Metrics::new();
        while let Some(first) = self.waiting.first_entry()
            && (is_last || *first.key() <= newest)
        {
            merge_metrics(&mut due, &first.remove());
        }
        while self.waiting.len() > MOST
            && let Some((_, metrics)) = self.waiting.pop_first()
        {
            merge_metrics(&mut due, &metrics);
        }
        let is_there = !due.is_empty();
        is_there.then_some((newest, due)).into_iter().collect()
    }
}

impl Run {
    /// A message of a process of another rank than 0. What it measures counts, and has its rank in its name; where the run is,
    /// what it saves and how it ends is what rank 0 says.
    pub(super) fn message_of_rank(&mut self, rank: u64, id: Id, up: Up, now: Instant) {
        let newest = self.ledger.step();
        let at = |step: Option<u64>| Some(step.unwrap_or(newest).min(newest));
        match up {
            Up::Hello(hello) => self.hello(id, *hello, now),
            Up::Declare(said) => self.declared(id, *said),
            Up::Log(log) => self.log_of_rank(rank, log, now),
            Up::Images(pictures) => self.pictures_of_rank(
                rank,
                Pictures {
                    step: at(pictures.step),
                    id: None,
                    ..*pictures
                },
                now,
            ),
            Up::Distribution { step, mut seen } => {
                seen.name = by_rank(rank, &seen.name);
                self.distribution(at(step), seen, now);
            }
            Up::Text { step, name, text } => {
                let name = name.map_or(format!("rank{rank}"), |name| by_rank(rank, &name));
                let name = Some(name);
                self.ledger
                    .record_at(step.unwrap_or(newest), Recorded::Text { name, text });
            }
            Up::Alarm {
                name, level, text, ..
            } => self.ledger.record(Recorded::Alarm {
                alarm: by_rank(rank, &name),
                level,
                text,
            }),
            Up::Applied { id: command, .. } | Up::Rejected { id: command, .. } => {
                self.unknown_command(id, command);
            }
            Up::Checkpoint { .. }
            | Up::Progress(_)
            | Up::State { .. }
            | Up::Rewound(_)
            | Up::Finished { .. } => {}
        }
    }

    fn log_of_rank(&mut self, rank: u64, log: Log, now: Instant) {
        self.faults.merged(log.merged);
        let step = log.step.unwrap_or(self.ledger.step());
        self.ranks.hear(step, &of_rank(rank, log.metrics), now);
        self.hear_ranks(now, false);
    }

    fn pictures_of_rank(&mut self, rank: u64, pictures: Pictures, now: Instant) {
        // These are of the same data, and of the same networks.
        if [REAL, EVALUATION].contains(&pictures.name.as_str()) {
            self.pictures(pictures, now);
            return;
        }
        self.faults.merged(pictures.merged);
        let named = Pictures {
            name: by_rank(rank, &pictures.name),
            ..pictures
        };
        self.hang(named, Place::Aside, now);
    }

    /// Takes in what waits for the run's step, if it is there.
    pub(super) fn hear_ranks(&mut self, now: Instant, is_last: bool) {
        for (step, metrics) in self.ranks.take(self.ledger.step(), now, is_last) {
            let from = (step <= self.ledger.step()).then_some(step);
            self.measured(metrics, from, Some(step), None, now, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Stat;

    fn one(name: &str, value: f64) -> Metrics {
        Metrics::from([(name.to_owned(), Stat::of(value))])
    }

    #[test]
    fn what_is_ahead_waits_and_what_is_late_counts_at_the_newest_step() {
        let now = Instant::now();
        let mut ranks = Ranks::default();
        ranks.lead();
        for step in [10, 20, 30] {
            ranks.hear(step, &one("rank1/loss", step as f64), now);
        }
        ranks.hear(20, &one("rank2/loss", 2.0), now);
        assert_eq!(ranks.take(9, now, false), []);
        let due = ranks.take(20, now, false);
        assert_eq!(due.len(), 1);
        let (step, metrics) = &due[0];
        let seen = |name: &str| metrics.get(name).map(|stat| (stat.count, stat.last));
        assert_eq!(
            (*step, seen("rank1/loss"), seen("rank2/loss")),
            (20, Some((2, 20.0)), Some((1, 2.0)))
        );
        ranks.hear(3, &one("rank2/loss", 3.0), now);
        assert_eq!(ranks.take(21, now, false), [(21, one("rank2/loss", 3.0))]);
        // Rank 0 is gone, and the run ends.
        ranks.leave();
        assert_eq!(ranks.take(22, now, false), []);
        assert_eq!(ranks.take(22, now, true), [(22, one("rank1/loss", 30.0))]);
    }

    #[test]
    fn without_a_rank_0_that_says_steps_theirs_are_the_runs() {
        let begin = Instant::now();
        let mut ranks = Ranks::default();
        ranks.hear(1, &one("a", 1.0), begin);
        ranks.hear(2, &one("a", 2.0), begin);
        assert_eq!(ranks.take(0, begin, false), []);
        let steps =
            |due: Vec<(u64, Metrics)>| due.iter().map(|(step, _)| *step).collect::<Vec<_>>();
        assert_eq!(steps(ranks.take(0, begin + PATIENCE, false)), [1, 2]);
        ranks.hear(3, &one("a", 3.0), begin + PATIENCE);
        assert_eq!(steps(ranks.take(2, begin + PATIENCE, false)), [3]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let now = Instant::now();
        let mut ranks = Ranks::default();
        ranks.lead();
        for step in 0..3 * MOST as u64 {
            ranks.hear(step + 1, &one("a", 1.0), now);
            ranks.take(0, now, false);
        }
        assert_eq!(ranks.waiting.len(), MOST);
    }
}
