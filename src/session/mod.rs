//! A running training and everyone who watches it.

mod hub;

pub use hub::{Commander, Hub, Subscriber, Viewer};
