//! Drawing from a checkpoint, outside of any run.

use std::path::Path;

use candle_core::Device;

use super::checkpoint::read_drawing;
use super::{RunState, TrainError, preview};
use crate::nn::{self, Mlp};
use crate::protocol::ImageGrid;
use crate::rng::Stream;

/// Which weights samples are drawn with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weights {
    /// The averaged ones where the run keeps an average, else the trained ones.
    #[default]
    Best,
    /// The averaged ones.
    Average,
    /// The trained ones.
    Raw,
}

/// Draws `count` images from the generator of a checkpoint, with latents from `seed`.
///
/// # Errors
/// When the checkpoint cannot be read or is of another format, or has no averaged weights where those are asked for.
pub fn sample_generator(
    checkpoint: &Path,
    weights: Weights,
    count: usize,
    seed: u64,
) -> Result<ImageGrid, TrainError> {
    let (generator, state) = read_generator(checkpoint, weights)?;
    let mut stream = Stream::new(seed, "samples");
    Ok(preview::draw(
        &generator,
        state.latent_dim,
        count,
        &mut stream,
    )?)
}

/// The generator of a checkpoint, and the state that it belongs to.
///
/// # Errors
/// Those of [`sample_generator`].
pub fn read_generator(checkpoint: &Path, weights: Weights) -> Result<(Mlp, RunState), TrainError> {
    let (state, file) = read_drawing(checkpoint, weights == Weights::Raw)?;
    let broken = |reason: String| TrainError::Checkpoint {
        path: file.clone(),
        reason,
    };
    if weights == Weights::Average && state.average_steps.is_none() {
        return Err(broken(
            "the run keeps no average of its weights (`ema.decay` is 0)".to_owned(),
        ));
    }
    let generator = nn::generator(state.latent_dim, &Device::Cpu)?;
    let loaded = generator.params().load_values(&file);
    loaded.map_err(|e| broken(e.to_string()))?;
    Ok((generator, state))
}
