//! Checks values: the one place for that, whether a file, a variable or a flag brings them.

use toml::Value;

use super::conditions::{check_condition, check_rule};
use super::duration;
use super::invalid_value::InvalidValue;
use super::preset::{check_objective, live};
use super::value_type::ValueType;
use crate::protocol::{Command, Timed};
use crate::shape::ImageSize;
use crate::text::{did_you_mean, nearest};

const OPTIMIZERS: [&str; 2] = ["adam", "rmsprop"];
const DEVICES: [&str; 4] = ["auto", "cpu", "cuda", "metal"];

impl ValueType {
    /// What is expected, in words that follow "expected".
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Objective => format!(
                "one of {}",
                crate::metric::objectives::names().collect::<Vec<_>>().join(", ")
            ),
            Self::Optimizer => format!("one of {}", OPTIMIZERS.join(", ")),
            Self::Device => "auto, cpu, cuda, cuda:N or metal".to_owned(),
            Self::Text(what) | Self::Path(what) => what.to_owned(),
            Self::ImageSize => ImageSize::EXPECTED.to_owned(),
            Self::Channels => "1 (grey) or 3 (colour)".to_owned(),
            Self::Whole {
                min,
                max: Some(max),
            } => format!("a whole number from {min} to {max}"),
            Self::Whole { min, max: None } => format!("a whole number of at least {min}"),
            Self::Positive => "a number above 0".to_owned(),
            Self::Rate => "a number above 0 and at most 1".to_owned(),
            Self::NotNegative => "a number of at least 0".to_owned(),
            Self::UpTo(most) => format!("a number from 0 to {most}"),
            Self::Fraction => "a number of at least 0 and below 1".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::Time { zero: true } => {
                "a duration with its unit, such as 0s, 30s or 1h 30m".to_owned()
            }
            Self::Time { zero: false } => {
                "a duration above 0 with its unit, such as 30s or 1h 30m".to_owned()
            }
            Self::Script => "a list of STEP:COMMAND, such as [\"500:loss wgan\"]".to_owned(),
            Self::Conditions => {
                "a list of conditions, such as [\"d_loss < 0.01 for 500\"]".to_owned()
            }
            Self::Rules => "a list of rules, such as [{ when = \"d_loss < 0.01 for 500\", do = \"pause\" }], with pause, \
                            checkpoint or alarm"
                .to_owned(),
        }
    }

    /// Reads a value as it stands on the command line or in the environment: bare, or quoted as in TOML.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn read(self, text: &str) -> Result<Value, InvalidValue> {
        let text = text.trim();
        self.check(&self.literal(text), text)
    }

    /// Accepts a value, in the form in which the configuration holds it. `found` is how it was written.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn check(self, value: &Value, found: &str) -> Result<Value, InvalidValue> {
        let each = |check: fn(&str) -> Result<Value, InvalidValue>| match value {
            Value::String(one) => Ok(Value::Array(vec![check(one)?])),
            Value::Array(all) => all
                .iter()
                .map(|one| check(one.as_str().ok_or_else(|| self.wrong(found))?))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            _ => Err(self.wrong(found).into()),
        };
        match (self, value) {
            (Self::Objective, Value::String(name)) => {
                Ok(check_objective(name).map(|()| value.clone())?)
            }
            (Self::ImageSize, Value::Integer(_) | Value::String(_)) => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let size: ImageSize = text.parse().map_err(|_| self.wrong(found))?;
                Ok(Value::String(size.to_string()))
            }
            (Self::Script, _) => each(check_timed),
            (Self::Conditions, _) => each(check_condition),
            (Self::Rules, Value::Array(all)) => (1..)
                .zip(all)
                .map(|(number, rule)| check_rule(rule, number))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            _ => self.accept(value).ok_or_else(|| self.wrong(found).into()),
        }
    }

    /// The message about a value that this key does not take.
    pub(super) fn wrong(self, found: &str) -> String {
        let expected = self.expected();
        if found.is_empty() {
            return format!("expected {expected}; found nothing");
        }
        let hint = match self {
            Self::Optimizer => did_you_mean(nearest(found.trim_matches('"'), OPTIMIZERS)),
            Self::OneOf(words) => {
                did_you_mean(nearest(found.trim_matches('"'), words.iter().copied()))
            }
            Self::Device => did_you_mean(nearest(found.trim_matches('"'), DEVICES)),
            _ => String::new(),
        };
        format!("expected {expected}; found `{}`{hint}", shortened(found))
    }

    /// The value in its canonical form, if this key accepts it.
    fn accept(self, value: &Value) -> Option<Value> {
        let good = match (self, value) {
            (Self::Optimizer, Value::String(name)) => OPTIMIZERS.contains(&name.as_str()),
            (Self::Device, Value::String(name)) => is_device(name),
            (Self::Flag, Value::Boolean(_)) => true,
            (Self::Channels, Value::Integer(n)) => [1, 3].contains(n),
            (Self::OneOf(words), Value::String(word)) => words.contains(&word.as_str()),
            (Self::Text(_) | Self::Path(_), Value::String(text)) => !text.trim().is_empty(),
            (Self::Whole { min, max }, Value::Integer(n)) => {
                *n >= min && max.is_none_or(|max| *n <= max)
            }
            (_, Value::Integer(n)) if self.is_number() => {
                return self.accept(&Value::Float(*n as f64));
            }
            (Self::Positive, Value::Float(x)) => x.is_finite() && *x > 0.0,
            (Self::Rate, Value::Float(x)) => *x > 0.0 && *x <= 1.0,
            (Self::NotNegative, Value::Float(x)) => x.is_finite() && *x >= 0.0,
            (Self::UpTo(most), Value::Float(x)) => (0.0..=most).contains(x),
            (Self::Fraction, Value::Float(x)) => (0.0..1.0).contains(x),
            (Self::Time { zero }, Value::String(text)) => {
                duration::parse(text).is_some_and(|d| zero || !d.is_zero())
            }
            _ => false,
        };
        good.then(|| value.clone())
    }

    /// Returns whether it is a number, whole or not.
    fn is_number(self) -> bool {
        matches!(
            self,
            Self::Positive | Self::Rate | Self::NotNegative | Self::UpTo(_) | Self::Fraction
        )
    }

    /// A text as the value that this key most likely means by it. A guess that is wrong fails the check.
    fn literal(self, text: &str) -> Value {
        let as_toml = || text.parse::<Value>().ok();
        let number = match self {
            Self::Whole { .. } | Self::Channels => text.parse().ok().map(Value::Integer),
            _ if self.is_number() => text.parse().ok().map(Value::Float),
            Self::Flag => text.parse().ok().map(Value::Boolean),
            Self::Script | Self::Conditions | Self::Rules if text.starts_with('[') => as_toml(),
            _ if text.starts_with(['"', '\'']) => as_toml(),
            _ => None,
        };
        number.unwrap_or_else(|| Value::String(text.to_owned()))
    }
}

/// Reads one `STEP:COMMAND`, objectives known.
///
/// # Errors
/// What was expected and what was found.
pub fn timed(text: &str) -> Result<Timed, String> {
    let timed: Timed = text.parse()?;
    if let Command::Objective(name) = &timed.command {
        check_objective(name).map_err(|problem| format!("`{text}`: {problem}"))?;
    }
    if let Command::Set { key, value } = &timed.command {
        live(key, value).map_err(|problem| format!("`{text}`: {problem}"))?;
    }
    Ok(timed)
}

fn check_timed(text: &str) -> Result<Value, InvalidValue> {
    Ok(Value::String(timed(text)?.to_string()))
}

fn is_device(name: &str) -> bool {
    match name.strip_prefix("cuda:") {
        Some(index) => index.parse::<u16>().is_ok(),
        None => DEVICES.contains(&name),
    }
}

/// On one line, and no longer than a message can bear.
fn shortened(found: &str) -> String {
    const LONGEST: usize = 60;
    let line = found.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
