//! The classic training line: `Epoch [1/1000], Step [100/938], d_loss: 0.6931, g_loss: 0.6931`.
//!
//! The inner counter counts real batches in the epoch. The losses are those that the objective declares, each with its
//! newest value, as in the tutorials that made this line known. An evaluation has its own line in the same style.

use std::fmt::Write;

use super::losses::losses;
use super::program::Program;
use crate::metric::Role;
use crate::metric::quality::with_role;
use crate::protocol::{Body, Event, OwnTrainer, Quality, Recorded, RunInfo, StepWindow};

/// Batches between two lines; an epoch that is shorter has one line.
const EVERY: u64 = 100;

/// Makes the lines of a run.
#[derive(Debug, Default)]
pub struct Classic {
    run: Option<Lines>,
}

/// The lines of a run, by what trains.
#[derive(Debug)]
enum Lines {
    Own(Run),
    Program(Program),
}

#[derive(Debug)]
struct Run {
    /// Where the run ends, in epochs, if that is known.
    epochs: Option<u64>,
    batches: u64,
    losses: Vec<String>,
    /// Marks passed so far: multiples of [`EVERY`] in each epoch.
    marks: u64,
}

impl Classic {
    /// The line that is due at this event, without its end.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        match &event.body {
            Body::Recorded(Recorded::Started(info)) => {
                self.run = Some(match info.own() {
                    Some(own) => Lines::Own(Run::new(info, own)),
                    None => Lines::Program(Program::default()),
                });
            }
            Body::Recorded(Recorded::Declared(declared)) => {
                if let Some(Lines::Program(program)) = &mut self.run {
                    program.declared(declared);
                }
            }
            Body::Recorded(Recorded::Applied {
                objective: Some(objective),
                ..
            }) => {
                if let Some(Lines::Own(run)) = &mut self.run {
                    run.losses = losses(&objective.metrics);
                }
            }
            Body::Recorded(Recorded::Step(window)) => {
                return match self.run.as_mut()? {
                    Lines::Own(run) => run.step(window),
                    Lines::Program(program) => program.step(event, window),
                };
            }
            Body::Recorded(Recorded::Finished(_)) => {
                if let Some(Lines::Program(program)) = &mut self.run {
                    return program.last();
                }
            }
            Body::Recorded(Recorded::Evaluated(quality)) => {
                return Some(evaluation(event.step, quality));
            }
            _ => {}
        }
        None
    }
}

impl Run {
    fn new(info: &RunInfo, own: &OwnTrainer) -> Self {
        let batches = own.batches_per_epoch.max(1);
        let by_images = info
            .target
            .images
            .map(|images| images.div_ceil(own.dataset.images.max(1)));
        // A step takes n_critic batches. This guesses too low when a switch to a critic follows; see `step`.
        let by_steps = || {
            info.target
                .steps
                .map(|steps| (steps * own.n_critic as u64).div_ceil(batches))
        };
        Self {
            epochs: by_images.or_else(by_steps),
            batches,
            losses: losses(&own.objective.metrics),
            marks: 0,
        }
    }

    fn step(&mut self, window: &StepWindow) -> Option<String> {
        let every = EVERY.min(self.batches);
        // Counted over the whole run, so that a step that reaches over the end of an epoch passes its marks as well.
        let marks = window.epoch.saturating_sub(1) * (self.batches / every) + window.batch / every;
        let before = std::mem::replace(&mut self.marks, marks);
        if marks <= before {
            return None;
        }
        let mut line = match self.epochs {
            Some(epochs) => format!("Epoch [{}/{}]", window.epoch, epochs.max(window.epoch)),
            None => format!("Epoch [{}]", window.epoch),
        };
        // Writing to a string cannot fail.
        let _ = write!(line, ", Step [{}/{}]", window.batch, self.batches);
        for (name, stat) in self
            .losses
            .iter()
            .filter_map(|name| Some((name, window.metrics.get(name)?)))
        {
            let _ = write!(line, ", {name}: {:.4}", stat.last);
        }
        Some(line)
    }
}

/// The values on the line of an evaluation, if they were measured.
const EVALUATED: [Role; 5] = [
    Role::FrechetDistance,
    Role::ClassifierScore,
    Role::Modes,
    Role::Precision,
    Role::Recall,
];

/// `Evaluation, Step [2000]: fid 41.20, score 5.91, modes 8/10`, with what was measured.
fn evaluation(step: u64, quality: &Quality) -> String {
    let measured = EVALUATED.into_iter().filter_map(with_role);
    let parts: Vec<String> = measured
        .filter_map(|quantity| {
            let value = quality.value(quantity.name)?;
            let classes = quality.classes.len();
            Some(match quantity.role {
                Role::Modes if classes == 0 => format!("{} {value}", quantity.name),
                Role::Modes => format!("{} {value}/{classes}", quantity.name),
                _ => format!("{} {value:.2}", quantity.name),
            })
        })
        .collect();
    format!("Evaluation, Step [{step}]: {}", parts.join(", "))
}
