//! Drawing from a checkpoint, outside of any run.

use std::path::Path;

use candle_core::Device;

use super::{RunState, TrainError, preview};
use crate::nn;
use crate::protocol::ImageGrid;
use crate::rng::Stream;

/// Draws `count` images from the generator of a checkpoint, with latents from `seed`.
///
/// # Errors
/// When the checkpoint cannot be read or is of another format.
pub fn sample_generator(
    checkpoint: &Path,
    count: usize,
    seed: u64,
) -> Result<ImageGrid, TrainError> {
    let path = checkpoint.join("state.json");
    let broken = |reason: String| TrainError::Checkpoint {
        path: path.clone(),
        reason,
    };
    let text = std::fs::read_to_string(&path).map_err(|e| broken(e.to_string()))?;
    let state: RunState = serde_json::from_str(&text)
        .map_err(|e| broken(format!("not a checkpoint's state: {e}")))?;
    if state.format != super::CHECKPOINT_FORMAT {
        return Err(broken(format!(
            "checkpoint format {}, this version of the program reads {}",
            state.format,
            super::CHECKPOINT_FORMAT
        )));
    }
    let generator = nn::generator(state.latent_dim, &Device::Cpu)?;
    let weights = checkpoint.join("generator.safetensors");
    generator
        .params()
        .load_values(&weights)
        .map_err(|e| TrainError::Checkpoint {
            path: weights,
            reason: e.to_string(),
        })?;
    Ok(preview::draw(
        &generator,
        state.latent_dim,
        count,
        &mut Stream::new(seed, "samples"),
    )?)
}
