//! `genai-tui send`: one command to a live run, and its answer.

use std::time::Duration;

use anyhow::anyhow;
use clap::Args;

use super::live::{facts_of, not_live, patiently};
use super::{Failure, stdout};
use crate::protocol::{Change, Command};
use crate::record::Status;
use crate::session::link::{self, Answer, PendingReply};

/// How long an answer may take: a run answers between two steps, and once it has loaded its data.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of `genai-tui send`.
#[derive(Debug, Clone, Args)]
pub struct SendArgs {
    /// The run: its directory, or its name under `runs`
    #[arg(value_parser = crate::cli::path_arg::run())]
    run: String,
    /// The command, as on the dashboard's command line, e.g. `lr d *0.5`
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Sends the command and prints the answer.
///
/// # Errors
/// When the command or the run does not exist, the command was rejected, or no answer came.
pub fn run(args: &SendArgs) -> Result<(), Failure> {
    let command: Command = args.command.join(" ").parse().map_err(Failure::input)?;
    if let Command::Look(look) = command {
        if facts_of(&args.run)?.program.is_some() {
            return Err(Failure::Input(anyhow!(
                "`{look}`: the trainer of this run is another program, which cannot do that"
            )));
        }
        return Err(Failure::Input(anyhow!(
            "`{look}` shows images on the dashboard; from a shell, use `genai-tui latent {}`",
            args.run
        )));
    }
    match ask(&args.run, &command, PATIENCE)? {
        (Answer::Applied { step, changes }, asked) => {
            stdout::print(format!("{}\n", acknowledgement(step, &command, &changes)))?;
            // Taken is not yet saved, and a script would believe it.
            if command == Command::Checkpoint {
                return saved(asked, step);
            }
            Ok(())
        }
        (answer, _) => Err(unanswered(&command, answer, PATIENCE)),
    }
}

/// Waits for a checkpoint and prints its path.
fn saved(asked: PendingReply, step: u64) -> Result<(), Failure> {
    match asked.saved(step).map_err(Failure::run)? {
        Some(Ok(path)) => stdout::print(format!("step {step}: {path}\n")),
        Some(Err(text)) => Err(Failure::Run(anyhow!(text))),
        None => Err(Failure::Run(anyhow!(
            "the run disappeared before the checkpoint was written"
        ))),
    }
}

/// Sends a command to the run.
pub(super) fn ask(
    run: &str,
    command: &Command,
    patience: Duration,
) -> Result<(Answer, PendingReply), Failure> {
    let found = facts_of(run)?;
    if !matches!(found.status, Status::Live { .. }) {
        return Err(not_live(&found));
    }
    match patiently(&found, |dir| link::ask(dir, command.clone(), patience))? {
        Some(answered) => Ok(answered),
        None => Err(not_live(&facts_of(run)?)),
    }
}

/// `step 1234: lr *0.5: optimizer.d.lr 2e-4 → 1e-4`
pub(super) fn acknowledgement(step: u64, command: &Command, changes: &[Change]) -> String {
    let changes: Vec<String> = changes
        .iter()
        .map(|change| format!("{} {} → {}", change.key, change.from, change.to))
        .collect();
    if changes.is_empty() {
        format!("step {step}: {command}")
    } else {
        format!("step {step}: {command}: {}", changes.join(", "))
    }
}

/// Why a command did not take effect.
pub(super) fn unanswered(command: &Command, answer: Answer, patience: Duration) -> Failure {
    let text = match answer {
        Answer::Rejected { reason } => format!("`{command}` was rejected: {reason}"),
        Answer::Ended(Some(Err(error))) => {
            format!("the run failed before it answered `{command}`: {error}")
        }
        Answer::Ended(Some(Ok(summary))) => format!(
            "the run ended before it answered `{command}`: {}",
            summary.reason
        ),
        Answer::Ended(None) => format!("the run disappeared before it answered `{command}`"),
        Answer::Silence | Answer::Applied { .. } => format!(
            "no answer to `{command}` within {} s: a run answers between steps, once its data is loaded; the command was \
             delivered and will take effect then",
            patience.as_secs()
        ),
    };
    Failure::Run(anyhow!(text))
}
