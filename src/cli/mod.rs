//! The command line: one file per subcommand; no logic a library user would miss.
//!
//! [`Cli::parse`](clap::Parser::parse) ends the process with exit code 2 when the arguments are wrong;
//! [`Cli::into_command`] says what to do.

mod args;
pub mod completions;
pub mod config;
mod failure;
mod setting_args;
pub mod stdout;
mod train_args;

pub use args::{Cli, Command};
pub use failure::Failure;
pub use setting_args::SettingArgs;
pub use train_args::{Format, TrainArgs};
