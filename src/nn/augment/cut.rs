//! Cutout: a part of the image is hidden.

use super::Changes;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// The rows from `top` to before `bottom` in the columns from `left` to before `right`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub top: usize,
    pub left: usize,
    pub bottom: usize,
    pub right: usize,
}

impl Cut {
    /// Nothing is hidden.
    pub const NONE: Self = Self {
        top: 0,
        left: 0,
        bottom: 0,
        right: 0,
    };

    /// A part of the same share of both sides, whose centre is anywhere in the image: some of it may lie outside.
    pub fn draw(changes: &Changes, shape: ImageShape, stream: &mut Stream) -> Self {
        let mut along = |side: usize| {
            let hidden = (changes.cutout * side as f32).round() as usize;
            // One place more for an even number, which has its centre between two pixels.
            let centre = stream.below(side + 1 - hidden % 2);
            let from = centre.saturating_sub(hidden / 2);
            (from, (centre + hidden - hidden / 2).min(side))
        };
        let ((top, bottom), (left, right)) = (along(shape.height()), along(shape.width()));
        Self {
            top,
            left,
            bottom,
            right,
        }
    }

    /// Sets the values of the hidden part of an image.
    pub fn fill(self, shape: ImageShape, image: &mut [f32], with: f32) {
        let (left, right) = (self.left * shape.channels(), self.right * shape.channels());
        for line in image
            .chunks_exact_mut(shape.row())
            .take(self.bottom)
            .skip(self.top)
        {
            line[left..right].fill(with);
        }
    }
}
