//! How fast the products of one layer are, with nothing around them.

use std::time::Instant;

use super::conv::Products;
use super::panels::{Lines, Panels};
use super::products::{After, Way, through, weight_grad};
use crate::nn::layer::{Link, Map, Plane, Window};
use crate::nn::matrix::Accumulation;

/// Seconds of the three products of a layer: forward, the gradient of its weights, the gradient of its input.
pub type Seconds = [f64; 3];

/// Floating-point operations of each product of the convolution: 16,384 windows of 1,024 values, 128 channels.
pub const CONVOLUTION: f64 = 2.0 * 16_384.0 * 1_024.0 * 128.0;
/// The same of the linear layer: a batch of 64, 1,024 inputs, 512 outputs.
pub const LINEAR: f64 = 2.0 * 64.0 * 1_024.0 * 512.0;

/// The products of one layer with its windows, whatever is around it.
#[derive(Debug)]
pub struct Layer(Products);

impl Layer {
    /// Of this map, for so many images, with values that do not matter.
    #[must_use]
    pub fn new(map: Map, rows: usize) -> Self {
        Self(Products::new(map, rows))
    }

    /// The second layer of DCGAN's discriminator for 64 images of 64×64: 64 channels of 32×32 pixels to 128 of 16×16.
    #[must_use]
    pub fn convolution() -> Self {
        let plane = |channels, side| Plane {
            channels,
            height: side,
            width: side,
        };
        let link = Link {
            large: plane(64, 32),
            small: plane(128, 16),
            window: Window {
                kernel: 4,
                stride: 2,
                padding: 1,
            },
        };
        Self::new(Map::Convolution(link), 64)
    }

    /// Computes each product once, with the packing of its weights.
    pub fn time(&mut self) -> Seconds {
        let products = &mut self.0;
        [
            seconds(|| products.forward()),
            seconds(|| products.weights()),
            seconds(|| products.input()),
        ]
    }
}

/// A hidden layer of the MLPs with a batch of 64.
#[derive(Debug)]
pub struct Linear {
    weights: Vec<f32>,
    x: Panels,
    y: Panels,
    delta: Panels,
    lines: Lines,
    grad: Vec<f32>,
}

impl Linear {
    const ROWS: usize = 64;
    const INPUTS: usize = 1024;
    const OUTPUTS: usize = 512;

    /// With values that do not matter.
    #[must_use]
    pub fn new() -> Self {
        let (mut x, mut y) = (
            Panels::new(Self::ROWS, Self::INPUTS),
            Panels::new(Self::ROWS, Self::OUTPUTS),
        );
        x.fill(0.5);
        y.fill(0.5);
        let mut lines = Lines::new(Self::ROWS, Self::INPUTS);
        lines.turn(&x);
        Self {
            weights: vec![0.01; Self::INPUTS * Self::OUTPUTS],
            delta: Panels::new(Self::ROWS, Self::INPUTS),
            grad: vec![0.0; Self::INPUTS * Self::OUTPUTS],
            x,
            y,
            lines,
        }
    }

    /// Computes each product once.
    pub fn time(&mut self) -> Seconds {
        let (weights, inputs) = (&self.weights, Self::INPUTS);
        let (x, y, delta) = (&self.x, &mut self.y, &mut self.delta);
        let forward = seconds(|| through(weights, inputs, Way::Up, x, After::Nothing, y));
        let grad = &mut self.grad;
        let lines = &self.lines;
        let of_weights = seconds(|| weight_grad(y, lines, Accumulation::Overwrite, grad));
        let input = seconds(|| through(weights, inputs, Way::Down, y, After::Nothing, delta));
        [forward, of_weights, input]
    }
}

impl Default for Linear {
    fn default() -> Self {
        Self::new()
    }
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
