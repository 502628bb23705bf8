//! `genai-tui runs`: lists runs, whoever wrote them.

mod listed;
mod print;
mod table;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum, ValueHint};
use jiff::Timestamp;

use listed::{Depth, Listed, gather};

use super::{Failure, logs_named, stdout};
use crate::logs::Format;
use crate::protocol::Outcome;
use crate::record::RUNS_DIR;
use crate::record::{RunFacts, Status};
use crate::rules::{Filter, Subject as _};
use crate::text::number::thousands;
use crate::text::{self, did_you_mean, duration, nearest};
use crate::workspace::{Cell, Column, Seen};

/// Arguments of `genai-tui runs`.
#[derive(Debug, Clone, Args)]
pub struct RunsArgs {
    /// Directories of runs, or logs
    #[arg(default_value = RUNS_DIR, value_parser = crate::cli::path_arg::path(), value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// List only runs that match, as in `fid.best < 10 and cfg.lr >= 1e-3`
    ///
    /// FILTER joins conditions with and, or, not and parentheses: a number (`steps > 10k`, `age < 2h`, `loss is nan`), a text (`state
    /// = live`, `name ~ wide`), `tag:NAME`, `has:NAME`, or a text or `/regex/` that a name, tag or remark contains. Names are
    /// those of --columns.
    #[arg(long, value_name = "FILTER", value_parser = filter, hide_default_value = true, default_value = "")]
    filter: Filter,
    /// Sort by these columns; `-` in front turns the order round [default: the newest sign of life first]
    #[arg(
        long,
        value_name = "COLUMN,…",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    sort: Vec<SortKey>,
    /// Print these columns: state, name, origin, age, steps, tags, note, a setting (`cfg.lr`), a metric
    ///
    /// A metric's name is its newest value; `.best`, `.mean`, `.min` and `.max` behind it are what they say, the best one with its step.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', value_parser = column)]
    columns: Vec<Column>,
    /// Output format
    // Its own id: without a subcommand a flag of this name is one of training.
    #[arg(id = "list_format", long = "format", value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    format: ListFormat,
}

/// How to print a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A table, for people
    #[value(alias = "table")]
    Text,
    /// One JSON object a line, for programs
    Json,
    /// CSV with a header
    Csv,
    /// A table in Markdown
    Md,
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq)]
struct SortKey {
    column: Column,
    falling: bool,
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (falling, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        Ok(Self {
            column: column(name)?,
            falling,
        })
    }
}

fn column(text: &str) -> Result<Column, String> {
    if text.trim().is_empty() {
        return Err("expected the name of a column; found nothing".to_owned());
    }
    Ok(Column::from(text.trim().to_owned()))
}

/// Reads a filter; the error points at what is wrong.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    text.parse()
        .map_err(|error: crate::rules::ConditionError| format!("{error}\n{}", error.excerpt()))
}

/// Prints the list, the run that gave the newest sign of life first.
///
/// # Errors
/// When a path cannot be read, or nothing can be printed.
pub fn run(args: &RunsArgs) -> Result<(), Failure> {
    let now = Timestamp::now();
    let mut found = gather(&args.paths, args.depth())?;
    args.remark_unknown(&found, now);
    found.retain(|run| {
        let entry = &run.entry;
        args.filter.wants(&Seen { entry, now })
    });
    for key in args.sort.iter().rev() {
        found.sort_by_cached_key(|run| Sorted(key.column.cell(&run.entry, now), key.falling));
    }
    if args.format != ListFormat::Json {
        let notes = found.iter().flat_map(|run| {
            let known = run.entry.known.iter();
            let notes = known.flat_map(|known| &known.about.notes);
            let all = run.entry.problem.iter().chain(notes);
            all.map(|note| (run.entry.name(), note))
        });
        logs_named::remark(notes);
    }
    if args.is_plain() {
        return match args.format {
            ListFormat::Json => {
                stdout::print_harmless(print::facts(&found, now).map_err(Failure::run)?)
            }
            _ if found.is_empty() => {
                args.nothing();
                Ok(())
            }
            _ => stdout::print(print::overview(&found, now, stdout::columns())),
        };
    }
    let mut columns = args.columns.clone();
    if columns.is_empty() {
        columns = [Column::State, Column::Steps, Column::Origin, Column::Age].into();
    }
    if !columns.contains(&Column::Name) {
        columns.insert(0, Column::Name);
    }
    if found.is_empty() {
        args.nothing();
    }
    let text = match args.format {
        ListFormat::Text if found.is_empty() => String::new(),
        ListFormat::Text => print::text(&found, &columns, now, stdout::columns()),
        ListFormat::Json => print::json(&found, &columns, now).map_err(Failure::run)?,
        ListFormat::Csv => print::csv(&found, &columns, now),
        ListFormat::Md => print::markdown(&found, &columns, now),
    };
    stdout::print_harmless(text)
}

impl RunsArgs {
    /// Whether the list is the usual one: nothing is said of columns, and its format has room for all facts.
    fn is_plain(&self) -> bool {
        self.columns.is_empty() && matches!(self.format, ListFormat::Text | ListFormat::Json)
    }

    /// How far own runs have to be read.
    fn depth(&self) -> Depth {
        let named = self.filter.names();
        let named = named.iter().map(|name| Column::from((*name).to_owned()));
        let sorted = self.sort.iter().map(|key| key.column.clone());
        let columns: Vec<Column> = named.chain(sorted).chain(self.columns.clone()).collect();
        if columns.iter().any(Column::needs_all) {
            Depth::Whole
        } else if self.is_plain() && columns.is_empty() && self.filter.is_empty() {
            Depth::Facts
        } else {
            Depth::Glance
        }
    }

    /// Says of what the filter asks for, and of columns by which is sorted or that are shown, that no run has it: a name may be mistyped.
    fn remark_unknown(&self, found: &[Listed], now: Timestamp) {
        if found.is_empty() {
            return;
        }
        let asked = self.filter.names().into_iter().filter(|name| {
            let lacks = |run: &Listed| {
                let entry = &run.entry;
                Seen { entry, now }.value(name).is_none()
            };
            found.iter().all(lacks)
        });
        let asked = asked.map(|name| Column::from(name.to_owned()));
        let sorted = self.sort.iter().map(|key| &key.column);
        let shown = sorted.chain(&self.columns).filter(|column| {
            let lacks = |run: &Listed| matches!(column.cell(&run.entry, now), Cell::Nothing);
            found.iter().all(lacks)
        });
        let mut said = Vec::new();
        for column in asked.chain(shown.cloned()) {
            let is_named = matches!(column, Column::Setting(_) | Column::Metric(..));
            if !is_named || said.contains(&column) {
                continue;
            }
            let known = found.iter().filter_map(|run| run.entry.known.as_ref());
            let mut names: BTreeSet<String> = BTreeSet::new();
            for known in known {
                names.extend(known.metrics.keys().cloned());
                names.extend(known.about.config.keys().map(|key| format!("cfg.{key}")));
            }
            let name = column.to_string();
            let guess = did_you_mean(nearest(&name, names.iter().map(String::as_str)));
            let _ = writeln!(io::stderr(), "no run has `{}`{guess}", plain(&name));
            said.push(column);
        }
    }

    /// On stdout there is a list, and it is empty.
    fn nothing(&self) {
        let paths: Vec<String> = self
            .paths
            .iter()
            .map(|path| format!("`{}`", path.display()))
            .collect();
        let paths = paths.join(", ");
        let text = if self.filter.is_empty() {
            format!("no runs in {paths}: looked for {}", Format::list())
        } else {
            format!("no runs in {paths} that match `{}`", self.filter)
        };
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// A cell in the order of its column.
struct Sorted(crate::workspace::Cell, bool);

impl PartialEq for Sorted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sorted {}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&other.0, self.1)
    }
}

/// One line, whatever a file is named: of it, what has a width that terminals agree on.
fn plain(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    text::line(&text.replace(char::is_control, "?"))
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
            Outcome::Unknown => "unknown",
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
