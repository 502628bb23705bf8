//! The static part of an objective's description.

use super::objective::ObjectiveInfo;

/// Which networks an objective trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Networks {
    /// A generator and a discriminator (critic), against each other.
    Adversarial,
    /// A decoder and an encoder, together.
    Variational,
}

impl Networks {
    /// The names of the network that makes images and of the other one, as in checkpoints.
    #[must_use]
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Self::Adversarial => ["generator", "discriminator"],
            Self::Variational => ["decoder", "encoder"],
        }
    }
}

/// What there is to know of an objective without its formula.
#[derive(Debug)]
pub struct Description {
    /// Registry name: `wgan-gp`.
    pub name: &'static str,
    /// Text of its preset, `configs/NAME.toml`, whose first line is a comment about it.
    pub preset: &'static str,
    /// The networks it trains.
    pub networks: Networks,
    /// Whether D aims at a target for real images, which label smoothing can lower.
    pub smooths_labels: bool,
    /// Makes the part that travels with a run.
    pub(super) info: fn() -> ObjectiveInfo,
}

impl Description {
    /// All a viewer needs to know of it.
    #[must_use]
    pub fn info(&self) -> ObjectiveInfo {
        (self.info)()
    }
}
