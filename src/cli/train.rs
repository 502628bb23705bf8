//! `genai-tui train`: a run of this program's own trainer.

use std::sync::Arc;

use anyhow::Context;

use super::job::{self, Job, Surface, Wanted, say};
use super::{Failure, TrainArgs, owner};
use crate::data;
use crate::launch::plan::{self, PlanRequest, Planned};
use crate::launch::{self, Launch};
use crate::record::RunDir;
use crate::session::signals::{self, Listening};
use crate::tui::TuiOptions;

/// Trains. Returns the exit code.
///
/// # Errors
/// When the run cannot begin, or fails.
pub fn run(args: &TrainArgs) -> Result<u8, Failure> {
    let listening = signals::listen()
        .context("cannot watch for signals")
        .map_err(Failure::Run)?;
    if args.end_with_stdin {
        owner::end_with_stdin()?;
    }
    let wanted = Wanted {
        tui: args.tui,
        headless: args.headless(),
        detach: args.detach,
        format: args.format,
    };
    let surface = wanted.surface()?;
    let listening = match job::in_front(surface, listening)? {
        Ok(code) => return Ok(code),
        Err(listening) => listening,
    };
    // Before planning: nothing that the plan depends on may change afterwards.
    let request = args.request(std::env::vars_os());
    let mut held = plan::hold(&request, &mut say).map_err(Failure::input)?;
    if held.is_some() {
        listening.hold();
    }
    let ended = begin(args, request, surface, listening, &mut held);
    if let Some(held) = held {
        // Nothing began.
        held.discard();
    }
    ended
}

fn begin(
    args: &TrainArgs,
    request: PlanRequest,
    surface: Surface,
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
            return Ok(job::code_of(outcome, None, None));
        }
    };
    data::check(&plan.config.dataset)?;
    let options = TuiOptions::new(&plan.config).map_err(Failure::input)?;
    job::check_waits(&plan.config, surface)?;
    let users = plan.config.signals;
    let launch = Launch {
        plan,
        held: held.take(),
        mirror: args.mirror.clone(),
        attended: surface == Surface::Dashboard,
    };
    let job = Job {
        users,
        start: Box::new(move || launch::start(launch)),
        last_words: Arc::new(|| {}),
    };
    job::run(job, surface, listening, options)
}
