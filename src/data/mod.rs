//! Datasets of 28×28 grey digits: where they come from, and how batches are drawn from them.

mod loader;

pub use loader::{Batch, Loader, LoaderState};
