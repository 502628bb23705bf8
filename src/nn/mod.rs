//! Networks: parameters, layers, forward and backward passes, and the backends that compute them.
//!
//! The training step works on buffers that are allocated once and overwritten in place. Operations are carried out by
//! the backend of their device, which is chosen once (`backend`): our own loops on the CPU, our own kernels on CUDA,
//! and candle's operations elsewhere and as the reference in the tests. candle's autograd is not used for training: a
//! step needs only some gradients, and each exactly once.

mod activation;
mod architecture;
mod augment;
mod backend;
mod error;
mod fit;
mod host;
pub mod kernels;
mod layer;
mod matrix;
mod meter;
mod network;
mod params;
mod penalty;
mod place;
mod replay;
mod residual;
mod singular;
mod spectral;
pub mod stopwatch;
pub mod summary;
mod update;
mod views;
mod weights_file;

pub use activation::Activation;
pub use architecture::{Architecture, ArchitectureError, Described, DescriptionError, Kind};
pub use augment::{Augmented, Changes};
#[cfg(feature = "cuda")]
pub use backend::cuda;
pub use backend::native::speed as layer_speed;
pub use backend::native::{peak_flops, use_avx2, vector_level};
pub use backend::on_device::{Key, NonFiniteCheck, Parts};
#[cfg(test)]
pub(crate) use backend::portable::update::update as reference_update;
pub use error::first_line;
pub use layer::{LayerSpec, Link, Map, Plane, Shift, Window};
pub use meter::{Meter, Reading};
pub use network::{Activations, Network};
pub use params::{Params, STATE_TENSORS};
pub use penalty::{Penalty, Points, gradient_penalty, zero_centred_penalty};
pub use replay::Replays;
pub use update::{AdamStep, RmspropStep, UpdateStep};
pub use weights_file::{LoadError, what_is_wrong};

#[cfg(test)]
mod tests;
