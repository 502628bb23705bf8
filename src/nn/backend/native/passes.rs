//! The passes on the CPU, from tensors to the slices of the workspace.

use candle_core::{Result, Tensor};

use super::observed;
use super::update::OptimizerState;
use super::workspace::Workspace;
use crate::nn::backend::{Gradients, Passes, View};
use crate::nn::host::{HostValues, write, write_some};
use crate::nn::layer::LayerSpec;
use crate::nn::update::UpdateStep;

/// Passes by loops of our own.
#[derive(Debug)]
pub struct NativePasses(Workspace);

impl NativePasses {
    /// Passes over `rows` rows.
    pub fn new(specs: &[LayerSpec], rows: usize) -> Self {
        Self(Workspace::new(specs, rows))
    }
}

impl Passes for NativePasses {
    fn forward(&mut self, network: View<'_>, x: &Tensor, output: &Tensor) -> Result<()> {
        let (params, x) = (HostValues::of(network.buffer), HostValues::of(x));
        let (params, x) = (params.values()?, x.values()?);
        write(output, |out| self.0.forward(params, x, out))
    }

    fn backward(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        output_grad: &Tensor,
        wanted: Gradients<'_>,
    ) -> Result<()> {
        let guards = [network.buffer, x, output_grad].map(HostValues::of);
        let (params, x, delta) = (
            guards[0].values()?,
            guards[1].values()?,
            guards[2].values()?,
        );
        let grads = wanted.has_parameters().then_some(network.grads);
        write_some(grads, |grads| {
            write_some(wanted.input(), |input| {
                self.0.backward(params, x, delta, grads, input);
            })
        })?
    }

    fn backward_step(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        output_grad: &Tensor,
        step: UpdateStep,
    ) -> Result<Option<Tensor>> {
        let (x, delta) = (HostValues::of(x), HostValues::of(output_grad));
        let (x, delta) = (x.values()?, delta.values()?);
        let workspace = &mut self.0;
        let norms = write(network.buffer, |buffer| {
            let state = OptimizerState::new(buffer);
            match step {
                UpdateStep::Adam(rule) => workspace.backward_update(state, x, delta, rule),
                UpdateStep::Rmsprop(rule) => workspace.backward_update(state, x, delta, rule),
            }
        })?;
        observed(norms, network.grads.elem_count()).map(Some)
    }

    fn input_grad(
        &mut self,
        network: View<'_>,
        x: &Tensor,
        direction: Option<&Tensor>,
    ) -> Result<Tensor> {
        input_grad(network, x, direction, |params, direction, input| {
            self.0.input_grad(params, direction, input);
        })
    }

    fn add_second_order(&mut self, network: View<'_>, v: &Tensor) -> Result<()> {
        let (params, v) = (HostValues::of(network.buffer), HostValues::of(v));
        let (params, v) = (params.values()?, v.values()?);
        write(network.grads, |grads| {
            self.0.add_second_order(params, v, grads);
        })
    }
}

/// The result of [`Passes::input_grad`], as `compute` writes it from parameters and direction.
pub fn input_grad(
    network: View<'_>,
    x: &Tensor,
    direction: Option<&Tensor>,
    compute: impl FnOnce(&[f32], Option<&[f32]>, &mut [f32]),
) -> Result<Tensor> {
    let input = x.zeros_like()?;
    let params = HostValues::of(network.buffer);
    let params = params.values()?;
    let direction = direction.map(HostValues::of);
    let direction = direction.as_ref().map(HostValues::values).transpose()?;
    write(&input, |input| compute(params, direction, input))?;
    Ok(input)
}
