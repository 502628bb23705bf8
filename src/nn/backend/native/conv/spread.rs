//! From the small plane of a convolution to the large one.

use super::after::After;
use super::maps::Maps;
use super::pack::Packed;
use super::pixel::FromPixel;
use super::plan::Plan;
use super::product::product;
use super::scattered::Scattered;
use super::winograd::{self, Winograd};
use crate::nn::layer::Link;

/// A spread, with the weights as it reads them.
#[derive(Debug)]
pub enum Spread {
    /// Each pixel of the large plane reads what it is a sum of.
    Gathered(Plan, Packed),
    /// The same with fewer multiplications.
    Winograd(Winograd),
    /// Each pixel of the small plane gives what it adds to others.
    Scattered(Scattered),
    /// The small plane is one pixel.
    FromPixel(FromPixel),
}

impl Spread {
    /// The maps say where values lie.
    pub fn new(link: Link, small: &Maps, large: &Maps) -> Self {
        if link.small.is_pixel() {
            Self::FromPixel(FromPixel::new(link))
        } else if Scattered::is_for(link) {
            Self::Scattered(Scattered::new(link))
        } else if winograd::is_for(link) {
            Self::Winograd(Winograd::spread(link, small, large))
        } else {
            Self::Gathered(Plan::spread(link, small, large), Packed::default())
        }
    }

    /// Takes these weights.
    pub fn pack(&mut self, weights: &[f32]) {
        match self {
            Self::Gathered(plan, packed) => packed.pack(&plan.order, weights),
            Self::Winograd(winograd) => winograd.pack(weights),
            Self::Scattered(scattered) => scattered.pack(weights),
            Self::FromPixel(pixel) => pixel.pack(weights),
        }
    }

    /// `large ← after(spread of small)`.
    pub fn apply(&self, small: &Maps, after: After, large: &mut Maps) {
        match self {
            Self::Gathered(plan, packed) => product(plan, packed, small, after, large),
            Self::Winograd(winograd) => winograd.apply(small, after, large),
            Self::Scattered(scattered) => scattered.apply(small, after, large),
            Self::FromPixel(pixel) => pixel.apply(small, after, large),
        }
    }
}
