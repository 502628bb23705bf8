//! `genai-tui watch`: many runs on one screen, whoever wrote them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Args, ValueHint};

use super::{Failure, dashboard, fork_live, send};
use crate::config::{Sources, resolve};
use crate::foreign;
use crate::logs::{Format, Found, Removal};
use crate::protocol::Command;
use crate::record::{CONFIG, RUNS_DIR, Status, facts};
use crate::session::link::{self, Answer, Role};
use crate::session::{self, Viewer, signals};
use crate::sweep::{self, Board};
use crate::terminal;
use crate::tui::TuiOptions;
use crate::tui::workspace::{self, Runs, SweepAt};

/// How long an answer of a run may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of `genai-tui watch`.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// Directories or files with runs, of any format
    #[arg(default_value = RUNS_DIR, value_parser = crate::cli::path_arg::path(), value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    screen: ScreenArgs,
}

/// Arguments of the screen of many runs.
#[derive(Debug, Clone, Args)]
pub(super) struct ScreenArgs {
    /// Open the workspace even in a CI job (where CI is set)
    #[arg(long)]
    tui: bool,
    /// Limit output to 4 KB/s, for slow connections
    #[arg(long)]
    low_bandwidth: bool,
    /// Override a setting of `ui` or `keys`, as in `--set ui.theme=light`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Shows the runs until the workspace is left.
///
/// # Errors
/// When a path does not exist, or there is no terminal.
pub fn run(args: &WatchArgs) -> Result<(), Failure> {
    match args.paths.as_slice() {
        // A sweep is its runs, and more.
        [dir] if sweep::is_one(dir) => of_sweep(dir, &args.screen, false),
        _ => show(args, None),
    }
}

/// Shows a sweep, and its runs.
pub(super) fn sweep(dir: &Path, screen: &ScreenArgs) -> Result<(), Failure> {
    of_sweep(dir, screen, true)
}

fn of_sweep(dir: &Path, screen: &ScreenArgs, first: bool) -> Result<(), Failure> {
    Board::open(dir)?;
    let runs = dir.join(RUNS_DIR);
    let args = WatchArgs {
        paths: vec![runs],
        screen: screen.clone(),
    };
    let dir = dir.to_path_buf();
    show(&args, Some(&SweepAt { dir, first }))
}

fn show(args: &WatchArgs, sweep: Option<&SweepAt>) -> Result<(), Failure> {
    let of_the_screen = |set: &String| ["ui.", "keys."].iter().any(|part| set.starts_with(part));
    if let Some(set) = args.screen.set.iter().find(|set| !of_the_screen(set)) {
        return Err(Failure::Input(anyhow!(
            "--set {set}: expected a key of `ui` or `keys`: a viewer changes only its own screen"
        )));
    }
    for path in &args.paths {
        // The default need not be there yet: runs that come are found.
        let is_default = path == Path::new(RUNS_DIR) || sweep.is_some();
        if let Err(error) = fs::metadata(path)
            && !is_default
        {
            return Err(Failure::Input(anyhow!(
                "cannot read {}: {error}",
                path.display()
            )));
        }
    }
    dashboard::needed(
        "watch",
        args.screen.tui,
        match sweep {
            Some(_) => "without one, use `genai-tui sweep status`",
            None => "without one, use `genai-tui runs`",
        },
    )?;
    let options = options(None, args)?;
    session::panics::keep_quiet();
    signals::leave_at_once(terminal::restore)
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let runs = Arc::new(Reached { args: args.clone() });
    let unkept = workspace::watch(args.paths.clone(), &options, runs, sweep)
        .context("the terminal could not be used")
        .map_err(Failure::Run)?;
    unkept.map_or(Ok(()), |why| Err(Failure::Run(anyhow!(why))))
}

/// Theme, keys and the like: from the configuration of a run where there is one, overridden by this environment and by flags.
fn options(config: Option<&Path>, args: &WatchArgs) -> Result<TuiOptions, Failure> {
    let sources = |config: Option<&Path>| Sources {
        environment: std::env::vars_os().collect(),
        set: args.screen.set.clone(),
        ..config.map_or_else(Sources::default, |config| {
            Sources::file(config.to_path_buf())
        })
    };
    // A run can be shown even if its configuration cannot be read.
    let resolved = match resolve(sources(config)) {
        Err(_) if config.is_some() => resolve(sources(None)),
        resolved => resolved,
    };
    let resolved = resolved.map_err(Failure::input)?;
    let mut options = TuiOptions::new(&resolved.config).map_err(Failure::input)?;
    options.attached = true;
    options.close_after = None;
    options.low_bandwidth |= args.screen.low_bandwidth;
    Ok(options)
}

/// Runs of this program, reached by their directories.
struct Reached {
    args: WatchArgs,
}

fn in_words(failure: &Failure) -> String {
    failure.message()
}

impl Runs for Reached {
    fn open(&self, found: &Found) -> Result<(Viewer, TuiOptions), String> {
        let dir = found.path.as_path();
        if found.format != Format::Own {
            let options = options(None, &self.args).map_err(|e| in_words(&e))?;
            let viewer = foreign::logged::viewer(found).map_err(|error| error.to_string())?;
            return Ok((viewer, options));
        }
        let options = options(Some(&dir.join(CONFIG)), &self.args).map_err(|e| in_words(&e))?;
        let found = facts(dir).ok_or_else(|| format!("no run in {}", dir.display()))?;
        if let Status::Live { holder } = &found.status {
            if holder.is_suspended() {
                return Err(format!(
                    "its process {} is suspended and does not answer",
                    holder.pid
                ));
            }
            match link::connect(dir, Role::View) {
                Ok(viewer) => return Ok((viewer, options)),
                // It may have ended in the meantime.
                Err(error)
                    if facts(dir).is_some_and(|f| matches!(f.status, Status::Live { .. })) =>
                {
                    return Err(format!(
                        "held by {holder}, which cannot be reached from here: {error}"
                    ));
                }
                Err(_) => {}
            }
        }
        let past = session::past(dir).map_err(|error| error.to_string())?;
        Ok((past, options))
    }

    fn send(&self, dir: &Path, command: &Command) -> Result<String, String> {
        let asked = link::ask(dir, command.clone(), PATIENCE).map_err(|error| error.to_string())?;
        match asked.0 {
            Answer::Applied { step, changes } => Ok(send::acknowledgement(step, command, &changes)),
            answer => Err(in_words(&send::unanswered(command, answer, PATIENCE))),
        }
    }

    fn fork(&self, dir: &Path, set: &[String]) -> Result<String, String> {
        fork_live::fork(dir, set).map_err(|failure| in_words(&failure))
    }

    fn removal(&self, found: &Found) -> Result<Removal, String> {
        Removal::of(found, &self.args.paths).map_err(|error| error.to_string())
    }

    fn delete(&self, removal: &Removal) -> Result<(), String> {
        removal.carry_out().map_err(|error| error.to_string())
    }
}
