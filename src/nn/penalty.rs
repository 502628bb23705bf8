//! Penalties on the gradient of a critic by its input: that of WGAN-GP (Gulrajani et al. 2017, eq. 3), w·E(‖∇D(x̂)‖₂ − 1)²,
//! and R1 and R2 (Mescheder et al. 2018, eq. 9 and 10), γ/2·E‖∇D(x)‖₂² at real and at generated images.
//!
//! They need the gradient of a gradient, which candle's autograd does not support. For a network of affine maps and
//! (leaky) rectifiers it is not needed: around x̂ the network is linear, its input gradient is the product `u₀ =
//! W₄⊙m₃·W₃⊙m₂·W₂⊙m₁·W₁` with constant masks m, and the gradient of that product by the weights is one more pass
//! through the same layers, from the input upwards. Biases do not occur in it.

use candle_core::{Result, Tensor};

use super::{Activations, Network};

impl<'a> From<&'a Tensor> for Points<'a> {
    /// Images that a critic which ends in one logit sees.
    fn from(x: &'a Tensor) -> Self {
        Self { x, direction: None }
    }
}

/// The value of a penalty.
#[derive(Debug, Clone)]
pub struct Penalty {
    /// w·mean((‖∇D‖ − 1)²), a scalar.
    pub value: Tensor,
    /// mean ‖∇D‖, a scalar; the penalty pulls it to 1.
    pub norm: Tensor,
}

/// Where a penalty is evaluated: images, and for a critic of several outputs the weights by which their sum is each image's logit.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    /// `[rows, in]`.
    pub x: &'a Tensor,
    /// `[rows, out]`; `None` for a critic that ends in one logit.
    pub direction: Option<&'a Tensor>,
}

/// Adds the gradient of WGAN-GP's penalty at some points to the critic's weight gradients, and returns the penalty. `activations`
/// have as many rows. The critic has no tanh.
///
/// # Errors
/// When shapes do not fit.
pub fn gradient_penalty(
    critic: &mut Network,
    points: Points<'_>,
    activations: &mut Activations,
    weight: f64,
) -> Result<Penalty> {
    let Points { x, direction } = points;
    let rows = x.dim(0)?;
    critic.forward(x, activations)?;
    let input_grad = critic.input_grad(x, activations, direction)?;

    // 1e-12 under the root: a zero gradient has no direction, and must not become NaN.
    let norms = (input_grad.sqr()?.sum_keepdim(1)? + 1e-12)?.sqrt()?;
    let excess = (&norms - 1.0)?;
    let value = (excess.sqr()?.mean_all()? * weight)?;
    let norm = norms.mean_all()?;

    // v is the gradient of the penalty by the input gradient. On the way up each weight matrix meets v from below and the
    // gradient of the logit from above.
    let scale = (excess.div(&norms)? * (2.0 * weight / rows as f64))?;
    let v = input_grad.broadcast_mul(&scale)?;
    critic.add_second_order(&v, activations)?;
    Ok(Penalty { value, norm })
}

/// Adds the gradient of γ/2·mean‖∇D‖² to the critic's weight gradients. The points consist of as many equal parts, one
/// after another, as there are weights: one γ for each. Returns the penalty at each part, scalars. `activations` hold the
/// newest forward pass of the points. The critic has no tanh.
///
/// # Errors
/// When shapes do not fit.
pub fn zero_centred_penalty(
    critic: &mut Network,
    points: Points<'_>,
    activations: &mut Activations,
    weights: &[f64],
) -> Result<Vec<Tensor>> {
    let Points { x, direction } = points;
    let rows = x.dim(0)? / weights.len().max(1);
    let input_grad = critic.input_grad(x, activations, direction)?;
    let (mut values, mut v) = (Vec::new(), Vec::new());
    for (part, weight) in weights.iter().enumerate() {
        let grad = input_grad.narrow(0, part * rows, rows)?;
        let scale = weight / rows as f64;
        values.push((grad.sqr()?.sum_all()? * (0.5 * scale))?);
        v.push((grad * scale)?);
    }
    critic.add_second_order(&Tensor::cat(&v, 0)?, activations)?;
    Ok(values)
}
