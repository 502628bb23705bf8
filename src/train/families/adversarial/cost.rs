//! How much work the matrix products of a step are, and these products alone.

use candle_core::Result;

use super::penalties::Penalties;
use super::{Adversarial, Workspace};
use crate::config::CriticConfig;
use crate::nn::LayerSpec;
use crate::objective;
use crate::train::families::products;

impl Adversarial {
    /// The matrix products of one step of `rows` rows and nothing between them: no losses, no optimizers.
    pub(in crate::train::families) fn products_alone(
        &mut self,
        rows: usize,
        critic: &CriticConfig,
    ) -> Result<()> {
        let (d, g) = (&mut self.discriminator.network, &mut self.generator.network);
        let classes = self.architecture.classes;
        let workspace = self
            .workspaces
            .for_rows(rows, || Workspace::new(g, d, classes, rows))?;
        let (comparing, penalties) = (self.loss.compares(), Penalties::of(critic));
        for _ in 0..critic.n_critic.max(1) {
            g.forward(&workspace.latents, &mut workspace.generator)?;
            d.forward(&workspace.images, &mut workspace.both)?;
            d.backward(&workspace.images, &mut workspace.both)?;
            penalties.products_alone(d, workspace)?;
        }
        let Workspace {
            latents,
            real,
            fake,
            generator,
            single,
            ..
        } = workspace;
        g.forward(latents, generator)?;
        if comparing {
            d.forward(real, single)?;
        }
        d.forward(fake, single)?;
        d.backward_to_input(fake, single, generator.output_grad())?;
        g.backward(latents, generator)
    }
}

/// Floating-point operations of the matrix products of one step of `rows` rows: two for each multiplication of a row.
pub fn flop_per_step(
    loss: &dyn objective::Adversarial,
    [generator, discriminator]: [&[LayerSpec]; 2],
    rows: usize,
    critic: &CriticConfig,
) -> u64 {
    let (g, d) = (products(generator, 0), products(discriminator, 0));
    // On the way back the first layer passes no gradient on.
    let (g_back, d_back) = (products(generator, 1), products(discriminator, 1));
    // G; D on both halves, its gradients, the way back between them.
    let critic_update = g + 2 * (d + d + d_back) + Penalties::of(critic).cost(discriminator);
    // G, D, the way back through D to the image, then G's gradients and the way between them.
    let compared = if loss.compares() { d } else { 0 };
    let generator_update = g + compared + d + d + g + g_back;
    2 * rows as u64 * (critic.n_critic.max(1) as u64 * critic_update + generator_update)
}
