//! `genai-tui train`: an interactive session, a headless run, or one in the background.

mod background;
mod headless;
mod interactive;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};

use super::dashboard::{self, Absent};
use super::{Failure, TrainArgs};
use crate::config::RunConfig;
use crate::data;
use crate::launch::plan::{self, PlanRequest, Planned};
use crate::launch::{self, Launch, TrainingError};
use crate::protocol::{Action, Command, Outcome};
use crate::record::RUNS_DIR;
use crate::record::RunDir;
use crate::session::outlook::Outlook;
use crate::session::signals::{self, Listening};
use crate::session::{self, Session, SessionError, Viewer, front};
use crate::text::shell_word;
use crate::tui::TuiOptions;

/// Trains. Returns the exit code.
///
/// # Errors
/// When the run cannot begin, or fails.
pub fn run(args: &TrainArgs) -> Result<u8, Failure> {
    let listening = signals::listen()
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let interactive = is_interactive(args)?;
    if (interactive || args.detach) && !front::is_host() {
        // Only the host reads the arguments: some (`--config <(…)`) can be read only once.
        let ended = if args.detach {
            background::launch(listening)?
        } else {
            interactive::front(listening)
        };
        return ended
            .context("cannot start the training process")
            .map_err(Failure::Run);
    }
    // Before planning: nothing that the plan depends on may change afterwards.
    let request = args.request(std::env::vars_os());
    let mut held = plan::hold(&request, &mut say).map_err(Failure::input)?;
    if held.is_some() {
        listening.hold();
    }
    let ended = begin(args, request, interactive, listening, &mut held);
    if let Some(held) = held {
        // Nothing began.
        held.discard();
    }
    ended
}

fn begin(
    args: &TrainArgs,
    request: PlanRequest,
    interactive: bool,
    listening: Listening,
    held: &mut Option<RunDir>,
) -> Result<u8, Failure> {
    let plan = match plan::plan(request).map_err(Failure::input)? {
        Planned::Train(plan) => *plan,
        Planned::Ended {
            name,
            outcome,
            reason,
        } => {
            say(&format!("run `{name}` has ended already: {reason}"));
            return Ok(exit_code(outcome, None));
        }
    };
    data::check(&plan.config.dataset)?;
    let options = TuiOptions::new(&plan.config).map_err(Failure::input)?;
    // A run in the background can be attached to.
    if !interactive
        && !args.detach
        && let Some(problem) = waits(&plan.config)
    {
        return Err(Failure::Input(anyhow!(problem)));
    }
    let launch = Launch {
        plan,
        held: held.take(),
        mirror: args.mirror.clone(),
        attended: interactive,
    };
    if interactive {
        interactive::run(launch, listening, options)
    } else if args.detach {
        background::run(launch, listening)
    } else {
        headless::run(launch, listening, args.format.unwrap_or_default())
    }
}

/// Returns whether the run has a dashboard. Prints why not where one might be expected.
fn is_interactive(args: &TrainArgs) -> Result<bool, Failure> {
    if args.detach || args.headless() {
        return Ok(false);
    }
    match dashboard::available(args.tui) {
        Ok(()) => Ok(true),
        Err(absent) if args.tui => Err(Failure::Input(anyhow!(
            "--tui: cannot open the dashboard: {}",
            absent.why()
        ))),
        Err(Absent::NoTerminal(_)) => Ok(false),
        Err(absent) => {
            say(&format!("no dashboard: {}", absent.why()));
            Ok(false)
        }
    }
}

/// A line on stderr. The run continues even if it cannot be written.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "genai-tui: {text}");
}

/// A warning about a run that may not outlive this session.
fn caveat(outlook: &Outlook) -> Option<String> {
    let reason = outlook.reason()?;
    Some(format!("{}; {}", reason.why, reason.instead))
}

/// Why a run without a dashboard would wait forever, if it would: nothing could resume it.
fn waits(config: &RunConfig) -> Option<String> {
    const ALONE: &str = "without a dashboard the run cannot be resumed";
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

fn start(
    launch: Launch,
    listening: &Listening,
) -> Result<(Session<TrainingError>, Viewer), Failure> {
    session::panics::keep_quiet();
    listening.hold();
    launch::start(launch).map_err(failure)
}

/// Prints that a run continues without a terminal, its process, and how to attach to it.
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

fn failure(error: SessionError<TrainingError>) -> Failure {
    if error.is_input() {
        Failure::input(error)
    } else {
        Failure::run(error)
    }
}

/// 0 finished or stopped on request, 3 diverged or met a condition, 128 + the signal that stopped it.
fn exit_code(outcome: Outcome, signal: Option<i32>) -> u8 {
    match outcome {
        Outcome::Completed | Outcome::Stopped => 0,
        Outcome::Diverged | Outcome::FailedCondition => 3,
        Outcome::Interrupted => signal.map_or(1, |s| (128 + s) as u8),
    }
}
