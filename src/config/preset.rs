//! An objective's preset: the part of the configuration that a switch of objective loads.

use serde::{Deserialize, Serialize};

use super::{CriticConfig, Optimizers};

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

/// The text of an objective's preset file, or nothing if there is no such objective.
fn preset_text(objective: &str) -> Option<&'static str> {
    Some(match objective {
        "gan" => include_str!("../../configs/gan.toml"),
        "lsgan" => include_str!("../../configs/lsgan.toml"),
        "wgan" => include_str!("../../configs/wgan.toml"),
        "wgan-gp" => include_str!("../../configs/wgan-gp.toml"),
        _ => return None,
    })
}

/// The preset of an objective, or nothing if there is no such objective.
#[must_use]
pub fn preset(objective: &str) -> Option<Preset> {
    // A preset is part of the program: a test reads every one, so a broken one never ships.
    preset_text(objective).and_then(|text| toml::from_str(text).ok())
}
