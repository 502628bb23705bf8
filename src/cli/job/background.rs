//! `--detach`: a run that has no terminal from the start. As headless, but that its output goes to a file in the run
//! directory and that SIGHUP means nothing to it.

use std::io::{self, Write};

use anyhow::anyhow;

use super::{Failure, Job, caveat, how_to_attach, say, start, wait};
use crate::headless::{self, Format, News, Patient};
use crate::protocol::{Body, Event, Recorded};
use crate::session::outlook::{Outlook, outlook};
use crate::session::signals::Listening;
use crate::session::{EngineError, detach, front};

/// Starts the run in a separate process, and returns once its settings, data and directory are known to be valid.
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
            // The run continues even if this cannot be printed.
            let _ = io::stdout().write_all(word.as_bytes());
            if let Some(caveat) = caveat {
                say(&format!("the run does not last: {caveat}"));
            }
            0
        }
        Err(code) => code,
    }))
}

/// The process of the run. Until it detaches, its output goes to the terminal, and a signal to the waiting process stops it.
pub(super) fn run<E: EngineError>(job: Job<E>, listening: Listening) -> Result<u8, Failure> {
    let Job {
        users,
        start: begin,
        last_words,
    } = job;
    let (session, viewer) = start(begin, &listening)?;
    let place = session.place();
    let watch = listening.watch(&session, users, move || last_words());
    // A full disk is not a reason to stop: nothing important is lost here.
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
    Ok(wait(session, &watch)?.code)
}
