//! From sources to a [`RunConfig`]: layers in their order, one table, one struct, and the checks between keys.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use toml::Value;

use super::arch::ArchKind;
use super::file;
use super::keys::KEYS;
use super::layers::{Layers, Leaf};
use super::preset::{DEFAULT, preset_text};
use super::{
    ConfigError, Origin, Preset, RunConfig, ValueType, condition, environment, is_evaluated,
};
use crate::rules::ConditionError;

/// Everything that may set a key, besides the defaults and the preset; weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The name of a preset, whose objective it is then.
    pub preset: Option<String>,
    /// A configuration file.
    pub file: Option<PathBuf>,
    /// The environment; variables without the program's prefix are passed over.
    pub environment: Vec<(OsString, OsString)>,
    /// `KEY=VALUE`, each stronger than those before it.
    pub set: Vec<String>,
    /// Values of named flags, each stronger than those before it.
    pub flags: Vec<FlagValue>,
    /// What becomes of the values of keys that hold a path; `None` leaves them as they are written.
    pub paths: Option<ReadPath>,
}

/// Makes of a key and the path that it is given the path that is meant, or says what is wrong with it.
pub type ReadPath = fn(&str, &str) -> Result<String, String>;

/// The value that a named flag gives to a key.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagValue {
    /// The flag, with its dashes.
    pub flag: &'static str,
    /// The key that it sets.
    pub key: &'static str,
    /// The value.
    pub value: Value,
}

/// A configuration, and where its values came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The configuration.
    pub config: RunConfig,
    /// The origin of each key that has a value, by dotted name.
    pub origins: BTreeMap<&'static str, Origin>,
}

impl Sources {
    /// A configuration file alone: what reads a run's `config.toml` back.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            file: Some(path.into()),
            ..Self::default()
        }
    }
}

/// Makes the configuration that the sources describe.
///
/// # Errors
/// The first thing found to be wrong in any source, even where a stronger one covers it, and then what does not go
/// together.
pub fn resolve(sources: Sources) -> Result<Resolved, ConfigError> {
    build(layers(sources)?.into())
}

/// The same for a run whose trainer is another program: its conditions may be on metrics of any name, and a file and `--set`
/// may not say how networks are trained.
///
/// # Errors
/// The first thing found to be wrong in any source.
pub fn resolve_for_program(sources: Sources) -> Result<Resolved, ConfigError> {
    let layers = layers(sources)?;
    // The environment is that of other commands too.
    let [_, file, _, set, _] = &layers;
    let mut stated = file.iter().chain(set);
    match stated.find(|leaf| !is_for_program(leaf.key.name)) {
        Some(leaf) => Err(ConfigError::OfOwnNetworks {
            origin: leaf.origin.clone(),
            key: leaf.key.name.to_owned(),
        }),
        None => put_together(layers.into()),
    }
}

/// Whether a key means something to a run whose trainer is another program.
fn is_for_program(key: &str) -> bool {
    const GROUPS: [&str; 7] = [
        "health.",
        "evaluation.",
        "signals.",
        "system.",
        "record.",
        "ui.",
        "keys.",
    ];
    const KEYS: [&str; 3] = ["at", "fail_if", "rules"];
    KEYS.contains(&key) || GROUPS.iter().any(|group| key.starts_with(group))
}

/// What the sources say, weakest first.
pub(super) fn layers(sources: Sources) -> Result<[Vec<Leaf>; 5], ConfigError> {
    let file = sources.file.as_deref().map(file::read).transpose()?;
    let preset = sources.preset.as_deref();
    let mut layers = [
        preset.map_or_else(Vec::new, preset_layer),
        file.unwrap_or_default(),
        environment::read(sources.environment)?,
        assignments(&sources.set)?,
        flags(sources.flags)?,
    ];
    if let Some(read) = sources.paths {
        for leaf in layers.iter_mut().flatten() {
            read_path(leaf, read)?;
        }
    }
    check_is_of_preset(&layers)?;
    Ok(layers)
}

/// What layers say about the objective, weakest first.
fn objectives(layers: &[Vec<Leaf>]) -> impl DoubleEndedIterator<Item = &Leaf> {
    let leaves = layers.iter().flatten();
    leaves.filter(|leaf| leaf.key.name == "objective")
}

/// The objective that layers name, if any does.
pub(super) fn objective_of(layers: &[Vec<Leaf>]) -> Option<&str> {
    objectives(layers)
        .filter_map(|leaf| leaf.value.as_str())
        .next_back()
}

/// A preset belongs to an objective: with another one it would be neither the one's settings nor the other's.
fn check_is_of_preset(layers: &[Vec<Leaf>]) -> Result<(), ConfigError> {
    let mut objectives = objectives(layers);
    let Some(first) = objectives.next() else {
        return Ok(());
    };
    let other = objectives.find(|leaf| leaf.value != first.value);
    match (&first.origin, other) {
        (Origin::Preset(preset), Some(other)) => Err(ConfigError::Value {
            origin: other.origin.clone(),
            key: other.key.name.to_owned(),
            problem: format!(
                "preset {preset} is of objective {}; found {}",
                first.value, other.value
            ),
        }),
        _ => Ok(()),
    }
}

fn read_path(leaf: &mut Leaf, read: ReadPath) -> Result<(), ConfigError> {
    if let (ValueType::Path(_), Value::String(path)) = (leaf.key.value_type, &mut leaf.value) {
        *path = read(leaf.key.name, path).map_err(|problem| ConfigError::Value {
            origin: leaf.origin.clone(),
            key: leaf.key.name.to_owned(),
            problem,
        })?;
    }
    Ok(())
}

/// Makes the configuration of these layers over the defaults and the objective's preset.
pub(super) fn build(given: Vec<Vec<Leaf>>) -> Result<Resolved, ConfigError> {
    let resolved = put_together(given)?;
    let Resolved { config, origins } = &resolved;
    check_metrics(config, origins)?;
    check_is_evaluated(config, origins)?;
    Ok(resolved)
}

fn put_together(given: Vec<Vec<Leaf>>) -> Result<Resolved, ConfigError> {
    let built_in = defaults();
    let preset = objective_of(&given).unwrap_or(DEFAULT);

    let mut layers = Layers::default();
    layers.lay(built_in);
    layers.lay(width_layer(&given));
    layers.lay(preset_layer(preset));
    for layer in given {
        layers.lay(layer);
    }
    layers.settle();

    let origins = layers.origins();
    let config = assemble(Value::Table(layers.table()), &origins)?;
    check_objective_needs(&config, &origins)?;
    check_modules(&config, &origins)?;
    Ok(Resolved { config, origins })
}

/// The built-in defaults. Each is a constant of the table of keys, and a test reads them all.
fn defaults() -> Vec<Leaf> {
    KEYS.iter()
        .filter_map(|key| {
            key.default
                .and_then(|text| Leaf::read(key.name, text, Origin::BuiltIn).ok())
        })
        .collect()
}

/// The width that networks of the chosen kind have where none is set.
fn width_layer(given: &[Vec<Leaf>]) -> Vec<Leaf> {
    let kinds = given
        .iter()
        .flatten()
        .filter(|leaf| leaf.key.name == "arch.kind");
    let mut kind = kinds.filter_map(|leaf| ArchKind::named(leaf.value.as_str()?));
    let width = kind.next_back().unwrap_or_default().width().to_string();
    Leaf::read("arch.width", &width, Origin::BuiltIn)
        .into_iter()
        .collect()
}

/// The settings of a preset, whose name is known to exist.
fn preset_layer(name: &str) -> Vec<Leaf> {
    preset_text(name).map_or_else(Vec::new, |text| file::read_preset(name, text))
}

fn assignments(set: &[String]) -> Result<Vec<Leaf>, ConfigError> {
    set.iter()
        .map(|text| {
            let (key, value) = text
                .split_once('=')
                .ok_or_else(|| ConfigError::Assignment {
                    found: text.clone(),
                })?;
            Leaf::read(key.trim(), value, Origin::Set)
        })
        .collect()
}

fn flags(flags: Vec<FlagValue>) -> Result<Vec<Leaf>, ConfigError> {
    flags
        .into_iter()
        .map(|FlagValue { flag, key, value }| {
            Leaf::check(key, &value, &value.to_string(), Origin::Flag(flag))
        })
        .collect()
}

/// The table as a struct. Each leaf was checked, so this fails only where the table of keys and the struct disagree.
fn assemble(
    table: Value,
    origins: &BTreeMap<&'static str, Origin>,
) -> Result<RunConfig, ConfigError> {
    serde_path_to_error::deserialize(table).map_err(|error| {
        let key = error.path().to_string();
        let origin = origins
            .get(key.as_str())
            .cloned()
            .unwrap_or(Origin::BuiltIn);
        ConfigError::Value {
            origin,
            problem: error.into_inner().message().to_owned(),
            key,
        }
    })
}

/// A condition on a metric that no objective and no evaluation has could never be met.
fn check_metrics(
    config: &RunConfig,
    origins: &BTreeMap<&'static str, Origin>,
) -> Result<(), ConfigError> {
    let wrong = |key: &'static str, error: ConditionError| {
        let origin = origins.get(key).cloned().unwrap_or(Origin::BuiltIn);
        ConfigError::invalid(origin, key, error.into())
    };
    for failing in &config.fail_if {
        condition(&failing.to_string()).map_err(|error| wrong("fail_if", error))?;
    }
    for (number, rule) in (1..).zip(&config.rules) {
        let known = condition(&rule.when.to_string());
        known.map_err(|error| wrong("rules", error.within(&format!("rule {number}"))))?;
    }
    Ok(())
}

/// A condition on what only evaluations measure, without evaluations, could never be met.
fn check_is_evaluated(
    config: &RunConfig,
    origins: &BTreeMap<&'static str, Origin>,
) -> Result<(), ConfigError> {
    const KEY: &str = "evaluation.every_steps";
    let rules = config.rules.iter().map(|rule| &rule.when);
    let mut conditions = config.fail_if.iter().chain(rules);
    match conditions.find(|condition| is_evaluated(&condition.metric)) {
        Some(condition) if config.evaluation.every_steps == 0 => Err(ConfigError::Value {
            origin: origins.get(KEY).cloned().unwrap_or(Origin::BuiltIn),
            key: KEY.to_owned(),
            problem: format!(
                "the condition `{condition}` needs it: expected a number above 0; found `0`"
            ),
        }),
        _ => Ok(()),
    }
}

/// What the objective needs and does not take.
fn check_objective_needs(
    config: &RunConfig,
    origins: &BTreeMap<&'static str, Origin>,
) -> Result<(), ConfigError> {
    Preset::of(config).check().map_err(|(key, problem)| {
        let origin = origins.get(key).cloned().unwrap_or(Origin::BuiltIn);
        ConfigError::Value {
            origin,
            key: key.to_owned(),
            problem,
        }
    })
}

/// Networks of one's own are described, and no others are.
fn check_modules(
    config: &RunConfig,
    origins: &BTreeMap<&'static str, Origin>,
) -> Result<(), ConfigError> {
    let arch = &config.arch;
    for (key, modules) in [
        ("arch.generator", &arch.generator),
        ("arch.discriminator", &arch.discriminator),
    ] {
        let (at, problem) = match (arch.kind, modules) {
            (ArchKind::Custom, None) => (
                "arch.kind",
                format!(
                    "custom networks need `{key}`; `genai-tui model dcgan --format toml` prints an example"
                ),
            ),
            (ArchKind::Custom, Some(_)) | (_, None) => continue,
            (kind, Some(_)) => (
                key,
                format!(
                    "found modules, with `arch.kind` {}: expected custom",
                    kind.name()
                ),
            ),
        };
        return Err(ConfigError::Value {
            origin: origins.get(at).cloned().unwrap_or(Origin::BuiltIn),
            key: at.to_owned(),
            problem,
        });
    }
    Ok(())
}
