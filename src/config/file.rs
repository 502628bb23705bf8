//! A TOML text as leaves, each with its line.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::keys;
use super::layers::Leaf;
use super::{ConfigError, Origin};

/// No configuration is larger; a device or a weights file given by mistake is.
const LARGEST: u64 = 1 << 20;

/// The leaves of a configuration file.
pub(super) fn read(path: &Path) -> Result<Vec<Leaf>, ConfigError> {
    let cannot = |reason: String| ConfigError::Read {
        path: path.to_owned(),
        reason,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| cannot(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(cannot(
            "expected a TOML file, found more than 1 MiB".to_owned(),
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        cannot(format!(
            "expected a TOML file, found bytes that are not UTF-8 ({error})"
        ))
    })?;
    parse(&text, |line| Origin::File {
        path: path.to_owned(),
        line,
    })
    .map_err(|problem| match problem {
        Problem::Syntax {
            line,
            column,
            reason,
        } => ConfigError::Syntax {
            path: path.to_owned(),
            line,
            column,
            reason,
        },
        Problem::Leaf(error) => error,
    })
}

/// The leaves of a preset, or nothing if the text is invalid; a test reads every preset, so a broken one never ships.
pub(super) fn read_preset(objective: &str, text: &str) -> Vec<Leaf> {
    parse(text, |_| Origin::Preset(objective.to_owned())).unwrap_or_default()
}

enum Problem {
    Syntax {
        line: usize,
        column: usize,
        reason: String,
    },
    Leaf(ConfigError),
}

fn parse(text: &str, origin: impl Fn(usize) -> Origin) -> Result<Vec<Leaf>, Problem> {
    let document = DeTable::parse(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        Problem::Syntax {
            line,
            column,
            reason: error.message().replace('\n', ", "),
        }
    })?;
    let mut walk = Walk {
        text,
        origin,
        leaves: Vec::new(),
    };
    walk.table("", document.into_inner())
        .map_err(Problem::Leaf)?;
    Ok(walk.leaves)
}

/// A walk over a document that gathers its leaves.
struct Walk<'i, F> {
    text: &'i str,
    origin: F,
    leaves: Vec<Leaf>,
}

impl<'i, F: Fn(usize) -> Origin> Walk<'i, F> {
    fn table(&mut self, group: &str, table: DeTable<'i>) -> Result<(), ConfigError> {
        for (key, value) in table {
            let origin = (self.origin)(position(self.text, key.span().start).0);
            let name = match group {
                "" => key.into_inner().into_owned(),
                group => format!("{group}.{}", key.get_ref()),
            };
            let found = written(self.text, value.span());
            // An unknown group is walked too, for the error to name the key in it; only an empty one is named itself.
            let is_group = |inner: &DeTable<'_>| {
                !keys::members(&name).is_empty()
                    || (keys::find(&name).is_none() && !inner.is_empty())
            };
            let (span, value) = (value.span(), value.into_inner());
            let value = match value {
                DeValue::Table(inner) if is_group(&inner) => {
                    self.table(&name, inner)?;
                    continue;
                }
                leaf => Spanned::new(span, leaf),
            };
            // A number that does not fit into 64 bits is not a value; as a text it fails the check of every key that
            // takes numbers.
            let value = Value::deserialize(ValueDeserializer::from(value))
                .unwrap_or_else(|_| Value::String(found.to_owned()));
            self.leaves.push(Leaf::check(&name, &value, found, origin)?);
        }
        Ok(())
    }
}

/// A value as it stands in the text.
fn written(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap_or_default()
}

/// Line and column, from 1, of a byte.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}
