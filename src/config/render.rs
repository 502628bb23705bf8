//! A configuration as text: the commented TOML of `config.toml`, and flat settings for viewers.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::{Table, Value};

use super::keys::{KEYS, Key};
use super::{ConfigError, Origin, Resolved, RunConfig};

impl RunConfig {
    /// The configuration as commented TOML: every key, those without a value as a comment. Given as a configuration file,
    /// it makes the same configuration again.
    ///
    /// # Errors
    /// [`ConfigError::Write`] for a value that TOML cannot hold (a path that is not UTF-8, a seed above 2^63 - 1); none of
    /// those comes out of [`super::resolve`].
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        render(self, &BTreeMap::new())
    }

    /// Every key that has a value, dotted, with the value as a person would write it.
    ///
    /// # Errors
    /// As [`RunConfig::to_toml`].
    pub fn settings(&self) -> Result<Vec<(&'static str, String)>, ConfigError> {
        Ok(leaves(self)?
            .into_iter()
            .filter_map(|(key, value)| Some((key.name, plain(&value?))))
            .collect())
    }
}

impl Resolved {
    /// As [`RunConfig::to_toml`], with the origin of each value behind it.
    ///
    /// # Errors
    /// As [`RunConfig::to_toml`].
    pub fn to_toml_with_origins(&self) -> Result<String, ConfigError> {
        render(&self.config, &self.origins)
    }
}

fn render(
    config: &RunConfig,
    origins: &BTreeMap<&'static str, Origin>,
) -> Result<String, ConfigError> {
    let mut text = String::new();
    let mut group = "";
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{line}");
    };
    for (key, value) in leaves(config)? {
        let (its_group, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        if its_group != group {
            group = its_group;
            line(format_args!(""));
            if let Some(about) = key.group().map(|group| group.about) {
                line(format_args!("# {about}"));
            }
            line(format_args!("[{group}]"));
        }
        line(format_args!(
            "# {} ({})",
            key.about,
            key.value_type.expected()
        ));
        match (value, origins.get(key.name)) {
            (None, _) => line(format_args!("# {name} is not set")),
            (Some(value), None) => line(format_args!("{name} = {}", literal(&value))),
            (Some(value), Some(origin)) => {
                line(format_args!("{name} = {}  # {origin}", literal(&value)));
            }
        }
    }
    Ok(text)
}

/// Every key with its value, in the order of the table.
fn leaves(config: &RunConfig) -> Result<Vec<(&'static Key, Option<Value>)>, ConfigError> {
    let table = Table::try_from(config)?;
    Ok(KEYS
        .iter()
        .map(|key| (key, lookup(&table, key.name).cloned()))
        .collect())
}

fn lookup<'t>(table: &'t Table, name: &str) -> Option<&'t Value> {
    match name.split_once('.') {
        None => table.get(name),
        Some((group, rest)) => lookup(table.get(group)?.as_table()?, rest),
    }
}

/// As TOML. Floats in the form that Rust reads back to the same bits, which keeps 1e-8 short.
fn literal(value: &Value) -> String {
    match value {
        Value::Float(x) => format!("{x:?}"),
        other => other.to_string(),
    }
}

/// As a person would write it: texts bare, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => literal(other),
    }
}
