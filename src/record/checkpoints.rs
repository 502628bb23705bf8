//! The checkpoints of a run as a list: which there are, and which of them count.

use std::fs;
use std::path::Path;

use super::head_tail::HeadTail;
use super::lineage::Lineage;
use super::run_dir::{CHECKPOINTS, EVENTS};
use crate::checkpoint::CheckpointFacts;

/// Every checkpoint below the folder `checkpoints`, oldest first: of those of one branch the later is the newer, and one
/// of a higher branch is newer than any of a lower. One whose state cannot be read counts as one of the newest branch: as the
/// oldest it would be passed over in silence.
#[must_use]
pub fn checkpoints(folder: &Path) -> Vec<CheckpointFacts> {
    let mut found: Vec<CheckpointFacts> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| CheckpointFacts::read(&entry.path()))
        .collect();
    if found.iter().any(|checkpoint| !checkpoint.is_readable) {
        let saved = found.iter().map(|checkpoint| checkpoint.branch).max();
        let record = folder.parent().map(|dir| HeadTail::read(&dir.join(EVENTS)));
        let recorded = record.map(|ends| ends.newest_branch());
        let newest = saved.max(recorded).unwrap_or_default();
        for checkpoint in found.iter_mut().filter(|c| !c.is_readable) {
            checkpoint.branch = newest;
        }
    }
    found.sort_by_key(CheckpointFacts::age);
    found
}

/// The checkpoints of the run in `dir` that it could continue from, the newest last: those that count, or, where none does,
/// all.
#[must_use]
pub fn counting_checkpoints(dir: &Path) -> Vec<CheckpointFacts> {
    let found = checkpoints(&dir.join(CHECKPOINTS));
    let lineage = Lineage::read(&dir.join(EVENTS)).unwrap_or_default();
    let counts = |c: &&CheckpointFacts| lineage.leads_through(c.branch, c.seq, c.step);
    let counting: Vec<CheckpointFacts> = found.iter().filter(counts).cloned().collect();
    if counting.is_empty() { found } else { counting }
}

/// The checkpoint that the run in `dir` resumes from: the newest of what counts. One behind the place that the run went
/// back to last does not, as long as there is another.
#[must_use]
pub fn latest_checkpoint(dir: &Path) -> Option<CheckpointFacts> {
    let branch = HeadTail::read(&dir.join(EVENTS)).newest_branch();
    let mut found = checkpoints(&dir.join(CHECKPOINTS));
    let newest = latest_of(&found, branch, dir)?;
    Some(found.swap_remove(newest))
}

/// Returns whether a checkpoint of the run in `dir` is of what counts, and not of what was taken back.
#[must_use]
pub fn counts(dir: &Path, checkpoint: &CheckpointFacts) -> bool {
    Lineage::read(&dir.join(EVENTS)).map_or(true, |lineage| {
        lineage.leads_through(checkpoint.branch, checkpoint.seq, checkpoint.step)
    })
}

/// The place of that checkpoint among all, `branch` being the newest of the record.
pub(super) fn latest_of(found: &[CheckpointFacts], branch: u32, dir: &Path) -> Option<usize> {
    let newest = found.len().checked_sub(1)?;
    if found[newest].branch >= branch {
        return Some(newest);
    }
    // The run has gone back since: perhaps to before the newest.
    let lineage = Lineage::read(&dir.join(EVENTS)).unwrap_or_default();
    let counts = |c: &CheckpointFacts| lineage.leads_through(c.branch, c.seq, c.step);
    Some(found.iter().rposition(counts).unwrap_or(newest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use serde_json::json;

    use super::*;
    use crate::checkpoint::{best, checkpoint_name};

    fn save(run: &Path, step: u64, branch: u32, seq: u64, badness: Option<f64>) {
        let dir = run.join("checkpoints").join(checkpoint_name(step));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("generator.safetensors"), "").unwrap();
        let score = badness.map(|b| json!({"metric": "diversity", "value": 1.0, "badness": b}));
        let state = json!({
            "saved": {"reason": "interval", "score": score},
            "branch": branch, "seq": seq, "step": step, "settings": {"objective": "gan"},
        });
        fs::write(dir.join("state.json"), state.to_string()).unwrap();
    }

    fn note(seq: u64, branch: u32, after: &str, step: u64) -> String {
        format!(
            "{{\"schema\":1,\"branch\":{branch},\"seq\":{seq},{after}\"step\":{step},\"images\":0,\"time\":\"2026-01-01T00:00:00Z\",\"elapsed\":0.0,\"event\":\"note\",\"text\":\"n\"}}\n"
        )
    }

    #[test]
    fn an_abandoned_checkpoint_is_not_the_latest() {
        let run = tempfile::tempdir().unwrap();
        let latest = || latest_checkpoint(run.path()).map(|c| c.step);
        assert_eq!(latest(), None);
        save(run.path(), 300, 0, 30, None);
        save(run.path(), 900, 0, 90, None);
        assert_eq!(latest(), Some(900), "also without a record");
        let mut record = note(90, 0, "", 900);
        let path = run.path().join("events.jsonl");
        fs::write(&path, &record).unwrap();
        assert_eq!(latest(), Some(900));
        // Back to step 400, from a state in memory.
        record += &note(91, 1, "\"after\":40,", 400);
        fs::write(&path, &record).unwrap();
        assert_eq!(latest(), Some(300));
        save(run.path(), 500, 1, 95, None);
        assert_eq!(latest(), Some(500));
        // Where nothing is left that counts, what was taken back is better than nothing.
        record += &note(96, 2, "\"after\":10,", 100);
        fs::write(&path, &record).unwrap();
        assert_eq!(latest(), Some(500));
    }

    #[test]
    fn the_best_is_compared_by_the_metric_of_the_newest() {
        let run = tempfile::tempdir().unwrap();
        let of_run = || {
            let found = checkpoints(&run.path().join("checkpoints"));
            best(&found).map(|c| c.step)
        };
        save(run.path(), 100, 0, 1, None);
        assert_eq!(of_run(), None);
        save(run.path(), 200, 0, 2, Some(0.2));
        save(run.path(), 300, 0, 3, Some(0.1));
        save(run.path(), 400, 1, 4, Some(0.1));
        save(run.path(), 500, 1, 5, None);
        assert_eq!(of_run(), Some(300));
        let other = run.path().join("checkpoints/step-00000100/state.json");
        let state = json!({"saved": {"score": {"metric": "d_loss", "value": 1, "badness": -9}}});
        fs::write(other, state.to_string()).unwrap();
        assert_eq!(of_run(), Some(300), "of another metric");
    }

    #[test]
    fn a_damaged_checkpoint_of_a_resumed_run_is_the_newest_and_not_the_oldest() {
        let run = tempfile::tempdir().unwrap();
        save(run.path(), 300, 0, 30, None);
        save(run.path(), 600, 1, 60, None);
        save(run.path(), 900, 2, 90, None);
        let record = note(30, 0, "", 300) + &note(31, 1, "\"after\":30,", 300);
        let record = record + &note(61, 2, "\"after\":60,", 600);
        fs::write(run.path().join("events.jsonl"), record).unwrap();
        let state = run.path().join("checkpoints/step-00000900/state.json");
        for damage in ["", "{", "garbage"] {
            fs::write(&state, damage).unwrap();
            assert_eq!(latest_checkpoint(run.path()).unwrap().step, 900, "{damage}");
            assert_eq!(counting_checkpoints(run.path()).last().unwrap().step, 900);
        }
    }

    #[test]
    fn partial_checkpoints_and_other_folders_are_ignored() {
        let run = tempfile::tempdir().unwrap();
        save(run.path(), 7, 0, 1, None);
        let folder = run.path().join("checkpoints");
        for name in ["step-00000008", ".step-00000009.partial", "step-x", "notes"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        fs::write(folder.join("step-x").join("generator.safetensors"), "").unwrap();
        fs::write(folder.join("step-00000007/state.json"), "oops").unwrap();
        let found = checkpoints(&folder);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].step, found[0].branch, found[0].seq), (7, 0, None));
    }
}
