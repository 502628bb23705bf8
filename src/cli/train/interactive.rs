//! The interactive session, which may turn into a run in the background.

use std::io;
use std::path::Path;

use anyhow::Context;

use super::{Failure, exit_code, failure, how_to_attach, start};
use crate::headless::{self, Patient};
use crate::protocol::{Command, Source};
use crate::session::{Launch, Viewer, detach, signals};
use crate::tui::{self, Left, TuiOptions};

/// Trains on the screen, to the end or until the screen is left. Gives the exit code.
pub(super) fn run(launch: Launch, options: &TuiOptions) -> Result<u8, Failure> {
    let (session, viewer, caught) = start(launch)?;
    let place = session.place();
    let watch = signals::watch(
        caught,
        session.commander(Source::Signal),
        tui::terminal::restore,
    )
    .context("cannot watch for signals")
    .map_err(Failure::Run)?;
    // The screen sees to them: a terminal that hangs up is left behind.
    watch.ignore_hangups();
    let ended = tui::run(&viewer, options);
    match &ended {
        Ok(ended) if ended.left != Left::Closed => {
            go_on(viewer, &place.path(), ended.left);
            let summary = session.wait().map_err(failure)?;
            return Ok(exit_code(&summary, watch.first()));
        }
        Ok(_) => {}
        Err(_) => {
            // A terminal that cannot be used: nobody is there to steer the run, so it is saved and ends.
            let _ = session.commander(Source::Signal).send(Command::Stop);
        }
    }
    drop(viewer);
    let summary = session.wait().map_err(failure)?;
    let ended = ended
        .context("the terminal could not be used")
        .map_err(Failure::Run);
    if watch.first().is_none() {
        ended?;
    }
    let dir = summary.checkpoint.is_some().then(|| place.path());
    // A terminal that is gone has nobody to read it.
    let _ = headless::farewell(&summary, dir.as_deref(), &mut io::stdout().lock());
    Ok(exit_code(&summary, watch.first()))
}

/// Leaves the terminal and logs what happens until the run ends.
fn go_on(viewer: Viewer, dir: &Path, left: Left) {
    let cause = if left == Left::HungUp {
        detach::Cause::HungUp
    } else {
        detach::Cause::Asked
    };
    let Viewer {
        events, commands, ..
    } = viewer;
    // From here on nobody steers the run from here.
    drop(commands);
    detach::leave(dir, cause, || {
        if cause == detach::Cause::Asked {
            let _ = how_to_attach("detached", "goes on", dir, &mut io::stdout());
        }
    });
    headless::log(&events, dir, &mut Patient(io::stderr()));
}
