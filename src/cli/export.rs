//! `genai-tui export`: runs in formats that other tools read.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, ValueEnum, ValueHint};

use super::{Failure, logs_named, path_arg};
use crate::export::{self, Exported, Table};
use crate::files::Output;

/// Arguments of `genai-tui export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// A run's directory, its name under `runs/`, or the path of a log that another tool wrote; of a directory of runs, all of them
    #[arg(value_name = "RUN", required = true, value_parser = path_arg::run(), value_hint = ValueHint::AnyPath)]
    runs: Vec<String>,
    /// What to export to
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: To,
    /// The file to write, `-` for stdout; for tensorboard a directory [default: stdout]
    // Its own id: without a subcommand a flag of this name is one of training.
    #[arg(id = "export_output", long = "output", short = 'o', value_name = "FILE", value_parser = path_arg::path(), value_hint = ValueHint::AnyPath)]
    output: Option<PathBuf>,
}

/// A format to export to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// A line for each point, with the columns step, wall time, metric and value
    Csv,
    /// A JSON object for each point
    Jsonl,
    /// Parquet with the same columns
    Parquet,
    /// Event files, in a directory for each run
    Tensorboard,
    /// Markdown: settings, and each metric in a few numbers
    Md,
}

/// Exports the runs.
///
/// # Errors
/// [`Failure::Input`] for what is no run, or an output that cannot be one; [`Failure::Run`] when reading or writing fails.
pub fn run(args: &ExportArgs) -> Result<(), Failure> {
    let table = match args.to {
        To::Csv => Table::Csv,
        To::Jsonl => Table::Jsonl,
        To::Md => Table::Markdown,
        To::Parquet => Table::Parquet,
        To::Tensorboard => {
            let dir = args
                .output
                .as_deref()
                .filter(|path| path.as_os_str() != "-");
            let problem = "event files need a directory: expected --output DIR";
            let dir = dir.ok_or_else(|| Failure::Input(anyhow!(problem)))?;
            let (runs, unread) = read(args)?;
            let lost = export::tensorboard(&runs, dir).map_err(|error| match error {
                export::TensorBoardError::Taken { .. }
                | export::TensorBoardError::NotFolder { .. } => Failure::input(error),
                export::TensorBoardError::Io { .. } => Failure::run(error),
            })?;
            if lost.values > 0 {
                let what = match lost.values {
                    1 => "1 value was".to_owned(),
                    n => format!("{n} values were"),
                };
                let _ = writeln!(
                    io::stderr(),
                    "{what} left out: event files hold numbers up to ±3.4e38"
                );
            }
            if lost.pictures > 0 {
                return Err(Failure::Run(anyhow!(
                    "{} pictures cannot be read and were left out; all else is in `{}`",
                    lost.pictures,
                    dir.display()
                )));
            }
            return whole(unread);
        }
    };
    let output = args.output.as_deref().unwrap_or(Path::new("-"));
    let output = Output::named(output).map_err(Failure::input)?;
    let (runs, unread) = read(args)?;
    super::stdout::write(&output, |out| export::write(table, &runs, out))?;
    whole(unread)
}

/// What could not be read is a failure, after all else was written.
fn whole(unread: Option<Failure>) -> Result<(), Failure> {
    unread.map_or(Ok(()), Err)
}

/// The runs that can be read, and why others cannot.
fn read(args: &ExportArgs) -> Result<(Vec<Exported>, Option<Failure>), Failure> {
    let all = logs_named::all(&args.runs)?;
    if let Some(output) = &args.output {
        logs_named::spare(&all, output)?;
    }
    let (mut runs, mut problems) = (Vec::new(), Vec::new());
    for found in &all {
        match export::read(found) {
            Ok(run) => runs.push(run),
            Err(error) => problems.push(Failure::run(error)),
        }
    }
    let notes = runs.iter().flat_map(|run| {
        let notes = run.about.notes.iter();
        notes.map(|note| (run.name.as_str(), note))
    });
    logs_named::remark(notes);
    let count = problems.len();
    let first = problems.into_iter().next();
    match first {
        Some(first) if runs.is_empty() => Err(first),
        Some(Failure::Run(first)) if count > 1 => {
            let others = format!("{count} of {} logs are not exported; the first", all.len());
            Ok((runs, Some(Failure::Run(first.context(others)))))
        }
        first => Ok((runs, first)),
    }
}
