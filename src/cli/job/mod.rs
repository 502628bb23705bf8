//! A run under way on the command line, whatever trains it: on the screen, headless, or in the background.

mod background;
mod headless;
mod interactive;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};

use super::Failure;
use super::dashboard::{self, Absent};
use crate::config::{RunConfig, SignalsConfig};
use crate::headless::Format;
use crate::protocol::{Action, Command, Outcome, Summary};
use crate::record::RUNS_DIR;
use crate::session::outlook::Outlook;
use crate::session::signals::{Listening, Watch};
use crate::session::{self, EngineError, Session, SessionError, Viewer, front};
use crate::text::shell_word;
use crate::tui::TuiOptions;

/// Where a run shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// On the screen.
    Dashboard,
    /// In lines on stdout.
    Headless(Format),
    /// Nowhere: it leaves the terminal at once.
    Background,
}

/// What the flags say about that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// `--tui`.
    pub tui: bool,
    /// `--no-tui`, or what follows from other flags.
    pub headless: bool,
    /// `--detach`.
    pub detach: bool,
    /// `--format`.
    pub format: Option<Format>,
}

impl Wanted {
    /// The surface that the flags ask for, where there can be one. Prints why there is none where one might be expected.
    pub fn surface(self) -> Result<Surface, Failure> {
        let headless = Surface::Headless(self.format.unwrap_or_default());
        if self.detach {
            return Ok(Surface::Background);
        }
        if self.headless {
            return Ok(headless);
        }
        match dashboard::available(self.tui) {
            Ok(()) => Ok(Surface::Dashboard),
            Err(absent) if self.tui => Err(Failure::Input(anyhow!(
                "--tui: cannot open the dashboard: {}",
                absent.why()
            ))),
            Err(Absent::NoTerminal(_)) => Ok(headless),
            Err(absent) => {
                say(&format!("no dashboard: {}", absent.why()));
                Ok(headless)
            }
        }
    }
}

/// Starts a session.
pub(super) type Begin<E> = Box<dyn FnOnce() -> Started<E>>;
/// A session, or why there is none.
type Started<E> = Result<(Session<E>, Viewer), SessionError<E>>;

/// A run to be started.
pub(super) struct Job<E: EngineError> {
    /// What the user's signals mean.
    pub users: SignalsConfig,
    /// Starts it.
    pub start: Begin<E>,
    /// What is to be done before a signal ends this process at once.
    pub last_words: Arc<dyn Fn() + Send + Sync>,
}

/// Where the shell waits for this process and the run is another one's: starts that, and returns the exit code; else gives
/// the listener back.
pub(super) fn in_front(
    surface: Surface,
    listening: Listening,
) -> Result<Result<u8, Listening>, Failure> {
    if matches!(surface, Surface::Headless(_)) || front::is_host() {
        return Ok(Err(listening));
    }
    // Only the host reads the arguments: some (`--config <(…)`) can be read only once.
    let ended = if surface == Surface::Background {
        background::launch(listening)?
    } else {
        interactive::front(listening)
    };
    ended
        .context("cannot start the training process")
        .map_err(Failure::Run)
        .map(Ok)
}

/// Runs it. Returns the exit code.
pub(super) fn run<E: EngineError>(
    job: Job<E>,
    surface: Surface,
    listening: Listening,
    options: TuiOptions,
) -> Result<u8, Failure> {
    match surface {
        Surface::Dashboard => interactive::run(job, listening, options),
        Surface::Background => background::run(job, listening),
        Surface::Headless(format) => headless::run(job, listening, format),
    }
}

/// A line on stderr. The run continues even if it cannot be written.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "genai-tui: {text}");
}

/// A warning about a run that may not outlive this session.
fn caveat(outlook: &Outlook) -> Option<String> {
    let reason = outlook.reason()?;
    Some(format!("{}; {}", reason.why, reason.instead))
}

/// Refuses a run without a dashboard that would wait forever, because nothing could resume it. One in the background can be
/// attached to.
pub(super) fn check_waits(config: &RunConfig, surface: Surface) -> Result<(), Failure> {
    match waits(config) {
        Some(problem) if matches!(surface, Surface::Headless(_)) => {
            Err(Failure::Input(anyhow!(problem)))
        }
        _ => Ok(()),
    }
}

/// Why a run without a dashboard would wait forever, if it would.
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

fn start<E: EngineError>(
    start: Begin<E>,
    listening: &Listening,
) -> Result<(Session<E>, Viewer), Failure> {
    session::panics::keep_quiet();
    listening.hold();
    start().map_err(failure)
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

fn failure<E: EngineError>(error: SessionError<E>) -> Failure {
    if error.is_input() {
        Failure::input(error)
    } else {
        Failure::run(error)
    }
}

/// A run that has ended.
struct Over {
    code: u8,
    /// `None` where its record lacks something, which was said.
    summary: Option<Summary>,
}

/// Waits until a run has ended. A program's own error is more important than what its record lacks.
fn wait<E: EngineError>(session: Session<E>, watch: &Watch) -> Result<Over, Failure> {
    let error = match session.wait() {
        Ok(summary) => {
            return Ok(Over {
                code: exit_code(&summary, watch.first()),
                summary: Some(summary),
            });
        }
        Err(error) => error,
    };
    if let SessionError::Unrecorded { summary, .. } = &error
        && summary.exit_code.is_some()
        && let code @ 1.. = exit_code(summary, watch.first())
    {
        say(&error.to_string());
        return Ok(Over {
            code,
            summary: None,
        });
    }
    Err(failure(error))
}

/// The exit code of a run that has ended so, after this signal.
fn exit_code(summary: &Summary, signal: Option<i32>) -> u8 {
    code_of(summary.outcome, summary.exit_code, signal)
}

/// 0 finished or stopped on request, 3 diverged or met a condition, 128 + the signal that stopped it. Of another program it is
/// that program's own, but for conditions and signals to this one.
pub(super) fn code_of(outcome: Outcome, program: Option<u8>, signal: Option<i32>) -> u8 {
    match outcome {
        Outcome::Completed | Outcome::Stopped => program.unwrap_or(0),
        Outcome::Failed | Outcome::Unknown => program.unwrap_or(1),
        Outcome::Diverged | Outcome::FailedCondition => 3,
        Outcome::Interrupted => signal.map_or(1, |s| (128 + s) as u8),
    }
}

/// The directory of a run that left something there.
pub(super) fn left_in<'a>(summary: &Summary, dir: &'a Path) -> Option<&'a Path> {
    (summary.checkpoint.is_some() || summary.exit_code.is_some()).then_some(dir)
}
