//! The networks with their optimizers. What a step does with them is the matter of their family: `adversarial` or
//! `variational`.

mod adversarial;
mod average;
mod buffers;
mod variational;
mod work;

use candle_core::{DType, Device, Result, Tensor, bail};
use serde::{Deserialize, Serialize};

pub use average::Average;

use super::settings::rule;
use crate::config::Preset;
use crate::nn::{self, Activation, Mlp, Replays, kernels};
use crate::objective::{self, Family};
use crate::optim::Optimizer;
use crate::rng::Stream;
use buffers::Buffers;

/// The random numbers that training uses up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Streams {
    /// Latents: fresh for every update. Of a VAE, where in an image's code its latent lies.
    pub latents: Stream,
    /// Interpolation factors of the gradient penalty.
    pub interpolation: Stream,
    /// Changes of what D sees.
    pub augment: Stream,
}

impl Streams {
    /// The streams of a run's seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            latents: Stream::new(seed, "latents"),
            interpolation: Stream::new(seed, "interpolation"),
            augment: Stream::new(seed, "augment"),
        }
    }
}

/// Two networks with their optimizers: one that draws and one that looks.
pub struct Model {
    /// The one that draws, latent → image in [-1, 1]: the generator, or a VAE's decoder.
    pub generator: Mlp,
    /// The one that looks: the discriminator (critic), image → logit, or a VAE's encoder, image → means and log variances of
    /// its code.
    pub discriminator: Mlp,
    /// The optimizer of the one that draws.
    pub g_optimizer: Optimizer,
    /// The optimizer of the one that looks.
    pub d_optimizer: Optimizer,
    /// The average of the generator's weights, where there is to be one.
    pub average: Option<Average>,
    /// A VAE's decoder without the Tanh at its end, on the same parameters.
    logits: Option<Mlp>,
    /// One set for each batch size met: the full one, and the short one at the end of an epoch.
    buffers: Vec<Buffers>,
    /// Mean square of D's logits in its newest update, `[1]`, and whether there was one.
    logit_square: Tensor,
    knows_logits: bool,
    replays: Replays,
    latent_dim: usize,
    device: Device,
}

/// What an update came to, as far as the host can tell: what a device keeps to itself until someone looks is `Fine` for
/// now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Loss and gradient were finite.
    Fine,
    /// The gradient was not.
    Lost,
    /// The loss was not: no weight was touched, and the optimizer was not asked.
    HeldBack,
}

impl Model {
    /// The reference networks of the preset's objective, initialised from the run's seed, with its optimizers.
    ///
    /// # Errors
    /// When there is no such objective or the device has no room.
    pub fn new(latent_dim: usize, seed: u64, preset: &Preset, device: &Device) -> Result<Self> {
        let Some(objective) = objective::find(&preset.objective) else {
            bail!("no objective `{}`", preset.objective);
        };
        let generator = nn::generator(latent_dim, device)?;
        generator.initialise(&mut Stream::new(seed, "generator"))?;
        let (discriminator, logits) = match objective.family() {
            Family::Adversarial(_) => (nn::discriminator(device)?, None),
            Family::Variational(_) => (
                nn::encoder(latent_dim, device)?,
                Some(generator.ending_in(Activation::Identity)?),
            ),
        };
        discriminator.initialise(&mut Stream::new(seed, "discriminator"))?;
        let mut model = Self {
            generator,
            discriminator,
            g_optimizer: Optimizer::new(rule(&preset.optimizer.g)),
            d_optimizer: Optimizer::new(rule(&preset.optimizer.d)),
            average: None,
            logits,
            buffers: Vec::new(),
            logit_square: Tensor::zeros(1, DType::F32, device)?,
            knows_logits: false,
            replays: Replays::default(),
            latent_dim,
            device: device.clone(),
        };
        model.set_average(preset.ema.decay)?;
        Ok(model)
    }

    /// Which of the buffers are for `rows` rows.
    fn room_for(&mut self, rows: usize) -> Result<usize> {
        if let Some(found) = self.buffers.iter().position(|b| b.rows() == rows) {
            return Ok(found);
        }
        let buffers = Buffers::new(self, rows)?;
        self.buffers.push(buffers);
        Ok(self.buffers.len() - 1)
    }

    /// Begins an average of the generator's weights, where there is none and one is wanted, or ends it.
    ///
    /// # Errors
    /// When the device has no room.
    pub(super) fn set_average(&mut self, decay: f64) -> Result<()> {
        if decay <= 0.0 {
            self.average = None;
        } else if self.average.is_none() {
            self.average = Some(Average::of(&self.generator, self.latent_dim)?);
        }
        Ok(())
    }

    /// The network that samples are drawn with.
    #[must_use]
    pub fn drawing(&self) -> &Mlp {
        self.average
            .as_ref()
            .map_or(&self.generator, Average::network)
    }

    /// The mean square of D's logits in its newest update, if there was one.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logit_square(&self) -> Result<Option<f32>> {
        let square = || self.logit_square.get(0)?.to_scalar();
        self.knows_logits.then(square).transpose()
    }

    /// Sets what [`Model::logit_square`] gives, when a state is put back.
    ///
    /// # Errors
    /// Those of the device.
    pub fn set_logit_square(&mut self, value: Option<f32>) -> Result<()> {
        self.knows_logits = value.is_some();
        kernels::fill(&self.logit_square, |square| {
            square.fill(value.unwrap_or_default());
        })
    }
    /// The same sizes without activations.
    pub(in crate::train) fn linear(self) -> Result<Self> {
        Ok(Self {
            generator: self.generator.linear()?,
            discriminator: self.discriminator.linear()?,
            logits: self.logits.as_ref().map(Mlp::linear).transpose()?,
            buffers: Vec::new(),
            replays: Replays::default(),
            ..self
        })
    }
    /// What should be known of how it is trained, if anything: why a device does not do it as fast as it could. Each is
    /// said once.
    pub(super) fn take_notice(&mut self) -> Option<String> {
        let refusal = self.replays.take_refusal()?;
        Some(format!(
            "updates are not recorded as CUDA graphs ({refusal}); they are launched kernel by kernel, which takes longer"
        ))
    }

    /// Whose work a step is: `native` on the CPU; on a device with kernels of ours `graph`, or `kernels` where no update was
    /// recorded; else `candle`.
    pub(super) fn mode(&self) -> &'static str {
        if self.device.is_cpu() {
            "native"
        } else if self.replays.is_replaying() {
            "graph"
        } else if kernels::are_compiled(&self.device) {
            "kernels"
        } else {
            "candle"
        }
    }

    /// The device it lives on.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Dimension of a latent vector.
    #[must_use]
    pub fn latent_dim(&self) -> usize {
        self.latent_dim
    }
}
