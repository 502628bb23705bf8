//! A run that never happened, for tests and for measurements of the dashboard: its events, what is known about it, its
//! samples, and a small dataset.

mod digits;
mod events;
mod images;
mod objectives;
mod synthetic;

pub use events::{event, own_trainer, run_info, summary};
pub use images::{TINY_IMAGES, idx_images, tiny_images};
pub use synthetic::Synthetic;
