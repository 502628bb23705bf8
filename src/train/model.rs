//! The two networks with their optimizers, and one update of each.

use candle_core::{DType, Device, Result, Tensor, bail};
use serde::{Deserialize, Serialize};

use super::pixels::Pixels;
use super::settings::rule;
use super::window::Window;
use crate::config::{CriticConfig, Preset};
use crate::nn::{self, IMAGE_PIXELS, Key, Mlp, Replays, Tape, Watch, kernels};
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
    /// Mean square of D's logits in its newest update, `[1]`, and whether there was one.
    logit_square: Tensor,
    knows_logits: bool,
    replays: Replays,
    latent_dim: usize,
    device: Device,
}

/// Everything an update writes into, allocated once.
struct Buffers {
    rows: usize,
    /// `[rows, latent]`.
    latents: Tensor,
    /// How far from G(z) to x the gradient penalty looks, `[rows, 1]`.
    factors: Tensor,
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
            factors: room(rows, 1)?,
            real: images.narrow(0, 0, rows)?,
            generator: generator.tape_into(&fake)?,
            fake,
            images,
            both: discriminator.tape(2 * rows)?,
            single: discriminator.tape(rows)?,
        })
    }
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
            logit_square: Tensor::zeros(1, DType::F32, device)?,
            knows_logits: false,
            replays: Replays::default(),
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

    /// One discriminator update on the images of these indices. Says whether loss and gradient were finite, as far as the
    /// host can tell; `window` sees what there is to observe.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn critic_update(
        &mut self,
        objective: &dyn Objective,
        settings: &Preset,
        (pixels, indices): (&Pixels, &[u32]),
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let rows = indices.len();
        let index = self.room_for(rows)?;
        let buffers = &mut self.buffers[index];
        let (d, g, square) = (&self.discriminator, &self.generator, &self.logit_square);
        let (clip, penalty) = (settings.critic.clip, settings.critic.gp_weight);

        // What the host has to say; from here on the device works alone.
        pixels.write(indices, &buffers.real)?;
        kernels::fill(&buffers.latents, |z| streams.latents.fill_normal(z))?;
        if penalty > 0.0 {
            let stream = &mut streams.interpolation;
            kernels::fill(&buffers.factors, |f| stream.fill_between(f, 0.0, 1.0))?;
        }
        let lr = settings.optimizer.d.lr;
        let update = self.d_optimizer.next(d.params(), lr, clip)?;
        let key = Key {
            network: "critic",
            objective: objective.name(),
            rows,
            clips: clip > 0.0,
            penalty,
        };
        let work = || {
            g.forward(&buffers.latents, &mut buffers.generator)?;
            d.forward(&buffers.images, &mut buffers.both)?;
            let logits = buffers.both.output();
            kernels::copy(square, &logits.sqr()?.mean_all()?.reshape(1)?)?;
            let (real, fake) = (logits.narrow(0, 0, rows)?, logits.narrow(0, rows, rows)?);
            let side = objective.critic(&real, &fake)?;
            let mut observed = side.observed;
            let grad = buffers.both.output_grad();
            kernels::copy(&grad.narrow(0, 0, rows)?, &side.real_grad)?;
            kernels::copy(&grad.narrow(0, rows, rows)?, &side.fake_grad)?;
            if penalty > 0.0 {
                d.backward(&buffers.images, &mut buffers.both, true, None)?;
                // ε·x + (1 − ε)·G(z), one ε for each pair.
                let towards = (&buffers.real - &buffers.fake)?.broadcast_mul(&buffers.factors)?;
                let between = (&buffers.fake + towards)?;
                let penalty = nn::gradient_penalty(d, &between, &mut buffers.single, penalty)?;
                if let Some((_, loss)) = observed.first_mut() {
                    *loss = (&*loss + &penalty.value)?;
                }
                observed.push(("penalty", penalty.value));
                observed.push(("input_grad_norm", penalty.norm));
            }
            let names = ["d_grad_norm", "d_update_ratio"];
            apply(window, observed, names, clip, |watch| {
                if penalty > 0.0 {
                    update.step(d.params(), watch)
                } else {
                    update.backward_step(d, &buffers.images, &mut buffers.both, watch)
                }
            })
        };
        let verdict = self.replays.run(&self.device, key, work, Verdict::Fine)?;
        self.knows_logits = true;
        if verdict != Verdict::HeldBack {
            self.d_optimizer.count();
        }
        Ok(verdict == Verdict::Fine)
    }

    /// One generator update of `rows` images, with learning rate `lr`. D is not changed, and no gradient of its weights is
    /// computed. Says what [`Model::critic_update`] does.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn generator_update(
        &mut self,
        objective: &dyn Objective,
        rows: usize,
        lr: f64,
        streams: &mut Streams,
        window: &mut Window,
    ) -> Result<bool> {
        let index = self.room_for(rows)?;
        let buffers = &mut self.buffers[index];
        let (d, g) = (&self.discriminator, &self.generator);
        kernels::fill(&buffers.latents, |z| streams.latents.fill_normal(z))?;
        let update = self.g_optimizer.next(g.params(), lr, 0.0)?;
        let key = Key {
            network: "generator",
            objective: objective.name(),
            rows,
            clips: false,
            penalty: 0.0,
        };
        let work = || {
            g.forward(&buffers.latents, &mut buffers.generator)?;
            d.forward(&buffers.fake, &mut buffers.single)?;
            let side = objective.generator(buffers.single.output())?;
            kernels::copy(buffers.single.output_grad(), &side.fake_grad)?;
            d.backward(
                &buffers.fake,
                &mut buffers.single,
                false,
                Some(buffers.generator.output_grad()),
            )?;
            let names = ["g_grad_norm", "g_update_ratio"];
            apply(window, side.observed, names, 0.0, |watch| {
                update.backward_step(g, &buffers.latents, &mut buffers.generator, watch)
            })
        };
        let verdict = self.replays.run(&self.device, key, work, Verdict::Fine)?;
        if verdict != Verdict::HeldBack {
            self.g_optimizer.count();
        }
        Ok(verdict == Verdict::Fine)
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
    pub(super) fn linear(self) -> Result<Self> {
        Ok(Self {
            generator: self.generator.linear()?,
            discriminator: self.discriminator.linear()?,
            buffers: Vec::new(),
            replays: Replays::default(),
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

/// Takes an optimizer step unless the loss, the first thing observed, is not finite, and shows the window all there is.
fn apply(
    window: &mut Window,
    mut observed: Observed,
    names: [&'static str; 2],
    clip: f64,
    step: impl FnOnce(Option<Watch>) -> Result<Tensor>,
) -> Result<Verdict> {
    // Where looking costs nothing. A device with a meter looks by itself.
    let looks_finite = |t: &Tensor| -> Result<bool> {
        Ok(!t.device().is_cpu() || t.to_scalar::<f32>()?.is_finite())
    };
    let norms_at = observed.len();
    let Some(loss) = observed.first().map(|(_, loss)| loss.clone()) else {
        bail!("an update without a loss");
    };
    if !looks_finite(&loss)? {
        window.observe(observed, norms_at)?;
        return Ok(Verdict::HeldBack);
    }
    let norms = step(window.watch(&loss))?;
    let finite = looks_finite(&norms.get(0)?)?;
    let share = (clip > 0.0).then_some("clip_saturation");
    for (i, name) in names.into_iter().chain(share).enumerate() {
        observed.push((name, norms.get(i)?));
    }
    window.observe(observed, norms_at)?;
    Ok(if finite { Verdict::Fine } else { Verdict::Lost })
}
