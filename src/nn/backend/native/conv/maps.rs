//! The memory layout of images between convolutions.

use rayon::prelude::*;

use crate::nn::layer::Plane;

/// Images, channels last, each within a border of zeros: `[rows, height + 2·border, width + 2·border, channels]`.
#[derive(Debug)]
pub struct Maps {
    pub rows: usize,
    pub shape: Plane,
    pub border: usize,
    values: Vec<f32>,
}

impl Maps {
    /// Zeros.
    pub fn new(rows: usize, shape: Plane, border: usize) -> Self {
        let mut maps = Self {
            rows,
            shape,
            border,
            values: Vec::new(),
        };
        maps.values = vec![0.0; rows * maps.image()];
        maps
    }

    /// Values of a row of pixels, with its border.
    pub fn line(&self) -> usize {
        (self.shape.width + 2 * self.border) * self.shape.channels
    }

    /// Values of an image, with its border.
    pub fn image(&self) -> usize {
        (self.shape.height + 2 * self.border) * self.line()
    }

    /// Where the channels of a pixel begin in its image.
    pub fn at(&self, y: usize, x: usize) -> usize {
        (y + self.border) * self.line() + (x + self.border) * self.shape.channels
    }

    pub fn values(&self) -> &[f32] {
        &self.values
    }

    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The values of image `row`.
    pub fn of(&self, row: usize) -> &[f32] {
        &self.values[row * self.image()..][..self.image()]
    }

    /// Reads images without borders, one after another.
    pub fn read(&mut self, rows: &[f32]) {
        let (image, shape) = (self.image(), self.shape);
        let (line, first) = (self.line(), self.at(0, 0));
        self.values
            .par_chunks_mut(image)
            .zip(rows.par_chunks(shape.values()))
            .for_each(|(to, from)| {
                let from = from.chunks_exact(shape.width * shape.channels);
                for (to, from) in to[first..].chunks_mut(line).zip(from) {
                    to[..from.len()].copy_from_slice(from);
                }
            });
    }

    /// Writes images without borders, one after another.
    pub fn write(&self, rows: &mut [f32]) {
        let (line, first) = (self.line(), self.at(0, 0));
        let shape = self.shape;
        rows.par_chunks_mut(shape.values())
            .zip(self.values.par_chunks(self.image()))
            .for_each(|(to, from)| {
                let to = to.chunks_exact_mut(shape.width * shape.channels);
                for (to, from) in to.zip(from[first..].chunks(line)) {
                    to.copy_from_slice(&from[..to.len()]);
                }
            });
    }

    /// The values of each image, with its border.
    pub fn each_image(&mut self) -> impl IndexedParallelIterator<Item = &mut [f32]> {
        let image = self.image();
        self.values.par_chunks_mut(image)
    }
}
