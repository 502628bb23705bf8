//! The parameters of a network, as its layers see them.

use candle_core::Result;

use super::Params;
use super::layer::{Layer, LayerSpec, Norm, Shift};

/// Views of values in `params`, and of gradients in `grads`, of parameters with the same shapes.
pub fn views(specs: &[LayerSpec], params: &Params, grads: &Params) -> Result<Vec<Layer>> {
    let mut at = 0;
    let mut next = || {
        at += 1;
        at - 1
    };
    specs
        .iter()
        .map(|spec| {
            let weight = next();
            let norm = match spec.shift {
                Shift::Bias => None,
                Shift::BatchNorm => Some(next()),
            };
            let bias = next();
            let norm = norm
                .map(|scale| {
                    Ok::<_, candle_core::Error>(Norm {
                        scale: params.value(scale)?,
                        scale_grad: grads.grad(scale)?,
                        mean: params.value(next())?,
                        variance: params.value(next())?,
                    })
                })
                .transpose()?;
            Ok(Layer {
                spec: *spec,
                weight: params.value(weight)?,
                weight_grad: grads.grad(weight)?,
                bias: params.value(bias)?,
                bias_grad: grads.grad(bias)?,
                norm,
            })
        })
        .collect()
}
