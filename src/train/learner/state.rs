//! What is saved of a learner besides its weights.

use serde::{Deserialize, Serialize};

use super::Phase;
use crate::config::Preset;
use crate::data::LoaderState;
use crate::optim::Optimizer;
use crate::train::Streams;
use crate::train::families::AdaptiveState;

/// Settings, optimizers, random numbers and the position in the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnerState {
    /// Objective, critic and optimizer settings as they are now.
    pub settings: Preset,
    /// The generator's optimizer.
    pub g_optimizer: Optimizer,
    /// The discriminator's optimizer.
    pub d_optimizer: Optimizer,
    /// Steps since the average of the generator's weights began, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub average_steps: Option<u64>,
    /// Mean square of the discriminator's logits in its newest update; a switch may have to scale them.
    pub logit_square: Option<f32>,
    /// The share of images that are augmented, where it is adapted, and what it is adapted by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub adaptive: Option<AdaptiveState>,
    /// Random numbers.
    pub streams: Streams,
    /// Position in the data.
    pub loader: LoaderState,
    /// Warm-up and ramp after a switch, if under way.
    pub phase: Option<Phase>,
}
