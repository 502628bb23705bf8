//! The terminal: what it can do.

pub mod caps;
pub mod probe;
