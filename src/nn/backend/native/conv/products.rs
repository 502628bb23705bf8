//! The three products of one convolution, for measurements.

use super::maps::Maps;
use super::pack::Packed;
use super::plan::{Plan, border_of_small};
use super::product::{After, product};
use super::weight_grad;
use crate::nn::layer::Link;
use crate::nn::matrix::Accumulation;

/// A convolution with everything that its products need.
#[derive(Debug)]
pub struct Products {
    large: Maps,
    small: Maps,
    gather: Plan,
    spread: Plan,
    packed: Packed,
    weights: Vec<f32>,
    grad: Vec<f32>,
    sums: Vec<f32>,
}

impl Products {
    /// For `rows` images, with values that do not matter.
    pub fn new(link: Link, rows: usize) -> Self {
        let (mut large, mut small) = (
            Maps::new(rows, link.large, link.window.padding),
            Maps::new(rows, link.small, border_of_small(link)),
        );
        large.read(&vec![0.5; rows * link.large.values()]);
        small.read(&vec![0.5; rows * link.small.values()]);
        let count = link.weight().into_iter().product();
        Self {
            gather: Plan::gather(link, &large, &small),
            spread: Plan::spread(link, &small, &large),
            packed: Packed::default(),
            weights: vec![0.01; count],
            grad: vec![0.0; count],
            sums: Vec::new(),
            large,
            small,
        }
    }

    /// From the large plane to the small one.
    pub fn forward(&mut self) {
        self.packed.pack(&self.gather, &self.weights);
        let (plan, packed) = (&self.gather, &self.packed);
        product(plan, packed, &self.large, After::Nothing, &mut self.small);
    }

    /// The gradient of the weights.
    pub fn weights(&mut self) {
        weight_grad(
            &self.gather,
            &self.small,
            &self.large,
            Accumulation::Overwrite,
            &mut self.sums,
            &mut self.grad,
        );
    }

    /// From the small plane to the large one.
    pub fn input(&mut self) {
        self.packed.pack(&self.spread, &self.weights);
        let (plan, packed) = (&self.spread, &self.packed);
        product(plan, packed, &self.small, After::Nothing, &mut self.large);
    }
}
