//! `genai-tui train`: an interactive session, a headless run, or one in the background.

mod background;
mod headless;
mod interactive;

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::Context;

use super::again;
use super::plan::{Plan, Todo, plan};
use super::run_ref::RUNS_DIR;
use super::{Failure, TrainArgs};
use crate::config::RunConfig;
use crate::data;
use crate::headless::shell_word;
use crate::protocol::{Action, Command, Outcome, Summary};
use crate::record::RunDir;
use crate::session::signals::{self, Caught};
use crate::session::{self, Launch, Session, SessionError, Start, Viewer, front};
use crate::tui::TuiOptions;

/// Trains. Gives the exit code.
///
/// # Errors
/// When the run cannot begin, or fails.
pub fn run(args: &TrainArgs) -> Result<u8, Failure> {
    let interactive = !args.detach && !args.headless() && has_terminal();
    let is_front = (interactive || args.detach) && !front::is_host();
    // Before anything is planned: what it is planned from must not change any more.
    let mut held = if is_front { None } else { again::hold(args)? };
    let ended = begin(args, interactive, is_front, &mut held);
    if let Some(held) = held {
        // Nothing began.
        held.discard();
    }
    ended
}

fn begin(
    args: &TrainArgs,
    interactive: bool,
    is_front: bool,
    held: &mut Option<RunDir>,
) -> Result<u8, Failure> {
    let Plan {
        config,
        name,
        dir,
        start,
        or_next,
        notices,
    } = match plan(args)? {
        Todo::Train(plan) => *plan,
        Todo::Nothing { code, why } => {
            // Nobody reads it if even stderr is gone.
            let _ = writeln!(io::stderr(), "genai-tui: {why}");
            return Ok(code);
        }
    };
    data::check(&config.dataset)?;
    let options = TuiOptions::new(&config).map_err(Failure::input)?;
    // A run in the background can be attached to.
    if !interactive
        && !args.detach
        && let Some(problem) = waits(&config)
    {
        return Err(Failure::Input(anyhow::anyhow!(problem)));
    }
    if is_front {
        // Where another name is as good, or the run may be there, the host finds its place.
        if matches!(start, Start::New | Start::Fork { .. }) && !or_next && !args.resume_or_start {
            RunDir::check_free(&dir).map_err(Failure::input)?;
        }
        let ended = if args.detach {
            background::launch()
        } else {
            front::run()
        };
        return ended
            .context("cannot start the training process")
            .map_err(Failure::Run);
    }
    let launch = Launch {
        config,
        name,
        dir,
        held: held.take(),
        or_next,
        notices,
        mirror: args.mirror.clone(),
        start,
        attended: interactive,
    };
    if interactive {
        interactive::run(launch, &options)
    } else if args.detach {
        background::run(launch)
    } else {
        headless::run(launch, args.format.unwrap_or_default())
    }
}

/// What is wrong with a run that nobody can resume, if something would make it wait.
fn waits(config: &RunConfig) -> Option<String> {
    const ALONE: &str = "without a dashboard nobody can resume the run";
    let (mut scripted, mut rules) = (config.at.iter(), config.rules.iter());
    scripted
        .find(|timed| matches!(timed.command, Command::Pause | Command::Step(_)))
        .map(|timed| format!("--at {timed}: {ALONE}; leave it out"))
        .or_else(|| {
            let rule = rules.find(|rule| rule.action == Action::Pause)?;
            Some(format!(
                "rules: `{rule}`: {ALONE}; `--set rules=[]` leaves the rules out"
            ))
        })
}

/// Whether there is a terminal to draw on and to read keys from.
pub(super) fn has_terminal() -> bool {
    io::stdout().is_terminal()
        && io::stdin().is_terminal()
        && std::env::var_os("TERM").is_some_and(|t| t != "dumb")
}

fn start(launch: Launch) -> Result<(Session, Viewer, Caught), Failure> {
    session::panics::keep_quiet();
    let caught = signals::catch()
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let (session, viewer) = Session::start(launch).map_err(failure)?;
    Ok((session, viewer, caught))
}

/// Says that a run goes on without a terminal, as which process, and how to see it again.
fn how_to_attach(word: &str, does: &str, dir: &Path, out: &mut dyn Write) -> io::Result<()> {
    let name = dir.file_name().unwrap_or(dir.as_os_str());
    let run = if dir == Path::new(RUNS_DIR).join(name) {
        Path::new(name)
    } else {
        dir
    };
    writeln!(
        out,
        "{word}: {} {does} as process {}\n  genai-tui attach {}",
        name.to_string_lossy(),
        std::process::id(),
        shell_word(run)
    )
}

fn failure(error: SessionError) -> Failure {
    if error.is_input() {
        Failure::input(error)
    } else {
        Failure::run(error)
    }
}

/// 0 finished or stopped on request, 3 diverged or met a condition, 128 + the signal that stopped it.
fn exit_code(summary: &Summary, signal: Option<i32>) -> u8 {
    match summary.outcome {
        Outcome::Completed | Outcome::Stopped => 0,
        Outcome::Diverged | Outcome::FailedCondition => 3,
        Outcome::Interrupted => signal.map_or(1, |s| (128 + s) as u8),
    }
}
