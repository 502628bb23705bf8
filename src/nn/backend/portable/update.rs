//! An update in candle's own operations.

use candle_core::{Result, Tensor};

use super::{clip, copy};
use crate::nn::update::{AdamStep, RmspropStep, UpdateStep};

/// See [`crate::nn::backend::Backend::update`].
pub fn update(buffer: &Tensor, grads: &Tensor, step: UpdateStep) -> Result<Tensor> {
    let n = grads.elem_count();
    let row = |slot: usize| buffer.flatten_all()?.narrow(0, slot * n, n);
    let (values, first, second) = (row(0)?, row(1)?, row(2)?);
    let (change, limit) = match step {
        UpdateStep::Adam(AdamStep {
            beta1,
            beta2,
            eps,
            step,
            root,
            limit,
        }) => {
            let (beta1, beta2) = (f64::from(beta1), f64::from(beta2));
            let m = ((&first * beta1)? + (grads * (1.0 - beta1))?)?;
            let v = ((&second * beta2)? + (grads.sqr()? * (1.0 - beta2))?)?;
            copy(&first, &m)?;
            copy(&second, &v)?;
            let root = v.sqrt()?.affine(f64::from(root), f64::from(eps))?;
            ((m * f64::from(step))?.div(&root)?, limit)
        }
        UpdateStep::Rmsprop(RmspropStep {
            alpha,
            eps,
            lr,
            limit,
        }) => {
            let alpha = f64::from(alpha);
            let v = ((&second * alpha)? + (grads.sqr()? * (1.0 - alpha))?)?;
            copy(&second, &v)?;
            let root = (v.sqrt()? + f64::from(eps))?;
            ((grads * f64::from(lr))?.div(&root)?, limit)
        }
    };
    let next = (&values - &change)?;
    copy(&values, &next)?;
    let share = if limit.is_finite() {
        clip(&values, limit)?
    } else {
        Tensor::new(0.0_f32, values.device())?
    };
    let norm = |t: &Tensor| t.sqr()?.sum_all()?.sqrt();
    let ratio = norm(&change)?.div(&norm(&values)?)?;
    Tensor::stack(&[norm(grads)?, ratio, share], 0)
}
