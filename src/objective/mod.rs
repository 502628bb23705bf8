//! Objectives: what D and G are trained for. One file per loss, with its formula, its gradient by the logits, its metrics
//! and what a live switch to it needs. Its settings are in `configs/NAME.toml`.
//!
//! An objective sees logits only. Its gradients are written out, not left to autograd: each is a line, costs nothing and
//! is tested against finite differences and against candle's autograd.

mod gan;
mod lsgan;
mod metrics;
mod registry;
mod wgan;
mod wgan_gp;

use candle_core::{Result, Tensor};

pub use registry::{choices, find, names};

use crate::protocol::ObjectiveInfo;

/// Metric values of one update: names as declared by [`Objective::info`], values as scalars on the training device.
pub type Observed = Vec<(&'static str, Tensor)>;

/// What D is to learn from one batch.
#[derive(Debug)]
pub struct CriticSide {
    /// Gradient of the loss by the logits of real images, `[rows, 1]`.
    pub real_grad: Tensor,
    /// Gradient of the loss by the logits of generated images, `[rows, 1]`.
    pub fake_grad: Tensor,
    /// The loss first, as `d_loss`, then what else is worth knowing.
    pub observed: Observed,
}

/// What G is to learn from one batch.
#[derive(Debug)]
pub struct GeneratorSide {
    /// Gradient of the loss by the logits of generated images, `[rows, 1]`.
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

/// A loss for D and G.
pub trait Objective: Send + Sync {
    /// Registry name: `wgan-gp`.
    fn name(&self) -> &'static str;

    /// Text of its preset, `configs/NAME.toml`, whose first line is a comment that says what it is.
    fn preset(&self) -> &'static str;

    /// All a viewer needs to know of it.
    fn info(&self) -> ObjectiveInfo;

    /// D's loss and its gradients, from logits of real and of generated images, `[rows, 1]` each.
    ///
    /// # Errors
    /// Those of the device.
    fn critic(&self, real: &Tensor, fake: &Tensor) -> Result<CriticSide>;

    /// G's loss and its gradient, from D's logits of generated images, `[rows, 1]`.
    ///
    /// # Errors
    /// Those of the device.
    fn generator(&self, fake: &Tensor) -> Result<GeneratorSide>;

    /// What a live switch to it needs.
    fn switch(&self) -> SwitchRule {
        SwitchRule::default()
    }
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
