//! `genai-tui report`: one page about runs, whoever wrote their logs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, ValueEnum, ValueHint};
use jiff::Timestamp;

use super::{Failure, logs_named, path_arg, runs};
use crate::files::{self, Output};
use crate::logs::Found;
use crate::record::RUNS_DIR;
use crate::report::{self, Grouping, Options, Report};
use crate::rules::Filter;
use crate::sweep;
use crate::workspace::{Band, Decided};

/// Arguments of `genai-tui report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// A run's directory, its name under `runs/`, or the path of a log that another tool wrote; of a directory of runs, all of them; of
    /// a sweep's directory, the sweep, too
    #[arg(value_name = "RUN", default_value = RUNS_DIR, value_parser = path_arg::run(), value_hint = ValueHint::AnyPath)]
    runs: Vec<String>,
    /// The file to write: .html, .md, or `-` for stdout
    // Its own id: without a subcommand a flag of this name is one of training.
    #[arg(id = "report_output", long = "output", short = 'o', value_name = "FILE", required = true, value_parser = path_arg::path(), value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// What kind of page [default: as the file is named]
    #[arg(
        id = "report_format",
        long = "format",
        value_enum,
        value_name = "FORMAT"
    )]
    format: Option<Kind>,
    /// What stands above the page [default: the runs' names]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Only runs that match, as in `runs --filter`
    #[arg(id = "report_filter", long = "filter", value_name = "FILTER", value_parser = runs::filter, hide_default_value = true, default_value = "")]
    filter: Filter,
    /// Chart these metrics, in this order [default: all, the most telling first]
    #[arg(long, value_name = "METRIC,…", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Group runs by these settings [default: by all but the seed, where runs differ in nothing else]
    #[arg(
        long,
        value_name = "KEY,…",
        value_delimiter = ',',
        conflicts_with = "no_groups"
    )]
    by: Vec<String>,
    /// Draw every run by itself
    #[arg(long)]
    no_groups: bool,
    /// What the band around a group's mean shows
    #[arg(long, value_enum, value_name = "BAND", default_value_t = BandArg::Range)]
    band: BandArg,
    /// At how many steps samples are shown
    #[arg(id = "report_samples", long = "samples", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=20))]
    samples: u8,
}

/// A kind of page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// One file with charts and pictures in it, light and dark
    Html,
    /// Tables, and small charts of characters; pictures lie beside it
    Md,
}

/// What a band shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BandArg {
    /// From the lowest to the highest run
    Range,
    /// One standard deviation to either side
    Std,
    /// One standard error of the mean to either side
    Se,
}

/// Writes the page.
///
/// # Errors
/// [`Failure::Input`] for what is no run, or an output that cannot be one; [`Failure::Run`] when reading or writing fails.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let kind = args.kind()?;
    let output = Output::named(&args.output).map_err(Failure::input)?;
    let now = Timestamp::now();
    let sweep = args.sweep();
    let found = args.found()?;
    logs_named::spare(&found, &args.output)?;
    let options = Options {
        title: args.title.clone(),
        grouping: match () {
            () if args.no_groups => Grouping::Off,
            () if args.by.is_empty() => Grouping::Seeds,
            () => Grouping::By(args.by.clone()),
        },
        band: match args.band {
            BandArg::Range => Band::Range,
            BandArg::Std => Band::Deviation,
            BandArg::Se => Band::Error,
        },
        metrics: args.metrics.clone(),
        samples: usize::from(args.samples),
        filter: args.filter.clone(),
    };
    let mut decided = Decided::default();
    let marks = |found: &Found| decided.marks(&found.path, &[]);
    let mut report = report::gather(&found, marks, &options, now).map_err(Failure::run)?;
    if report.is_empty() && sweep.is_none() {
        return Err(Failure::Input(anyhow!(
            "no run matches `{}`; there are {}",
            args.filter,
            found.len()
        )));
    }
    if let Some(problem) = report.unknown(&options).filter(|_| !report.is_empty()) {
        return Err(Failure::Input(anyhow!(problem)));
    }
    if let Some(dir) = &sweep {
        report = report
            .with_sweep(dir, args.title.as_deref())
            .map_err(Failure::input)?;
    }
    let text = match kind {
        Kind::Html => report::html(&report),
        Kind::Md => args.markdown(&report)?,
    };
    super::stdout::write(&output, |out| out.write_all(text.as_bytes()))
}

impl ReportArgs {
    fn kind(&self) -> Result<Kind, Failure> {
        if let Some(kind) = self.format {
            return Ok(kind);
        }
        let extension = self.output.extension().unwrap_or_default();
        match extension.to_ascii_lowercase().to_str() {
            Some("html" | "htm") => Ok(Kind::Html),
            Some("md" | "markdown") => Ok(Kind::Md),
            _ => Err(Failure::Input(anyhow!(
                "`{}`: the name does not say what kind of page; expected FILE.html, FILE.md or --format",
                self.output.display()
            ))),
        }
    }

    /// The sweep, if one is named.
    fn sweep(&self) -> Option<PathBuf> {
        let dirs = self.runs.iter().map(PathBuf::from);
        dirs.into_iter().find(|dir| sweep::is_one(dir))
    }

    fn found(&self) -> Result<Vec<Found>, Failure> {
        let sweep = self.sweep();
        let is_without_runs = |error: Failure| {
            // A sweep that has just begun.
            if sweep.is_some() {
                Ok(Vec::new())
            } else {
                Err(error)
            }
        };
        logs_named::all(&self.runs).or_else(is_without_runs)
    }

    /// The page in Markdown. Its pictures are written beside it; on stdout it has none.
    fn markdown(&self, report: &Report) -> Result<String, Failure> {
        let name = self.output.file_name().unwrap_or_default();
        let is_stream = self.output.as_os_str() == "-";
        let folder = format!("{}_files", stem(Path::new(name)));
        let named = (!is_stream).then(|| for_link(&folder));
        let (text, pictures) = report::markdown(report, named.as_deref());
        if pictures.is_empty() {
            return Ok(text);
        }
        let dir = files::folder_of(&self.output).join(&folder);
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error| Failure::Run(anyhow!("`{path}`: cannot be written: {error}"))
        };
        fs::create_dir_all(&dir).map_err(failed(&dir))?;
        for picture in pictures {
            let path = dir.join(&picture.name);
            files::write(&path, &picture.bytes).map_err(failed(&path))?;
        }
        Ok(text)
    }
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// A name as the target of a link in Markdown.
fn for_link(name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(name, KEPT).to_string()
}
