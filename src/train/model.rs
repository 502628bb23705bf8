//! The two networks with their optimizers, and one update of each.

use candle_core::{DType, Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use super::settings::rule;
use crate::config::{CriticConfig, Preset};
use crate::nn::{self, IMAGE_PIXELS, Mlp, Tape, kernels};
use crate::objective::{Objective, Observed};
use crate::optim::Optimizer;
use crate::rng::Stream;

/// The random numbers that training uses up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Streams {
    /// Latents: fresh for every update.
    pub latents: Stream,
    /// Interpolation factors of the gradient penalty.
    pub interpolation: Stream,
}

impl Streams {
    /// The streams of a run's seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            latents: Stream::new(seed, "latents"),
            interpolation: Stream::new(seed, "interpolation"),
        }
    }
}

/// Generator and discriminator with their optimizers.
pub struct Model {
    /// The generator, latent → image in [-1, 1].
    pub generator: Mlp,
    /// The discriminator (critic), image → logit.
    pub discriminator: Mlp,
    /// The generator's optimizer.
    pub g_optimizer: Optimizer,
    /// The discriminator's optimizer.
    pub d_optimizer: Optimizer,
    /// One set for each batch size met: the full one, and the short one at the end of an epoch.
    buffers: Vec<Buffers>,
    /// Mean square of D's logits in its newest update.
    logit_square: Option<Tensor>,
    latent_dim: usize,
    device: Device,
}

/// Everything an update writes into, allocated once.
struct Buffers {
    rows: usize,
    /// `[rows, latent]`.
    latents: Tensor,
    /// `[2·rows, 784]`: real images, then generated ones, so that D sees both in one batch.
    images: Tensor,
    real: Tensor,
    fake: Tensor,
    /// Ends in `fake`.
    generator: Tape,
    both: Tape,
    /// D on generated or on interpolated images alone.
    single: Tape,
}

impl Buffers {
    fn new(rows: usize, generator: &Mlp, discriminator: &Mlp, latent_dim: usize) -> Result<Self> {
        let device = generator.params().buffer().device();
        let room = |rows: usize, width: usize| Tensor::zeros((rows, width), DType::F32, device);
        let images = room(2 * rows, IMAGE_PIXELS)?;
        let fake = images.narrow(0, rows, rows)?;
        Ok(Self {
            rows,
            latents: room(rows, latent_dim)?,
            real: images.narrow(0, 0, rows)?,
            generator: generator.tape_into(&fake)?,
            fake,
            images,
            both: discriminator.tape(2 * rows)?,
            single: discriminator.tape(rows)?,
        })
    }

    /// Draws fresh latents and generates from them; what comes out is in `self.fake`.
    fn generate(&mut self, generator: &Mlp, streams: &mut Streams) -> Result<()> {
        kernels::fill(&self.latents, |z| streams.latents.fill_normal(z))?;
        generator.forward(&self.latents, &mut self.generator)
    }
}

/// What an update came to.
#[derive(Debug)]
pub struct Updated {
    /// Metric values, the loss first.
    pub observed: Observed,
    /// Whether loss and gradient were finite. If the loss was not, no weight was touched. Known only where looking costs
    /// nothing: on the CPU; elsewhere `true`.
    pub finite: bool,
}

impl Model {
    /// The reference networks, initialised from the run's seed, with the optimizers of `preset`.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn new(latent_dim: usize, seed: u64, preset: &Preset, device: &Device) -> Result<Self> {
        let generator = nn::generator(latent_dim, device)?;
        generator.initialise(&mut Stream::new(seed, "generator"))?;
        let discriminator = nn::discriminator(device)?;
        discriminator.initialise(&mut Stream::new(seed, "discriminator"))?;
        Ok(Self {
            generator,
            discriminator,
            g_optimizer: Optimizer::new(rule(&preset.optimizer.g)),
            d_optimizer: Optimizer::new(rule(&preset.optimizer.d)),
            buffers: Vec::new(),
            logit_square: None,
            latent_dim,
            device: device.clone(),
        })
    }

    /// Which of the buffers are for `rows` rows.
    fn room_for(&mut self, rows: usize) -> Result<usize> {
        if let Some(found) = self.buffers.iter().position(|b| b.rows == rows) {
            return Ok(found);
        }
        let (g, d) = (&self.generator, &self.discriminator);
        self.buffers
            .push(Buffers::new(rows, g, d, self.latent_dim)?);
        Ok(self.buffers.len() - 1)
    }

    /// One discriminator update on `rows` real images, which `write` puts down as rows of 784 values in [-1, 1].
    ///
    /// # Errors
    /// Those of the device.
    pub fn critic_update(
        &mut self,
        objective: &dyn Objective,
        settings: &Preset,
        rows: usize,
        write: impl FnOnce(&mut [f32]),
        streams: &mut Streams,
    ) -> Result<Updated> {
        let index = self.room_for(rows)?;
        let buffers = &mut self.buffers[index];
        kernels::fill(&buffers.real, write)?;
        buffers.generate(&self.generator, streams)?;
        let d = &self.discriminator;
        d.forward(&buffers.images, &mut buffers.both)?;
        let logits = buffers.both.output();
        self.logit_square = Some(logits.sqr()?.mean_all()?);
        let side = objective.critic(&logits.narrow(0, 0, rows)?, &logits.narrow(0, rows, rows)?)?;
        let mut observed = side.observed;
        let grad = buffers.both.output_grad();
        kernels::copy(&grad.narrow(0, 0, rows)?, &side.real_grad)?;
        kernels::copy(&grad.narrow(0, rows, rows)?, &side.fake_grad)?;
        let lr = settings.optimizer.d.lr;
        let (names, clip) = (["d_grad_norm", "d_update_ratio"], settings.critic.clip);
        let optimizer = &mut self.d_optimizer;
        let finite = if settings.critic.gp_weight > 0.0 {
            d.backward(&buffers.images, &mut buffers.both, true, None)?;
            let mut factors = vec![0.0; rows];
            streams.interpolation.fill_between(&mut factors, 0.0, 1.0);
            let factors = Tensor::from_vec(factors, (rows, 1), &self.device)?;
            // ε·x + (1 − ε)·G(z), one ε for each pair.
            let between =
                (&buffers.fake + (&buffers.real - &buffers.fake)?.broadcast_mul(&factors)?)?;
            let penalty =
                nn::gradient_penalty(d, &between, &mut buffers.single, settings.critic.gp_weight)?;
            if let Some((_, loss)) = observed.first_mut() {
                *loss = (&*loss + &penalty.value)?;
            }
            observed.push(("penalty", penalty.value));
            observed.push(("input_grad_norm", penalty.norm));
            apply(&mut observed, names, clip, || {
                optimizer.step(d.params(), lr, clip)
            })?
        } else {
            apply(&mut observed, names, clip, || {
                optimizer.backward_step(d, &buffers.images, &mut buffers.both, lr, clip)
            })?
        };
        Ok(Updated { observed, finite })
    }

    /// One generator update of `rows` images, with learning rate `lr`. D is not changed, and no gradient of its weights is
    /// computed.
    ///
    /// # Errors
    /// Those of the device.
    pub fn generator_update(
        &mut self,
        objective: &dyn Objective,
        rows: usize,
        lr: f64,
        streams: &mut Streams,
    ) -> Result<Updated> {
        let index = self.room_for(rows)?;
        let buffers = &mut self.buffers[index];
        let (d, g) = (&self.discriminator, &self.generator);
        buffers.generate(g, streams)?;
        d.forward(&buffers.fake, &mut buffers.single)?;
        let side = objective.generator(buffers.single.output())?;
        let mut observed = side.observed;
        kernels::copy(buffers.single.output_grad(), &side.fake_grad)?;
        d.backward(
            &buffers.fake,
            &mut buffers.single,
            false,
            Some(buffers.generator.output_grad()),
        )?;
        let names = ["g_grad_norm", "g_update_ratio"];
        let optimizer = &mut self.g_optimizer;
        let finite = apply(&mut observed, names, 0.0, || {
            optimizer.backward_step(g, &buffers.latents, &mut buffers.generator, lr, 0.0)
        })?;
        Ok(Updated { observed, finite })
    }

    /// The mean square of D's logits in its newest update, if there was one.
    ///
    /// # Errors
    /// Those of the device.
    pub fn logit_square(&self) -> Result<Option<f32>> {
        self.logit_square
            .as_ref()
            .map(Tensor::to_scalar)
            .transpose()
    }

    /// Sets what [`Model::logit_square`] gives, when a state is put back.
    ///
    /// # Errors
    /// Those of the device.
    pub fn set_logit_square(&mut self, value: Option<f32>) -> Result<()> {
        self.logit_square = value
            .map(|value| Tensor::new(value, &self.device))
            .transpose()?;
        Ok(())
    }

    /// The same sizes without activations.
    pub(super) fn linear(self) -> Result<Self> {
        Ok(Self {
            generator: self.generator.linear()?,
            discriminator: self.discriminator.linear()?,
            buffers: Vec::new(),
            ..self
        })
    }

    /// The matrix products of one step of `rows` rows and nothing between them: no losses, no optimizers.
    pub(super) fn products_alone(&mut self, rows: usize, critic: &CriticConfig) -> Result<()> {
        let index = self.room_for(rows)?;
        let Buffers {
            latents,
            images,
            fake,
            generator,
            both,
            single,
            ..
        } = &mut self.buffers[index];
        let (d, g) = (&self.discriminator, &self.generator);
        for _ in 0..critic.n_critic.max(1) {
            g.forward(latents, generator)?;
            d.forward(images, both)?;
            d.backward(images, both, true, None)?;
            if critic.gp_weight > 0.0 {
                nn::gradient_penalty(d, fake, single, critic.gp_weight)?;
            }
        }
        g.forward(latents, generator)?;
        d.forward(fake, single)?;
        d.backward(fake, single, false, Some(generator.output_grad()))?;
        g.backward(latents, generator, true, None)
    }

    /// Floating-point operations of the matrix products of one step of `rows` rows: two for each weight and row of each
    /// product.
    pub(super) fn flop_per_step(&self, rows: usize, critic: &CriticConfig) -> u64 {
        let weights = |network: &Mlp, from: usize| -> u64 {
            network
                .specs()
                .skip(from)
                .map(|l| (l.inputs * l.outputs) as u64)
                .sum()
        };
        let (g, d) = (weights(&self.generator, 0), weights(&self.discriminator, 0));
        // On the way back the first layer has none below it to tell.
        let (g_back, d_back) = (weights(&self.generator, 1), weights(&self.discriminator, 1));
        // G; D on both halves, its gradients, the way back between them.
        let mut critic_update = g + 2 * (d + d + d_back);
        if critic.gp_weight > 0.0 {
            // Up; down to the image; up again without the logit, with a gradient for each weight.
            let logit = self.discriminator.specs().last();
            let logit = logit.map_or(0, |l| (l.inputs * l.outputs) as u64);
            critic_update += d + d + d + (d - logit);
        }
        // G, D, the way back through D to the image, then G's gradients and the way between them.
        let generator_update = g + d + d + g + g_back;
        2 * rows as u64 * (critic.n_critic.max(1) as u64 * critic_update + generator_update)
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

/// Takes an optimizer step unless the loss, the first thing observed, is not finite. Says whether loss and gradient were.
fn apply(
    observed: &mut Observed,
    names: [&'static str; 2],
    clip: f64,
    step: impl FnOnce() -> Result<Tensor>,
) -> Result<bool> {
    let looks_finite = |t: &Tensor| -> Result<bool> {
        Ok(!t.device().is_cpu() || t.to_scalar::<f32>()?.is_finite())
    };
    if let Some((_, loss)) = observed.first()
        && !looks_finite(loss)?
    {
        return Ok(false);
    }
    let norms = step()?;
    let finite = looks_finite(&norms.get(0)?)?;
    let share = (clip > 0.0).then_some("clip_saturation");
    for (i, name) in names.into_iter().chain(share).enumerate() {
        observed.push((name, norms.get(i)?));
    }
    Ok(finite)
}
