//! `--detach`: a run that has no terminal from the start. As headless, but that its output goes to a file in the run
//! directory and that SIGHUP means nothing to it.

use std::io::{self, Write};

use anyhow::anyhow;

use super::{Failure, caveat, exit_code, failure, how_to_attach, say, start};
use crate::headless::{self, Format, News, Patient};
use crate::protocol::{Body, Event, Recorded};
use crate::session::outlook::{Outlook, outlook};
use crate::session::signals::Listening;
use crate::session::{Launch, detach, front};

/// Starts the run in a process of its own, and returns when it is known to be good: its settings, its data, its directory.
///
/// # Errors
/// [`Failure::Input`] where the run would end together with this process; in the result, when it cannot be started.
pub(super) fn launch(listening: Listening) -> Result<io::Result<u8>, Failure> {
    let outlook = outlook();
    let caveat = caveat(&outlook);
    if let (Outlook::Ends(_), Some(caveat)) = (&outlook, &caveat) {
        return Err(Failure::Input(anyhow!(
            "--detach: the run would end at once: {caveat}"
        )));
    }
    Ok(front::launch(listening).map(|launched| match launched {
        Ok(word) => {
            // Also where nobody reads it, the run goes on.
            let _ = io::stdout().write_all(word.as_bytes());
            if let Some(caveat) = caveat {
                say(&format!("the run does not last: {caveat}"));
            }
            0
        }
        Err(code) => code,
    }))
}

/// That process. Until it has left, what it says goes to the terminal, and what stops whoever waits there stops it.
pub(super) fn run(launch: Launch, listening: Listening) -> Result<u8, Failure> {
    let users = launch.config.signals;
    let (session, viewer) = start(launch, &listening)?;
    let place = session.place();
    let watch = listening.watch(&session, users, || {});
    // What does not fit on the disk is no reason to stop, so that nothing here is lost that matters.
    headless::run(
        &viewer,
        Format::Text,
        &mut Patient(io::stdout()),
        &mut Patient(io::stderr()),
        &mut |news| {
            if let News::Event(Event {
                body: Body::Recorded(Recorded::Started(_)),
                ..
            }) = news
            {
                watch.ignore_hangups();
                detach::leave(&place.path(), detach::Cause::Launched, || {
                    // The first thing on stdout: what the front waits for.
                    let _ = how_to_attach("started", "trains", &place.shown(), &mut io::stdout());
                });
                // The data is loaded: no path is needed any more that this one may be part of.
                detach::leave_folder();
            }
        },
    );
    drop(viewer);
    let summary = session.wait().map_err(failure)?;
    Ok(exit_code(summary.outcome, watch.first()))
}
