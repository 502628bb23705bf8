//! `genai-tui runs`: lists runs.

mod table;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use jiff::Timestamp;

use table::Row;

use super::{Failure, stdout};
use crate::protocol::Outcome;
use crate::record::RUNS_DIR;
use crate::record::{RunFacts, Status, survey};
use crate::text::number::thousands;
use crate::text::{self, duration};

/// Arguments of `genai-tui runs`.
#[derive(Debug, Clone, Args)]
pub struct RunsArgs {
    /// The directory of the runs
    #[arg(default_value = RUNS_DIR, value_parser = crate::cli::path_arg::path(), value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
    /// Output format
    // Its own id: without a subcommand a flag of this name is one of training.
    #[arg(id = "list_format", long = "format", value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    format: ListFormat,
}

/// How to print a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A table, for people
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// Prints the list, the run that gave the newest sign of life first.
///
/// # Errors
/// When the folder cannot be read, or nothing can be printed.
pub fn run(args: &RunsArgs) -> Result<(), Failure> {
    let found = survey(&args.dir).map_err(Failure::input)?;
    if args.format == ListFormat::Json {
        let mut text = Vec::new();
        for run in &found {
            serde_json::to_writer(&mut text, run).map_err(Failure::run)?;
            text.push(b'\n');
        }
        return stdout::print(text);
    }
    if found.is_empty() {
        // On stdout there is a list, and it is empty.
        let _ = writeln!(io::stderr(), "no runs in `{}`", args.dir.display());
        return Ok(());
    }
    let now = Timestamp::now();
    let rows: Vec<_> = found.iter().map(|run| row(run, now)).collect();
    stdout::print(table::text(&rows, stdout::columns()))
}

fn row(run: &RunFacts, now: Timestamp) -> Row {
    let or_dash = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), plain);
    let losses: Vec<String> = run
        .losses
        .iter()
        .map(|(name, stat)| format!("{} {:.4}", plain(name), stat.last))
        .collect();
    [
        plain(&run.name),
        status(run),
        step(run),
        if losses.is_empty() {
            "–".to_owned()
        } else {
            losses.join("  ")
        },
        or_dash(&run.objective),
        or_dash(&run.dataset),
        run.last_sign
            .map_or_else(|| "–".to_owned(), |then| ago(now, then)),
        // The last column needs no width, and is to be copied.
        run.dir.display().to_string().replace(char::is_control, "?"),
    ]
}

/// One line, whatever a file is named: of it, what has a width that terminals agree on.
fn plain(text: &str) -> String {
    let text = text.replace(char::is_control, "?");
    text::line(&text)
}

pub(super) fn status(run: &RunFacts) -> String {
    match &run.status {
        Status::Live { holder } if holder.is_suspended() => {
            format!("suspended, process {}", holder.pid)
        }
        Status::Live { holder } if run.paused => format!("paused, process {}", holder.pid),
        Status::Live { holder } => format!("live, process {}", holder.pid),
        Status::Finished { outcome, .. } => match outcome {
            Outcome::Completed => "finished",
            Outcome::Stopped => "stopped",
            Outcome::Interrupted => "interrupted",
            Outcome::Diverged => "diverged",
            Outcome::FailedCondition => "failed a condition",
            Outcome::Failed => "failed",
        }
        .to_owned(),
        Status::Failed { .. } => "failed".to_owned(),
        Status::Crashed { .. } => "crashed".to_owned(),
        Status::Unknown { .. } => "unknown".to_owned(),
        Status::Empty => "empty".to_owned(),
    }
}

/// `1,200/5,000`, or with another end `1,200`.
pub(super) fn step(run: &RunFacts) -> String {
    let Some(step) = run.step else {
        return "–".to_owned();
    };
    match run.target.and_then(|target| target.steps) {
        Some(all) => format!("{}/{}", thousands(step), thousands(all)),
        None => thousands(step),
    }
}

pub(super) fn ago(now: Timestamp, then: Timestamp) -> String {
    duration::ago(now.duration_since(then).as_secs())
}
