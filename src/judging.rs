//! Who judges samples while a run trains, as those see it who have the samples.
//!
//! `launch` makes an evaluator of the frozen judge of a dataset; the trainer hands it what its generator makes, and a run of
//! another program what that sends.

use std::time::Instant;

use crate::metric::MetricInfo;
use crate::protocol::{ImageGrid, Quality};
use crate::shape::ImageShape;

/// Judges samples.
pub trait Evaluator: Send {
    /// What it measures, most important first. Known before it is ready.
    fn measures(&self) -> Vec<MetricInfo>;

    /// Gets ready. Called once, on the thread on which it judges while a person watches, and nothing waits for it there: it
    /// may take its time, and lower the thread's priority.
    ///
    /// # Errors
    /// Why nothing can be judged, and what can be done.
    fn prepare(&mut self) -> Result<(), String>;

    /// Judges images in the shape of the run's data, once it is ready, with the classes that they were generated as where the run
    /// is conditional. It computes on the rayon threads it is called on; the
    /// numbers are the same on any number of them.
    ///
    /// # Errors
    /// Why these cannot be judged.
    fn evaluate(
        &mut self,
        images: ImageGrid,
        labels: Option<Vec<u16>>,
    ) -> Result<Evaluated, String>;
}

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// Number of held-out images that the samples were compared with.
    pub real: usize,
    /// What was measured, by name.
    pub values: Vec<(String, f64)>,
    /// The score of the same number of real training images.
    pub floor: Vec<(String, f64)>,
    /// Share of each class among the samples; empty where classes are not known.
    pub classes: Vec<f64>,
}

impl Evaluated {
    /// As an event says it, of so many samples, generated from this step on where they are of several, which were begun at `start`.
    #[must_use]
    pub fn into_quality(self, n: u64, from_step: Option<u64>, start: Instant) -> Quality {
        Quality {
            n,
            from_step,
            real: self.real as u64,
            values: self.values.into_iter().collect(),
            floor: self.floor.into_iter().collect(),
            classes: self.classes,
            dropped: 0,
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}

/// What samples of another program imitate.
#[derive(Debug, Clone)]
pub enum Imitated {
    /// The dataset of this name, as the program says.
    Named(String),
    /// What these are images of, which the program calls real.
    Real(ImageGrid),
}

/// Finds an evaluator for samples of which no dataset was loaded. Called once, on the thread on which it judges.
pub trait Finder: Send {
    /// How many samples an evaluation needs.
    fn samples(&self) -> usize;

    /// The evaluator of samples of this shape; `None` where nobody knows what real images are images of.
    ///
    /// # Errors
    /// Why there is none, in a few words.
    fn find(
        &mut self,
        imitated: &Imitated,
        shape: ImageShape,
    ) -> Result<Option<Box<dyn Evaluator>>, String>;
}
