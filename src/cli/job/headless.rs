//! The headless run: data on stdout, diagnostics on stderr.

use std::io::{self, BufWriter};

use super::{Failure, Job, Over, start, wait};
use crate::cli::stdout;
use crate::files::Stdout;
use crate::headless::{self, Format, News, Printed};
use crate::protocol::{Command, Outcome, Source};
use crate::session::EngineError;
use crate::session::signals::Listening;

/// Trains to the end, or until the reader of stdout has gone: like other tools it ends then, but not without saving what was
/// trained. Returns the exit code.
pub(super) fn run<E: EngineError>(
    job: Job<E>,
    listening: Listening,
    format: Format,
) -> Result<u8, Failure> {
    let Job {
        users,
        start: begin,
        last_words,
    } = job;
    let (session, viewer) = start(begin, &listening)?;
    let watch = listening.watch(&session, users, move || last_words());
    let commander = session.commander(Source::Output);
    let Printed { lost, .. } = headless::run(
        &viewer,
        format,
        &mut BufWriter::new(Stdout),
        &mut io::stderr().lock(),
        &mut |news| {
            if let News::OutputLost(_) = news {
                // A trainer that is gone has stopped already.
                let _ = commander.send(Command::Stop);
            }
        },
    );
    drop((viewer, commander));
    let Over { code, summary } = wait(session, &watch)?;
    let Some(summary) = summary else {
        return Ok(code);
    };
    match lost {
        // An error of the training is more important, and so is a signal.
        Some(_) if code != 0 && summary.outcome != Outcome::Interrupted => Ok(code),
        Some(error) if watch.first().is_none() => Err(stdout::failed(error)),
        _ => Ok(code),
    }
}
