//! The networks' passes, verb by verb: for devices other than the CPU, and in candle's operations the reference in the
//! tests.

use candle_core::{DType, Result, Tensor};

use super::kernels::{self, activation_backward, bias_activation, column_sums, product};
use super::mlp::{Layer, Mlp};

/// The values of one pass through a network, and room for the gradients on the way back.
#[derive(Debug)]
pub struct Room {
    /// Output of each layer, `[rows, out]`.
    outputs: Vec<Tensor>,
    /// Gradient at each layer's output, `[rows, out]`.
    deltas: Vec<Tensor>,
}

impl Room {
    /// Room for as many rows as `output` has, into which the network's output is written.
    pub fn new(mlp: &Mlp, output: &Tensor, output_grad: &Tensor) -> Result<Self> {
        let rows = output.dim(0)?;
        let with = |last: &Tensor| {
            let hidden = mlp.layers().iter().rev().skip(1).rev();
            hidden
                .map(|l| Tensor::zeros((rows, l.spec.outputs), DType::F32, output.device()))
                .chain(std::iter::once(Ok(last.clone())))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            outputs: with(output)?,
            deltas: with(output_grad)?,
        })
    }

    fn last(&self) -> usize {
        self.deltas.len() - 1
    }

    /// See [`Mlp::forward`].
    pub fn forward(&self, mlp: &Mlp, x: &Tensor) -> Result<()> {
        for (i, layer) in mlp.layers().iter().enumerate() {
            let input = if i == 0 { x } else { &self.outputs[i - 1] };
            let out = &self.outputs[i];
            product(out, (input, false), (&layer.weight, true), false)?;
            bias_activation(out, &layer.bias, layer.spec.activation)?;
        }
        Ok(())
    }

    /// See [`Mlp::backward`].
    pub fn backward(
        &self,
        mlp: &Mlp,
        x: &Tensor,
        parameters: bool,
        input: Option<&Tensor>,
    ) -> Result<()> {
        for (i, layer) in mlp.layers().iter().enumerate().rev() {
            let delta = &self.deltas[i];
            activation_backward(delta, &self.outputs[i], layer.spec.activation)?;
            if parameters {
                let below = if i == 0 { x } else { &self.outputs[i - 1] };
                product(&layer.weight_grad, (delta, true), (below, false), false)?;
                column_sums(&layer.bias_grad, delta)?;
            }
            let below = if i == 0 {
                input
            } else {
                Some(&self.deltas[i - 1])
            };
            if let Some(below) = below {
                product(below, (delta, false), (&layer.weight, false), false)?;
            }
        }
        Ok(())
    }

    /// See [`Mlp::input_grad`].
    pub fn input_grad(&self, mlp: &Mlp, x: &Tensor) -> Result<Tensor> {
        self.forward(mlp, x)?;
        let last = self.last();
        // Downwards: deltas[i] becomes the gradient at the output of layer i, masked; that at the input stands apart.
        kernels::copy(&self.deltas[last], &self.deltas[last].ones_like()?)?;
        for i in (1..=last).rev() {
            let Layer { weight, .. } = &mlp.layers()[i];
            let below = &self.deltas[i - 1];
            let activation = mlp.layers()[i - 1].spec.activation;
            product(below, (&self.deltas[i], false), (weight, false), false)?;
            activation_backward(below, &self.outputs[i - 1], activation)?;
        }
        self.deltas[0].matmul(&mlp.layers()[0].weight)
    }

    /// See [`Mlp::add_second_order`].
    pub fn add_second_order(&self, mlp: &Mlp, v: &Tensor) -> Result<()> {
        let mut v = v.clone();
        for (i, layer) in mlp.layers().iter().enumerate() {
            product(
                &layer.weight_grad,
                (&self.deltas[i], true),
                (&v, false),
                true,
            )?;
            if i < self.last() {
                v = v.matmul(&layer.weight.t()?)?;
                activation_backward(&v, &self.outputs[i], layer.spec.activation)?;
            }
        }
        Ok(())
    }
}
