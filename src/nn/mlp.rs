//! A multi-layer perceptron with its forward and backward passes, over buffers that are allocated once.

use candle_core::{DType, Device, Result, Tensor, bail};

use super::kernels::{self, Reading};
use super::native::update::{Norms, Rule, Slots};
use super::{Activation, Params, native, tensors};
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
pub(super) struct Layer {
    pub spec: LayerSpec,
    pub weight: Tensor,
    pub bias: Tensor,
    pub weight_grad: Tensor,
    pub bias_grad: Tensor,
}

/// The network.
#[derive(Debug)]
pub struct Mlp {
    params: Params,
    layers: Vec<Layer>,
}

/// One forward pass over a fixed number of rows, and room for the gradients of the backward pass.
#[derive(Debug)]
pub struct Tape {
    output: Tensor,
    output_grad: Tensor,
    room: Room,
}

/// Who does the passes.
#[derive(Debug)]
enum Room {
    /// Our own loops, on the CPU.
    Native(native::Room),
    /// candle's operations, on any device.
    Tensors(tensors::Room),
}

impl Tape {
    /// The network's output, `[rows, out]`.
    #[must_use]
    pub fn output(&self) -> &Tensor {
        &self.output
    }

    /// Where the gradient of the loss by the network's output goes before a backward pass, `[rows, out]`.
    #[must_use]
    pub fn output_grad(&self) -> &Tensor {
        &self.output_grad
    }
}

impl Mlp {
    /// The network of these layers (at least one), zeroed. Parameters are named as in one PyTorch `nn.Sequential` called
    /// `model` in which an activation follows every affine map.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn new(specs: &[LayerSpec], device: &Device) -> Result<Self> {
        Self::over(Params::new(&shapes(specs), device)?, specs.iter().copied())
    }

    /// The same without room to learn: it can only be run forward.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn frozen(specs: &[LayerSpec], device: &Device) -> Result<Self> {
        let params = Params::frozen(&shapes(specs), device)?;
        Self::over(params, specs.iter().copied())
    }

    /// A copy that can only be run forward.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn frozen_copy(&self) -> Result<Self> {
        let specs: Vec<LayerSpec> = self.specs().collect();
        let copy = Self::frozen(&specs, self.params.buffer().device())?;
        kernels::copy(&copy.params.row(0)?, &self.params.row(0)?)?;
        Ok(copy)
    }

    /// The network of these layers over parameters that fit them.
    fn over(params: Params, specs: impl Iterator<Item = LayerSpec>) -> Result<Self> {
        let layers = specs
            .enumerate()
            .map(|(i, spec)| {
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

    /// A network of the same sizes without activations, with a copy of the parameters.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn linear(&self) -> Result<Self> {
        let specs: Vec<LayerSpec> = self
            .specs()
            .map(|spec| LayerSpec {
                activation: Activation::Identity,
                ..spec
            })
            .collect();
        let linear = Self::new(&specs, self.params.buffer().device())?;
        kernels::copy(linear.params.buffer(), self.params.buffer())?;
        Ok(linear)
    }

    /// The same network over the same parameters (not a copy), with another activation at its end.
    ///
    /// # Errors
    /// Those of the device.
    pub fn ending_in(&self, activation: Activation) -> Result<Self> {
        let mut specs: Vec<LayerSpec> = self.specs().collect();
        if let Some(last) = specs.last_mut() {
            last.activation = activation;
        }
        Self::over(self.params.clone(), specs.into_iter())
    }

    /// The layers, from the input on.
    pub fn specs(&self) -> impl Iterator<Item = LayerSpec> {
        self.layers.iter().map(|l| l.spec)
    }

    /// Values of an input row.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |l| l.spec.inputs)
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
        let width = self.layers.last().map_or(0, |l| l.spec.outputs);
        let device = self.params.buffer().device();
        self.tape_into(&Tensor::zeros((rows, width), DType::F32, device)?)
    }

    /// As [`Mlp::tape`], but the network's output is written into `output` `[rows, out]`, for instance a view of another
    /// network's input.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn tape_into(&self, output: &Tensor) -> Result<Tape> {
        // Apple's Accelerate has the processor's matrix unit to itself: its products are faster than ours.
        if output.device().is_cpu() && cfg!(not(feature = "accelerate")) {
            let room = native::Room::new(self.specs(), output.dim(0)?);
            Ok(Tape {
                output: output.clone(),
                output_grad: output.zeros_like()?,
                room: Room::Native(room),
            })
        } else {
            self.tensor_tape(output)
        }
    }

    /// As [`Mlp::tape_into`], for candle's operations.
    pub(super) fn tensor_tape(&self, output: &Tensor) -> Result<Tape> {
        let output_grad = output.zeros_like()?;
        Ok(Tape {
            room: Room::Tensors(tensors::Room::new(self, output, &output_grad)?),
            output: output.clone(),
            output_grad,
        })
    }

    /// Runs `x` `[rows, in]` through the network; what the backward pass needs stays on the tape.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn forward(&self, x: &Tensor, tape: &mut Tape) -> Result<()> {
        self.check(x, tape)?;
        match &mut tape.room {
            Room::Native(room) => {
                let (params, x) = (Reading::of(self.params.buffer()), Reading::of(x));
                let (params, x) = (params.values()?, x.values()?);
                kernels::write(&tape.output, |out| room.forward(params, x, out))
            }
            Room::Tensors(room) => room.forward(self, x),
        }
    }

    /// Goes back from [`Tape::output_grad`]. With `parameters` it overwrites the gradients of all parameters; with `input`
    /// it writes the gradient by `x` there, `[rows, in]`. What is not asked for is not computed.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward(
        &self,
        x: &Tensor,
        tape: &mut Tape,
        parameters: bool,
        input: Option<&Tensor>,
    ) -> Result<()> {
        self.check(x, tape)?;
        match &mut tape.room {
            Room::Native(room) => {
                let guards = [self.params.buffer(), x, &tape.output_grad].map(Reading::of);
                let (params, x, delta) = (
                    guards[0].values()?,
                    guards[1].values()?,
                    guards[2].values()?,
                );
                let grads = parameters.then(|| self.params.grads());
                write_some(grads, |grads| {
                    write_some(input, |input| {
                        room.backward(params, x, delta, grads, input);
                    })
                })?
            }
            Room::Tensors(room) => room.backward(self, x, parameters, input),
        }
    }

    /// Goes back from [`Tape::output_grad`] and takes one step by `rule` with the gradients of all parameters, in one go where
    /// there are loops for it: then it says what became of it, and the gradients are not kept. Where there are none, nothing
    /// is done.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward_update(
        &self,
        x: &Tensor,
        tape: &mut Tape,
        rule: impl Rule,
    ) -> Result<Option<Norms>> {
        self.check(x, tape)?;
        let Room::Native(room) = &mut tape.room else {
            return Ok(None);
        };
        let (x, delta) = (Reading::of(x), Reading::of(&tape.output_grad));
        let (x, delta) = (x.values()?, delta.values()?);
        kernels::write(self.params.buffer(), |buffer| {
            Some(room.backward_update(Slots::new(buffer), x, delta, rule))
        })
    }

    /// Runs `x` through a network that ends in one logit and gives the gradient of each logit by its row, `[rows, in]`.
    pub(super) fn input_grad(&self, x: &Tensor, tape: &mut Tape) -> Result<Tensor> {
        self.check(x, tape)?;
        match &mut tape.room {
            Room::Native(room) => {
                let input = x.zeros_like()?;
                let (params, x) = (Reading::of(self.params.buffer()), Reading::of(x));
                let (params, x) = (params.values()?, x.values()?);
                kernels::write(&tape.output, |out| {
                    kernels::write(&input, |input| room.input_grad(params, x, out, input))
                })??;
                Ok(input)
            }
            Room::Tensors(room) => room.input_grad(self, x),
        }
    }

    /// Adds to the gradients of the weights that of a value of which `v` is the gradient by [`Mlp::input_grad`]'s result.
    pub(super) fn add_second_order(&self, v: &Tensor, tape: &mut Tape) -> Result<()> {
        match &mut tape.room {
            Room::Native(room) => {
                let (params, v) = (Reading::of(self.params.buffer()), Reading::of(v));
                let (params, v) = (params.values()?, v.values()?);
                kernels::write(self.params.grads(), |grads| {
                    room.add_second_order(params, v, grads);
                })
            }
            Room::Tensors(room) => room.add_second_order(self, v),
        }
    }

    /// Refuses an input that is not `[rows of the tape, inputs]`.
    fn check(&self, x: &Tensor, tape: &Tape) -> Result<()> {
        let inputs = self.inputs();
        let rows = tape.output.dim(0)?;
        if x.dims() != [rows, inputs] {
            bail!(
                "expected an input of [{rows}, {inputs}], found {:?}",
                x.dims()
            );
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

    pub(super) fn layers(&self) -> &[Layer] {
        &self.layers
    }
}

/// Names and shapes of the parameters of these layers.
fn shapes(specs: &[LayerSpec]) -> Vec<(String, Vec<usize>)> {
    specs
        .iter()
        .enumerate()
        .flat_map(|(i, s)| {
            [
                (format!("model.{}.weight", 2 * i), vec![s.outputs, s.inputs]),
                (format!("model.{}.bias", 2 * i), vec![s.outputs]),
            ]
        })
        .collect()
}

/// Calls `f` with the values of a tensor on the CPU, if there is one.
fn write_some<R>(tensor: Option<&Tensor>, f: impl FnOnce(Option<&mut [f32]>) -> R) -> Result<R> {
    match tensor {
        Some(tensor) => kernels::write(tensor, |values| f(Some(values))),
        None => Ok(f(None)),
    }
}
