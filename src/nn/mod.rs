//! Networks: parameters, layers, forward and backward passes, and the kernels below them.
//!
//! The training step works on buffers that are allocated once and overwritten in place. Each kernel has one CPU form that
//! does so directly (the `gemm` crate and rayon) and one made of candle's own operations, which serves every other device
//! and is the reference in the tests. candle's autograd is not used for training: a step needs only some gradients, and
//! each exactly once.
//!
//! This is the only room with unsafe code, all of it in `kernels::cpu`.

mod activation;
pub mod kernels;
mod mlp;
mod params;
mod penalty;
mod reference;

pub use activation::Activation;
pub use mlp::{LayerSpec, Mlp, Tape};
pub use params::{Params, SLOTS};
pub use penalty::{Penalty, gradient_penalty};
pub use reference::{
    DISCRIMINATOR_WIDTHS, GENERATOR_HIDDEN, IMAGE_PIXELS, discriminator, generator,
};

#[cfg(test)]
mod tests;
