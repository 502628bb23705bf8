//! A run with a new directory: from nothing, or as a fork.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;

use super::checks;
use super::error::PlanError;
use super::request::{Destination, Plan, Planned};
use super::start::Start;
use crate::config::{self, ForkPlan, RunConfig, Sources};
use crate::protocol::RunOrigin;
use crate::record::{CONFIG, RUNS_DIR};

/// A new run.
pub(super) fn begin(
    given: Sources,
    destination: Option<Destination>,
) -> Result<Planned, PlanError> {
    let config = config::resolve(given)?.config;
    Ok(planned(config, Start::New, destination))
}

/// A run with the state of a checkpoint of `run`.
pub(super) fn fork(
    run: &str,
    given: Sources,
    destination: Option<Destination>,
) -> Result<Planned, PlanError> {
    let (checkpoint, state) = checks::checkpoint(run)?;
    let recorded = checkpoint.run_dir.join(CONFIG);
    let ForkPlan { config, afresh } = config::fork(given, &recorded, &state.learner.settings)?;
    checks::has_the_networks(&config, &state)?;
    checks::is_ahead(&config, &state)?;
    checks::can_be_checked(&config, &BTreeMap::new(), state.progress.step())?;
    let start = Start::Fork {
        data: checks::data_seen(&state, &checkpoint.run_dir),
        checkpoint: checkpoint.dir,
        origin: RunOrigin {
            run: state.identity.run,
            dir: whole(checkpoint.run_dir),
            step: checkpoint.step,
        },
        afresh,
    };
    Ok(planned(config, start, destination))
}

fn planned(config: RunConfig, start: Start, destination: Option<Destination>) -> Planned {
    let or_next = destination.is_none();
    let Destination { name, dir } = destination.unwrap_or_else(|| {
        let now = ZonedDateTime::now().datetime();
        let name = config::default_run_name(&config.objective, &config.dataset, now);
        let dir = Path::new(RUNS_DIR).join(&name);
        Destination { name, dir }
    });
    Planned::Train(Box::new(Plan {
        config,
        name,
        dir,
        start,
        or_next,
        notices: Vec::new(),
    }))
}

/// A path that is found from anywhere.
fn whole(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
