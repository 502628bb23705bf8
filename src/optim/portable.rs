//! An update in candle's own operations: for other devices, and the reference in the tests.

use candle_core::{Result, Tensor};

use super::Constants;
use super::native::{Adam, Rmsprop};
use crate::nn::{Params, kernels};

pub(super) fn step(params: &Params, update: Constants) -> Result<Tensor> {
    let grads = params.grads();
    let (values, first, second) = (params.row(0)?, params.row(1)?, params.row(2)?);
    let (change, limit) = match update {
        Constants::Adam(Adam {
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
            kernels::copy(&first, &m)?;
            kernels::copy(&second, &v)?;
            let root = v.sqrt()?.affine(f64::from(root), f64::from(eps))?;
            ((m * f64::from(step))?.div(&root)?, limit)
        }
        Constants::Rmsprop(Rmsprop {
            alpha,
            eps,
            lr,
            limit,
        }) => {
            let alpha = f64::from(alpha);
            let v = ((&second * alpha)? + (grads.sqr()? * (1.0 - alpha))?)?;
            kernels::copy(&second, &v)?;
            let root = (v.sqrt()? + f64::from(eps))?;
            ((grads * f64::from(lr))?.div(&root)?, limit)
        }
    };
    let next = (&values - &change)?;
    kernels::copy(&values, &next)?;
    let share = if limit.is_finite() {
        kernels::clip(&values, limit)?
    } else {
        Tensor::new(0.0_f32, values.device())?
    };
    let norm = |t: &Tensor| t.sqr()?.sum_all()?.sqrt();
    let ratio = norm(&change)?.div(&norm(&values)?)?;
    Tensor::stack(&[norm(grads)?, ratio, share], 0)
}
