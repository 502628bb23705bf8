//! The whole state of a run between two steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::Result;
use serde::{Deserialize, Serialize};

use crate::config::Preset;
use crate::data::LoaderState;
use crate::health::Monitor;
use crate::objective;
use crate::optim::Optimizer;
use crate::protocol::{Command, Metrics, RunOrigin, Timed};
use crate::rules::Progress;
use crate::train::trainer::commands::objective::Phase;
use crate::train::{Average, Model, OpenWindow, QualitySeen, Streams, TrainError};

/// Networks and moments on the host, and everything else that decides how the run goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The buffer of the network that draws: values, then both moments.
    pub generator: Vec<f32>,
    /// The buffer of the network that looks: values, then both moments.
    pub discriminator: Vec<f32>,
    /// The average of the generator's weights, where there is one.
    pub average: Option<Vec<f32>>,
    /// The way back from a switch, while it is open.
    pub guard: Option<Guard>,
    /// The rest.
    pub state: RunState,
}

/// The way back from a switch.
#[derive(Debug, Clone, PartialEq)]
pub struct Guard {
    /// The state before the switch.
    pub before: Arc<Snapshot>,
    /// The last step at which a hard alarm takes the switch back.
    pub until_step: u64,
}

/// What `state.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunState {
    /// Version of the checkpoint format.
    pub format: u32,
    /// The run's name.
    pub run: String,
    /// The run it was forked from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub origin: Option<RunOrigin>,
    /// Name of the dataset, or the path of its file.
    pub dataset: String,
    /// How many training images it has, and what tells them from any others. None in those of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset_images: Option<u64>,
    /// See above.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset_digest: Option<String>,
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
    /// Number of the last recorded event before this state.
    pub seq: u64,
    /// Seconds of training.
    pub elapsed: f64,
    /// Commands applied.
    pub interventions: u64,
    /// How often the run went back to an earlier state; each time it draws other latents from there.
    pub rewinds: u64,
    /// How often that was because its numbers stopped being finite.
    pub recoveries: u32,
    /// Where the newest `rewind` went back to.
    pub rewound_to: Option<u64>,
    /// Scripted commands that are still due.
    pub due: Vec<Timed>,
    /// Objective, critic and optimizer settings as they are now.
    pub settings: Preset,
    /// The generator's optimizer.
    pub g_optimizer: Optimizer,
    /// The discriminator's optimizer.
    pub d_optimizer: Optimizer,
    /// Steps since the average of the generator's weights began, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub average_steps: Option<u64>,
    /// Mean square of D's logits in its newest update; a switch may have to scale them.
    pub logit_square: Option<f32>,
    /// Random numbers.
    pub streams: Streams,
    /// Position in the data.
    pub loader: LoaderState,
    /// Warm-up and ramp after a switch, if under way.
    pub phase: Option<Phase>,
    /// The step until which a hard alarm takes the newest switch back.
    pub guard_until: Option<u64>,
    /// What the alarms remember.
    pub health: Monitor,
    /// What the rules remember, by their written form.
    pub rules: BTreeMap<String, Progress>,
    /// Commands that rules have triggered and that are not carried out yet.
    pub triggered: Vec<Command>,
    /// The metrics since the last step event.
    pub window: OpenWindow,
    /// The metrics of the last step event.
    pub last_metrics: Metrics,
    /// The newest diversity of the fixed latents' images.
    pub diversity: Option<f64>,
    /// What evaluations found.
    #[serde(default)]
    pub quality: QualitySeen,
}

/// Room for the buffers of a snapshot, used again and again: fresh memory costs as much as the copy.
#[derive(Debug, Default)]
pub(in crate::train) struct Room {
    spare: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Room {
    /// Takes back what a snapshot that nobody needs any more has used.
    pub fn give_back(&mut self, snapshot: Arc<Snapshot>) {
        const MOST: usize = 1;
        if let Some(old) = Arc::into_inner(snapshot)
            && self.spare.len() < MOST
        {
            self.spare.push((old.generator, old.discriminator));
        }
    }

    /// Takes a snapshot.
    pub fn take(
        &mut self,
        model: &Model,
        state: RunState,
        guard: Option<Guard>,
    ) -> Result<Snapshot> {
        let (mut generator, mut discriminator) = self.spare.pop().unwrap_or_default();
        let [g, d] = model.networks();
        g.params().copy_to_host(&mut generator)?;
        d.params().copy_to_host(&mut discriminator)?;
        let average = model.average();
        Ok(Snapshot {
            generator,
            discriminator,
            average: average.map(Average::values).transpose()?,
            guard,
            state,
        })
    }
}

impl Snapshot {
    /// Puts objective, networks and optimizers back.
    pub(in crate::train) fn restore(
        &self,
        model: &mut Model,
    ) -> std::result::Result<(), TrainError> {
        let state = &self.state;
        if let Some(objective) = objective::find(&state.settings.objective) {
            let set = model.set_objective(objective);
            set.map_err(|e| TrainError::Setting(e.to_string()))?;
        }
        let [g, d] = model.networks_mut();
        g.restore(&self.generator, &state.g_optimizer)?;
        d.restore(&self.discriminator, &state.d_optimizer)?;
        g.set_average(state.settings.ema.decay)?;
        if let Some(values) = &self.average {
            g.restore_average(values, state.average_steps.unwrap_or_default())?;
        }
        Ok(model.set_logit_square(state.logit_square)?)
    }
}
