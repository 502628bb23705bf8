//! What is common to updates, and how much work a step's matrix products are.

use candle_core::{Result, Tensor};

use super::buffers::{Adversarial, Buffers, Variational};
use super::{Model, Verdict};
use crate::config::CriticConfig;
use crate::nn::{self, Mlp, Watch};
use crate::objective::Observed;
use crate::optim::Optimizer;
use crate::train::window::Window;

/// Takes an optimizer step unless the `loss` is not finite, and shows the window all there is.
pub(super) fn apply(
    window: &mut Window,
    loss: &Tensor,
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
    if !looks_finite(loss)? {
        window.observe(observed, norms_at)?;
        return Ok(Verdict::HeldBack);
    }
    let norms = step(window.watch(loss))?;
    let finite = looks_finite(&norms.get(0)?)?;
    let share = (clip > 0.0).then_some("clip_saturation");
    for (i, name) in names.into_iter().chain(share).enumerate() {
        observed.push((name, norms.get(i)?));
    }
    window.observe(observed, norms_at)?;
    Ok(if finite { Verdict::Fine } else { Verdict::Lost })
}

/// Counts an update that was made, and says whether it was fine.
pub(super) fn applied(verdict: Verdict, optimizer: &mut Optimizer) -> bool {
    if verdict != Verdict::HeldBack {
        optimizer.count();
    }
    verdict == Verdict::Fine
}

/// The first thing an update observes: its loss.
pub(super) fn loss_of(observed: &Observed) -> Result<Tensor> {
    match observed.first() {
        Some((_, loss)) => Ok(loss.clone()),
        None => candle_core::bail!("an update without a loss"),
    }
}

impl Model {
    /// The matrix products of one step of `rows` rows and nothing between them: no losses, no optimizers.
    pub(in crate::train) fn products_alone(
        &mut self,
        rows: usize,
        critic: &CriticConfig,
    ) -> Result<()> {
        let index = self.room_for(rows)?;
        let (d, g) = (&self.discriminator, &self.generator);
        match &mut self.buffers[index] {
            Buffers::Adversarial(buffers) => {
                let Adversarial {
                    latents,
                    images,
                    fake,
                    generator,
                    both,
                    single,
                    ..
                } = &mut **buffers;
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
            Buffers::Variational(buffers) => {
                let Variational {
                    images,
                    latents,
                    latents_grad,
                    encoder,
                    decoder,
                    ..
                } = &mut **buffers;
                let g = self.logits.as_ref().unwrap_or(g);
                d.forward(images, encoder)?;
                g.forward(latents, decoder)?;
                g.backward(latents, decoder, true, Some(latents_grad))?;
                d.backward(images, encoder, true, None)
            }
        }
    }

    /// Floating-point operations of the matrix products of one step of `rows` rows: two for each weight and row of each
    /// product.
    pub(in crate::train) fn flop_per_step(&self, rows: usize, critic: &CriticConfig) -> u64 {
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
        if self.logits.is_some() {
            // Both up, both down; the decoder down to its latents.
            return 2 * rows as u64 * (d + d + d_back + g + g + g);
        }
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
}
