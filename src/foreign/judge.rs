//! The thread that judges samples: it finds who can, and evaluates what was gathered. Nothing waits for it while the program runs.

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded, never, unbounded};
use rayon::ThreadPoolBuilder;

use crate::judging::{Evaluator, Finder, Imitated};
use crate::metric::MetricInfo;
use crate::protocol::{ImageGrid, Quality};
use crate::shape::ImageShape;

/// What is to be done.
#[derive(Debug)]
pub enum Task {
    /// Find who judges samples of this shape.
    Find(Imitated, ImageShape),
    /// Judge these, gathered from this step on where that is not the last one.
    Evaluate(ImageGrid, Option<u64>),
}

/// What came of it.
#[derive(Debug)]
pub enum Finding {
    /// These measures can be had; none where nobody knows what the samples imitate; or why there is no judge.
    Found(Result<Option<Vec<MetricInfo>>, String>),
    /// The quality of what was gathered.
    Evaluated(Result<Quality, String>),
}

/// The thread, seen from the run.
#[derive(Debug)]
pub struct Judge {
    tasks: Sender<Task>,
    /// What came of tasks, one for each.
    pub findings: Receiver<Finding>,
}

impl Judge {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there can be none.
    pub fn start(finder: Box<dyn Finder>) -> std::io::Result<Self> {
        // One task at a time.
        let (tasks, todo) = bounded(1);
        let (found, findings) = unbounded();
        // Nothing waits for its end: what it does then is of no use any more.
        thread::Builder::new()
            .name("judge".to_owned())
            .spawn(move || {
                let work = || work(finder, &todo, &found);
                // Its parallel work takes one core.
                match ThreadPoolBuilder::new().num_threads(1).build() {
                    Ok(pool) => pool.install(work),
                    Err(error) => drop(found.send(Finding::Found(Err(error.to_string())))),
                }
            })?;
        Ok(Self { tasks, findings })
    }

    /// One without a thread: nothing is ever found.
    pub fn none() -> Self {
        Self {
            tasks: bounded(0).0,
            findings: never(),
        }
    }

    /// Begins a task, when the one before has ended.
    pub fn begin(&self, task: Task) {
        // One that has ended judges no more, and nobody waits for it.
        let _ = self.tasks.try_send(task);
    }
}

fn work(mut finder: Box<dyn Finder>, todo: &Receiver<Task>, found: &Sender<Finding>) {
    let mut evaluator: Option<Box<dyn Evaluator>> = None;
    for task in todo {
        let finding = match task {
            Task::Find(imitated, shape) => {
                Finding::Found(find(finder.as_mut(), &imitated, shape, &mut evaluator))
            }
            Task::Evaluate(images, from_step) => Finding::Evaluated(match &mut evaluator {
                Some(evaluator) => evaluate(evaluator.as_mut(), images, from_step),
                None => Err("there is no judge".to_owned()),
            }),
        };
        if found.send(finding).is_err() {
            return;
        }
    }
}

fn find(
    finder: &mut dyn Finder,
    imitated: &Imitated,
    shape: ImageShape,
    evaluator: &mut Option<Box<dyn Evaluator>>,
) -> Result<Option<Vec<MetricInfo>>, String> {
    let Some(mut found) = finder.find(imitated, shape)? else {
        return Ok(None);
    };
    found.prepare()?;
    let measures = found.measures();
    *evaluator = Some(found);
    Ok(Some(measures))
}

fn evaluate(
    evaluator: &mut dyn Evaluator,
    images: ImageGrid,
    from_step: Option<u64>,
) -> Result<Quality, String> {
    let start = Instant::now();
    let n = images.count() as u64;
    let found = evaluator.evaluate(images, None)?;
    Ok(found.into_quality(n, from_step, start))
}
