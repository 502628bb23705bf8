//! What logs of text have in common: which column is the step, which the time, and how numbers are written.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::source::{Point, Sink};

/// Names of steps, the best first. Whatever stands before the last slash does not count.
const STEPS: [&str; 10] = [
    "global_step",
    "step",
    "_step",
    "iteration",
    "iter",
    "itr",
    "n_iter",
    "num_updates",
    "total_timesteps",
    "timesteps",
];
/// Names of epochs.
const EPOCHS: [&str; 2] = ["epoch", "epochs"];
/// Names of times.
const TIMES: [&str; 7] = [
    "wall_time",
    "_timestamp",
    "timestamp",
    "datetime",
    "date",
    "time",
    "created_at",
];
/// The largest step: above it, floats do not represent every whole number.
const LARGEST: f64 = 9_007_199_254_740_992.0;
/// Columns of a table in long form: a line for each value of each metric, as exports have it.
pub(super) const METRIC: &str = "metric";
pub(super) const VALUE: &str = "value";
pub(super) const RUN: &str = "run";
/// Metrics of one row that are read at most.
pub(super) const COLUMNS: usize = 20_000;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A step; the lower the better.
    Step(usize),
    Epoch,
    Time,
    Metric,
}

/// What a column of this name is.
pub(super) fn role(name: &str) -> Role {
    let last = name.rsplit('/').next().unwrap_or(name);
    let last = last.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    let place = |names: &[&str]| names.iter().position(|known| *known == last);
    if let Some(rank) = place(&STEPS) {
        return Role::Step(rank);
    }
    if place(&EPOCHS).is_some() {
        return Role::Epoch;
    }
    if place(&TIMES).is_some() {
        return Role::Time;
    }
    Role::Metric
}

/// A number as logs write it, NaN and infinities by name; `None` for anything else.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    text.parse().ok()
}

/// A time in seconds since 1970: as a number (seconds or milliseconds) or as a date.
pub(super) fn time(text: &str) -> Option<f64> {
    if let Some(seconds) = number(text) {
        return time_of(seconds);
    }
    let text = text.trim();
    let known: Option<Timestamp> = text.parse().ok();
    let local = || {
        let civil: DateTime = text.parse().ok()?;
        TimeZone::system().to_timestamp(civil).ok()
    };
    let time = known.or_else(local)?;
    Some(time.as_microsecond() as f64 / 1e6)
}

/// A number that is a time; `None` for a duration.
pub(super) fn time_of(seconds: f64) -> Option<f64> {
    match seconds {
        s if (1e8..1e11).contains(&s) => Some(s),
        ms if (1e11..1e14).contains(&ms) => Some(ms / 1000.0),
        _ => None,
    }
}

/// Rows of numbers on their way to a sink.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// Whether rows are numbered, because no column says the step.
    is_numbered: bool,
    /// Number of the next row.
    next: u64,
    /// The newest step.
    step: Option<u64>,
    /// The newest step as an epoch.
    epoch: Option<u64>,
    /// The metrics that the newest step has, by their hashes; of very many the first.
    told: HashSet<u64>,
    /// Rows that have no place among the others.
    odd: u64,
}

/// A row: the cells of one line.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    /// What the columns say that are named like steps, with their ranks.
    pub step: Option<(Role, f64)>,
    pub time: Option<f64>,
    pub values: Vec<(&'a str, f64)>,
}

impl<'a> Row<'a> {
    /// Takes a number. A step or an epoch is a metric as well, where a better one is found.
    pub fn take(&mut self, name: &'a str, role: Role, value: f64) {
        match (role, &mut self.step) {
            (Role::Step(_), None) => self.step = Some((role, value)),
            (Role::Step(_) | Role::Epoch, Some((best, _))) if *best <= role => {
                if role == Role::Epoch {
                    self.values.push((name, value));
                }
            }
            (Role::Step(_), Some(best)) => *best = (role, value),
            (Role::Epoch, None) => {
                self.step = Some((role, value));
                self.values.push((name, value));
            }
            (Role::Time, _) if self.time.is_none() && time_of(value).is_some() => {
                self.time = time_of(value);
            }
            _ => self.values.push((name, value)),
        }
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was told.
    Told,
    /// Epochs do not tell rows apart: the log has to be read anew, by the numbers of its rows.
    Anew,
}

impl Rows {
    /// Rows by their numbers.
    pub fn numbered() -> Self {
        Self {
            is_numbered: true,
            ..Self::default()
        }
    }

    /// Tells a row.
    pub fn tell(&mut self, row: &Row<'_>, sink: &mut dyn Sink) -> Taken {
        if row.values.is_empty() {
            return Taken::Told;
        }
        let written = row.step.filter(|_| !self.is_numbered);
        let whole = |value: f64| {
            let is_step = value.fract() == 0.0 && (0.0..=LARGEST).contains(&value);
            is_step.then_some(value as u64)
        };
        let step = match written {
            Some((Role::Epoch, value)) => {
                let epoch = whole(value);
                if epoch.is_none() || epoch == self.epoch {
                    return Taken::Anew;
                }
                self.epoch = epoch;
                epoch
            }
            Some((_, value)) => match whole(value) {
                Some(step) => Some(step),
                // Fractions from the first row on: rows are told apart by their numbers.
                None if self.step.is_none() && value.is_finite() && value.fract() != 0.0 => {
                    return Taken::Anew;
                }
                None => {
                    self.odd += 1;
                    return Taken::Told;
                }
            },
            None if self.is_numbered => Some(self.next),
            // A row between others that have a step adds to the newest one. What that has already is of a step that nobody knows.
            None if self.step.is_some() => {
                let mut names = row.values.iter().map(|(name, _)| hash(name));
                if names.any(|name| self.told.contains(&name)) {
                    self.odd += 1;
                    return Taken::Told;
                }
                self.step
            }
            None => Some(self.next),
        };
        let step = step.unwrap_or(self.next);
        self.next += 1;
        if written.is_some() {
            if self.step != Some(step) {
                self.told.clear();
            }
            self.step = Some(step);
        }
        if !self.is_numbered && self.step.is_some() {
            let room = COLUMNS.saturating_sub(self.told.len());
            let names = row.values.iter().map(|(name, _)| hash(name));
            self.told.extend(names.take(room));
        }
        for (metric, value) in &row.values {
            let point = Point {
                step,
                time: row.time,
                value: *value,
            };
            sink.point(metric, point);
        }
        Taken::Told
    }

    /// What is to be said of rows that have no place.
    pub fn note(&self) -> Option<String> {
        let what = match self.odd {
            0 => return None,
            1 => "1 row was".to_owned(),
            n => format!("{n} rows were"),
        };
        Some(format!(
            "{what} skipped: expected a whole number from 0 to {LARGEST} as the step"
        ))
    }
}

/// A hash for telling a few names apart, in every row of a long log (FNV-1a).
fn hash(name: &str) -> u64 {
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_their_names() {
        assert!(role("global_step") < role("step"));
        assert_eq!(role("time/total_timesteps"), Role::Step(8));
        assert_eq!(role("Epoch"), Role::Epoch);
        assert_eq!(role("wall time"), Role::Time);
        assert_eq!(role("d_loss"), Role::Metric);
    }

    #[test]
    fn numbers_and_times_are_read_as_they_are_written() {
        assert_eq!(number(" -1.5e-3 "), Some(-1.5e-3));
        assert!(number("nan").is_some_and(f64::is_nan));
        assert_eq!(number("-Infinity"), Some(f64::NEG_INFINITY));
        for text in ["", "0,5", "1.2.3", "a", "0x10", "True"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(time("1700000000.5"), Some(1_700_000_000.5));
        assert_eq!(time("1700000000500"), Some(1_700_000_000.5));
        assert_eq!(time("2023-11-14T22:13:20Z"), Some(1_700_000_000.0));
        assert!(time("2023-11-14 22:13:20.25").is_some());
        assert_eq!(time("12.5"), None);
        assert_eq!(time("yesterday"), None);
    }
}
