//! The values that a parameter may have.

use std::fmt;
use std::str::FromStr;

/// What may stand in a domain, for errors.
const EXPECTED: &str = "choice(A,B,…), linear(LOW,HIGH), log(LOW,HIGH) or int(LOW,HIGH); for a grid, linear and log with a number of \
                        points: log(1e-5,1e-3,5)";

/// The values that a parameter may have. Each is addressed by a number in [0, 1).
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// One of these texts.
    Choice(Vec<String>),
    /// A number between two, each as likely as any other; with the number of points that a grid has.
    Linear(f64, f64, Option<u32>),
    /// A number between two positive ones, each order of magnitude as likely as any other; with the number of points of a grid.
    Log(f64, f64, Option<u32>),
    /// A whole number from the first to the second.
    Integer(i64, i64),
}

impl Domain {
    /// The value at a place in [0, 1), as it is written in a configuration. Numbers have four significant digits.
    #[must_use]
    pub fn at(&self, place: f64) -> String {
        let place = place.clamp(0.0, 1.0 - f64::EPSILON);
        match self {
            Self::Choice(values) => {
                let index = (place * values.len() as f64) as usize;
                values.get(index).cloned().unwrap_or_default()
            }
            Self::Linear(low, high, _) => short(low + (high - low) * place),
            Self::Log(low, high, _) => short((low.ln() + (high.ln() - low.ln()) * place).exp()),
            Self::Integer(low, high) => {
                let count = (i128::from(*high) - i128::from(*low) + 1) as f64;
                (i128::from(*low) + (place * count) as i128)
                    .min(i128::from(*high))
                    .to_string()
            }
        }
    }

    /// How many values a grid takes of it; `None` if that is not said.
    #[must_use]
    pub fn points(&self) -> Option<u64> {
        match self {
            Self::Choice(values) => Some(values.len() as u64),
            Self::Linear(_, _, points) | Self::Log(_, _, points) => points.map(u64::from),
            Self::Integer(low, high) => {
                u64::try_from(i128::from(*high) - i128::from(*low) + 1).ok()
            }
        }
    }

    /// The value of a grid with this number, of so many.
    #[must_use]
    pub fn point(&self, number: u64, of: u64) -> String {
        match self {
            Self::Choice(_) | Self::Integer(..) => self.at((number as f64 + 0.5) / of as f64),
            // With both ends.
            Self::Linear(low, high, _) if of > 1 => {
                short(low + (high - low) * number as f64 / (of - 1) as f64)
            }
            Self::Log(low, high, _) if of > 1 => {
                let share = number as f64 / (of - 1) as f64;
                short((low.ln() + (high.ln() - low.ln()) * share).exp())
            }
            Self::Linear(..) | Self::Log(..) => self.at(0.5),
        }
    }

    /// A value as it is drawn, from how it is written elsewhere; nothing, where it is none of this domain.
    #[must_use]
    pub fn written(&self, text: &str) -> Option<String> {
        self.place_of(text)?;
        match self {
            Self::Choice(_) => Some(text.to_owned()),
            Self::Linear(..) | Self::Log(..) => text.trim().parse().ok().map(short),
            Self::Integer(..) => text.trim().parse::<i64>().ok().map(|n| n.to_string()),
        }
    }

    /// How many different values have no order among them: those of a choice; `None` for numbers.
    #[must_use]
    pub fn categories(&self) -> Option<usize> {
        match self {
            Self::Choice(values) => Some(values.len()),
            _ => None,
        }
    }

    /// Values that a configuration must take for it to take all: the ends, or each of a choice.
    #[must_use]
    pub fn extremes(&self) -> Vec<String> {
        match self {
            Self::Choice(values) => values.clone(),
            _ => vec![self.at(0.0), self.at(1.0)],
        }
    }
}

/// Four significant digits, in the shortest form.
fn short(value: f64) -> String {
    let rounded = format!("{value:.3e}").parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-3..1e7).contains(&f64::abs(rounded)) {
        format!("{rounded:e}")
    } else {
        format!("{rounded}")
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = |f: &mut fmt::Formatter<'_>, name, low, high, points: &Option<u32>| {
            write!(f, "{name}({},{}", short(low), short(high))?;
            points.map_or(Ok(()), |points| write!(f, ",{points}"))?;
            f.write_str(")")
        };
        match self {
            Self::Choice(values) => write!(f, "choice({})", values.join(",")),
            Self::Linear(low, high, points) => numbers(f, "linear", *low, *high, points),
            Self::Log(low, high, points) => numbers(f, "log", *low, *high, points),
            Self::Integer(low, high) => write!(f, "int({low},{high})"),
        }
    }
}

impl FromStr for Domain {
    type Err = String;

    /// Reads `choice(A,B)`, `linear(LOW,HIGH)`, `log(LOW,HIGH)` or `int(LOW,HIGH)`.
    ///
    /// The error says what was found and what was expected.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("found `{text}`, expected {EXPECTED}");
        let (name, rest) = text.split_once('(').ok_or_else(wrong)?;
        let inner = rest.trim_end().strip_suffix(')').ok_or_else(wrong)?;
        let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
        match (name.trim(), &parts[..]) {
            ("choice", values) => {
                if values.iter().any(|value| value.is_empty()) {
                    return Err(wrong());
                }
                let mut different = values.to_vec();
                different.sort_unstable();
                different.dedup();
                if different.len() < values.len() {
                    return Err(format!("found `{text}`, expected each value once"));
                }
                Ok(Self::Choice(
                    values.iter().map(ToString::to_string).collect(),
                ))
            }
            ("linear" | "uniform", [low, high, points @ ..]) => {
                let (low, high) = ends(text, low, high)?;
                Ok(Self::Linear(low, high, count(text, points)?))
            }
            ("log", [low, high, points @ ..]) => {
                let (low, high) = ends(text, low, high)?;
                if low <= 0.0 {
                    return Err(format!("found `{text}`, expected ends above 0"));
                }
                Ok(Self::Log(low, high, count(text, points)?))
            }
            ("int" | "integer", [low, high]) => match (low.parse(), high.parse()) {
                (Ok(low), Ok(high)) if low < high => Ok(Self::Integer(low, high)),
                _ => Err(format!(
                    "found `{text}`, expected two whole numbers, the smaller one first"
                )),
            },
            _ => Err(wrong()),
        }
    }
}

fn ends(text: &str, low: &str, high: &str) -> Result<(f64, f64), String> {
    match (low.parse::<f64>(), high.parse::<f64>()) {
        (Ok(low), Ok(high)) if low < high && low.is_finite() && high.is_finite() => Ok((low, high)),
        _ => Err(format!(
            "found `{text}`, expected two numbers, the smaller one first"
        )),
    }
}

fn count(text: &str, points: &[&str]) -> Result<Option<u32>, String> {
    match points {
        [] => Ok(None),
        [points] => match points.parse() {
            Ok(points) if points > 0 => Ok(Some(points)),
            _ => Err(format!(
                "found `{text}`, expected a whole number of points at the end"
            )),
        },
        _ => Err(format!("found `{text}`, expected {EXPECTED}")),
    }
}
