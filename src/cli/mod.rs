//! The command line: one file per subcommand; no logic a library user would miss.
//!
//! [`Cli::try_parse`](clap::Parser::try_parse) reads the arguments; [`answer`] prints help, version or what is wrong with
//! them. [`Cli::into_command`] returns the command, and [`run`] carries it out.

mod args;
pub mod attach;
pub mod bench;
pub mod client;
pub mod completions;
pub mod config;
mod dashboard;
pub mod data;
pub mod doctor;
pub mod eval;
pub mod export;
mod failure;
mod fit_args;
mod fork_live;
mod image_output;
mod job;
pub mod latent;
mod live;
mod logs_named;
pub mod man;
pub mod model;
mod owner;
mod path_arg;
pub mod program;
pub mod report;
pub mod runs;
pub mod sample;
pub mod send;
mod setting_args;
mod show_image;
pub mod stdout;
pub mod stop;
pub mod sweep;
pub mod train;
mod train_args;
mod value_flags;
mod version;
pub mod watch;
mod weights_args;

use std::io::{self, Write as _};

use clap::CommandFactory as _;

pub use args::{Cli, Command};
pub use failure::Failure;
pub use setting_args::SettingArgs;
pub use train_args::TrainArgs;

use crate::session::{descriptors, signals};

/// Prints the help or the version, or what is wrong with the arguments. Returns the exit code.
///
/// # Errors
/// When standard output refuses what was asked for.
pub fn answer(usage: &clap::Error) -> Result<u8, Failure> {
    let printed = usage.print().and_then(|()| io::stdout().flush());
    if !usage.use_stderr() {
        printed.map_err(stdout::failed)?;
    }
    Ok(u8::try_from(usage.exit_code()).unwrap_or(2))
}

/// Carries out a command and returns the exit code.
///
/// # Errors
/// Why the command failed.
pub fn run(command: &Command) -> Result<u8, Failure> {
    // The state inherited from the parent process, before anything here changes it.
    descriptors::take_down();
    signals::prepare().map_err(Failure::run)?;
    match command {
        Command::Train(args) => train::run(args),
        Command::Run(args) => program::run(args),
        Command::Attach(args) => attach::run(args),
        Command::Watch(args) => watch::run(args).map(|()| 0),
        Command::Runs(args) => runs::run(args).map(|()| 0),
        Command::Export(args) => export::run(args).map(|()| 0),
        Command::Report(args) => report::run(args).map(|()| 0),
        Command::Send(args) => send::run(args).map(|()| 0),
        Command::Stop(args) => stop::run(args).map(|()| 0),
        Command::Sweep(args) => sweep::run(args),
        Command::Data(args) => data::run(args).map(|()| 0),
        Command::Sample(args) => sample::run(
            args,
            |checkpoint| Ok(crate::train::image_shape(checkpoint)?),
            |checkpoint, of, seed| {
                let weights = args.weights.into();
                Ok(crate::train::sample_generator(
                    checkpoint, weights, of, seed,
                )?)
            },
        )
        .map(|()| 0),
        Command::Latent(args) => latent::run(args).map(|()| 0),
        Command::Eval(args) => eval::run(args).map(|()| 0),
        Command::Doctor(args) => doctor::run(*args).map(|()| 0),
        Command::Bench(args) => bench::run(args).map(|()| 0),
        Command::Config(args) => config::run(args).map(|()| 0),
        Command::Model(args) => model::run(args).map(|()| 0),
        Command::Completions(args) => completions::run(args, Cli::command()).map(|()| 0),
        Command::Client(args) => client::run(args).map(|()| 0),
        Command::Man(args) => man::run(args, Cli::command()).map(|()| 0),
    }
}
