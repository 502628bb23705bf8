//! The whole state of a run between two steps.

use candle_core::Result;
use serde::{Deserialize, Serialize};

use super::switch::Phase;
use super::{Model, OpenWindow, Streams};
use crate::config::Preset;
use crate::data::LoaderState;
use crate::health::Monitor;
use crate::optim::Optimizer;

/// Networks and moments on the host, and everything else that decides how the run goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The generator's buffer: values, then both moments.
    pub generator: Vec<f32>,
    /// The discriminator's buffer: values, then both moments.
    pub discriminator: Vec<f32>,
    /// The rest.
    pub state: RunState,
}

/// What `state.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// Version of the checkpoint format.
    pub format: u32,
    /// The run's name.
    pub run: String,
    /// Name of the dataset.
    pub dataset: String,
    /// The run's seed.
    pub seed: u64,
    /// Dimension of a latent vector.
    pub latent_dim: usize,
    /// Steps done.
    pub step: u64,
    /// Real images shown to D.
    pub images: u64,
    /// The branch of the run.
    pub branch: u32,
    /// Seconds of training.
    pub elapsed: f64,
    /// Commands applied.
    pub interventions: u64,
    /// Objective, critic and optimizer settings as they are now.
    pub settings: Preset,
    /// The generator's optimizer.
    pub g_optimizer: Optimizer,
    /// The discriminator's optimizer.
    pub d_optimizer: Optimizer,
    /// Random numbers.
    pub streams: Streams,
    /// Position in the data.
    pub loader: LoaderState,
    /// Warm-up and ramp after a switch, if under way.
    pub phase: Option<Phase>,
    /// What the alarms remember.
    pub health: Monitor,
    /// The metrics since the last step event.
    pub window: OpenWindow,
}

impl Snapshot {
    /// Takes one.
    pub(super) fn take(model: &Model, state: RunState) -> Result<Self> {
        Ok(Self {
            generator: model.generator.params().to_host()?,
            discriminator: model.discriminator.params().to_host()?,
            state,
        })
    }

    /// Puts networks and optimizers back.
    pub(super) fn restore(&self, model: &mut Model) -> Result<()> {
        model.generator.params().set_from_host(&self.generator)?;
        model
            .discriminator
            .params()
            .set_from_host(&self.discriminator)?;
        model.g_optimizer = self.state.g_optimizer.clone();
        model.d_optimizer = self.state.d_optimizer.clone();
        Ok(())
    }
}
