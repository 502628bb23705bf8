//! A run that has ended, as a viewer sees it.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Digest, Viewer};
use crate::files;
use crate::protocol::{Body, Event, Live, OUTPUT, Output, Recorded, Warning};
use crate::record::{ReadError, Status, facts, replay};

/// Why the past of a run cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// There is no run.
    #[error("no run in `{}`", dir.display())]
    NoRun {
        /// Where none is.
        dir: PathBuf,
    },
    /// Nothing of it was recorded; how it stands with it.
    #[error("{0}")]
    Nothing(String),
    /// The record cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A viewer of the run in `dir`, which has ended: everything that its record holds, and nothing follows.
///
/// # Errors
/// When there is no run, nothing of it was recorded, or the record cannot be read.
pub fn past(dir: &Path) -> Result<Viewer, PastError> {
    // Only now: a run that was live may have ended since it was looked at.
    let run = facts(dir).ok_or_else(|| PastError::NoRun {
        dir: dir.to_owned(),
    })?;
    let mut events = match replay(dir) {
        Ok(events) => events,
        Err(_) if run.step.is_none() => return Err(PastError::Nothing(run.not_live())),
        Err(error) => return Err(error.into()),
    };
    let mut digest: Digest = events.by_ref().collect();
    let last = digest.before().events.last().cloned();
    if let Some(output) = printed(dir) {
        // Before how it ended, which is the last word.
        digest.take_in(&after(last.as_deref(), Live::Output(output)).into());
    }
    if events.unreadable() > 0 {
        let text = format!("{} lines of the record cannot be read", events.unreadable());
        digest.take_in(&after(last.as_deref(), Recorded::Warning(Warning::passing(text))).into());
    }
    let error = match run.status {
        Status::Crashed { .. } => Some(run.in_words()),
        Status::Unknown { .. } | Status::Live { .. } => Some(run.not_live()),
        _ => None,
    };
    if let Some(error) = error {
        digest.take_in(&after(last.as_deref(), Recorded::Failed { error }).into());
    }
    Ok(Viewer::of_the_past(&digest))
}

/// The newest of what the program has printed, where another program trained.
fn printed(dir: &Path) -> Option<Output> {
    let mut file = files::open(&dir.join(OUTPUT)).ok()?;
    let length = file.metadata().ok()?.len();
    let skipped = length.saturating_sub(Output::MOST as u64);
    file.seek(SeekFrom::Start(skipped)).ok()?;
    let mut bytes = Vec::new();
    file.take(Output::MOST as u64)
        .read_to_end(&mut bytes)
        .ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Some(Output { text, skipped })
}

/// What is to be said after the last event of a record.
fn after(last: Option<&Event>, body: impl Into<Body>) -> Event {
    let at = last.map(Event::position).unwrap_or_default();
    let time = last.map_or_else(Timestamp::now, |event| event.time);
    Event::new(at, body).timed(time)
}
