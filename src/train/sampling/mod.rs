//! Images from a generator: of a live run, or of a checkpoint.

pub(in crate::train) mod generate;
pub(in crate::train) mod latent;
pub(in crate::train) mod preview;
