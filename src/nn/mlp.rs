//! A multi-layer perceptron with its forward and backward passes, over buffers that are allocated once.

use candle_core::{DType, Device, Result, Tensor};

use super::{Activation, Params, kernels};
use crate::rng::Stream;

/// One layer: an affine map and what follows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerSpec {
    /// Inputs.
    pub inputs: usize,
    /// Outputs.
    pub outputs: usize,
    /// What follows.
    pub activation: Activation,
}

/// Views of one layer's parameters and gradients. Weights are `[out, in]`, as in PyTorch.
#[derive(Debug)]
struct Layer {
    spec: LayerSpec,
    weight: Tensor,
    bias: Tensor,
    weight_grad: Tensor,
    bias_grad: Tensor,
}

/// The network.
#[derive(Debug)]
pub struct Mlp {
    params: Params,
    layers: Vec<Layer>,
}

/// The activations of one forward pass over a fixed number of rows, and room for the gradients of the backward pass.
#[derive(Debug, Clone)]
pub struct Tape {
    /// Output of each layer, `[rows, out]`.
    outputs: Vec<Tensor>,
    /// Gradient at each layer's output, `[rows, out]`.
    deltas: Vec<Tensor>,
}

impl Tape {
    /// The network's output, `[rows, out]`.
    #[must_use]
    pub fn output(&self) -> &Tensor {
        &self.outputs[self.outputs.len() - 1]
    }

    /// Where the gradient of the loss by the network's output goes before a backward pass, `[rows, out]`.
    #[must_use]
    pub fn output_grad(&self) -> &Tensor {
        &self.deltas[self.deltas.len() - 1]
    }

    /// The output of layer `index`.
    pub(super) fn layer_output(&self, index: usize) -> &Tensor {
        &self.outputs[index]
    }

    /// Room of the shape of layer `index`'s output.
    pub(super) fn layer_delta(&self, index: usize) -> &Tensor {
        &self.deltas[index]
    }
}

impl Mlp {
    /// The network of these layers (at least one), zeroed. Parameters are named as in one PyTorch `nn.Sequential` called
    /// `model` in which an activation follows every affine map.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn new(specs: &[LayerSpec], device: &Device) -> Result<Self> {
        let shapes: Vec<(String, Vec<usize>)> = specs
            .iter()
            .enumerate()
            .flat_map(|(i, s)| {
                [
                    (format!("model.{}.weight", 2 * i), vec![s.outputs, s.inputs]),
                    (format!("model.{}.bias", 2 * i), vec![s.outputs]),
                ]
            })
            .collect();
        let params = Params::new(&shapes, device)?;
        let layers = specs
            .iter()
            .enumerate()
            .map(|(i, &spec)| {
                Ok(Layer {
                    spec,
                    weight: params.value(2 * i)?,
                    bias: params.value(2 * i + 1)?,
                    weight_grad: params.grad(2 * i)?,
                    bias_grad: params.grad(2 * i + 1)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { params, layers })
    }

    /// Initialises as PyTorch's `Linear` does: weights and biases from U(±1/√inputs). (candle's default is about 2.4 times
    /// as wide.)
    ///
    /// # Errors
    /// Those of the device.
    pub fn initialise(&self, stream: &mut Stream) -> Result<()> {
        for layer in &self.layers {
            let bound = 1.0 / (layer.spec.inputs as f32).sqrt();
            for tensor in [&layer.weight, &layer.bias] {
                kernels::fill(tensor, |values| stream.fill_between(values, -bound, bound))?;
            }
        }
        Ok(())
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Buffers for `rows` rows.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn tape(&self, rows: usize) -> Result<Tape> {
        let device = self.params.buffer().device();
        let room = || {
            self.layers
                .iter()
                .map(|l| Tensor::zeros((rows, l.spec.outputs), DType::F32, device))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Tape {
            outputs: room()?,
            deltas: room()?,
        })
    }

    /// As [`Mlp::tape`], but the network's output is written into `output` `[rows, out]`, for instance a view of another
    /// network's input.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn tape_into(&self, output: &Tensor) -> Result<Tape> {
        let mut tape = self.tape(output.dim(0)?)?;
        tape.outputs.pop();
        tape.outputs.push(output.clone());
        Ok(tape)
    }

    /// Runs `x` `[rows, in]` through the network; the outputs of all layers stay on the tape.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn forward(&self, x: &Tensor, tape: &Tape) -> Result<()> {
        for (i, layer) in self.layers.iter().enumerate() {
            let input = if i == 0 { x } else { &tape.outputs[i - 1] };
            let out = &tape.outputs[i];
            kernels::product(out, input, &layer.weight.t()?, false)?;
            kernels::bias_activation(out, &layer.bias, layer.spec.activation)?;
        }
        Ok(())
    }

    /// Goes back from [`Tape::output_grad`]. With `parameters` it overwrites the gradients of all parameters; with `input`
    /// it writes the gradient by `x` there, `[rows, in]`. What is not asked for is not computed.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward(
        &self,
        x: &Tensor,
        tape: &Tape,
        parameters: bool,
        input: Option<&Tensor>,
    ) -> Result<()> {
        for (i, layer) in self.layers.iter().enumerate().rev() {
            let delta = &tape.deltas[i];
            kernels::activation_backward(delta, &tape.outputs[i], layer.spec.activation)?;
            if parameters {
                let below = if i == 0 { x } else { &tape.outputs[i - 1] };
                kernels::product(&layer.weight_grad, &delta.t()?, below, false)?;
                kernels::column_sums(&layer.bias_grad, delta)?;
            }
            let below = if i == 0 {
                input
            } else {
                Some(&tape.deltas[i - 1])
            };
            if let Some(below) = below {
                kernels::product(below, delta, &layer.weight, false)?;
            }
        }
        Ok(())
    }

    /// Multiplies the last layer's weights and bias by `factor`: scales the network's logits.
    ///
    /// # Errors
    /// Those of the device.
    pub fn scale_output(&self, factor: f64) -> Result<()> {
        if let Some(layer) = self.layers.last() {
            for tensor in [&layer.weight, &layer.bias] {
                kernels::copy(tensor, &(tensor * factor)?)?;
            }
        }
        Ok(())
    }

    pub(super) fn depth(&self) -> usize {
        self.layers.len()
    }

    pub(super) fn weight(&self, index: usize) -> &Tensor {
        &self.layers[index].weight
    }

    pub(super) fn weight_grad(&self, index: usize) -> &Tensor {
        &self.layers[index].weight_grad
    }

    pub(super) fn activation(&self, index: usize) -> Activation {
        self.layers[index].spec.activation
    }
}
