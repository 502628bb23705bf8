//! Environment variables as leaves: `GENAI_TUI_` and a key in upper case, with `__` for its dots.
//!
//! Every variable with the prefix must belong to a key, so that a misspelt one is found rather than ignored. One that is
//! set to nothing counts as not set, and what Kubernetes and Docker set beside a service of the same name is not ours
//! ([`super::service_links`]).

use std::collections::HashMap;
use std::ffi::OsString;

use super::keys::{self, KEYS};
use super::layers::Leaf;
use super::nearest::did_you_mean;
use super::service_links::is_service_link;
use super::{ConfigError, Origin};

/// What the name of every variable of this program begins with.
pub const ENVIRONMENT_PREFIX: &str = "GENAI_TUI_";

/// The variable that sets a key: `optimizer.d.lr` is set by `GENAI_TUI_OPTIMIZER__D__LR`.
#[must_use]
pub fn environment_variable(key: &str) -> String {
    format!(
        "{ENVIRONMENT_PREFIX}{}",
        key.replace('.', "__").to_uppercase()
    )
}

/// The leaves of an environment.
pub(super) fn read(variables: Vec<(OsString, OsString)>) -> Result<Vec<Leaf>, ConfigError> {
    let ours: HashMap<String, String> = variables
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
        .filter_map(|(name, value)| Some((name.strip_prefix(ENVIRONMENT_PREFIX)?, value)))
        .map(|(rest, value)| (rest.to_owned(), value.to_owned()))
        .collect();
    let is_link = |name: &str| {
        let rest = &name[ENVIRONMENT_PREFIX.len()..];
        let value = ours.get(rest);
        value.is_some_and(|value| {
            is_service_link(rest, value, |name| ours.get(name).map(String::as_str))
        })
    };
    let mut leaves = Vec::new();
    for (name, value) in variables {
        let Some(name) = name
            .to_str()
            .filter(|name| name.starts_with(ENVIRONMENT_PREFIX))
        else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        let Some(key) = KEYS
            .iter()
            .find(|key| environment_variable(key.name) == name)
        else {
            if is_link(name) {
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
