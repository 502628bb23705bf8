//! Environment variables as leaves: `GENAI_TUI_` and a key in upper case, with `__` for its dots.
//!
//! Every variable with the prefix must belong to a key, so that a misspelt one is found rather than ignored. One that is
//! set to nothing counts as not set, and what Kubernetes and Docker set for a service of the same name is not ours
//! ([`super::service_links`]).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::keys::{self, KEYS};
use super::layers::Leaf;
use super::service_links::is_service_link;
use super::{ConfigError, Origin};
use crate::text::did_you_mean;

/// What the name of every variable of this program begins with.
pub const ENVIRONMENT_PREFIX: &str = "GENAI_TUI_";

/// The variables that a program finds which trains as a run of this one: its socket, its protocol, the run's directory and name.
/// They set no key: a command of this program may be run there.
pub const TRAINER_VARIABLES: [&str; 4] = [
    "GENAI_TUI_SOCKET",
    "GENAI_TUI_PROTOCOL",
    "GENAI_TUI_RUN_DIR",
    "GENAI_TUI_RUN",
];

/// The variable that sets a key: `optimizer.d.lr` is set by `GENAI_TUI_OPTIMIZER__D__LR`.
#[must_use]
pub fn environment_variable(key: &str) -> String {
    format!(
        "{ENVIRONMENT_PREFIX}{}",
        key.replace('.', "__").to_uppercase()
    )
}

/// The variables with the prefix that Kubernetes and Docker have set for a service or a container of that name, sorted.
#[must_use]
pub fn service_links(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<String> {
    let with_prefix: BTreeMap<String, String> = variables
        .into_iter()
        .filter_map(|(name, value)| {
            let rest = name.to_str()?.strip_prefix(ENVIRONMENT_PREFIX)?.to_owned();
            Some((rest, value.into_string().ok()?))
        })
        .collect();
    let of = |rest: &str| with_prefix.get(rest).map(String::as_str);
    with_prefix
        .iter()
        .filter(|(rest, value)| is_service_link(rest, value, of))
        .map(|(rest, _)| format!("{ENVIRONMENT_PREFIX}{rest}"))
        .collect()
}

/// A variable that sets a key of what is trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunVariable {
    /// Its name.
    pub name: String,
    /// The key that it sets.
    pub key: &'static str,
    /// The value, as `--set` would take it.
    pub value: String,
}

/// The variables that set keys of what is trained; those about the machine that trains, and about the screen, are none of them.
#[must_use]
pub fn run_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<RunVariable> {
    let set: BTreeMap<OsString, OsString> = variables.into_iter().collect();
    let keys = KEYS.iter().filter(|key| !is_of_the_machine(key.name));
    keys.filter_map(|key| {
        let name = environment_variable(key.name);
        let value = set
            .get(OsStr::new(&name))
            .filter(|value| !value.is_empty())?;
        Some(RunVariable {
            name,
            key: key.name,
            value: value.to_string_lossy().into_owned(),
        })
    })
    .collect()
}

/// Whether a key says something of where a run is trained and shown, and nothing of what is trained.
fn is_of_the_machine(key: &str) -> bool {
    let group = key.split_once('.').map(|(group, _)| group);
    ["data_dir", "device", "threads"].contains(&key)
        || group.is_some_and(|group| ["system", "ui", "keys"].contains(&group))
}

/// The leaves of an environment.
pub(super) fn read(variables: Vec<(OsString, OsString)>) -> Result<Vec<Leaf>, ConfigError> {
    let links = service_links(variables.iter().cloned());
    let mut leaves = Vec::new();
    for (name, value) in variables {
        let Some(name) = name
            .to_str()
            .filter(|name| name.starts_with(ENVIRONMENT_PREFIX))
        else {
            continue;
        };
        if value.is_empty() || TRAINER_VARIABLES.contains(&name) {
            continue;
        }
        let Some(key) = KEYS
            .iter()
            .find(|key| environment_variable(key.name) == name)
        else {
            if links.iter().any(|link| link == name) {
                continue;
            }
            let unknown = name[ENVIRONMENT_PREFIX.len()..]
                .replace("__", ".")
                .to_lowercase();
            let hint = did_you_mean(
                keys::guesses(&unknown)
                    .into_iter()
                    .map(environment_variable),
            );
            return Err(ConfigError::UnknownVariable {
                variable: name.to_owned(),
                hint,
            });
        };
        let origin = Origin::Environment(name.to_owned());
        let Some(text) = value.to_str() else {
            let problem = format!("expected UTF-8 text; found `{}`", value.to_string_lossy());
            return Err(ConfigError::Value {
                origin,
                key: key.name.to_owned(),
                problem,
            });
        };
        leaves.push(Leaf::read(key.name, text, origin)?);
    }
    Ok(leaves)
}
