//! The headless run: data on stdout, diagnostics on stderr.

use std::io;

use anyhow::Context;

use super::{Failure, exit_code, failure, start};
use crate::headless::{self, Ending, Format};
use crate::protocol::{Command, Source};
use crate::session::{Launch, signals};

/// Trains to the end. Gives the exit code.
pub(super) fn run(launch: Launch, format: Format) -> Result<u8, Failure> {
    let (session, viewer, caught) = start(launch)?;
    let watch = signals::watch(caught, session.commander(Source::Signal), || {})
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let printed = headless::run(
        &viewer,
        format,
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
    );
    if !matches!(printed, Ok(Ending::Finished(_) | Ending::Failed(_))) {
        // Nobody reads any more: what was trained is saved.
        let _ = viewer.commands.send(Command::Stop);
    }
    drop(viewer);
    let summary = session.wait().map_err(failure)?;
    printed.context("cannot print").map_err(Failure::Run)?;
    Ok(exit_code(&summary, watch.first()))
}
