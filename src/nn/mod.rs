//! Networks: parameters, layers, forward and backward passes, and the kernels below them.
//!
//! The training step works on buffers that are allocated once and overwritten in place. On the CPU the passes are loops
//! of our own (`native`); on any other device, and as the reference in the tests, they are candle's operations
//! (`tensors`). candle's autograd is not used for training: a step needs only some gradients, and each exactly once.

mod activation;
pub mod kernels;
mod mlp;
mod native;
mod params;
mod penalty;
mod reference;
pub mod stopwatch;
mod tensors;

pub use activation::Activation;
pub use mlp::{LayerSpec, Mlp, Tape};
pub use native::update::{Norms, Rule};
pub use params::{Params, SLOTS};
pub use penalty::{Penalty, gradient_penalty};
pub use reference::{
    DISCRIMINATOR_WIDTHS, GENERATOR_HIDDEN, IMAGE_PIXELS, discriminator, generator,
};

#[cfg(test)]
mod tests;
