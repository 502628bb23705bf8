//! Arguments in, exit code out.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use genai_tui::cli::{self, Cli};

/// A training step allocates and frees many megabytes: the system's allocator gives them back to the system each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run(&Cli::parse().into_command()) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Nothing is left to do if not even this can be written.
            let _ = writeln!(std::io::stderr(), "genai-tui: {}", failure.message());
            ExitCode::from(failure.exit_code())
        }
    }
}
