//! Objectives: what networks are trained for. One file per loss, with its formula, its gradient with respect to the logits
//! and what a live switch to it needs. Its name, metrics and preset are in its description, in [`crate::metric`].
//!
//! An adversarial objective sees logits only. Its gradients are written out, not left to autograd: each is a line, costs
//! nothing and is tested against finite differences and against candle's autograd.

mod gan;
mod hinge;
mod lsgan;
mod registry;
mod rpgan;
mod vae;
mod wgan;
mod wgan_gp;

use candle_core::{Result, Tensor};

pub use registry::find;

use crate::metric::{Description, ObjectiveInfo};
use crate::shape::ImageShape;

/// Metric values of one update: names as its description declares them, values as scalars on the training device.
pub type Observed = Vec<(&'static str, Tensor)>;

/// D's loss on one batch, as gradients.
#[derive(Debug)]
pub struct CriticSide {
    /// Gradient of the loss with respect to the logits of real images, `[rows, 1]`.
    pub real_grad: Tensor,
    /// Gradient of the loss with respect to the logits of generated images, `[rows, 1]`.
    pub fake_grad: Tensor,
    /// The loss first, as `d_loss`, then what else is worth knowing.
    pub observed: Observed,
}

/// G's loss on one batch, as a gradient.
#[derive(Debug)]
pub struct GeneratorSide {
    /// Gradient of the loss with respect to the logits of generated images, `[rows, 1]`.
    pub fake_grad: Tensor,
    /// The loss first, as `g_loss`.
    pub observed: Observed,
}

/// What a live switch to an objective needs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SwitchRule {
    /// D first trains alone: the first clip saturates most weights, and a critic must be near its optimum.
    pub warm_up: bool,
    /// Root mean square of the logits above which D's last layer is scaled down to it.
    pub logit_rms: Option<f64>,
}

/// Which networks an objective trains, and by what.
pub enum Family<'a> {
    /// A generator and a discriminator (critic), against each other.
    Adversarial(&'a dyn Adversarial),
    /// A decoder and an encoder, together.
    Variational(&'a dyn Variational),
}

/// An objective.
pub trait Objective: Send + Sync {
    /// Its name, preset and metrics.
    fn description(&self) -> &'static Description;

    /// Registry name: `wgan-gp`.
    fn name(&self) -> &'static str {
        self.description().name
    }

    /// All a viewer needs to know of it.
    fn info(&self) -> ObjectiveInfo {
        self.description().info()
    }

    /// The networks it trains, and its loss.
    fn family(&self) -> Family<'_>;

    /// What a live switch to it needs.
    fn switch(&self) -> SwitchRule {
        SwitchRule::default()
    }
}

/// A loss for D and G.
pub trait Adversarial: Send + Sync {
    /// D's loss and its gradients, from logits of real and of generated images, `[rows, 1]` each. The target for
    /// real images, where there is one, is 1 − `smoothing`.
    ///
    /// # Errors
    /// Those of the device.
    fn critic(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<CriticSide>;

    /// Whether G's loss compares generated images with real ones. Its step then scores real images too.
    fn compares(&self) -> bool {
        false
    }

    /// G's loss and its gradient, from D's logits of generated images, `[rows, 1]`, and of as many real images where it
    /// [compares](Adversarial::compares) them.
    ///
    /// # Errors
    /// Those of the device; when there are no real images to compare with.
    fn generator(&self, fake: &Tensor, real: Option<&Tensor>) -> Result<GeneratorSide>;
}

/// Codes of a batch of images: the mean and spread of each in the latent space, and a latent sampled from there.
#[derive(Debug)]
pub struct Code {
    /// Means, `[rows, latent]`.
    pub mean: Tensor,
    /// Logarithms of variances, `[rows, latent]`.
    pub log_variance: Tensor,
    /// Standard deviations, `[rows, latent]`.
    pub deviation: Tensor,
    /// The noise, sampled from N(0, 1), `[rows, latent]`.
    pub noise: Tensor,
    /// mean + deviation · noise, `[rows, latent]`.
    pub latents: Tensor,
}

/// The distribution of an image's values around those that a decoder gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likelihood {
    /// Each value is the probability of ink: for grey images, most of whose pixels are black or white.
    Bernoulli,
    /// Each value is the mean of a normal distribution, all with the one variance that makes the batch likeliest (Rybkin et al.
    /// 2021): for colours.
    Gaussian,
}

impl Likelihood {
    /// The one that fits images of this shape.
    #[must_use]
    pub const fn of(shape: ImageShape) -> Self {
        if shape.channels() == 1 {
            Self::Bernoulli
        } else {
            Self::Gaussian
        }
    }
}

/// What a decoder is trained towards.
#[derive(Debug, Clone, Copy)]
pub struct Aim<'a> {
    /// The images that it should give, in [-1, 1], `[rows, values]`.
    pub images: &'a Tensor,
    /// How far from them it may be.
    pub likelihood: Likelihood,
    /// Weight of the divergence.
    pub beta: f64,
}

/// The loss of encoder and decoder on one batch, as the decoder's gradient.
#[derive(Debug)]
pub struct DecoderSide {
    /// Gradient of the loss by the values before the decoder's Tanh, `[rows, values]`.
    pub logits_grad: Tensor,
    /// The loss first, as `loss`, then what else is worth knowing.
    pub observed: Observed,
}

/// A loss for an encoder and a decoder.
pub trait Variational: Send + Sync {
    /// The code that the encoder's output `[rows, 2·latent]` stands for, with a latent sampled from it by `noise`.
    ///
    /// # Errors
    /// Those of the device.
    fn code(&self, encoded: &Tensor, noise: &Tensor) -> Result<Code>;

    /// The loss and the decoder's gradient, from the values before the decoder's Tanh, `[rows, values]`, and the images that they
    /// should equal.
    ///
    /// # Errors
    /// Those of the device.
    fn decoder(&self, logits: &Tensor, code: &Code, aim: Aim<'_>) -> Result<DecoderSide>;

    /// The gradient by the encoder's output, `[rows, 2·latent]`, from that by the latents.
    ///
    /// # Errors
    /// Those of the device.
    fn encoder(&self, code: &Code, latents_grad: &Tensor, beta: f64) -> Result<Tensor>;
}

/// log(1 + eˣ), without overflow for any x.
fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// The share of values for which a comparison gave 1.
fn share(of: &Tensor) -> Result<Tensor> {
    of.to_dtype(candle_core::DType::F32)?.mean_all()
}

/// 1/rows: what a mean over the batch does to every gradient.
fn per_row(logits: &Tensor) -> Result<f64> {
    Ok(1.0 / logits.dim(0)?.max(1) as f64)
}

#[cfg(test)]
mod tests;
