//! An objective's preset: the part of the configuration that a switch of objective loads.
//!
//! [`PRESETS`] is the one list of objectives that a configuration may name; everything that checks or offers a name
//! reads it.

use serde::{Deserialize, Serialize};

use super::nearest::{did_you_mean, nearest};
use super::{CriticConfig, Optimizers};

/// The name and the text of every preset, `configs/NAME.toml`. The first line of each is a comment that says what it is: it is the help text of the name.
pub const PRESETS: &[(&str, &str)] = &[
    ("gan", include_str!("../../configs/gan.toml")),
    ("lsgan", include_str!("../../configs/lsgan.toml")),
    ("wgan", include_str!("../../configs/wgan.toml")),
    ("wgan-gp", include_str!("../../configs/wgan-gp.toml")),
];

/// What `configs/NAME.toml` sets, and what a live switch replaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The objective it belongs to.
    pub objective: String,
    /// Critic updates, clipping, gradient penalty.
    pub critic: CriticConfig,
    /// Both optimizers.
    pub optimizer: Optimizers,
}

/// The objectives a configuration may name.
pub fn objective_names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// One line about an objective, from the head of its preset; nothing if there is no such objective.
#[must_use]
pub fn objective_about(objective: &str) -> Option<&'static str> {
    let first = preset_text(objective)?.lines().next()?;
    Some(first.trim_start_matches('#').trim().trim_end_matches('.'))
}

/// The preset of an objective, or nothing if there is no such objective.
#[must_use]
pub fn preset(objective: &str) -> Option<Preset> {
    // A preset is part of the program: a test reads every one, so a broken one never ships.
    preset_text(objective).and_then(|text| toml::from_str(text).ok())
}

pub(super) fn preset_text(objective: &str) -> Option<&'static str> {
    PRESETS
        .iter()
        .find(|(name, _)| *name == objective)
        .map(|(_, text)| *text)
}

/// Accepts the name of an objective; the error says what was expected and what was found.
pub(super) fn check_objective(name: &str) -> Result<(), String> {
    if preset_text(name).is_some() {
        return Ok(());
    }
    let names = objective_names().collect::<Vec<_>>().join(", ");
    Err(format!(
        "expected one of {names}; found `{name}`{}",
        did_you_mean(nearest(name, objective_names()))
    ))
}
