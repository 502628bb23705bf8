//! The networks' passes, operation by operation, on tensors: on devices other than the CPU, and as the reference in the
//! tests.

use candle_core::{DType, Result, Tensor, bail};

use super::maps::{down, pixels, up, weight_grad};
use super::{copy, norm};
use crate::nn::backend::{Backend, Gradients, Passes, Statistics, View};
use crate::nn::layer::{Layer, LayerSpec};
use crate::nn::matrix::Accumulation;
use crate::nn::residual::{added_to, last_of_block};

/// Passes with the operations of the network's backend.
#[derive(Debug)]
pub struct TensorPasses {
    specs: Vec<LayerSpec>,
    statistics: Statistics,
    /// Output of each layer, `[rows, out]`.
    outputs: Vec<Tensor>,
    /// Gradient at each layer's output, `[rows, out]`.
    deltas: Vec<Tensor>,
    /// What each batch norm has made of its map's output, before it is scaled.
    normed: Vec<Option<norm::Normed>>,
}

impl TensorPasses {
    /// Passes over as many rows as `output` has.
    pub fn new(
        specs: &[LayerSpec],
        (output, output_grad): (&Tensor, &Tensor),
        statistics: Statistics,
    ) -> Result<Self> {
        let rows = output.dim(0)?;
        let with = |last: &Tensor| {
            let hidden = specs.iter().rev().skip(1).rev();
            hidden
                .map(|spec| Tensor::zeros((rows, spec.outputs()), DType::F32, output.device()))
                .chain(std::iter::once(Ok(last.clone())))
                .collect::<Result<Vec<_>>>()
        };
        let mut normed = Vec::new();
        normed.resize_with(specs.len(), || None);
        Ok(Self {
            specs: specs.to_vec(),
            statistics,
            outputs: with(output)?,
            deltas: with(output_grad)?,
            normed,
        })
    }

    fn last(&self) -> usize {
        self.deltas.len() - 1
    }

    fn run(&mut self, network: View<'_>, x: &Tensor) -> Result<()> {
        let backend = network.backend;
        for (i, (layer, spec)) in network.layers.iter().zip(&self.specs).enumerate() {
            let input = if i == 0 { x } else { &self.outputs[i - 1] };
            let out = &self.outputs[i];
            up(backend, layer, input, out)?;
            let channels = spec.map.output().channels;
            let out = pixels(out, channels)?;
            if let Some(norm) = &layer.norm {
                let of = self.statistics;
                self.normed[i] = Some(norm::forward(&out, norm, of)?);
            }
            if let Some(added) = added_to(&self.specs, i) {
                add(&out, &self.outputs[added])?;
            }
            backend.bias_activation(&out, &layer.bias, spec.activation)?;
        }
        Ok(())
    }

    /// The gradient at the output of a layer's map, and those of its bias and of its batch norm.
    fn to_map(
        &self,
        backend: &dyn Backend,
        layer: &Layer,
        index: usize,
        has_parameters: bool,
    ) -> Result<()> {
        let delta = pixels(&self.deltas[index], self.specs[index].map.output().channels)?;
        if has_parameters {
            backend.column_sums(&layer.bias_grad, &delta)?;
        }
        if let (Some(norm), Some(normed)) = (&layer.norm, &self.normed[index]) {
            norm::backward(&delta, norm, normed, has_parameters)?;
        }
        Ok(())
    }
}

impl Passes for TensorPasses {
    fn forward(&mut self, network: View<'_>, x: &Tensor, _output: &Tensor) -> Result<()> {
        self.run(network, x)
    }

    fn backward(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        _output_grad: &Tensor,
        wanted: Gradients<'_>,
    ) -> Result<()> {
        let backend = network.backend;
        // The gradient at the sum with which a residual block ends, until its beginning is reached.
        let mut of_sum = None;
        let layers = network.layers.iter().zip(&self.specs).enumerate();
        for (i, (layer, spec)) in layers.rev() {
            let delta = &self.deltas[i];
            backend.activation_backward(delta, &self.outputs[i], spec.activation)?;
            if spec.block > 0 {
                of_sum = Some(delta.copy()?);
            }
            let has_parameters = wanted.has_parameters();
            self.to_map(backend, layer, i, has_parameters)?;
            if has_parameters {
                let input = if i == 0 { x } else { &self.outputs[i - 1] };
                weight_grad(backend, layer, (input, delta), Accumulation::Overwrite)?;
            }
            let below = if i == 0 {
                wanted.input()
            } else {
                Some(&self.deltas[i - 1])
            };
            if let Some(below) = below {
                down(backend, layer, delta, below)?;
                if last_of_block(&self.specs, i).is_some()
                    && let Some(of_sum) = of_sum.take()
                {
                    add(below, &of_sum)?;
                }
            }
        }
        Ok(())
    }

    fn input_grad(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        direction: Option<&Tensor>,
    ) -> Result<Tensor> {
        let View {
            backend, layers, ..
        } = network;
        without_norms(layers)?;
        let last = self.last();
        // Downwards: deltas[i] becomes the gradient at the output of layer i, masked; the gradient at the input is
        // separate.
        match direction {
            Some(direction) => copy(&self.deltas[last], direction)?,
            None => copy(&self.deltas[last], &self.deltas[last].ones_like()?)?,
        }
        for i in (1..=last).rev() {
            let below = &self.deltas[i - 1];
            down(backend, &layers[i], &self.deltas[i], below)?;
            if let Some(last) = last_of_block(&self.specs, i) {
                add(below, &self.deltas[last])?;
            }
            let activation = self.specs[i - 1].activation;
            backend.activation_backward(below, &self.outputs[i - 1], activation)?;
        }
        let input = x.zeros_like()?;
        down(backend, &layers[0], &self.deltas[0], &input)?;
        Ok(input)
    }

    fn add_second_order(&mut self, network: View<'_>, v: &Tensor) -> Result<()> {
        let backend = network.backend;
        // What each layer gives to `v`.
        let mut tangents: Vec<Tensor> = Vec::new();
        for (i, (layer, spec)) in network.layers.iter().zip(&self.specs).enumerate() {
            let below = tangents.last().unwrap_or(v);
            weight_grad(backend, layer, (below, &self.deltas[i]), Accumulation::Add)?;
            if i < self.last() {
                let above = self.outputs[i].zeros_like()?;
                up(backend, layer, below, &above)?;
                if let Some(added) = added_to(&self.specs, i) {
                    add(&above, &tangents[added])?;
                }
                backend.activation_backward(&above, &self.outputs[i], spec.activation)?;
                tangents.push(above);
            }
        }
        Ok(())
    }
}

/// `out ← out + more`, of as many values.
fn add(out: &Tensor, more: &Tensor) -> Result<()> {
    copy(out, &(out + more.reshape(out.shape())?)?)
}

/// Batch norms have no part in penalties on gradients.
fn without_norms(layers: &[Layer]) -> Result<()> {
    if layers.iter().any(|layer| layer.norm.is_some()) {
        bail!("penalties on the gradient of a critic with batch norms");
    }
    Ok(())
}
