//! Checkpoints as a list sees them: their names, what their `state.json` says of each, which is the best and which are kept.
//!
//! What saves them and what reads them decide by the same rules.

mod facts;
mod policy;
mod score;

pub use facts::{CheckpointFacts, checkpoint_name, has_state};
pub use policy::{best, superfluous};
pub use score::Score;
