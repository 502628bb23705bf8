//! An objective's preset: the part of the configuration that a switch of objective loads.
//!
//! The registry of objectives is the one list of names that a configuration may give; everything that checks or offers a
//! name reads it.

use serde::{Deserialize, Serialize};

use super::nearest::{did_you_mean, nearest};
use super::{CriticConfig, Optimizers};
use crate::objective;

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
    objective::find(objective).map(objective::Objective::preset)
}

/// Accepts the name of an objective; the error says what was expected and what was found.
pub(super) fn check_objective(name: &str) -> Result<(), String> {
    if preset_text(name).is_some() {
        return Ok(());
    }
    let names = objective::names().collect::<Vec<_>>().join(", ");
    Err(format!(
        "expected one of {names}; found `{name}`{}",
        did_you_mean(nearest(name, objective::names()))
    ))
}
