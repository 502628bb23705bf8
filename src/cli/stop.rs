//! `genai-tui stop`: stops a live run with a checkpoint.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::Args;

use super::live::facts_of;
use super::{Failure, job, send, stdout};
use crate::headless;
use crate::protocol::Command;
use crate::record::Status;
use crate::session::link::Answer;
use crate::sweep;
use crate::text::shell_word;

/// How long the answer may take: a run stops between two steps.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a run may take for its last files once it has said that it ended.
const LAST_FILES: Duration = Duration::from_secs(10);

/// Arguments of `genai-tui stop`.
#[derive(Debug, Clone, Args)]
pub struct StopArgs {
    /// The run: its directory, or its name under `runs`
    #[arg(value_parser = crate::cli::path_arg::run())]
    run: String,
}

/// Stops the run, waits until it has ended, and prints the summary.
///
/// # Errors
/// When there is nothing to stop, or it does not stop.
pub fn run(args: &StopArgs) -> Result<(), Failure> {
    let (answer, asked) = send::ask(&args.run, &Command::Stop, PATIENCE)?;
    let ending = match answer {
        Answer::Applied { step, changes } => {
            let text = send::acknowledgement(step, &Command::Stop, &changes);
            stdout::print(format!("{text}\n"))?;
            asked.end().map_err(Failure::run)?
        }
        // It was about to end anyway.
        Answer::Ended(Some(ending)) => Some(ending),
        answer => return Err(send::unanswered(&Command::Stop, answer, PATIENCE)),
    };
    let summary = ending
        .ok_or_else(|| {
            Failure::Run(anyhow!(
                "the run disappeared without reporting how it ended"
            ))
        })?
        .map_err(|error| Failure::Run(anyhow!("the run failed: {error}")))?;
    let Ok(found) = facts_of(&args.run) else {
        // It ended before it began, and left nothing.
        let mut text = Vec::new();
        headless::exit_summary(&summary, None, &mut text).map_err(Failure::run)?;
        return stdout::print(text);
    };
    let deadline = Instant::now() + LAST_FILES;
    while facts_of(&args.run).is_ok_and(|run| matches!(run.status, Status::Live { .. }))
        && Instant::now() < deadline
    {
        thread::sleep(Duration::from_millis(20));
    }
    let dir = job::left_in(&summary, &found.dir);
    let mut text = Vec::new();
    headless::exit_summary(&summary, dir, &mut text).map_err(Failure::run)?;
    // Another program's was named where it said so.
    let own = summary.exit_code.is_none();
    if let Some(checkpoint) = summary.checkpoint.as_ref().filter(|_| own) {
        let path = shell_word(found.dir.join(checkpoint));
        text.extend_from_slice(format!("  checkpoint: {path}\n").as_bytes());
    }
    if sweep::is_of_one(&found.dir) {
        text.extend_from_slice(b"  a trial of a sweep: it stays cancelled there\n");
    }
    stdout::print(text)
}
