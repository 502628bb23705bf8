//! What learns: the networks with their optimizers, the settings they are trained by, the data and the random numbers they
//! use up. A run and `genai-tui bench train` make the same steps with it.

mod change;
mod phase;
mod state;
mod weights;

use candle_core::Device;

pub use phase::Phase;
pub use state::LearnerState;
pub use weights::Weights;

use super::pixels::Pixels;
use super::window::Window;
use super::{Average, Model, Streams, TrainError};
use crate::config::{Preset, RunConfig};
use crate::data::{ImageSet, Loader};
use crate::metric::objectives;
use crate::objective::{self, Family, Objective};
use crate::protocol::Metrics;
use crate::rng::Stream;

/// Networks and everything that a step of training needs.
pub struct Learner {
    model: Model,
    objective: &'static dyn Objective,
    settings: Preset,
    streams: Streams,
    loader: Loader,
    pixels: Pixels,
    /// Warm-up and ramp after a switch of objective.
    phase: Option<Phase>,
    /// What the steps have measured since it was last taken.
    window: Window,
}

/// The result of a step.
#[derive(Debug, Clone, Copy)]
pub struct Stepped {
    /// Real images shown to the discriminator.
    pub images: u64,
    /// Whether every loss and every gradient was finite, as far as the host knows: a device reports it when its window is
    /// read.
    pub finite: bool,
    /// Whether the generator was frozen.
    pub was_frozen: bool,
}

/// A position in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataPosition {
    /// Epoch, from 1.
    pub epoch: u64,
    /// Batches drawn in it.
    pub batch: u64,
    /// Whether the newest batch was the last of the epoch.
    pub ends_epoch: bool,
}

impl Learner {
    /// Builds the networks of a configuration, with new weights from its seed.
    ///
    /// # Errors
    /// When the objective does not exist, there is no image or the device is out of memory.
    pub fn new(config: &RunConfig, images: ImageSet, device: &Device) -> Result<Self, TrainError> {
        let objective = objective::find(&config.objective).ok_or_else(|| {
            TrainError::Setting(format!(
                "objective: found `{}`, expected one of {}",
                config.objective,
                objectives::names().collect::<Vec<_>>().join(", ")
            ))
        })?;
        if images.is_empty() {
            return Err(TrainError::Setting(format!(
                "dataset `{}` has no images",
                config.dataset
            )));
        }
        let settings = Preset::of(config);
        Ok(Self {
            model: Model::new(config.latent_dim, config.seed, &settings, device)?,
            objective,
            settings,
            streams: Streams::new(config.seed),
            loader: loader(images.len(), config),
            pixels: Pixels::new(images, device)?,
            phase: None,
            window: Window::new(device)?,
        })
    }

    /// The networks.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The objective that is trained.
    #[must_use]
    pub fn objective(&self) -> &'static dyn Objective {
        self.objective
    }

    /// The settings as they are now.
    #[must_use]
    pub fn settings(&self) -> &Preset {
        &self.settings
    }

    /// Warm-up and ramp after a switch of objective, while they last.
    pub(super) fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The images that are trained on.
    pub(super) fn images(&self) -> &ImageSet {
        self.pixels.images()
    }

    pub(super) fn batches_per_epoch(&self) -> u64 {
        self.loader.batches_per_epoch()
    }

    pub(super) fn position(&self) -> DataPosition {
        let (epoch, batch) = self.loader.position();
        DataPosition {
            epoch,
            batch,
            ends_epoch: self.loader.at_epoch_end(),
        }
    }

    /// Makes one step: `n_critic` updates of the discriminator, then one of the generator, unless it is frozen; or one update
    /// of an autoencoder.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(&mut self) -> Result<Stepped, TrainError> {
        let ramp = self.phase.map_or(1.0, |phase| phase.ramp());
        let was_frozen = ramp <= 0.0;
        self.window.begin_step(was_frozen)?;
        let (images, finite) = match self.objective.family() {
            Family::Adversarial(_) => self.adversarial_step(ramp)?,
            Family::Variational(_) => self.variational_step()?,
        };
        if let Some(average) = &mut self.model.average
            && ramp > 0.0
        {
            average.follow(&self.model.generator, self.settings.ema.decay)?;
        }
        let updates = self.settings.critic.n_critic.max(1) as u64;
        self.phase = self.phase.and_then(|phase| phase.after_step(updates));
        Ok(Stepped {
            images,
            finite,
            was_frozen,
        })
    }

    /// The images shown, and whether all was finite.
    fn adversarial_step(&mut self, ramp: f64) -> Result<(u64, bool), TrainError> {
        let Family::Adversarial(loss) = self.objective.family() else {
            return Ok((0, true));
        };
        let objective = (self.objective.name(), loss);
        let (settings, streams) = (&self.settings, &mut self.streams);
        let (mut images, mut finite, mut rows) = (0, true, 0);
        for _ in 0..settings.critic.n_critic.max(1) {
            let batch = self.loader.next_batch();
            rows = batch.indices.len();
            images += rows as u64;
            let batch = (&self.pixels, batch.indices);
            finite &=
                self.model
                    .critic_update(objective, settings, batch, streams, &mut self.window)?;
        }
        self.window.push("lr_d", settings.optimizer.d.lr);
        if ramp > 0.0 {
            let lr = settings.optimizer.g.lr * ramp;
            let window = &mut self.window;
            finite &=
                self.model
                    .generator_update(objective, settings, (rows, lr), streams, window)?;
            window.push("lr_g", lr);
        }
        Ok((images, finite))
    }

    fn variational_step(&mut self) -> Result<(u64, bool), TrainError> {
        let Family::Variational(loss) = self.objective.family() else {
            return Ok((0, true));
        };
        let batch = self.loader.next_batch();
        let images = batch.indices.len() as u64;
        let finite = self.model.autoencoder_update(
            (self.objective.name(), loss),
            &self.settings,
            (&self.pixels, batch.indices),
            &mut self.streams,
            &mut self.window,
        )?;
        self.window.push("lr_d", self.settings.optimizer.d.lr);
        self.window.push("lr_g", self.settings.optimizer.g.lr);
        Ok((images, finite))
    }

    /// The metrics since they were last taken. On a device other than the CPU this waits for all steps made.
    ///
    /// # Errors
    /// Those of the device.
    pub fn take_metrics(&mut self) -> Result<Metrics, TrainError> {
        Ok(self.window.take()?)
    }

    /// The metrics so far, which stay.
    pub(super) fn peek_metrics(&mut self) -> Result<&Metrics, TrainError> {
        Ok(self.window.peek()?)
    }

    /// Starts the open window over with these values.
    pub(super) fn set_metrics(&mut self, metrics: Metrics) -> Result<(), TrainError> {
        Ok(self.window.restore(metrics)?)
    }

    /// What the newest step measured of the metrics that are `wanted`.
    pub(super) fn newest_metrics(
        &mut self,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(&'static str, f64)>, TrainError> {
        Ok(self.window.of_step(wanted)?)
    }

    /// Whether everything that was measured is finite. On a device other than the CPU this waits for all steps made.
    pub(super) fn is_finite(&mut self) -> Result<bool, TrainError> {
        Ok(self.window.is_finite()?)
    }

    /// What is saved besides the weights.
    pub(super) fn state(&self) -> Result<LearnerState, TrainError> {
        Ok(LearnerState {
            settings: self.settings.clone(),
            g_optimizer: self.model.g_optimizer.clone(),
            d_optimizer: self.model.d_optimizer.clone(),
            average_steps: self.model.average.as_ref().map(Average::steps),
            logit_square: self.model.logit_square()?,
            streams: self.streams.clone(),
            loader: self.loader.state(),
            phase: self.phase,
        })
    }

    /// The weights, in the buffers of weights that are of no more use.
    pub(super) fn weights(&self, reused: Weights) -> Result<Weights, TrainError> {
        Ok(Weights::of(&self.model, reused)?)
    }

    /// Puts a state back. What was measured is not part of it: [`Learner::set_metrics`].
    pub(super) fn restore(
        &mut self,
        state: &LearnerState,
        weights: &Weights,
    ) -> Result<(), TrainError> {
        let model = &mut self.model;
        model.generator.params().set_from_host(&weights.generator)?;
        model
            .discriminator
            .params()
            .set_from_host(&weights.discriminator)?;
        model.g_optimizer = state.g_optimizer.clone();
        model.d_optimizer = state.d_optimizer.clone();
        model.set_average(state.settings.ema.decay)?;
        if let (Some(average), Some(values)) = (&mut model.average, &weights.average) {
            average.restore(values, state.average_steps.unwrap_or_default())?;
        }
        model.set_logit_square(state.logit_square)?;
        if let Some(objective) = objective::find(&state.settings.objective) {
            self.objective = objective;
        }
        self.settings = state.settings.clone();
        self.streams = state.streams.clone();
        self.loader.restore(&state.loader);
        self.phase = state.phase;
        Ok(())
    }

    /// The same with networks that have no activations.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn linear(mut self) -> Result<Self, TrainError> {
        self.model = self.model.linear()?;
        Ok(self)
    }

    /// Does the matrix products of one step with a full batch, and nothing between them. Nothing is learnt.
    ///
    /// # Errors
    /// Those of the device.
    pub fn products_alone(&mut self, batch_size: usize) -> Result<(), TrainError> {
        let critic = &self.settings.critic;
        Ok(self.model.products_alone(batch_size, critic)?)
    }

    /// Floating-point operations of the matrix products of one step with a full batch.
    #[must_use]
    pub fn flop_per_step(&self, batch_size: usize) -> u64 {
        self.model.flop_per_step(batch_size, &self.settings.critic)
    }

    /// How steps are computed: `native`, `graph`, `kernels` or `candle`.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        self.model.mode()
    }

    /// Why the device is not as fast as it could be, if that was found out since this was last asked.
    pub fn take_notice(&mut self) -> Option<String> {
        self.model.take_notice()
    }
}

/// The loader of a run's batches, at the beginning of the data.
fn loader(images: usize, config: &RunConfig) -> Loader {
    let shuffle = Stream::new(config.seed, "shuffle");
    Loader::new(images, config.batch_size, shuffle)
}
