//! Leaves and the layers they come in: a stronger layer covers the leaves of a weaker one, and each leaf keeps its origin.
//!
//! Invariant: every leaf's value was accepted by its key, so that whatever the layers make together deserializes.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::keys::{self, Key};
use super::{ConfigError, Origin};
use crate::text::did_you_mean;

/// One key with a value that it takes.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub key: &'static Key,
    pub value: Value,
    pub origin: Origin,
}

impl Leaf {
    /// A leaf from a text as it stands on the command line or in the environment.
    pub fn read(name: &str, text: &str, origin: Origin) -> Result<Self, ConfigError> {
        let key = known(name, text, &origin)?;
        match key.value_type.read(text) {
            Ok(value) => Ok(Self { key, value, origin }),
            Err(invalid) => Err(ConfigError::invalid(origin, name, invalid)),
        }
    }

    /// A leaf from a value; `found` is how it was written.
    pub fn check(
        name: &str,
        value: &Value,
        found: &str,
        origin: Origin,
    ) -> Result<Self, ConfigError> {
        let key = known(name, found, &origin)?;
        match key.value_type.check(value, found) {
            Ok(value) => Ok(Self { key, value, origin }),
            Err(invalid) => Err(ConfigError::invalid(origin, name, invalid)),
        }
    }
}

/// The key of this name, or what is wrong with the name.
fn known(name: &str, found: &str, origin: &Origin) -> Result<&'static Key, ConfigError> {
    if let Some(key) = keys::find(name) {
        return Ok(key);
    }
    let (origin, key) = (origin.clone(), name.to_owned());
    let members = keys::members(name);
    Err(if members.is_empty() {
        ConfigError::UnknownKey {
            origin,
            key,
            hint: did_you_mean(keys::guesses(name)),
        }
    } else {
        ConfigError::Group {
            origin,
            key,
            members: members.join(", "),
            found: found.to_owned(),
        }
    })
}

/// What the layers so far make together.
#[derive(Debug, Default)]
pub(super) struct Layers {
    leaves: BTreeMap<&'static str, Leaf>,
}

impl Layers {
    /// Puts a stronger layer on top.
    pub fn lay(&mut self, layer: Vec<Leaf>) {
        // `steps` and `epochs` are two measures of one length: a layer that names one means it instead of what a weaker
        // layer says in the other. One layer that names both means both.
        let names = |name| layer.iter().any(|leaf| leaf.key.name == name);
        for (named, other) in [("steps", "epochs"), ("epochs", "steps")] {
            if names(named) && !names(other) {
                self.leaves.remove(other);
            }
        }
        self.leaves
            .extend(layer.into_iter().map(|leaf| (leaf.key.name, leaf)));
    }

    /// Ends with the one default that yields to another key: a run limited in time has no built-in limit in epochs.
    pub fn settle(&mut self) {
        let built_in = self
            .leaves
            .get("epochs")
            .is_some_and(|leaf| leaf.origin == Origin::BuiltIn);
        if built_in && self.leaves.contains_key("max_time") {
            self.leaves.remove("epochs");
        }
    }

    /// Where the value of each key that has one came from.
    pub fn origins(&self) -> BTreeMap<&'static str, Origin> {
        self.leaves
            .iter()
            .map(|(name, leaf)| (*name, leaf.origin.clone()))
            .collect()
    }

    /// All leaves as one table, nested at the dots.
    pub fn table(&self) -> Table {
        let mut root = Table::new();
        for (name, leaf) in &self.leaves {
            insert(&mut root, name, leaf.value.clone());
        }
        root
    }
}

/// Puts a value at its dotted name.
pub(super) fn insert(table: &mut Table, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            table.insert(name.to_owned(), value);
        }
        Some((group, rest)) => {
            let entry = table
                .entry(group)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}
