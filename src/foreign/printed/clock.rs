//! Positions as printed, made into a step that never falls.

use std::collections::{BTreeMap, BTreeSet};

use super::position::Position;
use super::{Line, Reading};

/// At most so many loops (bars of different descriptions) are told apart.
const MOST_LOOPS: usize = 32;

/// Parts of descriptions of loops that do not train.
const ASIDE: &[&str] = &[
    "val", "test", "eval", "sampl", "sanity", "predict", "download", "load",
];

/// The step so far.
#[derive(Debug, Default)]
pub(super) struct Clock {
    loops: BTreeMap<String, Loop>,
    /// The loop whose steps count: that of the training.
    main: Option<String>,
    /// The epoch of the newest line that named one alone, and how many there are.
    epoch: Option<(u64, Option<u64>)>,
    /// The epoch that was under way in the newest line that named no step.
    within: Option<u64>,
    now: u64,
    steps: Option<u64>,
    has_begun: bool,
    has_metrics: bool,
    /// What lines without position had at this step.
    here: BTreeSet<String>,
}

/// Whether a loop has begun, and whether a line had named an epoch by then.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Start {
    #[default]
    Ahead,
    BeforeEpochs,
    InEpoch,
}

/// A loop of the program.
#[derive(Debug, Default)]
struct Loop {
    has_metrics: bool,
    /// Whether one of them had decimals: `size=3` may be part of a sentence.
    has_decimals: bool,
    start: Start,
    /// 0 where epochs count from 0.
    first_epoch: u64,
    epoch: Option<u64>,
    /// Starts without a word of epochs.
    restarts: u64,
    /// Steps of earlier epochs, where their number is not printed.
    earlier: u64,
    last: u64,
    steps: Option<u64>,
    is_global: Option<bool>,
}

impl Clock {
    /// Whether there were metrics at a position.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The step that a line without position would have now.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// What a line without position said when the step was `step`.
    pub fn then(&mut self, metrics: Vec<(String, f64)>, step: u64) -> Option<Reading> {
        if step == 0 || self.main.is_none() {
            return self.at(Line {
                position: None,
                metrics,
            });
        }
        self.emit(metrics, true)
            .map(|reading| Reading { step, ..reading })
    }

    /// The reading of a line. `None` where nothing comes of it yet.
    pub fn at(&mut self, line: Line) -> Option<Reading> {
        let Line { position, metrics } = line;
        self.has_begun |= position.is_some() && !metrics.is_empty();
        let placed = position.filter(|position| position.step.or(position.epoch).is_some());
        let Some(position) = placed else {
            self.count(&metrics);
            return self.emit(metrics, true);
        };
        let of = position.step.is_some().then(|| position.of.clone());
        if let Some(step) = position.step {
            self.advance(&position, step, &metrics);
        } else if position.is_within {
            self.within = position.epoch;
            self.count(&metrics);
        } else if let Some(epoch) = position.epoch {
            self.epoch = Some((epoch, position.epochs));
            if self.main.is_none() && !metrics.is_empty() {
                self.move_to(epoch);
                self.steps = position.epochs;
            }
        }
        let is_aside = self.main != of;
        self.emit(metrics, is_aside)
    }

    /// Counts a line without position.
    fn count(&mut self, metrics: &[(String, f64)]) {
        if self.main.is_some() {
            return;
        }
        if self.now == 0 || metrics.iter().any(|(name, _)| self.here.contains(name)) {
            self.move_to(self.now + 1);
        }
        self.here
            .extend(metrics.iter().map(|(name, _)| name.clone()));
    }

    fn advance(&mut self, position: &Position, step: u64, metrics: &[(String, f64)]) {
        if self.loops.len() >= MOST_LOOPS && !self.loops.contains_key(&position.of) {
            return;
        }
        let known = self.loops.get(&position.of);
        let (epoch, epochs) = match (position.epoch, self.epoch) {
            (Some(epoch), _) => (Some(epoch), position.epochs),
            // Lines with the epoch come after its bar: that of the bar is the next one.
            (None, Some((_, epochs)))
                if known.is_some_and(|known| known.start == Start::BeforeEpochs) =>
            {
                (None, epochs)
            }
            (None, Some((epoch, epochs))) => (Some(epoch), epochs),
            (None, None) => (None, None),
        };
        let this = self.loops.entry(position.of.clone()).or_default();
        this.has_metrics |= !metrics.is_empty();
        this.has_decimals |= metrics.iter().any(|(_, value)| value.fract() != 0.0);
        let done = this.advance(position, step, epoch, epochs);
        let total = this.total(epoch, epochs);
        let rank = this.rank(&position.of, 0);
        let is_main = match &self.main {
            None => true,
            Some(main) if *main == position.of => true,
            Some(main) => self
                .loops
                .get(main)
                .is_none_or(|other| other.rank(main, u64::MAX) < rank),
        };
        if is_main {
            if self.main.as_ref() != Some(&position.of) {
                let were_decimals = self.main.as_ref().and_then(|main| self.loops.get(main));
                let were_decimals = were_decimals.is_some_and(|other| other.has_decimals);
                self.main = Some(position.of.clone());
                if !self.has_metrics || !were_decimals {
                    self.now = 0;
                }
            }
            self.move_to(done);
            self.steps = total;
        }
    }

    fn move_to(&mut self, step: u64) {
        if step > self.now {
            self.now = step;
            self.here.clear();
        }
    }

    /// `is_aside`: of a line that is none of the training's, if that has any.
    fn emit(&mut self, metrics: Vec<(String, f64)>, is_aside: bool) -> Option<Reading> {
        // What a bar counted before the first metrics may have been files.
        self.has_metrics |= !metrics.is_empty();
        if !self.has_metrics {
            return None;
        }
        Some(Reading {
            step: self.now,
            epoch: self.epoch_now(),
            steps: self.steps.filter(|steps| *steps >= self.now),
            is_aside: is_aside && self.main.is_some() && !metrics.is_empty(),
            metrics,
        })
    }

    fn epoch_now(&self) -> Option<u64> {
        let main = self.main.as_ref().and_then(|main| self.loops.get(main));
        main.and_then(|main| main.epoch)
            .or(self.within)
            .or(self.epoch.map(|(epoch, _)| epoch))
    }
}

impl Loop {
    /// Steps done over all epochs.
    fn advance(
        &mut self,
        position: &Position,
        step: u64,
        epoch: Option<u64>,
        epochs: Option<u64>,
    ) -> u64 {
        let steps = position.steps;
        if self.start == Start::Ahead {
            self.start = if epoch.is_none() {
                Start::BeforeEpochs
            } else {
                Start::InEpoch
            };
            self.first_epoch = u64::from(epoch != Some(0));
        } else {
            let is_new = match (epoch, self.epoch) {
                (Some(new), Some(old)) => new != old,
                _ => step < self.last,
            };
            if is_new {
                // A step that went on over the end of an epoch counts over all of them.
                let went_on = step > self.last
                    && steps.is_none_or(|steps| {
                        self.last < steps && self.is_share(step, steps, epoch, epochs)
                    });
                self.is_global.get_or_insert(went_on);
                if steps.is_none() && step <= self.last {
                    self.earlier += self.last;
                }
                self.restarts += 1;
            }
        }
        if position.is_global {
            self.is_global = Some(true);
        }
        self.epoch = epoch;
        self.last = step;
        self.steps = steps;
        if self.is_global == Some(true) {
            return step;
        }
        let index = epoch.map_or(self.restarts, |epoch| {
            epoch.saturating_sub(self.first_epoch)
        });
        match steps {
            Some(steps) => index.saturating_mul(steps).saturating_add(step),
            None => self.earlier.saturating_add(step),
        }
    }

    /// Whether a step is as far along in all steps as its epoch is in all epochs.
    fn is_share(&self, step: u64, steps: u64, epoch: Option<u64>, epochs: Option<u64>) -> bool {
        let (Some(epoch), Some(epochs)) = (epoch, epochs) else {
            return true;
        };
        let before = epoch.saturating_sub(self.first_epoch) as f64;
        let done = step as f64 / steps as f64 * epochs as f64;
        (before - 0.1..=before + 1.1).contains(&done)
    }

    /// Steps in all, as far as it can be known.
    fn total(&self, epoch: Option<u64>, epochs: Option<u64>) -> Option<u64> {
        let steps = self.steps?;
        match (epoch, epochs) {
            _ if self.is_global == Some(true) => Some(steps),
            (_, Some(epochs)) => epochs.checked_mul(steps),
            (None, None) if self.restarts == 0 => Some(steps),
            _ => None,
        }
    }

    /// The loop of the training has the greatest. `unknown` stands for steps that nothing says.
    fn rank(&self, name: &str, unknown: u64) -> (bool, bool, bool, u64) {
        let lower = name.to_lowercase();
        let is_aside = ASIDE.iter().any(|word| lower.contains(word));
        (
            !is_aside,
            self.has_decimals,
            self.has_metrics,
            self.steps.unwrap_or(unknown),
        )
    }
}
