//! What a checkpoint must be for a run to continue from it.

use std::collections::BTreeMap;
use std::path::Path;

use super::data_seen::DataSeen;
use super::error::PlanError;
use crate::checkpoint::{CheckpointFacts, checkpoint_name};
use crate::config::{ArchKind, RunConfig};
use crate::data;
use crate::metric::objectives;
use crate::protocol::{Body, Event, Recorded};
use crate::record::reference::{self, Checkpoint};
use crate::record::{CHECKPOINTS, EVENTS, RUNS_DIR, read_events};
use crate::rules::{Progress, Rule, Watch};
use crate::shape::ImageShape;
use crate::train::{Classes, RunState, check_checkpoint};

/// The images that a run was trained on. Checkpoints of earlier versions do not hold their number; the record does.
pub(super) fn data_seen(state: &RunState, run_dir: &Path) -> DataSeen {
    let recorded = || match first_event(run_dir)?.body {
        Body::Recorded(Recorded::Started(info)) => {
            let dataset = &info.own()?.dataset;
            (dataset.name == state.identity.dataset).then_some(dataset.images)
        }
        _ => None,
    };
    DataSeen {
        name: state.identity.dataset.clone(),
        shape: state.identity.image_shape,
        classes: state.identity.classes.as_ref().map_or(0, Classes::len),
        images: state.identity.dataset_images.or_else(recorded),
        digest: state.identity.dataset_digest.clone(),
    }
}

/// Recorded paths are absolute, unlike names of datasets; earlier versions recorded paths as written.
pub(super) fn is_path(dataset: &str) -> bool {
    Path::new(dataset).is_absolute()
}

/// A run cannot resume without its data, whose path is recorded.
pub(super) fn is_there(dataset: &str) -> Result<(), PlanError> {
    if Path::new(dataset).exists() {
        return Ok(());
    }
    Err(PlanError::NoDataset {
        dataset: dataset.to_owned(),
    })
}

fn first_event(run_dir: &Path) -> Option<Event> {
    read_events(&run_dir.join(EVENTS)).ok()?.next()?.ok()
}

/// The checkpoint that RUN names, and its state, checked for damage.
pub(super) fn checkpoint(run: &str) -> Result<(Checkpoint, RunState), PlanError> {
    let found = reference::resolve(run, Path::new(RUNS_DIR))?;
    let state = check_checkpoint(&found.dir).map_err(|damage| {
        let mut others = reference::steps(&found.run_dir);
        others.retain(|step| *step != found.step);
        let count = others.len();
        // Only those that would be accepted.
        others.retain(|step| {
            let folder = found.run_dir.join(CHECKPOINTS);
            let dir = folder.join(checkpoint_name(*step));
            check_checkpoint(&dir).is_ok() && !is_taken_back(&dir, &found.run_dir)
        });
        let names: Vec<String> = others
            .iter()
            .map(|step| format!("{}@{step}", found.run))
            .collect();
        let hint = match (count, names.len()) {
            (0, _) => "the run has no other checkpoint".to_owned(),
            (_, 0) => "the run's other checkpoints cannot be used either".to_owned(),
            _ => format!("others of the run: {}", names.join(", ")),
        };
        PlanError::Checkpoint {
            damage: Box::new(damage),
            hint,
        }
    })?;
    Ok((found, state))
}

/// A rewound checkpoint cannot be resumed: the record continues without it.
pub(super) fn counts(checkpoint: &Checkpoint) -> Result<(), PlanError> {
    if is_taken_back(&checkpoint.dir, &checkpoint.run_dir) {
        return Err(PlanError::TakenBack {
            run: checkpoint.run.clone(),
            step: checkpoint.step,
        });
    }
    Ok(())
}

/// Returns whether the run was rewound to before its checkpoint in `dir`.
fn is_taken_back(dir: &Path, run_dir: &Path) -> bool {
    CheckpointFacts::read(dir).is_some_and(|facts| !crate::record::counts(run_dir, &facts))
}

/// A fork continues with the networks of its checkpoint.
pub(super) fn has_the_networks(config: &RunConfig, state: &RunState) -> Result<(), PlanError> {
    let (identity, now) = (&state.identity, &state.learner.settings.objective);
    let networks = |name: &str| objectives::find(name).map(|objective| objective.networks);
    let (has, wanted) = if identity.arch_kind != config.arch.kind {
        let of = |name: ArchKind| format!("the networks of `--arch {}`", name.name());
        (of(identity.arch_kind), of(config.arch.kind))
    } else if (&identity.arch_generator, &identity.arch_discriminator)
        != (&config.arch.generator, &config.arch.discriminator)
    {
        let of = |whose: &str| format!("{whose} `arch.generator` and `arch.discriminator`");
        (of("its own"), of("other"))
    } else if identity.arch_width != config.arch.width {
        let of = |width| format!("`arch.width` {width}");
        (of(identity.arch_width), of(config.arch.width))
    } else if identity.latent_dim != config.latent_dim {
        let of = |size| format!("`latent_dim` {size}");
        (of(identity.latent_dim), of(config.latent_dim))
    } else if identity.classes.is_some() != config.arch.conditional {
        let of = |conditional| format!("`arch.conditional` {conditional}");
        (of(identity.classes.is_some()), of(config.arch.conditional))
    } else if let Some(wanted) = data::known_shape(&config.dataset, &config.images)
        && wanted != identity.image_shape
    {
        let of = |shape: ImageShape| format!("networks for images of {shape}");
        (of(identity.image_shape), of(wanted))
    } else if networks(now) != networks(&config.objective) {
        let of = |name: &str| format!("the networks of {name}");
        (of(now), of(&config.objective))
    } else {
        return Ok(());
    };
    Err(PlanError::OtherNetworks { has, wanted })
}

/// A total below the current step is a mistake: it was meant as an increment.
pub(super) fn is_ahead(config: &RunConfig, state: &RunState) -> Result<(), PlanError> {
    match config.steps {
        Some(steps) if steps < state.progress.step() => Err(PlanError::StepsBehind {
            steps,
            step: state.progress.step(),
        }),
        _ => Ok(()),
    }
}

/// A condition on one step that the run has passed without checking it would never be checked.
pub(super) fn can_be_checked(
    config: &RunConfig,
    rules: &BTreeMap<String, Progress>,
    step: u64,
) -> Result<(), PlanError> {
    let mut watch = Watch::new(config.fail_if.iter().cloned().map(Rule::failing));
    watch.restore(rules);
    match watch.missed(step) {
        Some(condition) => Err(PlanError::ConditionBehind {
            condition: condition.to_string(),
            step,
        }),
        None => Ok(()),
    }
}

/// Rejects a checkpoint that was copied from another run.
pub(super) fn is_its_own(
    checkpoint: &Checkpoint,
    state: &RunState,
    config: &RunConfig,
) -> Result<(), PlanError> {
    let wrong = |what, found: &str, expected: &str| {
        Err(PlanError::OtherRun {
            checkpoint: checkpoint.dir.clone(),
            what,
            expected: expected.to_owned(),
            found: found.to_owned(),
        })
    };
    if state.identity.seed != config.seed {
        return wrong(
            "seed",
            &state.identity.seed.to_string(),
            &config.seed.to_string(),
        );
    }
    // A file that was moved is recognised by its content.
    if state.identity.dataset != config.dataset && !is_path(&config.dataset) {
        return wrong("dataset", &state.identity.dataset, &config.dataset);
    }
    let first = first_event(&checkpoint.run_dir);
    if let Some(Body::Recorded(Recorded::Started(info))) = first.map(|event| event.body)
        && info.name != state.identity.run
    {
        return wrong("run", &state.identity.run, &info.name);
    }
    Ok(())
}
