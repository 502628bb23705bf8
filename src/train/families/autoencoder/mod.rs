//! An encoder and a decoder, trained together.

mod cost;
mod update;
mod workspace;

use candle_core::{Device, Result, Tensor};

use super::workspaces::Workspaces;
use super::{StepContext, Trained, Updated};
use crate::config::RunConfig;
use crate::metric::names;
use crate::nn::{Architecture, Replays};
use crate::objective::{self, Objective};
use crate::rng::Stream;
use crate::train::classes::with_classes;
use crate::train::settings::rule;
pub use cost::flop_per_step;
use workspace::Workspace;

/// An encoder, image → mean and log variance of its code, and a decoder, latent → image in [-1, 1]. Where they are conditional, both
/// are also given the class of the image.
pub struct Autoencoder {
    architecture: Architecture,
    pub(super) objective: &'static dyn Objective,
    loss: &'static dyn objective::Variational,
    pub(super) decoder: Trained,
    pub(super) encoder: Trained,
    workspaces: Workspaces<Workspace>,
    pub(super) replays: Replays,
}

impl Autoencoder {
    /// The reference networks for images of this shape, initialised from the run's seed.
    pub(super) fn new(
        (objective, loss): (&'static dyn Objective, &'static dyn objective::Variational),
        config: &RunConfig,
        architecture: Architecture,
        device: &Device,
    ) -> Result<Self> {
        let mut decoder = architecture.generator(device)?;
        decoder.initialise(&mut Stream::new(config.seed, "generator"))?;
        let mut encoder = architecture.encoder(device)?;
        encoder.initialise(&mut Stream::new(config.seed, "discriminator"))?;
        let mut networks = Self {
            architecture,
            objective,
            loss,
            decoder: Trained::new(decoder, rule(&config.optimizer.g)),
            encoder: Trained::new(encoder, rule(&config.optimizer.d)),
            workspaces: Workspaces::default(),
            replays: Replays::new(device),
        };
        networks.decoder.set_average(config.ema.decay)?;
        Ok(networks)
    }

    /// Trains by another loss from now on.
    pub(super) fn set_loss(
        &mut self,
        (objective, loss): (&'static dyn Objective, &'static dyn objective::Variational),
    ) {
        self.objective = objective;
        self.loss = loss;
    }

    /// One step: one update of both networks.
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
        let batch = loader.next_batch();
        let finite = self.update(settings, (pixels, batch), streams, window)?;
        window.push(names::D_LEARNING_RATE, settings.optimizer.d.lr);
        window.push(names::G_LEARNING_RATE, settings.optimizer.g.lr);
        if ramp > 0.0 {
            self.decoder.follow(settings.ema.decay, step)?;
        }
        Ok(Updated {
            images: batch.len() as u64,
            finite,
        })
    }

    /// Decodes the means of the codes of images `[rows, pixels]` in [-1, 1], of these classes where the networks are conditional. With
    /// averaged weights where an average is kept.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub(in crate::train) fn reconstruct(
        &self,
        images: &Tensor,
        labels: Option<&[u16]>,
    ) -> Result<Tensor> {
        let rows = images.dim(0)?;
        if rows == 0 {
            return Ok(images.clone());
        }
        let (encoder, decoder) = (self.encoder.network(), self.decoder.averaged());
        let mut codes = encoder.activations(rows)?;
        let sizes = self.architecture.inputs();
        encoder.forward(&with_classes(images, labels, sizes)?, &mut codes)?;
        let means = codes.output().narrow(1, 0, sizes.0)?.contiguous()?;
        let mut decoded = decoder.activations(rows)?;
        decoder.forward(&with_classes(&means, labels, sizes)?, &mut decoded)?;
        Ok(decoded.output().clone())
    }

    /// The same sizes without activations.
    pub(super) fn linear(self) -> Result<Self> {
        let device = self.decoder.network.device().clone();
        Ok(Self {
            decoder: self.decoder.linear()?,
            encoder: self.encoder.linear()?,
            workspaces: Workspaces::default(),
            replays: Replays::new(&device),
            ..self
        })
    }
}
