//! A network: layers with forward and backward passes over buffers that are allocated once.

use candle_core::{DType, Device, Result, Tensor, bail};

use super::backend::on_device::NonFiniteCheck;
use super::backend::{Gradients, Passes, Statistics, View};
use super::fit;
use super::layer::{Layer, LayerSpec, Map, Shift};
use super::place;
use super::spectral::Spectral;
use super::update::UpdateStep;
use super::views::views;
use super::{Activation, Params, kernels};
use crate::rng::Stream;

/// The network.
#[derive(Debug)]
pub struct Network {
    params: Params,
    layers: Vec<Layer>,
    /// Normalised weights. Once they were needed they stay in place, because recorded updates read them.
    spectral: Option<Spectral>,
    /// Whether passes see these.
    is_normalised: bool,
}

/// Whether the last activation is computed.
#[derive(Debug, Clone, Copy)]
enum Last {
    Activated,
    Logits,
}

/// The values of one forward pass over a fixed number of rows, and the workspace of its backward pass.
#[derive(Debug)]
pub struct Activations {
    output: Tensor,
    output_grad: Tensor,
    passes: Box<dyn Passes>,
}

impl Activations {
    /// The network's output, `[rows, out]`.
    #[must_use]
    pub fn output(&self) -> &Tensor {
        &self.output
    }

    /// The tensor for the gradient of the loss by the network's output, to be set before a backward pass, `[rows,
    /// out]`.
    #[must_use]
    pub fn output_grad(&self) -> &Tensor {
        &self.output_grad
    }
}

impl Network {
    /// The network of these layers (at least one), zeroed. Parameters are named as in one PyTorch `nn.Sequential` called
    /// `model` in which batch norms, activations and residual blocks are modules of their own.
    ///
    /// # Errors
    /// When the layers do not fit together, or the device is out of memory.
    pub fn new(specs: &[LayerSpec], device: &Device) -> Result<Self> {
        fit::check(specs)?;
        Self::over(Params::new(&place::shapes(specs), device)?, specs)
    }

    /// The same without gradients and moments: for forward passes only.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn frozen(specs: &[LayerSpec], device: &Device) -> Result<Self> {
        fit::check(specs)?;
        Self::over(Params::frozen(&place::shapes(specs), device)?, specs)
    }

    /// A copy for forward passes only.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn frozen_copy(&self) -> Result<Self> {
        let specs: Vec<LayerSpec> = self.specs().collect();
        let copy = Self::frozen(&specs, self.device())?;
        kernels::copy(&copy.params.row(0)?, &self.params.row(0)?)?;
        Ok(copy)
    }

    /// A network of these layers over existing parameters.
    fn over(params: Params, specs: &[LayerSpec]) -> Result<Self> {
        let layers = views(specs, &params, &params)?;
        Ok(Self {
            params,
            layers,
            spectral: None,
            is_normalised: false,
        })
    }

    /// Initialises linear layers as PyTorch's `Linear` does: weights and biases from U(±1/√inputs). (candle's default is about
    /// 2.4 times as wide.) Convolutions as DCGAN does (Radford et al. 2016): weights from N(0, 0.02²), scales of batch norms from
    /// N(1, 0.02²), biases of 0.
    ///
    /// # Errors
    /// Those of the device.
    pub fn initialise(&mut self, stream: &mut Stream) -> Result<()> {
        /// DCGAN's standard deviation.
        const NARROW: f32 = 0.02;
        for layer in &self.layers {
            let is_linear = layer.spec.flattens || matches!(layer.spec.map, Map::Linear { .. });
            if is_linear && layer.spec.shift == Shift::Bias {
                let bound = 1.0 / (layer.spec.inputs() as f32).sqrt();
                for tensor in [&layer.weight, &layer.bias] {
                    kernels::fill(tensor, |values| stream.fill_between(values, -bound, bound))?;
                }
                continue;
            }
            let mut normal = |tensor: &Tensor, mean: f32| {
                kernels::fill(tensor, |values| {
                    stream.fill_normal(values);
                    for value in values {
                        *value = mean + NARROW * *value;
                    }
                })
            };
            normal(&layer.weight, 0.0)?;
            kernels::fill(&layer.bias, |values| values.fill(0.0))?;
            if let Some(norm) = &layer.norm {
                normal(&norm.scale, 1.0)?;
                kernels::fill(&norm.mean, |values| values.fill(0.0))?;
                kernels::fill(&norm.variance, |values| values.fill(1.0))?;
            }
        }
        Ok(())
    }

    /// A network of the same sizes without activations, with a copy of the parameters.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn linear(&self) -> Result<Self> {
        let specs: Vec<LayerSpec> = self
            .specs()
            .map(|spec| LayerSpec {
                activation: Activation::Identity,
                ..spec
            })
            .collect();
        let mut linear = Self::new(&specs, self.device())?;
        kernels::copy(linear.params.buffer(), self.params.buffer())?;
        linear.set_spectral_norm(self.is_normalised)?;
        Ok(linear)
    }

    /// The layers, from the input on.
    pub fn specs(&self) -> impl Iterator<Item = LayerSpec> {
        self.layers.iter().map(|l| l.spec)
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |l| l.spec.inputs())
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The parameters, to be changed.
    pub fn params_mut(&mut self) -> &mut Params {
        &mut self.params
    }

    /// The device that holds the network.
    #[must_use]
    pub fn device(&self) -> &Device {
        self.params.buffer().device()
    }

    /// Buffers for `rows` rows.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn activations(&self, rows: usize) -> Result<Activations> {
        self.activations_of(
            &self.new_output(rows)?,
            Last::Activated,
            Statistics::Running,
        )
    }

    /// Like [`Network::activations`], for training: batch norms take the means and variances of the batch, and their running
    /// ones follow.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn training(&self, rows: usize) -> Result<Activations> {
        self.training_into(&self.new_output(rows)?)
    }

    /// Like [`Network::training`], but writes the network's output into `output` `[rows, out]`, for instance a view of
    /// another network's input.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn training_into(&self, output: &Tensor) -> Result<Activations> {
        self.activations_of(output, Last::Activated, Statistics::OfBatch)
    }

    /// Like [`Network::training`], but without the last activation: the output consists of logits.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn training_to_logits(&self, rows: usize) -> Result<Activations> {
        self.activations_of(&self.new_output(rows)?, Last::Logits, Statistics::OfBatch)
    }

    /// Like [`Network::activations`], but without the last activation.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn activations_to_logits(&self, rows: usize) -> Result<Activations> {
        self.activations_of(&self.new_output(rows)?, Last::Logits, Statistics::Running)
    }

    fn new_output(&self, rows: usize) -> Result<Tensor> {
        let width = self.layers.last().map_or(0, |l| l.spec.outputs());
        Tensor::zeros((rows, width), DType::F32, self.device())
    }

    fn activations_of(
        &self,
        output: &Tensor,
        last: Last,
        statistics: Statistics,
    ) -> Result<Activations> {
        let mut specs: Vec<LayerSpec> = self.specs().collect();
        if let (Some(spec), Last::Logits) = (specs.last_mut(), last) {
            spec.activation = Activation::Identity;
        }
        let output_grad = output.zeros_like()?;
        let backend = self.params.backend();
        Ok(Activations {
            passes: backend.passes(&specs, (output, &output_grad), statistics)?,
            output: output.clone(),
            output_grad,
        })
    }

    /// Like [`Network::activations_into`], with candle's operations.
    #[cfg(test)]
    pub(super) fn reference_activations(
        &self,
        output: &Tensor,
        statistics: Statistics,
    ) -> Result<Activations> {
        use super::backend::portable::passes::TensorPasses;
        let specs: Vec<LayerSpec> = self.specs().collect();
        let output_grad = output.zeros_like()?;
        Ok(Activations {
            passes: Box::new(TensorPasses::new(
                &specs,
                (output, &output_grad),
                statistics,
            )?),
            output: output.clone(),
            output_grad,
        })
    }

    fn network(&self) -> View<'_> {
        let (buffer, layers) = match self.normalised() {
            Some(spectral) => (spectral.buffer(), spectral.layers()),
            None => (self.params.buffer(), self.layers.as_slice()),
        };
        View {
            backend: self.params.backend(),
            buffer,
            grads: self.params.grads(),
            layers,
        }
    }

    /// The normalised weights, where passes see these.
    fn normalised(&self) -> Option<&Spectral> {
        self.spectral.as_ref().filter(|_| self.is_normalised)
    }

    /// Whether passes see weight matrices divided by estimates of their largest singular values.
    #[must_use]
    pub fn is_normalised(&self) -> bool {
        self.is_normalised
    }

    /// Begins or ends spectral normalisation. At the end the weights become the normalised ones: the network computes what it
    /// did.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn set_spectral_norm(&mut self, on: bool) -> Result<()> {
        if on == self.is_normalised {
            return Ok(());
        }
        if let (Some(spectral), false) = (&self.spectral, on) {
            kernels::copy(&self.params.row(0)?, &spectral.buffer().flatten_all()?)?;
        }
        if on {
            let spectral = match self.spectral.take() {
                Some(spectral) => spectral,
                None => Spectral::new(&self.params, &self.layers)?,
            };
            spectral.begin(&self.layers)?;
            self.spectral = Some(spectral);
        }
        self.is_normalised = on;
        Ok(())
    }

    /// What spectral normalisation keeps from one update to the next, where there is any: the left singular vectors of all
    /// layers' matrices, one after another.
    ///
    /// # Errors
    /// Those of the device.
    pub fn singular_vectors(&self) -> Result<Option<Vec<f32>>> {
        self.normalised().map(Spectral::left).transpose()
    }

    /// Restores what [`Network::singular_vectors`] gave, after the weights were restored.
    ///
    /// # Errors
    /// When there are too few values.
    pub fn restore_singular_vectors(&mut self, values: &[f32]) -> Result<()> {
        match self.normalised() {
            Some(spectral) => spectral.restore(&self.layers, values),
            None => Ok(()),
        }
    }

    /// Takes one step with the gradients of all parameters, which are those by normalised weights where passes see these.
    /// Returns what [`Params::update`] returns.
    ///
    /// # Errors
    /// Those of the device.
    pub fn update(&mut self, step: UpdateStep, check: Option<NonFiniteCheck>) -> Result<Tensor> {
        if let Some(spectral) = self.normalised() {
            spectral.back()?;
        }
        let norms = self.params.update(step, check)?;
        if let Some(spectral) = self.normalised() {
            spectral.follow(&self.layers)?;
        }
        Ok(norms)
    }

    /// Runs `x` `[rows, in]` through the network; `activations` keep what the backward pass needs.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn forward(&self, x: &Tensor, activations: &mut Activations) -> Result<()> {
        self.check(x, activations)?;
        let output = &activations.output;
        activations.passes.forward(self.network(), x, output)
    }

    /// Backpropagates from [`Activations::output_grad`] and overwrites the gradients of all parameters.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward(&mut self, x: &Tensor, activations: &mut Activations) -> Result<()> {
        self.go_back(x, activations, Gradients::Parameters)
    }

    /// Backpropagates from [`Activations::output_grad`] and writes the gradient by `x` to `input` `[rows, in]`. No
    /// gradient of a parameter is computed.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward_to_input(
        &self,
        x: &Tensor,
        activations: &mut Activations,
        input: &Tensor,
    ) -> Result<()> {
        self.go_back(x, activations, Gradients::Input(input))
    }

    /// Does [`Network::backward`] and [`Network::backward_to_input`] in one pass.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward_through(
        &mut self,
        x: &Tensor,
        activations: &mut Activations,
        input: &Tensor,
    ) -> Result<()> {
        self.go_back(x, activations, Gradients::Both(input))
    }

    fn go_back(
        &self,
        x: &Tensor,
        activations: &mut Activations,
        wanted: Gradients<'_>,
    ) -> Result<()> {
        self.check(x, activations)?;
        let grad = &activations.output_grad;
        activations.passes.backward(self.network(), x, grad, wanted)
    }

    /// Backpropagates from [`Activations::output_grad`] and takes a step with the gradients of all parameters at once,
    /// without storing them; returns what [`Params::update`] returns. On devices that do not support this, and
    /// for normalised weights, nothing is done.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn backward_update(
        &mut self,
        x: &Tensor,
        activations: &mut Activations,
        step: UpdateStep,
    ) -> Result<Option<Tensor>> {
        self.check(x, activations)?;
        if self.is_normalised {
            return Ok(None);
        }
        let grad = &activations.output_grad;
        activations
            .passes
            .backward_step(self.network(), x, grad, step)
    }

    /// After a forward pass of `x`: the gradient of each row's output by the row, `[rows, in]`; of several outputs, of their sum
    /// weighted by `direction`, `[rows, out]`.
    pub(super) fn input_grad(
        &self,
        x: &Tensor,
        activations: &mut Activations,
        direction: Option<&Tensor>,
    ) -> Result<Tensor> {
        self.check(x, activations)?;
        activations.passes.input_grad(self.network(), x, direction)
    }

    /// Adds to the gradients of the weights the gradient of a value of which `v` is the gradient by
    /// [`Network::input_grad`]'s result.
    pub(super) fn add_second_order(
        &mut self,
        v: &Tensor,
        activations: &mut Activations,
    ) -> Result<()> {
        activations.passes.add_second_order(self.network(), v)
    }

    /// Refuses an input that is not `[rows of the activations, inputs]`.
    fn check(&self, x: &Tensor, activations: &Activations) -> Result<()> {
        let inputs = self.inputs();
        let rows = activations.output.dim(0)?;
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
    pub fn scale_output(&mut self, factor: f64) -> Result<()> {
        if let Some(layer) = self.layers.last() {
            for tensor in [&layer.weight, &layer.bias] {
                kernels::copy(tensor, &(tensor * factor)?)?;
            }
        }
        Ok(())
    }
}
