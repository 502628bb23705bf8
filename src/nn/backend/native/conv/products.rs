//! The three products of one convolution, for measurements.

use super::after::After;
use super::maps::Maps;
use super::plan::border_of_small;
use super::ways::Ways;
use crate::nn::layer::Map;
use crate::nn::matrix::Accumulation;

/// A layer with everything that its products need.
#[derive(Debug)]
pub struct Products {
    ways: Ways,
    input: Maps,
    output: Maps,
    weights: Vec<f32>,
    grad: Vec<f32>,
    sums: Vec<f32>,
}

impl Products {
    /// Of a map, for `rows` images, with values that do not matter.
    pub fn new(map: Map, rows: usize) -> Self {
        let link = map.link();
        let (large, small) = (link.window.padding, border_of_small(link));
        let (below, above) = match map {
            Map::Transposed(_) => (small, large),
            _ => (large, small),
        };
        let (mut input, mut output) = (
            Maps::new(rows, map.input(), below),
            Maps::new(rows, map.output(), above),
        );
        input.read(&vec![0.5; rows * map.input().values()]);
        output.read(&vec![0.5; rows * map.output().values()]);
        let count = link.weight().into_iter().product();
        Self {
            ways: Ways::new(map, &input, &output),
            weights: vec![0.01; count],
            grad: vec![0.0; count],
            sums: Vec::new(),
            input,
            output,
        }
    }

    /// From the input to the output.
    pub fn forward(&mut self) {
        self.ways.pack_up(&self.weights);
        self.ways.up(&self.input, After::NOTHING, &mut self.output);
    }

    /// The gradient of the weights.
    pub fn weights(&mut self) {
        let between = (&self.input, &self.output);
        let (sums, grad) = (&mut self.sums, &mut self.grad);
        self.ways
            .weight_grad(between, Accumulation::Overwrite, sums, grad);
    }

    /// From the output to the input.
    pub fn input(&mut self) {
        self.ways.pack_down(&self.weights);
        self.ways
            .down(&self.output, After::NOTHING, &mut self.input);
    }
}
