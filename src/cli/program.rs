//! `genai-tui run`: a run whose trainer is another program.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Args, ValueHint};
use jiff::ZonedDateTime;
use ratatui::layout::Rect;
use toml::Value;

use super::job::{self, Job, Surface, Wanted};
use super::{Failure, path_arg};
use crate::config::{FlagValue, Sources, check_run_name, resolve_for_program};
use crate::foreign::printed::Pattern;
use crate::foreign::{self, Program, RunningProcess};
use crate::headless::Format;
use crate::launch::{self, plan::Destination};
use crate::protocol::Timed;
use crate::record::{RUNS_DIR, RunDir};
use crate::rules::Condition;
use crate::session::signals;
use crate::session::{OpenFor, Session, Setup};
use crate::tui::{self, TuiOptions};

/// Run a program of your own as the trainer.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each on its own"
)]
pub struct ProgramArgs {
    /// The directory of this run [default: runs/NAME]
    #[arg(
        long,
        value_name = "DIR",
        value_parser = path_arg::path(),
        value_hint = ValueHint::DirPath,
        conflicts_with = "name",
        help_heading = "Output"
    )]
    run_dir: Option<PathBuf>,
    /// The name of this run, below runs/ [default: the program's name and the time]
    #[arg(long, value_name = "NAME", value_parser = run_name, help_heading = "Output")]
    name: Option<String>,
    /// Run without the dashboard; print progress as lines on stdout
    ///
    /// This is the default if stdout is not a terminal, with TERM=dumb, in a CI job, and with --format.
    #[arg(long, help_heading = "Output")]
    no_tui: bool,
    /// Open the dashboard even in a CI job (where CI is set)
    #[arg(long, conflicts_with_all = ["no_tui", "format", "detach"], help_heading = "Output")]
    tui: bool,
    /// Run in the background: print how to attach, and return
    #[arg(long, conflicts_with_all = ["no_tui", "format"], help_heading = "Output")]
    detach: bool,
    /// Output format without the dashboard [default: text]
    #[arg(long, value_enum, help_heading = "Output")]
    format: Option<Format>,
    /// Also write event files for TensorBoard into the run directory
    #[arg(long, help_heading = "Output")]
    tensorboard: bool,
    /// Limit output to 4 KB/s: fewer frames, samples as dots
    #[arg(long, help_heading = "Output")]
    low_bandwidth: bool,
    /// Read settings of health, evaluation, signals, system, record, ui and keys, `at`, `fail_if` and `rules` from this TOML file
    #[arg(
        long,
        value_name = "FILE",
        value_parser = path_arg::path(),
        value_hint = ValueHint::FilePath,
        help_heading = "Configuration"
    )]
    config: Option<PathBuf>,
    /// Set one of these settings, as in `--set health.d_loss_low=0.2`
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Configuration")]
    set: Vec<String>,
    /// Give the program a command after a step, as in `500:set lr 1e-4`; repeatable
    ///
    /// It is sent when the program has reported that step, and takes effect when the program has answered.
    #[arg(long, value_name = "STEP:COMMAND", value_parser = timed, help_heading = "Schedule")]
    at: Vec<Timed>,
    /// Stop, and exit with code 3, when a condition holds, as in `val/loss > 2 after 1000`; repeatable
    ///
    /// EXPR is as in `genai-tui train`, on any metric of the program.
    #[arg(long, value_name = "EXPR", value_parser = failing, help_heading = "Schedule")]
    fail_if: Vec<Condition>,
    /// Time that the program has to end once it was asked to stop; then it gets SIGTERM, and 5 s later SIGKILL
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = grace, help_heading = "Schedule")]
    grace: Duration,
    /// Take metrics from printed lines of this form: a regular expression with named groups
    ///
    /// The groups `step` and `epoch` are the position, all others are metrics. Without it, the usual forms are known: `Epoch [1/5],
    /// Step [100/938], loss: 0.69`, `key=value` and `key: value`, JSON objects, and the progress bars of tqdm and Keras. A program
    /// that connects to the panel is not read.
    #[arg(long, value_name = "REGEX", value_parser = pattern, help_heading = "Metrics")]
    parse: Option<Pattern>,
    /// Follow logs of other tools that the program writes below DIR: TensorBoard, W&B, CSV, JSON lines
    ///
    /// Their metrics, pictures, distributions, texts and settings are the run's. What was there before is passed over. What the program
    /// prints is then read only with --parse.
    #[arg(
        long,
        value_name = "DIR",
        value_parser = path_arg::path(),
        value_hint = ValueHint::DirPath,
        help_heading = "Metrics"
    )]
    watch: Option<PathBuf>,
    /// The program and its arguments, after `--`
    #[arg(required = true, last = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    command: Vec<OsString>,
}

/// Runs the program. Returns the exit code.
///
/// # Errors
/// When it cannot be started, or the run fails on this side.
pub fn run(args: &ProgramArgs) -> Result<u8, Failure> {
    if foreign::guard() {
        return Ok(0);
    }
    if let Some(error) = foreign::become_program(&args.command) {
        // As a shell says it.
        return Err(Failure::Run(
            anyhow!(error).context("cannot become the program"),
        ));
    }
    let listening = signals::listen()
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let wanted = Wanted {
        tui: args.tui,
        headless: args.no_tui || args.format.is_some(),
        detach: args.detach,
        format: args.format,
    };
    let surface = wanted.surface()?;
    let listening = match job::in_front(surface, listening)? {
        Ok(code) => return Ok(code),
        Err(listening) => listening,
    };
    let mut config = resolve_for_program(args.sources())
        .map_err(Failure::input)?
        .config;
    // What can be set is the program's own: not a matter of this program's settings.
    config.at.extend(args.at.iter().cloned());
    let options = TuiOptions::new(&config).map_err(Failure::input)?;
    job::check_waits(&config, surface)?;
    let program = args
        .command
        .first()
        .map_or_else(OsString::new, OsString::clone);
    let file = foreign::find(&program).map_err(Failure::input)?;
    let file = std::path::absolute(&file).unwrap_or(file);
    let (destination, or_next) = args.destination(&program);
    RunDir::check_free(&destination.dir)
        .or_else(|error| if or_next { Ok(()) } else { Err(error) })
        .map_err(Failure::input)?;
    let setup = Setup {
        name: destination.name,
        dir: destination.dir,
        held: None,
        open_for: if or_next {
            OpenFor::NextFree
        } else {
            OpenFor::New
        },
        notices: Vec::new(),
        attended: surface == Surface::Dashboard,
        system: config.system.clone(),
        tensorboard: config.record.tensorboard,
    };
    let users = config.signals;
    let process = RunningProcess::default();
    let program = Program {
        command: args.command.clone(),
        file,
        terminal: surface == Surface::Dashboard,
        size: (surface == Surface::Dashboard).then(output_size).flatten(),
        grace: args.grace,
        pattern: args.parse.clone(),
        watched: args
            .watch
            .as_ref()
            .map(|folder| std::path::absolute(folder).unwrap_or_else(|_| folder.clone())),
        finder: launch::finder(&config),
        process: process.clone(),
        config,
    };
    let job = Job {
        users,
        start: Box::new(move || Session::start(setup, program)),
        last_words: Arc::new(move || process.kill()),
    };
    job::run(job, surface, listening, options)
}

/// The size that output has on the screen of this terminal.
fn output_size() -> Option<(u16, u16)> {
    let (columns, rows) = crossterm::terminal::size().ok()?;
    tui::output_size(Rect::new(0, 0, columns, rows))
}

impl ProgramArgs {
    /// The layers of the configuration.
    fn sources(&self) -> Sources {
        let texts = |all: Vec<String>| Value::Array(all.into_iter().map(Value::String).collect());
        let mut flags = Vec::new();
        if !self.fail_if.is_empty() {
            let all = self.fail_if.iter().map(ToString::to_string).collect();
            flags.push(("--fail-if", "fail_if", texts(all)));
        }
        if self.tensorboard {
            flags.push(("--tensorboard", "record.tensorboard", Value::Boolean(true)));
        }
        if self.low_bandwidth {
            flags.push(("--low-bandwidth", "ui.low_bandwidth", Value::Boolean(true)));
        }
        Sources {
            preset: None,
            file: self.config.clone(),
            environment: std::env::vars_os().collect(),
            set: self.set.clone(),
            flags: flags
                .into_iter()
                .map(|(flag, key, value)| FlagValue { flag, key, value })
                .collect(),
            paths: Some(path_arg::of_key),
        }
    }

    /// Where the run goes, and whether another name with a number behind it is as good.
    fn destination(&self, program: &OsString) -> (Destination, bool) {
        match (&self.run_dir, &self.name) {
            (Some(dir), _) => (Destination::in_dir(dir), false),
            (None, Some(name)) => (Destination::named(name), false),
            (None, None) => {
                let name = default_name(program, &self.command);
                let dir = Path::new(RUNS_DIR).join(&name);
                (Destination { name, dir }, true)
            }
        }
    }
}

/// The program's name, or the script's that an interpreter runs, and the time.
fn default_name(program: &OsString, command: &[OsString]) -> String {
    let script = command
        .iter()
        .skip(1)
        .map(Path::new)
        .find(|path| path.extension().is_some() && path.is_file());
    let named = script.unwrap_or(Path::new(program));
    let stem = named.file_stem().unwrap_or(named.as_os_str());
    let plain = |c: char| {
        if c.is_alphanumeric() || "_-.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let stem: String = stem.to_string_lossy().chars().take(40).map(plain).collect();
    let stem = stem.trim_matches(['-', '.']);
    let stem = if stem.is_empty() { "program" } else { stem };
    let time = ZonedDateTime::now().strftime("%Y%m%d-%H%M%S").to_string();
    format!("{stem}-{time}")
}

fn run_name(text: &str) -> Result<String, String> {
    check_run_name(text).map(|()| text.to_owned())
}

/// Reads a condition on a metric of any name; the error points at what is wrong.
fn failing(text: &str) -> Result<Condition, String> {
    text.parse::<Condition>()
        .map_err(|error| format!("{error}\n{}", error.excerpt()))
}

fn timed(text: &str) -> Result<Timed, String> {
    text.parse()
}

fn pattern(text: &str) -> Result<Pattern, String> {
    text.parse::<Pattern>().map_err(|error| error.to_string())
}

/// Reads `30s`, `2m`, `0s`.
fn grace(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a time such as 30s or 2m; found `{text}`");
    let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}
