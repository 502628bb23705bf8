//! Both ways through the map of a layer: from its input to its output, and from the gradient at its output to that at its input.

use super::after::After;
use super::gradient::WeightGrad;
use super::maps::Maps;
use super::pack::Packed;
use super::plan::Plan;
use super::product::product;
use super::spread::Spread;
use super::to_pixel::ToPixel;
use super::winograd::{self, Winograd};
use crate::nn::layer::{Link, Map};
use crate::nn::matrix::Accumulation;

/// Both ways, with the weights as each reads them.
#[derive(Debug)]
pub struct Ways {
    /// From the large plane to the small one.
    gather: Gather,
    /// The other way.
    spread: Spread,
    weight_grad: WeightGrad,
    /// Whether the way up is the spread.
    is_transposed: bool,
}

/// The weights of a gather, as it reads them.
#[derive(Debug)]
enum Gather {
    /// Outputs fill the lanes of a vector.
    Product(Plan, Packed),
    /// The same with fewer multiplications.
    Winograd(Winograd),
    /// There is one pixel of few channels.
    ToPixel(Plan, ToPixel),
}

impl Gather {
    /// The maps say where values lie.
    fn new(link: Link, large: &Maps, small: &Maps) -> Self {
        let plan = || Plan::gather(link, large, small);
        if ToPixel::is_for(link) {
            Self::ToPixel(plan(), ToPixel::default())
        } else if winograd::is_for(link) {
            Self::Winograd(Winograd::gather(link, large, small))
        } else {
            Self::Product(plan(), Packed::default())
        }
    }

    /// Takes these weights.
    fn pack(&mut self, weights: &[f32]) {
        match self {
            Self::Product(plan, packed) => packed.pack(&plan.order, weights),
            Self::Winograd(winograd) => winograd.pack(weights),
            Self::ToPixel(plan, to_pixel) => to_pixel.pack(plan, weights),
        }
    }

    /// `small ← after(windows of large)`.
    fn apply(&self, large: &Maps, after: After, small: &mut Maps) {
        match self {
            Self::Product(plan, packed) => product(plan, packed, large, after, small),
            Self::Winograd(winograd) => winograd.apply(large, after, small),
            Self::ToPixel(plan, to_pixel) => to_pixel.apply(plan, large, after, small),
        }
    }
}

impl Ways {
    /// Those of a map; `input` and `output` say where values lie.
    pub fn new(map: Map, input: &Maps, output: &Maps) -> Self {
        let is_transposed = matches!(map, Map::Transposed(_));
        let (large, small) = if is_transposed {
            (output, input)
        } else {
            (input, output)
        };
        let link = map.link();
        Self {
            gather: Gather::new(link, large, small),
            spread: Spread::new(link, small, large),
            weight_grad: WeightGrad::new(link, large, small),
            is_transposed,
        }
    }

    /// Takes these weights for the way up.
    pub fn pack_up(&mut self, weights: &[f32]) {
        self.pack(weights, self.is_transposed);
    }

    /// Takes these weights for the way down.
    pub fn pack_down(&mut self, weights: &[f32]) {
        self.pack(weights, !self.is_transposed);
    }

    /// `output ← after(map of input)`.
    pub fn up(&self, input: &Maps, after: After, output: &mut Maps) {
        self.apply(self.is_transposed, input, after, output);
    }

    /// `below ← after(the map's transpose of delta)`.
    pub fn down(&self, delta: &Maps, after: After, below: &mut Maps) {
        self.apply(!self.is_transposed, delta, after, below);
    }

    fn pack(&mut self, weights: &[f32], spreads: bool) {
        if spreads {
            self.spread.pack(weights);
        } else {
            self.gather.pack(weights);
        }
    }

    fn apply(&self, spreads: bool, from: &Maps, after: After, to: &mut Maps) {
        if spreads {
            self.spread.apply(from, after, to);
        } else {
            self.gather.apply(from, after, to);
        }
    }

    /// The gradient of the weights from what the layer reads and the gradient at the output of its map. `sums` is memory to
    /// reuse.
    pub fn weight_grad(
        &self,
        (input, delta): (&Maps, &Maps),
        accumulation: Accumulation,
        sums: &mut Vec<f32>,
        out: &mut [f32],
    ) {
        let (small, large) = if self.is_transposed {
            (input, delta)
        } else {
            (delta, input)
        };
        self.weight_grad
            .apply((small, large), accumulation, sums, out);
    }
}
