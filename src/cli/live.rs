//! Connects to a run in another process, or explains why that is impossible.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::Failure;
use crate::record::RUNS_DIR;
use crate::record::reference;
use crate::record::{RunFacts, Status, facts};
use crate::session::link::LinkError;

/// How long a live run may take to open its socket, or an ending one to release its lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known about RUN.
///
/// # Errors
/// When there is no such run.
pub(super) fn facts_of(run: &str) -> Result<RunFacts, Failure> {
    let dir = reference::directory(run, Path::new(RUNS_DIR)).map_err(Failure::input)?;
    facts(&dir).ok_or_else(|| Failure::Input(anyhow!("no run in `{}`", dir.display())))
}

/// Connects to a live run; `None` if it has ended in the meantime.
///
/// # Errors
/// When it cannot be reached, or `reach` fails otherwise.
pub(super) fn patiently<T>(
    found: &RunFacts,
    mut reach: impl FnMut(&Path) -> Result<T, LinkError>,
) -> Result<Option<T>, Failure> {
    if let Status::Live { holder } = &found.status
        && holder.is_suspended()
    {
        let (name, pid) = (&found.name, holder.pid);
        let text = format!(
            "run `{name}`: its process {pid} is suspended and does not answer; resume it with `fg` in its shell or `kill -CONT {pid}`"
        );
        return Err(Failure::Input(anyhow!(text)));
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match reach(&found.dir) {
            Ok(reached) => return Ok(Some(reached)),
            Err(error @ LinkError::NobodyThere { .. }) => error,
            Err(error) => return Err(Failure::run(error)),
        };
        let Some(RunFacts {
            status: Status::Live { holder },
            ..
        }) = facts(&found.dir)
        else {
            return Ok(None);
        };
        if Instant::now() > deadline {
            let text = format!(
                "run `{}` is held by {holder}, which cannot be reached from here ({error}); if it is on another machine or in a \
                 container, run this there",
                found.name
            );
            return Err(Failure::Input(anyhow!(text)));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Why a run takes no commands, and what to do.
pub(super) fn not_live(run: &RunFacts) -> Failure {
    Failure::Input(anyhow!(run.not_live()))
}
