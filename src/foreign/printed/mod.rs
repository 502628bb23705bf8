//! What a program prints, read as metrics at steps: for trainers that say nothing else.
//!
//! Bytes come in as they were printed, cut anywhere; [`Reading`]s come out. The forms are one file each: lines that name their
//! position (`classic`), pairs of a name and a number (`pairs`), objects (`object`), the bars of tqdm (`tqdm`) and of
//! Keras and rich (`rule_bar`), and patterns of one's own ([`Pattern`]). What a line says of its position becomes a step that
//! never falls in `clock`.
//!
//! A number is a metric only where its line leaves no doubt. In a line that names its step, or comes after such lines, pairs count;
//! before that, a line counts when one with the same names comes again, so that settings printed once are none. Memory is
//! bounded whatever is printed. No I/O, and nothing of the other rooms.

mod classic;
mod clock;
mod fixed;
mod held;
mod lines;
mod mark;
mod name;
mod number;
mod object;
mod pairs;
mod pattern;
mod position;
mod prose;
mod repr;
mod rule_bar;
#[cfg(test)]
mod tests;
mod tqdm;

use clock::Clock;
use held::Held;
use lines::Lines;
use position::Position;
use repr::Reprs;

pub use pattern::{Pattern, PatternError};

/// At most so many metrics are taken from one line.
pub const MOST_IN_A_LINE: usize = 256;

/// Metrics that were printed, at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Steps done. It never falls, but once where what looked like a step was none. Where epochs and steps per epoch are printed, it counts over all epochs; in a program that
    /// prints neither, it counts the lines with metrics.
    pub step: u64,
    /// The epoch, as printed.
    pub epoch: Option<u64>,
    /// Steps in all, where it was said.
    pub steps: Option<u64>,
    /// Whether the metrics are of a line that names no step of the training: they are those of the newest one.
    pub is_aside: bool,
    /// The metrics in the order of the line; none where only the progress was printed. Names consist of letters, digits,
    /// `_`, `.`, `/` and `-`.
    pub metrics: Vec<(String, f64)>,
}

/// What one line says.
#[derive(Debug, Default, PartialEq)]
struct Line {
    position: Option<Position>,
    metrics: Vec<(String, f64)>,
}

/// Reads what a program prints.
#[derive(Debug, Default)]
pub struct Printed {
    lines: Lines,
    clock: Clock,
    held: Held,
    reprs: Reprs,
    pattern: Option<Pattern>,
    cut: u64,
}

impl Printed {
    /// A reader of every known form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of one's own pattern and of nothing else.
    #[must_use]
    pub fn by(pattern: Pattern) -> Self {
        Self {
            pattern: Some(pattern),
            ..Self::default()
        }
    }

    /// Takes the next bytes, and returns what the lines in them say, in their order.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Reading> {
        self.take(|lines, take| lines.read(bytes, take))
    }

    /// Nothing more is printed: a line that was begun is a whole one.
    pub fn end(&mut self) -> Vec<Reading> {
        self.take(|lines, take| lines.finish(take))
    }

    fn take(
        &mut self,
        read: impl FnOnce(&mut Lines, &mut dyn FnMut(&str, bool) -> bool),
    ) -> Vec<Reading> {
        let mut found = Vec::new();
        let Self {
            lines,
            clock,
            held,
            reprs,
            pattern,
            cut,
        } = self;
        read(lines, &mut |line, is_whole| {
            let is_in_repr = is_whole && pattern.is_none() && reprs.holds(line);
            let said = match pattern {
                // A line that may go on is a bar, or nothing yet.
                Some(_) | None if !is_whole && !tqdm::is_complete(line) => None,
                Some(pattern) => pattern.read(line),
                None => understand(line),
            };
            let Some(mut said) = said else { return false };
            if is_in_repr && said.position.is_none() {
                return true;
            }
            if said.position.is_some() {
                reprs.end();
            }
            if said.metrics.len() > MOST_IN_A_LINE {
                said.metrics.truncate(MOST_IN_A_LINE);
                *cut += 1;
            }
            if pattern.is_none() && is_doubtful(line, &said) {
                let is_known = if said.metrics.is_empty() {
                    clock.has_begun()
                } else {
                    held.is_metric(&said.metrics)
                };
                if !is_known {
                    return true;
                }
            }
            let is_sure = pattern.is_some() || said.position.is_some();
            if is_sure || clock.has_begun() && held.is_metric(&said.metrics) {
                found.extend(clock.at(said));
            } else if !clock.has_begun() {
                for (metrics, step) in held.again(said.metrics, clock.now()) {
                    found.extend(clock.then(metrics, step));
                }
            }
            true
        });
        found
    }

    /// How many lines had more metrics than are taken from one ([`MOST_IN_A_LINE`]).
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// How many lines were longer than a line may be (64 KiB), and were passed over.
    #[must_use]
    pub fn passed_over(&self) -> u64 {
        self.lines.passed_over()
    }
}

/// Whether the step that a line names may be a chapter of the script: it stands among words, and has no number that only a
/// training has.
fn is_doubtful(line: &str, said: &Line) -> bool {
    let is_in_words = said
        .position
        .as_ref()
        .is_some_and(|position| position.of.is_empty() && position.step.is_some());
    is_in_words
        && said.metrics.iter().all(|(_, value)| value.fract() == 0.0)
        && !line.contains('{')
        && prose::is_prose(line)
}

/// What a line says in one of the known forms.
fn understand(line: &str) -> Option<Line> {
    // Most lines of most programs end here.
    if !line.bytes().any(|byte| byte.is_ascii_digit()) && !line.contains("nan")
        || !classic::is_worth_reading(line)
    {
        return None;
    }
    if let Some(bar) = tqdm::read(line).or_else(|| rule_bar::read(line)) {
        return Some(bar);
    }
    if let Some(object) = object::read(line) {
        return Some(object);
    }
    // Half of an object, or one that is none.
    if line.trim_start().starts_with('{') {
        return None;
    }
    let said = classic::read(line);
    (said.position.is_some() || !said.metrics.is_empty()).then_some(said)
}
