//! Writes checkpoints on a thread of its own, so that a slow disk never holds up training.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::checkpoint::{Shapes, write_checkpoint};
use super::{Snapshot, TrainError};

/// Why a checkpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The interval has passed: old ones of this kind are removed.
    Interval,
    /// Someone asked.
    Request,
    /// The run ends.
    Final,
}

impl Reason {
    pub fn word(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Request => "request",
            Self::Final => "final",
        }
    }
}

/// What became of a checkpoint.
#[derive(Debug)]
pub(super) struct Saved {
    pub reason: Reason,
    pub step: u64,
    pub images: u64,
    pub elapsed: f64,
    pub branch: u32,
    pub result: Result<PathBuf, TrainError>,
}

/// The writing thread, seen from the trainer.
pub(super) struct Saver {
    jobs: Option<Sender<(Snapshot, Reason)>>,
    /// What became of them, in order.
    pub results: Receiver<Saved>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// A saver into `folder` that keeps the `keep` newest of the interval's checkpoints.
    pub fn start(
        folder: PathBuf,
        keep: usize,
        generator: Shapes,
        discriminator: Shapes,
    ) -> std::io::Result<Self> {
        // One waiting job: a disk slower than the interval makes the trainer skip one rather than pile them up.
        let (jobs, todo) = bounded::<(Snapshot, Reason)>(1);
        let (done, results) = unbounded();
        let thread = std::thread::Builder::new()
            .name("saver".to_owned())
            .spawn(move || {
                let mut kept: VecDeque<PathBuf> = VecDeque::new();
                for (snapshot, reason) in todo {
                    let result = write_checkpoint(&folder, &snapshot, &generator, &discriminator);
                    if let Ok(path) = &result {
                        kept.retain(|p| p != path);
                        if reason == Reason::Interval {
                            kept.push_back(path.clone());
                        }
                        while kept.len() > keep {
                            if let Some(old) = kept.pop_front() {
                                // One that cannot be removed takes room but harms nothing.
                                let _ = fs::remove_dir_all(old);
                            }
                        }
                    }
                    let state = &snapshot.state;
                    let saved = Saved {
                        reason,
                        step: state.step,
                        images: state.images,
                        elapsed: state.elapsed,
                        branch: state.branch,
                        result,
                    };
                    if done.send(saved).is_err() {
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

    /// Hands over a snapshot; waits only while another is already waiting.
    pub fn save(&self, snapshot: Snapshot, reason: Reason) {
        if let Some(jobs) = &self.jobs {
            // A saver that is gone has said why in its last result.
            let _ = jobs.send((snapshot, reason));
        }
    }

    /// Waits until everything handed over is written, and gives the results not yet taken.
    pub fn finish(&mut self) -> Vec<Saved> {
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
