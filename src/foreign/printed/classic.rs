//! Lines that name their position in words or in brackets: `Epoch [1/5], Step [100/938], d_loss: 0.69`,
//! `[0/5][100/938]  Loss_D: 0.3`, `iter 250: loss 1.2345`, `Train Epoch: 1 [640/60000 (1%)]  Loss: 2.3`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::mark::Counts;
use super::position::Position;
use super::{Line, fixed, mark, pairs};

/// Steps in brackets behind an epoch: `[  10/5005]`, `[640/60000 (1%)]`.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    fixed::pattern(r"^\s*\[\s*([0-9,]+)\s*/\s*([0-9,]+)\s*(?:\([0-9. ]+%\))?\s*\]")
});

/// Positions without a word, at the start of a line.
static BARE: LazyLock<[(Regex, Bare); 4]> = LazyLock::new(|| {
    [
        (
            fixed::pattern(r"^\s*\[\s*([0-9]+)/([0-9]+)\]\s*\[\s*([0-9,]+)/([0-9,]+)\]"),
            |found: &Captures<'_>| Position {
                epoch: count(found, 1),
                epochs: count(found, 2),
                step: count(found, 3),
                steps: count(found, 4),
                ..Position::default()
            },
        ),
        (
            fixed::pattern(r"^\s*\[\s*([0-9]+),\s+([0-9]+)\]\s"),
            |found| Position {
                epoch: count(found, 1),
                step: count(found, 2),
                ..Position::default()
            },
        ),
        (
            fixed::pattern(r"^\s*\[\s*([0-9,]+)(?:/([0-9,]+))?\]\s"),
            |found| Position {
                step: count(found, 1),
                steps: count(found, 2),
                ..Position::default()
            },
        ),
        (fixed::pattern(r"^\s*([0-9]+)(?::\s|\s+\[)"), |found| {
            Position {
                step: count(found, 1),
                ..Position::default()
            }
        }),
    ]
});

/// The start of a line of Python's `logging`: `INFO:root:`.
static LOGGING: LazyLock<Regex> =
    LazyLock::new(|| fixed::pattern(r"^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]+:"));

type Bare = fn(&Captures<'_>) -> Position;

/// Part of each word for a position.
static HINT: LazyLock<Regex> =
    LazyLock::new(|| fixed::pattern("(?i)ep|iter|batch|update|tick|^\\s*(?:\\[|[0-9])"));

/// Whether there may be anything in a line, at the cost of a glance.
pub(super) fn is_worth_reading(line: &str) -> bool {
    line.contains([':', '=']) || HINT.is_match(line)
}

pub(super) fn read(line: &str) -> Line {
    let start = LOGGING.find(line).map_or(0, |found| found.end());
    let line = line.get(start..).unwrap_or(line);
    let (position, rest) = marks(line);
    if let Some(position) = position {
        let mut metrics = pairs::read(&rest);
        for (name, value) in pairs::read_spaced(&rest) {
            pairs::add(&mut metrics, name, value);
        }
        return Line {
            position: Some(position),
            metrics,
        };
    }
    for (pattern, position) in &*BARE {
        let Some(found) = pattern.captures(line) else {
            continue;
        };
        let end = found.get(0).map_or(0, |found| found.end());
        // The bracket that may end the match belongs to what follows.
        let after = line.get(end.saturating_sub(1)..).unwrap_or_default();
        let metrics = pairs::read(after.strip_prefix([']', ':']).unwrap_or(after));
        let position = (!metrics.is_empty()).then(|| position(&found));
        return Line { position, metrics };
    }
    Line {
        position: None,
        metrics: pairs::read_alone(line),
    }
}

/// The position in words, and the line with `;` in place of it.
fn marks(line: &str) -> (Option<Position>, Cow<'_, str>) {
    let mut position = Position::default();
    let mut rest = String::new();
    let mut done = 0;
    let mut batch = None;
    for found in mark::all(line) {
        if !is_end(line.get(found.number_end..).unwrap_or_default()) {
            continue;
        }
        let (n, of) = (found.n, found.of);
        let mut end = found.end;
        match found.what {
            Counts::Epochs => {
                position.epoch = position.epoch.or(n);
                position.epochs = position.epochs.or(of);
                if let Some(behind) = line
                    .get(end..)
                    .filter(|after| after.trim_start().starts_with('['))
                    .and_then(|after| BEHIND.captures(after))
                {
                    position.step = position.step.or(count(&behind, 1));
                    position.steps = position.steps.or(count(&behind, 2));
                    end += behind.get(0).map_or(0, |all| all.end());
                }
            }
            Counts::Batches => batch = n.map(|n| (n, of)),
            Counts::Steps { is_global } => {
                if position.step.is_none() || is_global && !position.is_global {
                    (position.step, position.steps) = (n, of);
                    position.is_global = is_global;
                }
            }
        }
        rest.push_str(line.get(done..found.start).unwrap_or_default());
        rest.push(';');
        // In `iter 250: loss 0.5` the colon is part of the position.
        done = end + usize::from(line.get(end..).is_some_and(|after| after.starts_with(':')));
    }
    // Alone, it may be the size of one.
    if let Some((n, of)) = batch
        && position.step.is_none()
        && (of.is_some() || position.epoch.is_some())
    {
        (position.step, position.steps) = (Some(n), of);
    }
    if done == 0 {
        return (None, Cow::Borrowed(line));
    }
    rest.push_str(line.get(done..).unwrap_or_default());
    let is_there = position.step.or(position.epoch).is_some();
    (is_there.then_some(position), Cow::Owned(rest))
}

/// Whether the number of a position ends before this.
fn is_end(after: &str) -> bool {
    let mut chars = after.chars();
    let (first, second) = (chars.next(), chars.next());
    match first {
        None | Some(',' | ';' | '|' | ')' | ']' | '}' | '"' | '\'') => true,
        Some(':' | '.') => second.is_none_or(char::is_whitespace),
        Some(c) => c.is_whitespace(),
    }
}

fn count(found: &Captures<'_>, group: usize) -> Option<u64> {
    found.get(group).and_then(|group| number(group.as_str()))
}

/// A count, maybe with commas between thousands: `1,000`.
pub(super) fn number(digits: &str) -> Option<u64> {
    let mut groups = digits.split(',');
    let first = groups.next()?;
    let mut whole = first.to_owned();
    for group in groups {
        if group.len() != 3 || !(1..=3).contains(&first.len()) {
            return None;
        }
        whole.push_str(group);
    }
    whole.parse().ok()
}
