//! `genai-tui train`: an interactive session, or a headless run.

use std::io::{self, IsTerminal};

use anyhow::Context;

use super::plan::{Plan, plan};
use super::{Failure, TrainArgs};
use crate::protocol::{Command, Outcome, Source, Summary};
use crate::record::RunDir;
use crate::session::{self, Launch, Session, SessionError, Start, Viewer, front, signals};
use crate::{data, headless, tui};

/// Trains. Gives the exit code.
///
/// # Errors
/// When the run cannot begin, or fails.
pub fn run(args: &TrainArgs) -> Result<u8, Failure> {
    let Plan {
        config,
        name,
        dir,
        start,
    } = plan(args)?;
    data::check(&config.dataset)?;
    let interactive = !args.headless() && has_terminal();
    if !interactive
        && let Some(waits) = config
            .at
            .iter()
            .find(|t| matches!(t.command, Command::Pause | Command::Step(_)))
    {
        let text =
            format!("--at {waits}: without a dashboard nobody can resume the run; leave it out");
        return Err(Failure::Input(anyhow::anyhow!(text)));
    }
    if interactive && !front::is_host() {
        if !matches!(start, Start::Resume { .. }) {
            RunDir::check_free(&dir).map_err(Failure::input)?;
        }
        return front::run()
            .context("cannot start the training process")
            .map_err(Failure::Run);
    }
    let fps = config.ui.fps;
    let launch = Launch {
        config,
        name,
        dir,
        mirror: args.mirror.clone(),
        start,
        attended: interactive,
    };
    if interactive {
        watch(launch, fps)
    } else {
        print(launch, args.format.unwrap_or_default())
    }
}

/// Whether there is a terminal to draw on and to read keys from.
pub(super) fn has_terminal() -> bool {
    io::stdout().is_terminal()
        && io::stdin().is_terminal()
        && std::env::var_os("TERM").is_some_and(|t| t != "dumb")
}

fn start(launch: Launch) -> Result<(Session, Viewer), Failure> {
    session::panics::keep_quiet();
    Session::start(launch).map_err(failure)
}

/// The interactive session.
fn watch(launch: Launch, fps: u32) -> Result<u8, Failure> {
    let dir = launch.dir.clone();
    let (session, viewer) = start(launch)?;
    let first = signals::watch(session.commander(Source::Signal), tui::terminal::restore)
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let ended = tui::run(
        viewer,
        &tui::TuiOptions {
            fps,
            ..tui::TuiOptions::default()
        },
    );
    if ended.is_err() {
        // Without a screen there is nobody to steer the run: it is saved and ends.
        let _ = session.commander(Source::Signal).send(Command::Stop);
    }
    let summary = session.wait().map_err(failure)?;
    let ended = ended
        .context("the terminal could not be used")
        .map_err(Failure::Run);
    if first.get().is_none() {
        ended?;
    }
    let dir = summary.checkpoint.is_some().then_some(dir.as_path());
    // A terminal that is gone has nobody to read it.
    let _ = headless::farewell(&summary, dir, &mut io::stdout().lock());
    Ok(exit_code(&summary, first.get()))
}

/// The headless run.
fn print(launch: Launch, format: headless::Format) -> Result<u8, Failure> {
    let (session, viewer) = start(launch)?;
    let first = signals::watch(session.commander(Source::Signal), || {})
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    let printed = headless::run(
        &viewer,
        format,
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
    );
    if !matches!(
        printed,
        Ok(headless::Ending::Finished(_) | headless::Ending::Failed(_))
    ) {
        // Nobody reads any more: what was trained is saved.
        let _ = viewer.commands.send(Command::Stop);
    }
    drop(viewer);
    let summary = session.wait().map_err(failure)?;
    printed.context("cannot print").map_err(Failure::Run)?;
    Ok(exit_code(&summary, first.get()))
}

fn failure(error: SessionError) -> Failure {
    if error.is_input() {
        Failure::input(error)
    } else {
        Failure::run(error)
    }
}

/// 0 finished or stopped on request, 3 diverged, 128 + the signal that stopped it.
fn exit_code(summary: &Summary, signal: Option<i32>) -> u8 {
    match summary.outcome {
        Outcome::Completed | Outcome::Stopped => 0,
        Outcome::Diverged => 3,
        Outcome::Interrupted => signal.map_or(1, |s| (128 + s) as u8),
    }
}
