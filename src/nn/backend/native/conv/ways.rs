//! Both ways through the map of a layer: from its input to its output, and from the gradient at its output to that at its input.

use super::after::After;
use super::maps::Maps;
use super::pack::Packed;
use super::plan::Plan;
use super::product::product;
use super::spread::Spread;
use super::to_pixel::ToPixel;
use super::weight_grad;
use crate::nn::layer::Map;
use crate::nn::matrix::Accumulation;

/// Both ways, with the weights as each reads them.
#[derive(Debug)]
pub struct Ways {
    /// How values are read from the large plane.
    plan: Plan,
    /// From there to the small one.
    gather: Gather,
    /// The other way.
    spread: Spread,
    /// Whether the way up is the spread.
    is_transposed: bool,
}

/// The weights of a gather, as it reads them.
#[derive(Debug)]
enum Gather {
    /// Outputs fill the lanes of a vector.
    Product(Packed),
    /// There is one pixel of few channels.
    ToPixel(ToPixel),
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
            plan: Plan::gather(link, large, small),
            gather: if ToPixel::is_for(link) {
                Gather::ToPixel(ToPixel::default())
            } else {
                Gather::Product(Packed::default())
            },
            spread: Spread::new(link, small, large),
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
            match &mut self.gather {
                Gather::Product(packed) => packed.pack(&self.plan, weights),
                Gather::ToPixel(to_pixel) => to_pixel.pack(&self.plan, weights),
            }
        }
    }

    fn apply(&self, spreads: bool, from: &Maps, after: After, to: &mut Maps) {
        if spreads {
            self.spread.apply(from, after, to);
        } else {
            match &self.gather {
                Gather::Product(packed) => product(&self.plan, packed, from, after, to),
                Gather::ToPixel(to_pixel) => to_pixel.apply(&self.plan, from, after, to),
            }
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
        weight_grad(&self.plan, small, large, accumulation, sums, out);
    }
}
