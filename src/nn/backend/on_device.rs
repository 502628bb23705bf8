//! Operations that a device can do without the host. Only a backend with kernels compiled for its device implements
//! them; these objects live in device memory and stay in place, so that recorded updates find them.

use std::fmt::Debug;

use candle_core::{Result, Tensor};

use crate::nn::update::UpdateStep;

/// Maximum number of metrics in a meter.
pub const METER_CAPACITY: usize = 32;
/// Statistics of each metric: count, min, mean, max, last.
pub const STATS: usize = 5;

/// What an update on a device checks before it changes a weight.
#[derive(Debug, Clone, Copy)]
pub struct NonFiniteCheck<'a> {
    /// The loss, one value.
    pub loss: &'a Tensor,
    /// A meter's memory.
    #[cfg_attr(
        not(feature = "cuda"),
        expect(dead_code, reason = "read by the kernels of `cuda` alone")
    )]
    pub(in crate::nn) meter: &'a Tensor,
}

/// Updates of one network with their constants in device memory: a recorded update stays right while learning rate and
/// bias corrections change.
pub trait DeviceUpdate: Debug + Send + Sync {
    /// Uploads the constants of the next update, without waiting.
    fn announce(&self, step: UpdateStep) -> Result<()>;

    /// Takes the announced step with gradients `[n]` on values and two moments `[3, n]`. Nothing is changed if the loss
    /// or a gradient is not finite, or the training was lost before. Returns `[3]`, which stays on the device: the
    /// gradient's norm, the norm of the change relative to that of the values, the share of values at the limit.
    fn step(&self, buffer: &Tensor, grads: &Tensor, check: NonFiniteCheck<'_>) -> Result<Tensor>;
}

/// What augmentation consists of; all `false` for none.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent parts, each of which happens or not"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// Colours change.
    pub colours: bool,
    /// Pixels move.
    pub moves: bool,
    /// A part is hidden.
    pub cuts: bool,
    /// There is noise.
    pub noise: bool,
}

impl Parts {
    /// Returns whether there is more than noise.
    #[must_use]
    pub fn transform(self) -> bool {
        self.colours || self.moves || self.cuts
    }
}

/// How many numbers describe the augmentation of one image, but for its noise: a map of coordinates (6), the factors of its
/// colours (4), the hidden part (4).
pub const TRANSFORM: usize = 14;

/// Augmentation of a fixed number of images.
pub trait DeviceAugment: Debug + Send + Sync {
    /// Uploads the parameters of the next augmentation: the standard deviation of the noise, what happens to each image,
    /// the seed of the noise.
    fn upload(
        &self,
        noise: f32,
        transforms: &mut dyn Iterator<Item = [f32; TRANSFORM]>,
        seed: u64,
    ) -> Result<()>;

    /// `out` ← augmented `images` `[rows, values]`.
    fn augment(&self, out: &Tensor, images: &Tensor, parts: Parts) -> Result<()>;

    /// `out` ← the gradient by the original images, from the gradient by the augmented ones.
    fn backward(&self, out: &Tensor, grad: &Tensor, parts: Parts) -> Result<()>;
}

/// A meter in device memory.
pub trait DeviceMeter: Debug + Send + Sync {
    /// [`METER_CAPACITY`] × [`STATS`] values, then whether the training is lost: f64.
    fn memory(&self) -> &Tensor;

    /// Adds the values of an update, each to its slot; the value with index `norms` holds the gradient's norm.
    fn observe(&self, values: &[(usize, &Tensor)], norms: usize) -> Result<()>;
}

/// Identifies an update: two updates with equal keys do the same work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// The network: `critic`, `generator`.
    pub network: &'static str,
    /// The objective.
    pub objective: &'static str,
    /// Rows of the batch.
    pub rows: usize,
    /// Whether weights are clipped.
    pub clips: bool,
    /// Whether the discriminator's weights are normalised.
    pub normalises: bool,
    /// How images are augmented before D sees them.
    pub changes: Parts,
    /// Whether it counts what the share of augmented images is adapted by.
    pub adapts: bool,
    /// Settings that are part of the work itself: the weights of its penalties, the label smoothing.
    pub constants: [f64; 4],
}

/// How an update was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "cuda"),
    expect(dead_code, reason = "only CUDA records updates")
)]
pub enum Carried {
    /// Its work was done.
    Out,
    /// A recording of it was launched.
    Replayed,
}

/// Records updates, and launches the recordings.
pub trait Recorder: Debug + Send {
    /// Does `work`, or launches a recording of it.
    fn run(&mut self, key: Key, work: &mut dyn FnMut() -> Result<()>) -> Result<Carried>;

    /// Returns whether some update was recorded.
    fn is_replaying(&self) -> bool;

    /// Why updates cannot be recorded, if so; returned once.
    fn take_refusal(&mut self) -> Option<String>;
}
