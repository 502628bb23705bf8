//! The headless run: data on stdout, diagnostics on stderr.

use std::io;

use anyhow::Context;

use super::{Failure, exit_code, failure, start};
use crate::headless::{self, Ending, Format};
use crate::protocol::Command;
use crate::session::Launch;
use crate::session::signals::Listening;

/// Trains to the end. Gives the exit code.
pub(super) fn run(launch: Launch, listening: Listening, format: Format) -> Result<u8, Failure> {
    let users = launch.config.signals;
    let (session, viewer) = start(launch, &listening)?;
    let watch = listening.watch(&session, users, || {});
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
