//! The command line: one file per subcommand; no logic a library user would miss.

pub mod data;
mod failure;

pub use failure::Failure;
