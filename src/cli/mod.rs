//! The command line: one file per subcommand; no logic a library user would miss.

mod failure;

pub use failure::Failure;
