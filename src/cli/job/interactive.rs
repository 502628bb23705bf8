//! The interactive session, which may turn into a run in the background.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context;

use super::{Failure, Job, caveat, how_to_attach, left_in, start, wait};
use crate::files::Place;
use crate::headless::{self, Log, Patient};
use crate::protocol::{Body, Command, Event, Recorded, Source};
use crate::session::outlook::{Outlook, outlook};
use crate::session::signals::Listening;
use crate::session::{self, Commander, EngineError, Viewer, detach};
use crate::terminal::{self, Quiet};
use crate::tui::{self, Left, TuiOptions};

/// How long leaving the terminal waits for a checkpoint: a step may take a while, and so may a disk.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process that the shell waits for: it starts the session in a separate process. Returns the exit code.
pub(super) fn front(listening: Listening) -> io::Result<u8> {
    session::front::run(listening, outlook().is_good())
}

/// Trains on the screen, to the end or until the screen is left. Returns the exit code.
pub(super) fn run<E: EngineError>(
    job: Job<E>,
    listening: Listening,
    mut options: TuiOptions,
) -> Result<u8, Failure> {
    let Job {
        users,
        start: begin,
        last_words,
    } = job;
    options.outlook = outlook();
    let (session, viewer) = start(begin, &listening)?;
    let place = session.place();
    let watch = listening.watch(&session, users, move || {
        terminal::restore();
        last_words();
    });
    // The screen sees to them: a terminal that hangs up is left behind.
    watch.ignore_hangups();
    let ended = tui::run(&viewer, &options);
    // What is typed until this process has ended, or left the terminal, is for nobody.
    let quiet = Quiet::begin();
    match &ended {
        Ok(ended) if ended.left != Left::Closed => {
            let commander = session.commander(match ended.left {
                Left::HungUp => Source::Signal,
                _ => Source::Viewer,
            });
            go_on(viewer, &place, ended, &options.outlook, &commander, quiet);
            return Ok(wait(session, &watch)?.code);
        }
        Ok(ended) => {
            if ended.summary.is_none() && ended.failed.is_none() {
                let text = if ended.is_program {
                    // Asked a second time, it does not wait.
                    let _ = session.commander(Source::Viewer).send(Command::Stop);
                    "genai-tui: ending the program at once"
                } else {
                    "genai-tui: waiting until the run has been saved and has ended"
                };
                // A terminal that is gone has nobody to read it.
                let _ = writeln!(io::stderr(), "{text}");
            }
        }
        Err(_) => {
            // Without a usable terminal the run cannot be steered: it is saved and ends.
            let _ = session.commander(Source::Signal).send(Command::Stop);
        }
    }
    drop(viewer);
    let over = wait(session, &watch)?;
    let Some(summary) = over.summary else {
        return Ok(over.code);
    };
    let ended = ended
        .context("the terminal could not be used")
        .map_err(Failure::Run);
    if watch.first().is_none() {
        ended?;
    }
    let dir = place.shown();
    // The terminal may be gone.
    let _ = headless::exit_summary(&summary, left_in(&summary, &dir), &mut io::stdout().lock());
    Ok(over.code)
}

/// Detaches from the terminal and logs events until the run ends.
fn go_on(
    viewer: Viewer,
    place: &Place,
    ended: &tui::Ended,
    outlook: &Outlook,
    commander: &Commander,
    quiet: Quiet,
) {
    let cause = if ended.left == Left::HungUp {
        detach::Cause::HungUp
    } else {
        detach::Cause::Asked
    };
    let Viewer {
        events, commands, ..
    } = viewer;
    // From here on this process does not steer the run.
    drop(commands);
    let mut err = Patient(io::stderr());
    let shown = place.shown();
    let mut log = Log::new(&events, &shown, &mut err);
    detach::leave(&place.path(), cause, || {
        // Before anything ends with the front. A run that has not begun has nothing to save.
        if *outlook != Outlook::Lasts && ended.began {
            if cause == detach::Cause::Asked {
                let _ = writeln!(io::stdout(), "saving a checkpoint before detaching");
            }
            save(&mut log, commander);
        }
        if cause == detach::Cause::Asked {
            let _ = how_to_attach("detached", "continues", &shown, &mut io::stdout());
            if let Some(caveat) = caveat(outlook) {
                let _ = writeln!(io::stdout(), "  {caveat}");
            }
        }
        drop(quiet);
    });
    if !ended.began
        && !log.until(None, |event| {
            matches!(event.body, Body::Recorded(Recorded::Started(_)))
        })
    {
        return;
    }
    // The data is loaded: no path is needed any more that this one may be part of.
    detach::leave_folder();
    log.until(None, |_| false);
}

/// Saves a checkpoint, and waits until it is on disk or cannot be.
fn save(log: &mut Log<'_>, commander: &Commander) {
    let Some(id) = commander.send(Command::Checkpoint) else {
        return;
    };
    let mut taken = None;
    let mut is_done = |event: &Event| match &event.body {
        Body::Recorded(Recorded::Applied { request, .. }) if *request == Some(id) => {
            taken = Some(event.step);
            false
        }
        Body::Recorded(Recorded::Rejected { request, .. }) => *request == Some(id),
        _ => taken == Some(event.step) && event.saved().is_some(),
    };
    log.until(Some(PATIENCE), &mut is_done);
}
