//! The networks' passes, operation by operation, on tensors: on devices other than the CPU, and as the reference in the
//! tests.

use candle_core::{DType, Result, Tensor};

use super::copy;
use crate::nn::backend::{Gradients, Layers, Passes};
use crate::nn::layer::{Layer, LayerSpec};
use crate::nn::matrix::{Accumulation, Factor};

/// Passes with the operations of the network's backend.
#[derive(Debug)]
pub struct TensorPasses {
    specs: Vec<LayerSpec>,
    /// Output of each layer, `[rows, out]`.
    outputs: Vec<Tensor>,
    /// Gradient at each layer's output, `[rows, out]`.
    deltas: Vec<Tensor>,
}

impl TensorPasses {
    /// Passes over as many rows as `output` has.
    pub fn new(specs: &[LayerSpec], output: &Tensor, output_grad: &Tensor) -> Result<Self> {
        let rows = output.dim(0)?;
        let with = |last: &Tensor| {
            let hidden = specs.iter().rev().skip(1).rev();
            hidden
                .map(|spec| Tensor::zeros((rows, spec.outputs), DType::F32, output.device()))
                .chain(std::iter::once(Ok(last.clone())))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            specs: specs.to_vec(),
            outputs: with(output)?,
            deltas: with(output_grad)?,
        })
    }

    fn last(&self) -> usize {
        self.deltas.len() - 1
    }

    fn run(&self, network: Layers<'_>, x: &Tensor) -> Result<()> {
        let backend = network.backend;
        for (i, (layer, spec)) in network.layers.iter().zip(&self.specs).enumerate() {
            let input = if i == 0 { x } else { &self.outputs[i - 1] };
            let out = &self.outputs[i];
            let (input, weight) = (Factor::as_is(input), Factor::transposed(&layer.weight));
            backend.product(out, input, weight, Accumulation::Overwrite)?;
            backend.bias_activation(out, &layer.bias, spec.activation)?;
        }
        Ok(())
    }
}

impl Passes for TensorPasses {
    fn forward(&mut self, network: Layers<'_>, x: &Tensor, _output: &Tensor) -> Result<()> {
        self.run(network, x)
    }

    fn backward(
        &mut self,
        network: Layers<'_>,
        x: &Tensor,
        _output_grad: &Tensor,
        wanted: Gradients<'_>,
    ) -> Result<()> {
        let backend = network.backend;
        let layers = network.layers.iter().zip(&self.specs).enumerate();
        for (i, (layer, spec)) in layers.rev() {
            let delta = &self.deltas[i];
            backend.activation_backward(delta, &self.outputs[i], spec.activation)?;
            if wanted.has_parameters() {
                let below = if i == 0 { x } else { &self.outputs[i - 1] };
                let (delta, below) = (Factor::transposed(delta), Factor::as_is(below));
                let out = &layer.weight_grad;
                backend.product(out, delta, below, Accumulation::Overwrite)?;
                backend.column_sums(&layer.bias_grad, &self.deltas[i])?;
            }
            let below = if i == 0 {
                wanted.input()
            } else {
                Some(&self.deltas[i - 1])
            };
            if let Some(below) = below {
                let (delta, weight) = (Factor::as_is(delta), Factor::as_is(&layer.weight));
                backend.product(below, delta, weight, Accumulation::Overwrite)?;
            }
        }
        Ok(())
    }

    fn input_grad(
        &mut self,
        network: Layers<'_>,
        _x: &Tensor,
        direction: Option<&Tensor>,
    ) -> Result<Tensor> {
        let Layers {
            backend, layers, ..
        } = network;
        let last = self.last();
        // Downwards: deltas[i] becomes the gradient at the output of layer i, masked; the gradient at the input is
        // separate.
        match direction {
            Some(direction) => copy(&self.deltas[last], direction)?,
            None => copy(&self.deltas[last], &self.deltas[last].ones_like()?)?,
        }
        for i in (1..=last).rev() {
            let Layer { weight, .. } = &layers[i];
            let below = &self.deltas[i - 1];
            let (delta, weight) = (Factor::as_is(&self.deltas[i]), Factor::as_is(weight));
            backend.product(below, delta, weight, Accumulation::Overwrite)?;
            let activation = self.specs[i - 1].activation;
            backend.activation_backward(below, &self.outputs[i - 1], activation)?;
        }
        self.deltas[0].matmul(&layers[0].weight)
    }

    fn add_second_order(&mut self, network: Layers<'_>, v: &Tensor) -> Result<()> {
        let backend = network.backend;
        let mut v = v.clone();
        for (i, (layer, spec)) in network.layers.iter().zip(&self.specs).enumerate() {
            let (delta, out) = (Factor::transposed(&self.deltas[i]), &layer.weight_grad);
            backend.product(out, delta, Factor::as_is(&v), Accumulation::Add)?;
            if i < self.last() {
                v = v.matmul(&layer.weight.t()?)?;
                backend.activation_backward(&v, &self.outputs[i], spec.activation)?;
            }
        }
        Ok(())
    }
}
