//! A generator and a discriminator (critic), trained against each other.

mod adaptive;
mod cost;
mod labels;
mod logits;
mod penalties;
mod update;
mod workspace;

use candle_core::{Device, Result, Tensor};
use candle_nn::ops::sigmoid;

use super::workspaces::Workspaces;
use super::{StepContext, Trained, Updated};
use crate::config::{CriticConfig, Preset, RunConfig};
use crate::metric::names;
use crate::nn::{Architecture, Replays};
use crate::objective::{self, Objective};
use crate::rng::Stream;
use crate::train::settings::rule;
use adaptive::Adaptive;
pub use adaptive::AdaptiveState;
pub use cost::flop_per_step;
use logits::LogitSquare;
use workspace::Workspace;

/// A generator, latent → image in [-1, 1], and a discriminator, image → logit.
pub struct Adversarial {
    pub(super) objective: &'static dyn Objective,
    loss: &'static dyn objective::Adversarial,
    architecture: Architecture,
    pub(super) generator: Trained,
    pub(super) discriminator: Trained,
    workspaces: Workspaces<Workspace>,
    logit_square: LogitSquare,
    adaptive: Adaptive,
    pub(super) replays: Replays,
}

impl Adversarial {
    /// The reference networks of these sizes, initialised from the run's seed.
    pub(super) fn new(
        (objective, loss): (&'static dyn Objective, &'static dyn objective::Adversarial),
        config: &RunConfig,
        architecture: Architecture,
        device: &Device,
    ) -> Result<Self> {
        let mut generator = architecture.generator(device)?;
        generator.initialise(&mut Stream::new(config.seed, "generator"))?;
        let mut discriminator = architecture.discriminator(device)?;
        discriminator.initialise(&mut Stream::new(config.seed, "discriminator"))?;
        discriminator.set_spectral_norm(config.critic.spectral_norm)?;
        let mut networks = Self {
            objective,
            loss,
            architecture,
            generator: Trained::new(generator, rule(&config.optimizer.g)),
            discriminator: Trained::new(discriminator, rule(&config.optimizer.d)),
            workspaces: Workspaces::default(),
            logit_square: LogitSquare::new(device)?,
            adaptive: Adaptive::new(device)?,
            replays: Replays::new(device),
        };
        networks.generator.set_average(config.ema.decay)?;
        Ok(networks)
    }

    /// Trains by another loss from now on.
    pub(super) fn set_loss(
        &mut self,
        (objective, loss): (&'static dyn Objective, &'static dyn objective::Adversarial),
    ) {
        self.objective = objective;
        self.loss = loss;
    }

    /// Brings the discriminator within what a new objective can bear: scales its last layer if the root mean square of its
    /// logits is above `limit`, and clips or normalises its weights where the settings say so. Returns that root mean square
    /// if it was too large.
    pub(super) fn fit_discriminator(
        &mut self,
        limit: Option<f64>,
        critic: &CriticConfig,
    ) -> Result<Option<f64>> {
        // What is scaled and clipped is what the network computes with.
        self.discriminator.network.set_spectral_norm(false)?;
        let rms = self.logit_square.get()?.map(|s| f64::from(s).sqrt());
        let too_large = match (limit, rms) {
            (Some(limit), Some(rms)) if rms > limit => {
                self.discriminator.network.scale_output(limit / rms)?;
                Some(rms)
            }
            _ => None,
        };
        let network = &mut self.discriminator.network;
        if critic.clip > 0.0 {
            network.params_mut().clip(critic.clip as f32)?;
        }
        network.set_spectral_norm(critic.spectral_norm)?;
        Ok(too_large)
    }

    /// One step: `n_critic` updates of the discriminator, then one of the generator unless it is frozen.
    pub(super) fn step(&mut self, context: StepContext<'_>) -> Result<Updated> {
        let StepContext {
            step,
            settings,
            loader,
            pixels,
            streams,
            window,
            ramp,
        } = context;
        let mut updated = Updated {
            images: 0,
            finite: true,
        };
        let mut rows = 0;
        for _ in 0..settings.critic.n_critic.max(1) {
            let batch = loader.next_batch();
            rows = batch.len();
            updated.images += rows as u64;
            updated.finite &=
                self.update_discriminator(settings, step, (pixels, batch), streams, window)?;
            self.adaptive.saw(rows, &settings.augment);
        }
        window.push(names::D_LEARNING_RATE, settings.optimizer.d.lr);
        if let Some(share) = self.adaptive.share(&settings.augment) {
            window.push(names::AUGMENTED_SHARE, share);
        }
        if ramp > 0.0 {
            let lr = settings.optimizer.g.lr * ramp;
            updated.finite &= self.update_generator(settings, step, (rows, lr), streams, window)?;
            window.push(names::G_LEARNING_RATE, lr);
            self.generator.follow(settings.ema.decay, step)?;
        }
        Ok(updated)
    }

    /// The discriminator's scores of images `[n, pixels]`, of these classes where it is conditional: logits, or the probability
    /// of being real.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub(in crate::train) fn scores(
        &self,
        images: &Tensor,
        classes: Option<&[u16]>,
        as_probability: bool,
    ) -> Result<Vec<f32>> {
        let rows = images.dim(0)?;
        if rows == 0 {
            return Ok(Vec::new());
        }
        let discriminator = self.discriminator.network();
        let mut activations = discriminator.activations(rows)?;
        discriminator.forward(images, &mut activations)?;
        let outputs = activations.output();
        let weights = classes
            .map(|classes| labels::weights(classes, outputs.dim(1)?, images.device()))
            .transpose()?;
        let logits = labels::logits(outputs, weights.as_ref())?.flatten_all()?;
        let scores = if as_probability {
            sigmoid(&logits)?
        } else {
            logits
        };
        scores.to_vec1()
    }

    /// Mean square of the discriminator's logits in its newest update, if there was one.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logit_square(&self) -> Result<Option<f32>> {
        self.logit_square.get()
    }

    /// Sets what [`Adversarial::logit_square`] returns, when a state is restored.
    ///
    /// # Errors
    /// Those of the device.
    pub fn set_logit_square(&mut self, value: Option<f32>) -> Result<()> {
        self.logit_square.set(value)
    }

    /// Adapts the share of images that are augmented, where settings ask for that. Waits for the device.
    pub(super) fn adapt(&mut self, settings: &Preset) -> Result<()> {
        self.adaptive.adapt(&settings.augment)
    }

    /// What is saved of the share of images that are augmented, where it was adapted.
    ///
    /// # Errors
    /// Those of the device.
    pub fn adaptive(&self) -> Result<Option<AdaptiveState>> {
        self.adaptive.state()
    }

    /// Sets what [`Adversarial::adaptive`] returns, when a state is restored.
    ///
    /// # Errors
    /// Those of the device.
    pub fn set_adaptive(&mut self, state: Option<AdaptiveState>) -> Result<()> {
        self.adaptive.set_state(state)
    }

    /// The same sizes without activations.
    pub(super) fn linear(self) -> Result<Self> {
        let device = self.generator.network.device().clone();
        Ok(Self {
            generator: self.generator.linear()?,
            discriminator: self.discriminator.linear()?,
            workspaces: Workspaces::default(),
            replays: Replays::new(&device),
            ..self
        })
    }
}
