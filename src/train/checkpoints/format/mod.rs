//! Checkpoints on disk: weights that PyTorch loads, and all that is needed to continue.
//!
//! `step-NNNNNNNN/` holds `generator.safetensors` and `discriminator.safetensors`, or a VAE's `decoder.safetensors` and
//! `encoder.safetensors` (names and shapes of the same networks as one PyTorch `nn.Sequential` called `model`),
//! `ema.safetensors` (the average of the former's weights, where there is one), `spectral.safetensors` (the left singular vectors
//! of the discriminator's matrices, where it is normalised by them), `state.safetensors` (both optimizers' moments), `state.json` and
//! `checksums.md5` (as `md5sum -c` reads it). The states that the run may have to return to are in folders of the same
//! form: `before-switch/` while a switch can still be taken back, and `last-good/`.
//!
//! A checkpoint is written under a temporary name, flushed and renamed: a reader never sees half of one.

mod files;
mod read;
mod write;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::checkpoint::Score;
use crate::metric::{Networks, objectives};
use crate::nn::Network;
use crate::protocol::CheckpointReason;
use crate::train::snapshot::Snapshot;

pub(in crate::train) use read::read_sampler;
pub use read::{check_checkpoint, read_checkpoint};
pub use write::{remove_checkpoint, tidy_checkpoints, write_checkpoint};

/// Version of the checkpoint format.
pub const CHECKPOINT_FORMAT: u32 = 4;

/// Name and shape of each parameter of a network, in the order of its buffer.
pub(in crate::train) type Shapes = Vec<(String, Vec<usize>)>;

/// Those of a network.
pub(in crate::train) fn shapes(network: &Network) -> Shapes {
    let shapes = network.params().shapes();
    shapes.map(|(n, s)| (n.to_owned(), s.to_vec())).collect()
}

/// The folder of checkpoints in a run directory.
pub(in crate::train) const CHECKPOINTS: &str = "checkpoints";
/// The average of the generator's (decoder's) weights.
const AVERAGE: &str = "ema.safetensors";
/// The left singular vectors of the discriminator's matrices.
const SINGULAR: &str = "spectral.safetensors";
const MOMENTS: &str = "state.safetensors";
const STATE: &str = "state.json";
const CHECKSUMS: &str = "checksums.md5";
const BEFORE_SWITCH: &str = "before-switch";
const LAST_GOOD: &str = "last-good";

/// A checkpoint in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The state.
    pub snapshot: Arc<Snapshot>,
    /// The newest state that the run would return to if its numbers stopped being finite, where that is an earlier one.
    pub good: Option<Arc<Snapshot>>,
    /// Why it was written, and how good it is.
    pub saved: SavedAs,
}

/// Why a checkpoint was written, and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedAs {
    /// Why.
    pub reason: CheckpointReason,
    /// How good it is, if that was known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<Score>,
}

/// `state.json`: the state of the run, and why it was saved.
#[derive(Debug, Serialize, Deserialize)]
struct StateFile<S> {
    saved: SavedAs,
    /// The step of the state in `last-good/`, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_good: Option<u64>,
    #[serde(flatten)]
    state: S,
}

/// The names of an objective's networks: generator and discriminator, or decoder and encoder.
pub(in crate::train) fn networks(objective: &str) -> [&'static str; 2] {
    let found = objectives::find(objective);
    found.map_or(Networks::Adversarial, |o| o.networks).names()
}

/// The file of a network.
pub(in crate::train) fn file_of(network: &str) -> String {
    format!("{network}.safetensors")
}

/// Names and shapes of the left singular vectors of a network's matrices, as PyTorch's `spectral_norm` names them.
fn singular(shapes: &[(String, Vec<usize>)]) -> Shapes {
    let matrices = shapes.iter().filter(|(_, shape)| shape.len() > 1);
    matrices
        .map(|(name, shape)| (format!("{name}_u"), vec![shape[0]]))
        .collect()
}

/// The name of a network's optimizer moment in `state.safetensors`.
fn moment(network: &str, slot: usize) -> String {
    format!("{network}.moment{slot}")
}
