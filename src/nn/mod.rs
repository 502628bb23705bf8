//! Networks: parameters, layers, forward and backward passes, and the kernels below them.
//!
//! The training step works on buffers that are allocated once and overwritten in place. On the CPU the passes are loops
//! of our own (`native`). On any other device, and as the reference in the tests, they are a few verbs (`tensors`), which are
//! kernels of our own on CUDA (`cuda`) and candle's operations elsewhere. candle's autograd is not used for training: a
//! step needs only some gradients, and each exactly once.

mod activation;
mod augment;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod kernels;
mod meter;
mod mlp;
mod native;
mod params;
mod penalty;
mod reference;
mod replay;
pub mod stopwatch;
mod tensors;

pub use activation::Activation;
pub use augment::{Augmented, Changes};
pub use meter::{Meter, Reading, Watch};
pub use mlp::{LayerSpec, Mlp, Tape};
pub use native::update::{Norms, Rule};
pub use native::vector_level;
pub(crate) use native::{choose, magnitude};
pub use params::{Params, SLOTS};
pub use penalty::{Penalty, gradient_penalty};
pub use reference::{
    DISCRIMINATOR_WIDTHS, GENERATOR_HIDDEN, IMAGE_PIXELS, discriminator, encoder, frozen_generator,
    generator,
};
pub use replay::{Key, Replays};

#[cfg(test)]
mod tests;
