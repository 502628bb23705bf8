//! `genai-tui client python`: prints the client of the trainer protocol.

use clap::{Args, ValueEnum};

use super::{Failure, stdout};

/// One file without dependencies, as it is in `clients/python`.
const PYTHON: &str = include_str!("../../clients/python/genai_tui.py");

/// Print the client with which a program of your own speaks to `genai-tui run`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  genai-tui client python > genai_tui.py      put it beside your script: import genai_tui")]
pub struct ClientArgs {
    /// The language of the program
    language: Language,
}

/// The languages that there is a client for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// Python 3.9 and later, standard library only
    Python,
}

/// Prints the client.
///
/// # Errors
/// [`Failure::Run`] if stdout cannot be written.
pub fn run(args: &ClientArgs) -> Result<(), Failure> {
    match args.language {
        Language::Python => stdout::print(PYTHON),
    }
}
