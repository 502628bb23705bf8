//! Reading a checkpoint back: whole and undamaged, or not at all.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::files::{Checked, failed, read};
use super::{
    AVERAGE, BEFORE_SWITCH, CHECKPOINT_FORMAT, Checkpoint, LAST_GOOD, MOMENTS, SINGULAR, STATE,
    StateFile, file_of, moment, networks, singular,
};
use crate::config::find_key;
use crate::memory::Block;
use crate::nn::STATE_TENSORS;
use crate::train::TrainError;
use crate::train::learner::Weights;
use crate::train::snapshot::{RunState, Snapshot, WayBack};

/// Reads a checkpoint of networks of these shapes.
///
/// # Errors
/// When a file is missing, damaged, of another format version or of other shapes; each names the file.
pub fn read_checkpoint(
    folder: &Path,
    generator: &[(String, Vec<usize>)],
    discriminator: &[(String, Vec<usize>)],
) -> Result<Checkpoint, TrainError> {
    let shapes = (generator, discriminator);
    let (snapshot, file) = read_guarded(folder, shapes)?;
    let good = file
        .last_good
        .map(|_| read_guarded(&folder.join(LAST_GOOD), shapes))
        .transpose()?
        .map(|(snapshot, _)| Arc::new(snapshot));
    Ok(Checkpoint {
        snapshot: Arc::new(snapshot),
        good,
        saved: file.saved,
    })
}

/// Checks without building networks that a run can continue from a checkpoint, and returns its state: for an early, clear
/// error.
///
/// # Errors
/// Those of [`read_checkpoint`], but for shapes.
pub fn check_checkpoint(folder: &Path) -> Result<RunState, TrainError> {
    let (_, file) = read_state(folder)?;
    if file.last_good.is_some() {
        check_checkpoint(&folder.join(LAST_GOOD))?;
    }
    if file.state.guard_until.is_some() {
        read_state(&folder.join(BEFORE_SWITCH))?;
    }
    Ok(file.state)
}

type Shapes<'a> = (&'a [(String, Vec<usize>)], &'a [(String, Vec<usize>)]);

/// What `state.json` says, without the state, which the snapshot has.
type File = StateFile<()>;

fn read_guarded(folder: &Path, shapes: Shapes<'_>) -> Result<(Snapshot, File), TrainError> {
    let (mut snapshot, file) = read_one(folder, shapes)?;
    if let Some(until_step) = snapshot.state.guard_until {
        let (before, _) = read_one(&folder.join(BEFORE_SWITCH), shapes)?;
        snapshot.way_back = Some(WayBack {
            before: Arc::new(before),
            until_step,
        });
    }
    Ok((snapshot, file))
}

fn read_state(folder: &Path) -> Result<(Checked, StateFile<RunState>), TrainError> {
    /// What `state.json` of any format has.
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let path = folder.join(STATE);
    let bytes = read(&path)?;
    // Another version is a better reason than a checksum that it may not even have.
    if let Ok(Version { format }) = serde_json::from_slice(&bytes)
        && format != CHECKPOINT_FORMAT
    {
        let reason = format!(
            "a checkpoint of format {format}; this version of the program continues from format {CHECKPOINT_FORMAT}"
        );
        return Err(failed(folder, &reason));
    }
    // What the networks are called is in the state.
    let files = Checked::read(folder, &[STATE])?;
    let file: StateFile<RunState> =
        serde_json::from_slice(files.bytes(STATE)).map_err(|e| failed(&path, &e))?;
    let identity = &file.state.identity;
    for (key, size) in [
        ("latent_dim", identity.latent_dim),
        ("arch.width", identity.arch_width),
    ] {
        let read = find_key(key).map(|key| key.value_type.read(&size.to_string()));
        if let Some(Err(invalid)) = read {
            return Err(failed(&path, &format!("`{key}`: {invalid}")));
        }
    }
    let [first, second] = networks(&file.state.learner.settings.objective).map(file_of);
    let mut names = vec![first.as_str(), second.as_str(), MOMENTS];
    let learner = &file.state.learner;
    names.extend(learner.average_steps.map(|_| AVERAGE));
    let normalises = learner.settings.critic.spectral_norm;
    names.extend(normalises.then_some(SINGULAR));
    let files = Checked::read(folder, &names)?;
    Ok((files, file))
}

fn read_one(
    folder: &Path,
    (generator, discriminator): Shapes<'_>,
) -> Result<(Snapshot, File), TrainError> {
    let (files, file) = read_state(folder)?;
    let state = file.state;
    let network = |network: &str, shapes: &[(String, Vec<usize>)]| {
        let n = count(shapes);
        let mut values = Vec::with_capacity(STATE_TENSORS * n);
        files.values(folder, &file_of(network), shapes, &mut values)?;
        let moments: Vec<_> = (1..STATE_TENSORS)
            .map(|slot| (moment(network, slot), vec![n]))
            .collect();
        files.values(folder, MOMENTS, &moments, &mut values)?;
        Ok::<_, TrainError>(Block::from(values))
    };
    let [first, second] = networks(&state.learner.settings.objective);
    let average = || {
        let mut values = Vec::with_capacity(count(generator));
        files.values(folder, AVERAGE, generator, &mut values)?;
        Ok::<_, TrainError>(Block::from(values))
    };
    let vectors = || {
        let mut values = Vec::new();
        files.values(folder, SINGULAR, &singular(discriminator), &mut values)?;
        Ok::<_, TrainError>(values)
    };
    let normalises = state.learner.settings.critic.spectral_norm;
    Ok((
        Snapshot {
            weights: Weights {
                generator: network(first, generator)?,
                discriminator: network(second, discriminator)?,
                average: state.learner.average_steps.map(|_| average()).transpose()?,
                singular: normalises.then(vectors).transpose()?,
            },
            way_back: None,
            state,
        },
        File {
            saved: file.saved,
            last_good: file.last_good,
            state: (),
        },
    ))
}

/// Values of tensors of these shapes.
fn count(shapes: &[(String, Vec<usize>)]) -> usize {
    let values = |(_, shape): &(String, Vec<usize>)| shape.iter().product::<usize>();
    shapes.iter().map(values).sum()
}

/// The state of a checkpoint, and the file with the weights that generate samples: the averaged ones where there are
/// some, unless `raw`.
pub(in crate::train) fn read_sampler(
    folder: &Path,
    raw: bool,
) -> Result<(RunState, std::path::PathBuf), TrainError> {
    let state = read_state(folder)?.1.state;
    let [first, _] = networks(&state.learner.settings.objective);
    let file = match state.learner.average_steps {
        Some(_) if !raw => AVERAGE.to_owned(),
        _ => file_of(first),
    };
    Ok((state, folder.join(file)))
}
