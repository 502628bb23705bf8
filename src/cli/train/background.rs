//! `--detach`: a run that has no terminal from the start. As headless, but that its output goes to a file in the run
//! directory and that SIGHUP means nothing to it.

use std::io::{self, Write};

use anyhow::Context;

use super::{Failure, exit_code, failure, how_to_attach, start};
use crate::headless::{self, Format, News, Patient};
use crate::protocol::{Body, Event, Source};
use crate::session::{Launch, detach, front, signals};

/// Starts the run in a process of its own, and returns when it is known to be good: its settings, its data, its directory.
pub(super) fn launch() -> io::Result<u8> {
    match front::launch()? {
        Ok(word) => {
            // Also where nobody reads it, the run goes on.
            let _ = io::stdout().write_all(word.as_bytes());
            Ok(0)
        }
        Err(code) => Ok(code),
    }
}

/// That process. Until it has left, what it says goes to the terminal, and what stops whoever waits there stops it.
pub(super) fn run(launch: Launch) -> Result<u8, Failure> {
    let dir = launch.dir.clone();
    let (session, viewer, caught) = start(launch)?;
    let watch = signals::watch(caught, session.commander(Source::Signal), || {})
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    // What does not fit on the disk is no reason to stop, so that nothing here is lost that matters.
    headless::run(
        &viewer,
        Format::Text,
        &mut Patient(io::stdout()),
        &mut Patient(io::stderr()),
        &mut |news| {
            if let News::Event(Event {
                body: Body::Started(_),
                ..
            }) = news
            {
                watch.ignore_hangups();
                detach::leave(&dir, detach::Cause::Launched, || {
                    // The first thing on stdout: what the front waits for.
                    let _ = how_to_attach("started", "trains", &dir, &mut io::stdout());
                });
            }
        },
    );
    drop(viewer);
    let summary = session.wait().map_err(failure)?;
    Ok(exit_code(&summary, watch.first()))
}
