//! The command line: one file per subcommand; no logic a library user would miss.

pub mod doctor;
mod failure;
pub mod run_ref;
pub mod sample;
pub mod show_image;

pub use failure::Failure;
