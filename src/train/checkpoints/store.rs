//! Writes checkpoints on a thread of its own, so that a slow disk never holds up training, and keeps those worth keeping.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::files::Place;
use crate::train::checkpoints::format::{
    CHECKPOINTS, Checkpoint, Reason, Saved, Shapes, checkpoint_name, read_saved, remove_checkpoint,
    write_checkpoint,
};
use crate::train::{Recorded, TrainError};

/// What became of a checkpoint.
#[derive(Debug)]
pub(in crate::train) struct Written {
    pub checkpoint: Checkpoint,
    pub result: Result<PathBuf, TrainError>,
}

/// The writing thread, seen from the trainer.
pub(in crate::train) struct Saver {
    jobs: Option<Sender<Checkpoint>>,
    /// What became of them, in order.
    pub results: Receiver<Written>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// A saver into the folder of checkpoints of the run at `place` that keeps the `keep` newest checkpoints besides the best and those asked for. What stands
    /// before a checkpoint in the record must be on disk before it is: `recorded` waits for that.
    pub fn start(
        place: Place,
        keep: usize,
        shapes: (Shapes, Shapes),
        recorded: Recorded,
    ) -> std::io::Result<Self> {
        // One waiting job: a disk slower than the interval makes the trainer skip one rather than pile them up.
        let (jobs, todo) = bounded::<Checkpoint>(1);
        let (done, results) = unbounded();
        let thread = std::thread::Builder::new()
            .name("saver".to_owned())
            .spawn(move || {
                for mut checkpoint in todo {
                    let folder = match checked(&place) {
                        Ok(dir) => dir.join(CHECKPOINTS),
                        // Nothing is written into what may lie in its place.
                        Err(error) => {
                            let result = Err(error);
                            if done.send(Written { checkpoint, result }).is_err() {
                                break;
                            }
                            continue;
                        }
                    };
                    respect_request(&folder, &mut checkpoint);
                    let seq = checkpoint.snapshot.state.seq;
                    let write = |checkpoint: &Checkpoint| {
                        write_checkpoint(&folder, checkpoint, &shapes.0, &shapes.1, || {
                            recorded(seq)
                        })
                    };
                    let mut result = write(&checkpoint);
                    // The disk may have room for half of it: the state without the one to go back to.
                    if matches!(result, Err(TrainError::Checkpoint { .. }))
                        && checkpoint.good.take().is_some()
                        && let Ok(path) = write(&checkpoint)
                    {
                        result = Ok(path);
                    }
                    if let Ok(newest) = &result {
                        prune(&folder, newest, keep);
                    }
                    if done.send(Written { checkpoint, result }).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self {
            jobs: Some(jobs),
            results,
            thread: Some(thread),
        })
    }

    /// Whether a job would be taken at once.
    pub fn is_free(&self) -> bool {
        self.jobs.as_ref().is_some_and(|j| !j.is_full())
    }

    /// Hands over a checkpoint; waits only while another is already waiting.
    pub fn save(&self, checkpoint: Checkpoint) {
        if let Some(jobs) = &self.jobs {
            // A saver that is gone has said why in its last result.
            let _ = jobs.send(checkpoint);
        }
    }

    /// Waits until everything handed over is written, and gives the results not yet taken.
    pub fn finish(&mut self) -> Vec<Written> {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.results.try_iter().collect()
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The run directory, which may have been moved while the run went on.
fn checked(place: &Place) -> Result<PathBuf, TrainError> {
    place.check().map_err(|error| TrainError::Checkpoint {
        path: place.path(),
        reason: error.to_string(),
    })?;
    Ok(place.path())
}

/// One that somebody asked for stays, also when its state turns out to be the best and is written again.
fn respect_request(folder: &Path, checkpoint: &mut Checkpoint) {
    let place = folder.join(checkpoint_name(checkpoint.snapshot.state.step));
    let asked = |there: &Saved| there.saved.reason == Reason::Request;
    if checkpoint.saved.reason == Reason::Best && read_saved(&place).as_ref().is_some_and(asked) {
        checkpoint.saved.reason = Reason::Request;
    }
}

/// Removes the checkpoints that are not worth keeping, never the one just written.
fn prune(folder: &Path, newest: &Path, keep: usize) {
    let found: Vec<(Saved, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("step-"))
        .filter_map(|entry| Some((read_saved(&entry.path())?, entry.path())))
        .collect();
    for path in superfluous(found, keep) {
        if path != newest {
            // One that cannot be removed takes room but harms nothing.
            let _ = remove_checkpoint(&path);
        }
    }
}

/// The first, which is of before any training, and of checkpoints that came by themselves all but the `keep` newest and the
/// best. Of those of one branch the later is the
/// newer; one of a higher branch is newer than any of a lower, which was abandoned.
fn superfluous(mut found: Vec<(Saved, PathBuf)>, keep: usize) -> Vec<PathBuf> {
    found.sort_by_key(|(saved, _)| std::cmp::Reverse((saved.branch, saved.step)));
    let best = best(&found).map(Path::to_owned);
    let (first, others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .filter(|(saved, _)| saved.saved.reason != Reason::Request)
        .partition(|(saved, _)| saved.saved.reason == Reason::First);
    let old = others.into_iter().skip(keep);
    first
        .into_iter()
        .chain(old)
        .map(|(_, path)| path)
        .filter(|path| Some(path) != best.as_ref())
        .collect()
}

/// The best by the metric that the newest one was scored by.
fn best(found: &[(Saved, PathBuf)]) -> Option<&Path> {
    let metric = |saved: &Saved| saved.saved.score.as_ref().map(|s| s.metric.clone());
    let chosen = found.iter().find_map(|(saved, _)| metric(saved))?;
    found
        .iter()
        .filter(|(saved, _)| metric(saved).as_ref() == Some(&chosen))
        .filter_map(|(saved, path)| Some((saved.saved.score.as_ref()?.badness, path)))
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, path)| path.as_path())
}

/// Waits for no record.
#[cfg(test)]
pub(in crate::train) fn unrecorded() -> Recorded {
    std::sync::Arc::new(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::checkpoints::format::{SavedAs, Score};

    fn saved(branch: u32, step: u64, reason: Reason, badness: Option<f64>) -> (Saved, PathBuf) {
        let score = badness.map(|badness| Score {
            metric: "diversity".to_owned(),
            value: 1.0 - badness,
            badness,
        });
        let saved = SavedAs { reason, score };
        let path = PathBuf::from(format!("{branch}/{step}"));
        (
            Saved {
                branch,
                step,
                saved,
            },
            path,
        )
    }

    #[test]
    fn the_newest_the_best_and_those_asked_for_stay() {
        use Reason::{Final, Interval, Request};
        let found = vec![
            saved(0, 900, Interval, Some(0.5)),
            saved(0, 100, Interval, Some(0.2)),
            saved(0, 200, Request, Some(0.9)),
            saved(0, 300, Final, Some(0.1)),
            saved(1, 500, Interval, Some(0.4)),
            saved(1, 600, Interval, Some(0.3)),
        ];
        let gone: Vec<_> = superfluous(found, 2)
            .iter()
            .map(|p| p.display().to_string())
            .collect();
        // Branch 0 went on to step 900, but the run that counts did not.
        assert_eq!(gone, ["0/900", "0/100"]);
    }

    #[test]
    fn the_first_goes_when_there_is_another() {
        let found = vec![
            saved(0, 0, Reason::First, None),
            saved(0, 5, Reason::Interval, None),
        ];
        assert_eq!(superfluous(found, 3), [PathBuf::from("0/0")]);
    }

    #[test]
    fn without_a_score_only_age_counts() {
        let found = (1..=4)
            .map(|i| saved(0, i, Reason::Interval, None))
            .collect();
        assert_eq!(
            superfluous(found, 3),
            [PathBuf::from("0/1")],
            "the oldest goes"
        );
    }
}
