//! Images from a generator: of a live run, or of a checkpoint.

mod explorer;
mod generate;
pub(super) mod preview;
mod walks;

pub use explorer::Explorer;
pub use generate::{
    Elbo, Generated, OfClass, Weights, elbo, image_shape, read_generator, sample_generator,
};
pub use walks::{Neighbour, along, evenly, plane, walk, with_neighbours};
