//! The lines of a run whose trainer is another program: `Epoch [1/5], Step [100/938], loss: 0.6931`, as far as it has said.
//!
//! One a second at the most, because a step of such a program may take a millisecond or a minute.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use super::losses::losses;
use crate::protocol::{Declaration, Event, StepWindow};

/// Time between two lines.
const PACE: SignedDuration = SignedDuration::from_secs(1);
/// Metrics on a line of a program that calls none of them a loss.
const FIRST: usize = 4;

/// Makes the lines.
#[derive(Debug, Default)]
pub(super) struct Program {
    metrics: Vec<String>,
    steps: Option<u64>,
    epochs: Option<u64>,
    steps_per_epoch: Option<u64>,
    printed: Option<Timestamp>,
    /// The line of a window that came too soon after another.
    waiting: Option<String>,
}

impl Program {
    /// The program has declared this of itself.
    pub fn declared(&mut self, declared: &Declaration) {
        self.metrics = losses(&declared.metrics);
        if self.metrics.is_empty() {
            let first = declared.metrics.iter().take(FIRST);
            self.metrics = first.map(|metric| metric.name.clone()).collect();
        }
        self.steps = declared.target.steps;
        self.epochs = declared.epochs;
        self.steps_per_epoch = declared.steps_per_epoch;
    }

    /// The line that is due after a window.
    pub fn step(&mut self, event: &Event, window: &StepWindow) -> Option<String> {
        self.waiting = Some(self.line(event.step, window));
        let is_due = self
            .printed
            .is_none_or(|printed| event.time.duration_since(printed) >= PACE);
        if !is_due {
            return None;
        }
        self.printed = Some(event.time);
        self.waiting.take()
    }

    /// The last line, if it has not been printed.
    pub fn last(&mut self) -> Option<String> {
        self.waiting.take()
    }

    fn line(&self, step: u64, window: &StepWindow) -> String {
        let of = |all: Option<u64>| all.map_or_else(String::new, |all| format!("/{all}"));
        let mut line = String::new();
        // Writing to a string cannot fail.
        if window.epoch > 0 {
            let _ = write!(line, "Epoch [{}{}], ", window.epoch, of(self.epochs));
        }
        let _ = match self
            .steps_per_epoch
            .filter(|_| window.epoch > 0 && window.batch > 0)
        {
            Some(all) => write!(line, "Step [{}/{all}]", window.batch),
            None => write!(line, "Step [{step}{}]", of(self.steps)),
        };
        let values = self.metrics.iter();
        for (name, stat) in values.filter_map(|name| Some((name, window.metrics.get(name)?))) {
            let _ = write!(line, ", {name}: {:.4}", stat.last);
        }
        line
    }
}
