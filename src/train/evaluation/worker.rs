//! The thread on which samples are judged.
//!
//! It is outside of those that train. While a person watches, nothing waits for it: it generates and judges samples there, and an
//! evaluation that is due while it is busy is dropped. Without one, none that is due may be dropped and each must come at its
//! step: the trainer blocks and lends it its thread pool, to keep the pause short.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use candle_core::Device;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rayon::ThreadPoolBuilder;

use crate::judging::Evaluator;
use crate::memory::give_back_of_pool;
use crate::nn::Architecture;
use crate::protocol::{ImageGrid, Position, Quality};
use crate::rng::Stream;
use crate::train::classes::Classes;
use crate::train::sampling::preview;
use crate::train::snapshot::Snapshot;

/// The samples to be judged.
#[derive(Debug, Clone)]
pub(in crate::train) struct Plan {
    pub architecture: Architecture,
    /// The classes that the generator is conditioned on, where it is.
    pub classes: Option<Classes>,
    /// Seed of the latents: they are the same each time.
    pub seed: u64,
    pub samples: usize,
}

/// What the evaluator's thread reports.
pub(in crate::train) enum Report {
    /// It is ready, or will never be.
    Ready(Result<(), String>),
    /// What became of the evaluation under way.
    Evaluated(Result<Quality, String>),
}

/// An evaluation under way.
pub(in crate::train) struct Pending {
    pub at: Position,
    /// The state that is judged, where it is to be saved if it is the best.
    pub snapshot: Option<Arc<Snapshot>>,
}

/// The evaluator's thread, seen from the trainer.
pub(in crate::train) struct Worker {
    scorer: Arc<Mutex<SampleScorer>>,
    jobs: Sender<Vec<f32>>,
    reports: Receiver<Report>,
    is_ready: bool,
    /// The evaluation under way, unless the state it is of was taken back since.
    pending: Option<Pending>,
    is_busy: bool,
    /// Evaluations that were dropped since the last one that was reported.
    dropped: u64,
}

impl Worker {
    /// Starts the thread, which gets the evaluator ready.
    pub fn start(evaluator: Box<dyn Evaluator>, plan: Plan) -> std::io::Result<Self> {
        let scorer = Arc::new(Mutex::new(SampleScorer { evaluator, plan }));
        let (jobs, todo) = bounded::<Vec<f32>>(1);
        let (report, reports) = unbounded();
        let shared = Arc::clone(&scorer);
        // Nothing waits for its end: what it does then is of no use any more.
        thread::Builder::new()
            .name("evaluator".to_owned())
            .spawn(move || {
                let work = || {
                    let prepared = locked(&shared).evaluator.prepare();
                    give_back_of_pool();
                    let is_ready = prepared.is_ok();
                    if report.send(Report::Ready(prepared)).is_err() || !is_ready {
                        return;
                    }
                    for weights in todo {
                        let found = locked(&shared).score(weights);
                        if report.send(Report::Evaluated(found)).is_err() {
                            return;
                        }
                    }
                };
                // A separate pool: its parallel work must not wait for the threads that train, nor they for it.
                match ThreadPoolBuilder::new().num_threads(1).build() {
                    Ok(pool) => pool.install(work),
                    Err(error) => drop(report.send(Report::Ready(Err(error.to_string())))),
                }
            })?;
        Ok(Self {
            scorer,
            jobs,
            reports,
            is_ready: false,
            pending: None,
            is_busy: false,
            dropped: 0,
        })
    }

    /// What its thread reports.
    pub fn reports(&self) -> &Receiver<Report> {
        &self.reports
    }

    /// Returns whether it can judge on the calling thread, as soon as nothing is under way.
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// The evaluator has said that it is ready.
    pub fn set_ready(&mut self) {
        self.is_ready = true;
    }

    /// Returns whether an evaluation is under way.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// An evaluation that is due will not be made.
    pub fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// Begins the evaluation of these weights on the evaluator's thread, which is not busy.
    pub fn begin(&mut self, weights: Vec<f32>, pending: Pending) {
        if self.jobs.try_send(weights).is_ok() {
            self.is_busy = true;
            self.pending = Some(pending);
        }
    }

    /// The evaluation under way has ended. Returns what it was of, if that still counts.
    pub fn end(&mut self) -> Option<Pending> {
        self.is_busy = false;
        self.pending.take()
    }

    /// Forgets the evaluation under way if it is of a state behind `step`, which was taken back.
    pub fn take_back(&mut self, step: u64) {
        self.pending.take_if(|pending| pending.at.step > step);
    }

    /// Evaluates on the calling thread, with its threads. The evaluator is ready and not busy.
    pub fn judge(&mut self, weights: Vec<f32>) -> Result<Quality, String> {
        locked(&self.scorer).score(weights)
    }

    /// How many were dropped since this was last asked.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

/// An evaluator that panicked cannot judge any more, which the end of its thread has reported.
fn locked(scorer: &Mutex<SampleScorer>) -> std::sync::MutexGuard<'_, SampleScorer> {
    scorer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Generates samples and judges them, on the CPU.
struct SampleScorer {
    evaluator: Box<dyn Evaluator>,
    plan: Plan,
}

impl SampleScorer {
    /// This takes the most memory of all that a run does: what others have left, and what its own first half leaves, goes back
    /// before it goes on.
    fn score(&mut self, weights: Vec<f32>) -> Result<Quality, String> {
        let start = Instant::now();
        give_back_of_pool();
        let (images, labels) = self.generate(weights).map_err(|e| e.to_string())?;
        give_back_of_pool();
        let found = self.evaluator.evaluate(images, labels);
        give_back_of_pool();
        Ok(found?.into_quality(self.plan.samples as u64, None, start))
    }

    /// Images, and the classes that they were generated as. The generator is gone before they are judged.
    fn generate(&self, weights: Vec<f32>) -> candle_core::Result<(ImageGrid, Option<Vec<u16>>)> {
        let Plan {
            architecture,
            classes,
            seed,
            samples,
        } = &self.plan;
        let mut generator = architecture.frozen_generator(&Device::Cpu)?;
        generator.params_mut().set_values(&weights)?;
        drop(weights);
        let labels = classes.as_ref().map(|classes| {
            let mut stream = Stream::new(*seed, "evaluation of classes");
            let drawn = (0..*samples).map(|_| classes.draw(&mut stream) as u16);
            drawn.collect::<Vec<u16>>()
        });
        let mut stream = Stream::new(*seed, "evaluation");
        let of = labels.as_deref();
        let grid = preview::generate(&generator, architecture, (*samples, of), &mut stream)?;
        Ok((grid, labels))
    }
}
