//! What a column says of a run.

use std::cmp::Ordering;

use crate::logs::State;
use crate::text::{duration, number};

/// What a column says of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing: the run does not have it, or it is not known yet.
    Nothing,
    /// A text.
    Text(String),
    /// A number, and how it is written if not as a metric's value.
    Number(f64, Option<String>),
    /// A metric's value at a step.
    At(f64, u64),
    /// A step, and the one at which the run ends.
    Steps(u64, Option<u64>),
    /// A state.
    State(State),
    /// An age in seconds.
    Age(i64),
}

impl Cell {
    /// How two runs compare in a column; those about which it says nothing, and NaN, come last in both directions.
    #[must_use]
    pub fn compare(&self, other: &Self, falling: bool) -> Ordering {
        let lost = |cell: &Self| match cell {
            Self::Nothing => 2,
            Self::Number(value, _) | Self::At(value, _) if value.is_nan() => 1,
            _ => 0,
        };
        let by_loss = lost(self).cmp(&lost(other));
        let order = match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => match (self, other) {
                (Self::Text(a), Self::Text(b)) => natural(a, b),
                (Self::State(a), Self::State(b)) => a.cmp(b),
                _ => Ordering::Equal,
            },
        };
        by_loss.then(if falling { order.reverse() } else { order })
    }

    /// Its number, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value, _) | Self::At(value, _) => Some(*value),
            Self::Steps(step, _) => Some(*step as f64),
            Self::Age(seconds) => Some(*seconds as f64),
            _ => None,
        }
    }

    /// As people read it; `dash` stands for nothing.
    #[must_use]
    pub fn text(&self, dash: &str) -> String {
        match self {
            Self::Nothing => dash.to_owned(),
            Self::Text(text) => text.clone(),
            Self::Number(_, Some(written)) => written.clone(),
            Self::Number(value, None) => number::value(*value),
            Self::At(value, step) => format!(
                "{} @{}",
                number::value(*value),
                number::compact(*step as f64)
            ),
            Self::Steps(step, Some(target)) if target > step => {
                format!(
                    "{}/{}",
                    number::thousands(*step),
                    number::compact(*target as f64)
                )
            }
            Self::Steps(step, _) => number::thousands(*step),
            Self::State(state) => state.word().to_owned(),
            Self::Age(seconds) => duration::ago(*seconds),
        }
    }
}

/// Orders texts as people do: `run-9` before `run-10`.
#[must_use]
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
                    let mut digits = String::new();
                    while let Some(c) = chars.next_if(char::is_ascii_digit) {
                        digits.push(c);
                    }
                    digits
                };
                let (m, n) = (digits(&mut left), digits(&mut right));
                let (m, n) = (m.trim_start_matches('0'), n.trim_start_matches('0'));
                let order = m.len().cmp(&n.len()).then_with(|| m.cmp(n));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(x), Some(y)) => {
                let order = x.to_lowercase().cmp(y.to_lowercase());
                if order.is_ne() {
                    return order;
                }
                left.next();
                right.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_nan_come_last_in_both_directions() {
        let number = |value| Cell::Number(value, None);
        for falling in [false, true] {
            let mut cells = [Cell::Nothing, number(f64::NAN), number(2.0), number(1.0)];
            cells.sort_by(|a, b| a.compare(b, falling));
            let first = if falling { [2.0, 1.0] } else { [1.0, 2.0] };
            assert_eq!(cells[..2], first.map(number), "{falling}");
            assert_eq!(cells[3], Cell::Nothing);
        }
    }

    #[test]
    fn numbers_in_names_are_ordered_as_numbers() {
        let mut names = ["run-10", "Run-9", "run-9b", "run-09", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "Run-9", "run-09", "run-9b", "run-10"]);
    }
}
