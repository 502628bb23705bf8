//! A filter of runs: conditions on a run as a whole, joined with `and`, `or` and `not`.

use std::fmt;

use regex::Regex;

use super::condition::Test;
use crate::protocol::Value;

/// What a filter is asked about.
pub trait Subject {
    /// The value of that name: of a property of the run (`state`, `steps`), a setting (`cfg.lr`) or a metric (`fid`,
    /// `fid.best`); `None` if the run has none.
    fn value(&self, name: &str) -> Option<Value>;

    /// Calls `seen` with every text that a bare word is looked for in: names, tags, remarks.
    fn texts(&self, seen: &mut dyn FnMut(&str));

    /// Whether the run has this tag.
    fn has_tag(&self, tag: &str) -> bool;
}

/// Which runs are wanted.
#[derive(Debug, Clone)]
pub enum Filter {
    /// All of these; every run, if there are none.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// A number passes a test.
    Number(String, Test),
    /// A value is, or is not, this text, whatever the case of its letters.
    Word {
        /// Of what.
        name: String,
        /// Whether it is to be equal, or to contain it.
        relation: Relation,
        /// The text.
        word: String,
    },
    /// The run has this tag.
    Tag(String),
    /// The run has a value of this name.
    Has(String),
    /// One of the run's texts contains this, whatever the case of its letters.
    Text(String),
    /// One of the run's texts matches.
    Matches(Regex),
}

/// How a text compares with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `~`
    Contains,
    /// `!~`
    Lacks,
}

impl Relation {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Is, Self::IsNot, Self::Contains, Self::Lacks];

    /// As written.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Contains => "~",
            Self::Lacks => "!~",
        }
    }
}

impl Default for Filter {
    /// Every run.
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Filter {
    /// Whether a run is wanted. A comparison with a value that the run does not have is false, whichever it is.
    pub fn wants(&self, run: &dyn Subject) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.wants(run)),
            Self::Any(parts) => parts.iter().any(|part| part.wants(run)),
            Self::Not(part) => !part.wants(run),
            Self::Number(name, test) => run
                .value(name)
                .and_then(|value| number(&value))
                .is_some_and(|value| test.passes(value)),
            Self::Word {
                name,
                relation,
                word,
            } => run.value(name).is_some_and(|value| {
                let word = word.to_lowercase();
                let value = match (number(&value), word.as_str()) {
                    // Some logs have only numbers for what is true or false.
                    (Some(1.0), "true" | "false") => "true".to_owned(),
                    (Some(0.0), "true" | "false") => "false".to_owned(),
                    _ => value.to_string().to_lowercase(),
                };
                match relation {
                    Relation::Is => value == word,
                    Relation::IsNot => value != word,
                    Relation::Contains => value.contains(&word),
                    Relation::Lacks => !value.contains(&word),
                }
            }),
            Self::Tag(tag) => run.has_tag(tag),
            Self::Has(name) => run.value(name).is_some(),
            Self::Text(wanted) => {
                let wanted = wanted.to_lowercase();
                any(run, |text| text.to_lowercase().contains(&wanted))
            }
            Self::Matches(wanted) => any(run, |text| wanted.is_match(text)),
        }
    }

    /// The names of all values that it asks for.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::names).collect(),
            Self::Not(part) => part.names(),
            Self::Number(name, _) | Self::Word { name, .. } | Self::Has(name) => vec![name],
            Self::Tag(_) | Self::Text(_) | Self::Matches(_) => Vec::new(),
        }
    }

    /// Whether it wants every run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }
}

fn any(run: &dyn Subject, wanted: impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    run.texts(&mut |text| found |= wanted(text));
    found
}

/// A value as a number, also where it is written as a text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Bool(_) => None,
        Value::Text(text) => text.parse().ok(),
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::All(parts) => joined(f, parts, "and"),
            Self::Any(parts) => joined(f, parts, "or"),
            Self::Not(part) => match **part {
                Self::All(_) | Self::Any(_) => write!(f, "not ({part})"),
                _ => write!(f, "not {part}"),
            },
            Self::Number(name, test) => write!(f, "{} {test}", quoted(name)),
            Self::Word {
                name,
                relation,
                word,
            } => write!(f, "{} {} {}", quoted(name), relation.sign(), quoted(word)),
            Self::Tag(tag) => write!(f, "tag:{}", quoted(tag)),
            Self::Has(name) => write!(f, "has:{}", quoted(name)),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Matches(regex) => write!(f, "/{}/", regex.as_str().replace('/', "\\/")),
        }
    }
}

/// A word as it is, or in quotes where it would not be read as one.
fn quoted(word: &str) -> String {
    let is_plain = super::token::is_one_word(word) && !super::token::is_keyword(word);
    if is_plain {
        word.to_owned()
    } else {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
