//! Shift, rotation and scaling: where each pixel comes from.

use super::{BACKGROUND, Changes, TAPS};
use crate::rng::Stream;
use crate::shape::ImageShape;

/// Maps coordinates of a pixel in the augmented image to those in the original, relative to the centre.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    /// Rows of the linear part.
    pub linear: [f32; 4],
    /// The translation added afterwards.
    pub offset: [f32; 2],
}

impl Map {
    /// Every pixel stays where it is.
    pub const KEPT: Self = Self {
        linear: [1.0, 0.0, 0.0, 1.0],
        offset: [0.0; 2],
    };

    pub fn draw(changes: &Changes, stream: &mut Stream) -> Self {
        let mut within = |most: f32| stream.between(-most, most);
        let (sin, cos) = within(changes.turn).sin_cos();
        let growth = 1.0 + within(changes.growth);
        Self {
            linear: [cos, sin, -sin, cos].map(|a| a / growth),
            offset: [within(changes.shift), within(changes.shift)],
        }
    }

    /// The pixels that the pixel at `row` and `column` is interpolated from, with their weights; a weight of 0 for pixels
    /// outside.
    pub fn taps(&self, shape: ImageShape, row: usize, column: usize) -> [(usize, f32); TAPS] {
        let (middle, centre) = (middle(shape.height()), middle(shape.width()));
        let (y, x) = (row as f32 - middle, column as f32 - centre);
        let [xx, xy, yx, yy] = self.linear;
        let (x, y) = (
            xx * x + xy * y + self.offset[0] + centre,
            yx * x + yy * y + self.offset[1] + middle,
        );
        let (left, top) = (x.floor(), y.floor());
        let (right, below) = (x - left, y - top);
        let (columns, rows) = (0.0..shape.width() as f32, 0.0..shape.height() as f32);
        let tap = |dx: f32, dy: f32, weight: f32| {
            let (x, y) = (left + dx, top + dy);
            if columns.contains(&x) && rows.contains(&y) {
                (y as usize * shape.width() + x as usize, weight)
            } else {
                (0, 0.0)
            }
        };
        [
            tap(0.0, 0.0, (1.0 - right) * (1.0 - below)),
            tap(1.0, 0.0, right * (1.0 - below)),
            tap(0.0, 1.0, (1.0 - right) * below),
            tap(1.0, 1.0, right * below),
        ]
    }

    /// `to` ← the moved image.
    pub fn gather(&self, shape: ImageShape, image: &[f32], to: &mut [f32]) {
        let channels = shape.channels();
        for (row, line) in to.chunks_exact_mut(shape.row()).enumerate() {
            for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
                let taps = self.taps(shape, row, column);
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let from = |at: usize| image[at * channels + channel] - BACKGROUND;
                    let sum: f32 = taps.iter().map(|&(at, w)| w * from(at)).sum();
                    *value = sum + BACKGROUND;
                }
            }
        }
    }

    /// `to` ← the gradient by the image, from that by the moved image.
    pub fn scatter(&self, shape: ImageShape, grad: &[f32], to: &mut [f32]) {
        let channels = shape.channels();
        to.fill(0.0);
        for (row, line) in grad.chunks_exact(shape.row()).enumerate() {
            for (column, pixel) in line.chunks_exact(channels).enumerate() {
                for (at, weight) in self.taps(shape, row, column) {
                    for (channel, value) in pixel.iter().enumerate() {
                        to[at * channels + channel] += weight * value;
                    }
                }
            }
        }
    }
}

/// The centre of a side of so many pixels.
fn middle(side: usize) -> f32 {
    (side as f32 - 1.0) / 2.0
}
