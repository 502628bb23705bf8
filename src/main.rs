//! Arguments in, exit code out.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use genai_tui::cli::{self, Cli};

/// A training step allocates and frees many megabytes: the system's allocator gives them back to the system each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(cli) => cli::run(&cli.into_command()),
        Err(usage) => cli::answer(&usage),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let message = failure.message();
            if !message.is_empty() {
                // Nothing is left to do if not even this can be written.
                let _ = writeln!(std::io::stderr(), "genai-tui: {message}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
