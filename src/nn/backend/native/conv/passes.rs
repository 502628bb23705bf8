//! The passes on the CPU through a network with convolutions, from tensors to the slices of the workspace.

use candle_core::{Result, Tensor, bail};

use super::workspace::Workspace;
use crate::nn::backend::native::passes::input_grad;
use crate::nn::backend::{Gradients, Passes, Statistics, View};
use crate::nn::host::{HostValues, write, write_some};
use crate::nn::layer::LayerSpec;

/// Passes by loops of our own.
#[derive(Debug)]
pub struct ConvPasses(Workspace);

impl ConvPasses {
    /// Passes over `rows` rows.
    pub fn new(specs: &[LayerSpec], rows: usize, statistics: Statistics) -> Self {
        Self(Workspace::new(specs, rows, statistics))
    }
}

impl Passes for ConvPasses {
    fn forward(&mut self, network: View<'_>, x: &Tensor, output: &Tensor) -> Result<()> {
        {
            let (params, x) = (HostValues::of(network.buffer), HostValues::of(x));
            let (params, x) = (params.values()?, x.values()?);
            write(output, |out| self.0.forward(params, x, out))?;
        }
        for (layer, moments, count) in self.0.moments() {
            if let Some(norm) = network.layers.get(layer).and_then(|l| l.norm.as_ref()) {
                write(&norm.mean, |mean| moments.follow_mean(mean))?;
                write(&norm.variance, |variance| {
                    moments.follow_variance(variance, count);
                })?;
            }
        }
        Ok(())
    }

    fn backward(
        &mut self,
        network: View<'_>,
        _x: &Tensor,
        output_grad: &Tensor,
        wanted: Gradients<'_>,
    ) -> Result<()> {
        if self.0.is_fixed() {
            bail!("no gradient passes a batch norm with running moments");
        }
        let (params, delta) = (HostValues::of(network.buffer), HostValues::of(output_grad));
        let (params, delta) = (params.values()?, delta.values()?);
        let grads = wanted.has_parameters().then_some(network.grads);
        write_some(grads, |grads| {
            write_some(wanted.input(), |input| {
                self.0.backward(params, delta, grads, input);
            })
        })?
    }

    fn input_grad(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        direction: Option<&Tensor>,
    ) -> Result<Tensor> {
        if self.0.has_norms() {
            bail!("penalties on the gradient of a critic with batch norms");
        }
        input_grad(network, x, direction, |params, direction, input| {
            self.0.input_grad(params, direction, input);
        })
    }

    fn add_second_order(&mut self, network: View<'_>, v: &Tensor) -> Result<()> {
        let v = HostValues::of(v);
        let v = v.values()?;
        write(network.grads, |grads| self.0.add_second_order(v, grads))
    }
}
