//! What happens to one image, but for its noise: its colours change, it moves, a part of it is hidden, in this order.

use super::colour::Colour;
use super::cut::Cut;
use super::map::Map;
use super::{BACKGROUND, Changes};
use crate::nn::backend::on_device::{Parts, TRANSFORM};
use crate::rng::Stream;
use crate::shape::ImageShape;

/// The augmentation of one image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transform {
    pub colour: Colour,
    pub map: Map,
    pub cut: Cut,
}

impl Transform {
    /// The image stays as it is.
    pub const KEPT: Self = Self {
        colour: Colour::KEPT,
        map: Map::KEPT,
        cut: Cut::NONE,
    };

    pub fn draw(changes: &Changes, shape: ImageShape, stream: &mut Stream) -> Self {
        let parts = changes.parts();
        let mut drawn = Self::KEPT;
        if parts.moves {
            drawn.map = Map::draw(changes, stream);
        }
        if parts.colours {
            drawn.colour = Colour::draw(changes, stream);
        }
        if parts.cuts {
            drawn.cut = Cut::draw(changes, shape, stream);
        }
        match changes.chance {
            Some(chance) if stream.uniform() >= chance => Self::KEPT,
            _ => drawn,
        }
    }

    /// As a device takes it: the map's linear part and translation; the factors of the colours; top, left, bottom and right
    /// of the hidden part.
    pub fn numbers(&self) -> [f32; TRANSFORM] {
        let ([xx, xy, yx, yy], [x, y]) = (self.map.linear, self.map.offset);
        let Colour {
            own,
            pixel,
            image,
            shift,
        } = self.colour;
        let Cut {
            top,
            left,
            bottom,
            right,
        } = self.cut;
        let [top, left, bottom, right] = [top, left, bottom, right].map(|n| n as f32);
        [
            xx, xy, yx, yy, x, y, own, pixel, image, shift, top, left, bottom, right,
        ]
    }

    /// `to` ← the augmented image, without noise. `spare` is memory to work in.
    pub fn apply(
        &self,
        (parts, shape): (Parts, ImageShape),
        image: &[f32],
        to: &mut [f32],
        spare: &mut Vec<f32>,
    ) {
        let image = if parts.colours {
            spare.clear();
            spare.extend_from_slice(image);
            self.colour.apply(shape.channels(), spare);
            &*spare
        } else {
            image
        };
        if parts.moves {
            self.map.gather(shape, image, to);
        } else {
            to.copy_from_slice(image);
        }
        if parts.cuts {
            self.cut.fill(shape, to, BACKGROUND);
        }
    }

    /// `to` ← the gradient by the image, from that by the augmented one. `spare` is memory to work in.
    pub fn back(
        &self,
        (parts, shape): (Parts, ImageShape),
        grad: &[f32],
        to: &mut [f32],
        spare: &mut Vec<f32>,
    ) {
        let grad = if parts.cuts {
            spare.clear();
            spare.extend_from_slice(grad);
            self.cut.fill(shape, spare, 0.0);
            &*spare
        } else {
            grad
        };
        if parts.moves {
            self.map.scatter(shape, grad, to);
        } else {
            to.copy_from_slice(grad);
        }
        if parts.colours {
            self.colour.back(shape.channels(), to);
        }
    }
}
