//! The workspace of the passes on the CPU, on slices.

use std::ops::Range;

use super::panels::{Lines, Panels};
use super::products::{After, Way, through, weight_grad, weight_update};
use super::update::{self, Norms, OptimizerState, Rule};
use crate::nn::Activation;
use crate::nn::layer::LayerSpec;
use crate::nn::matrix::Accumulation;

/// The position of a layer's parameters within the network's.
#[derive(Debug, Clone)]
struct Place {
    spec: LayerSpec,
    weight: Range<usize>,
    bias: Range<usize>,
}

/// The values of one pass through a network, and the gradients of the backward pass.
#[derive(Debug)]
pub struct Workspace {
    places: Vec<Place>,
    input: Panels,
    outputs: Vec<Panels>,
    /// The gradients by the outputs, allocated when they are first needed.
    deltas: Vec<Panels>,
    /// The gradient by the input, allocated when it is first needed.
    input_delta: Option<Panels>,
    /// The inputs of all layers, allocated when gradients of weights are first needed.
    lines: Vec<Lines>,
}

impl Workspace {
    /// A workspace for `rows` rows of a network with parameters in this order: weight, bias, weight, bias, ….
    pub fn new(specs: &[LayerSpec], rows: usize) -> Self {
        let mut end = 0;
        let mut next = |count: usize| {
            let from = end;
            end += count;
            from..end
        };
        let places: Vec<Place> = specs
            .iter()
            .map(|spec| Place {
                spec: *spec,
                weight: next(spec.inputs() * spec.outputs()),
                bias: next(spec.outputs()),
            })
            .collect();
        Self {
            input: Panels::new(rows, places.first().map_or(0, |p| p.spec.inputs())),
            outputs: panels(&places, rows),
            deltas: Vec::new(),
            input_delta: None,
            lines: Vec::new(),
            places,
        }
    }

    /// Runs `x` through the network with these parameters; writes the output to `out`. Both are row-major.
    pub fn forward(&mut self, params: &[f32], x: &[f32], out: &mut [f32]) {
        self.input.read(x);
        for (i, place) in self.places.iter().enumerate() {
            let (below, rest) = self.outputs.split_at_mut(i);
            through(
                &params[place.weight.clone()],
                place.spec.inputs(),
                Way::Up,
                below.last().unwrap_or(&self.input),
                After::Activate(&params[place.bias.clone()], place.spec.activation),
                &mut rest[0],
            );
        }
        if let Some(last) = self.outputs.last() {
            last.write(out);
        }
    }

    /// Backpropagates from `output_grad`; `x` and the gradient by it, `input`, are row-major too. Gradients of
    /// parameters are only computed if `grads` are given.
    pub fn backward(
        &mut self,
        params: &[f32],
        x: &[f32],
        output_grad: &[f32],
        mut grads: Option<&mut [f32]>,
        input: Option<&mut [f32]>,
    ) {
        self.begin_back(output_grad);
        if grads.is_some() {
            self.fill_lines(x);
        }
        for i in (0..self.places.len()).rev() {
            if let Some(grads) = &mut grads {
                let place = &self.places[i];
                let out = &mut grads[place.weight.clone()];
                weight_grad(
                    &self.deltas[i],
                    &self.lines[i],
                    Accumulation::Overwrite,
                    out,
                );
                self.deltas[i].sums(&mut grads[place.bias.clone()]);
            }
            self.down(params, i, input.is_some());
        }
        if let (Some(input), Some(delta)) = (input, &self.input_delta) {
            delta.write(input);
        }
    }

    /// Backpropagates from `output_grad` and takes one step with the gradients, layer by layer: a layer's weights
    /// change as soon as the layer below has its gradient.
    pub fn backward_update(
        &mut self,
        mut state: OptimizerState,
        x: &[f32],
        output_grad: &[f32],
        rule: impl Rule,
    ) -> Norms {
        self.begin_back(output_grad);
        self.fill_lines(x);
        let mut norms = Norms::default();
        let mut grads = Vec::new();
        for i in (0..self.places.len()).rev() {
            self.down(state.values, i, false);
            let (place, delta) = (&self.places[i], &self.deltas[i]);
            let weights = state.part(place.weight.clone());
            norms = norms.plus(weight_update(delta, &self.lines[i], weights, rule));
            grads.resize(place.bias.len(), 0.0);
            delta.sums(&mut grads);
            let biases = state.part(place.bias.clone());
            norms = norms.plus(update::update(biases, &grads, rule));
        }
        norms
    }

    /// The gradient at the last layer's output, before its activation.
    fn begin_back(&mut self, output_grad: &[f32]) {
        self.make_deltas();
        let outputs = self.deltas.iter_mut().zip(&self.outputs).zip(&self.places);
        if let Some(((delta, outputs), place)) = outputs.last() {
            delta.read(output_grad);
            delta.derive(outputs, place.spec.activation);
        }
    }

    fn make_deltas(&mut self) {
        if self.deltas.is_empty() {
            self.deltas = panels(&self.places, self.input.rows);
        }
    }

    /// Turns the gradient at the output of layer `index` into the gradient at its input.
    fn down(&mut self, params: &[f32], index: usize, to_input: bool) {
        let place = &self.places[index];
        let weights = &params[place.weight.clone()];
        let inputs = place.spec.inputs();
        let (below, rest) = self.deltas.split_at_mut(index);
        let delta = &rest[0];
        if let Some(out) = below.last_mut() {
            let activation = self.places[index - 1].spec.activation;
            let after = After::Derive(&self.outputs[index - 1], activation);
            through(weights, inputs, Way::Down, delta, after, out);
        } else if to_input {
            let out = self
                .input_delta
                .get_or_insert_with(|| Panels::new(delta.rows, inputs));
            through(weights, inputs, Way::Down, delta, After::Nothing, out);
        }
    }

    /// Arranges the inputs of all layers for the gradients of their weights.
    fn fill_lines(&mut self, x: &[f32]) {
        if self.lines.is_empty() {
            let rows = self.input.rows;
            let lines = self
                .places
                .iter()
                .map(|p| Lines::new(rows, p.spec.inputs()));
            self.lines = lines.collect();
        }
        let inputs = std::iter::once(None).chain(self.outputs.iter().map(Some));
        for (lines, input) in self.lines.iter_mut().zip(inputs) {
            match input {
                None => lines.read(x),
                Some(outputs) => lines.turn(outputs),
            }
        }
    }

    /// After a forward pass through a network that ends in one logit: writes the gradient of each logit by its row to `input`.
    /// Keeps the gradients by the outputs of all layers for [`Workspace::add_second_order`].
    pub fn input_grad(&mut self, params: &[f32], direction: Option<&[f32]>, input: &mut [f32]) {
        self.make_deltas();
        let last = self.places.len() - 1;
        match direction {
            Some(direction) => self.deltas[last].read(direction),
            None => self.deltas[last].fill(1.0),
        }
        for i in (0..=last).rev() {
            self.down(params, i, true);
        }
        if let Some(delta) = &self.input_delta {
            delta.write(input);
        }
    }

    /// Adds to `grads` the gradient of a value that depends only on the result of [`Workspace::input_grad`] and whose
    /// gradient by that result is `v`: one pass through the same layers, from the input upwards.
    pub fn add_second_order(&mut self, params: &[f32], v: &[f32], grads: &mut [f32]) {
        let rows = self.input.rows;
        // Of the outputs only the signs are needed, and the inputs are not needed any more.
        self.input.read(v);
        let mut below: Option<Panels> = None;
        for (i, place) in self.places.iter().enumerate() {
            let v = below.as_ref().unwrap_or(&self.input);
            let mut lines = Lines::new(rows, place.spec.inputs());
            lines.turn(v);
            let out = &mut grads[place.weight.clone()];
            weight_grad(&self.deltas[i], &lines, Accumulation::Add, out);
            if i + 1 < self.places.len() {
                let mut above = Panels::new(rows, place.spec.outputs());
                through(
                    &params[place.weight.clone()],
                    place.spec.inputs(),
                    Way::Up,
                    v,
                    After::Derive(&self.outputs[i], place.spec.activation),
                    &mut above,
                );
                below = Some(above);
            }
        }
    }
}

/// Room for the outputs of all layers.
fn panels(places: &[Place], rows: usize) -> Vec<Panels> {
    let outputs = places.iter().map(|place| place.spec.outputs());
    outputs.map(|width| Panels::new(rows, width)).collect()
}

impl Panels {
    /// Multiplies by the derivative of the activation that gave `outputs`.
    fn derive(&mut self, outputs: &Self, activation: Activation) {
        if activation != Activation::Identity {
            self.combine(outputs, |delta, y| delta * activation.derivative(y));
        }
    }
}
