//! Checkpoints: their format, the thread that writes them, and how good each is.

pub(in crate::train) mod format;
mod score;
pub(in crate::train) mod store;
