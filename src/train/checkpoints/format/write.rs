//! Writing a checkpoint: aside first, then into its place at once.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::files::{Named, Writer, failed, flush};
use super::{
    AVERAGE, BEFORE_SWITCH, Checkpoint, LAST_GOOD, MOMENTS, SINGULAR, STATE, SavedAs, StateFile,
    file_of, moment, networks, singular,
};
use crate::checkpoint::{checkpoint_name, has_state};
use crate::nn::STATE_TENSORS;
use crate::train::TrainError;
use crate::train::snapshot::Snapshot;

/// Ends the name of a checkpoint that is being written.
const PARTIAL: &str = "partial";
/// Ends the name of a checkpoint that is being removed.
const OLD: &str = "old";

/// Writes a checkpoint into `folder` and returns its path. `may_count` is asked when all is on disk, before it
/// gets its name. One that is there already is replaced.
///
/// # Errors
/// When the folder cannot be written, or the checkpoint may not count; then nothing is left of the attempt, and what was
/// there is as it was.
pub fn write_checkpoint(
    folder: &Path,
    checkpoint: &Checkpoint,
    generator: &[(String, Vec<usize>)],
    discriminator: &[(String, Vec<usize>)],
    may_count: impl FnOnce() -> bool,
) -> Result<PathBuf, TrainError> {
    let name = checkpoint_name(checkpoint.snapshot.state.progress.step());
    let target = folder.join(&name);
    let temporary = aside(&target, PARTIAL);
    let shapes = (generator, discriminator);
    let result = write_all(&temporary, checkpoint, shapes).and_then(|()| {
        if !may_count() {
            return Err(TrainError::Lost(folder.to_owned()));
        }
        put_in_place(&temporary, &target)?;
        flush(folder)
    });
    if result.is_err() {
        // The reason is in `result`; a leftover that cannot be removed either adds nothing to it.
        let _ = fs::remove_dir_all(&temporary);
    }
    result.map(|()| target)
}

/// Removes a checkpoint so that no reader sees half of it.
///
/// # Errors
/// When the system refuses.
pub fn remove_checkpoint(path: &Path) -> std::io::Result<()> {
    let old = aside(path, OLD);
    match fs::rename(path, &old) {
        // A folder from a lower layer of a container's image cannot be renamed, only removed.
        Err(error) if error.kind() == ErrorKind::CrossesDevices => fs::remove_dir_all(path),
        renamed => renamed.and_then(|()| fs::remove_dir_all(old)),
    }
}

/// Clears up what a process that was killed has left in the folder of checkpoints: what was not finished goes; what was
/// being replaced comes back if the replacement did not arrive.
///
/// # Errors
/// When the folder cannot be read.
pub fn tidy_checkpoints(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some((step, end)) = name
            .strip_prefix('.')
            .filter(|name| name.starts_with("step-"))
            .and_then(|name| name.rsplit_once('.'))
        else {
            continue;
        };
        let place = folder.join(step);
        if end == OLD && !place.exists() && has_state(&path) {
            fs::rename(&path, &place)?;
        } else if [OLD, PARTIAL].contains(&end) {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// The name next to a checkpoint under which it is written or removed.
fn aside(path: &Path, end: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{end}"))
}

/// Moves what was written into its place. What is there is replaced: atomically where the system can exchange two names.
fn put_in_place(temporary: &Path, target: &Path) -> Result<(), TrainError> {
    let rename = |from: &Path, to: &Path| fs::rename(from, to).map_err(|e| failed(to, &e));
    if !target.exists() {
        return rename(temporary, target);
    }
    let old = aside(target, OLD);
    if exchange(temporary, target) {
        rename(temporary, &old)?;
    } else {
        rename(target, &old)?;
        rename(temporary, target)?;
    }
    // A checkpoint that cannot be removed takes space but does no harm; the next resume tries again.
    let _ = fs::remove_dir_all(old);
    Ok(())
}

/// Exchanges two names at once. Not every file system can.
fn exchange(one: &Path, other: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (one, other);
        false
    }
}

type Shapes<'a> = (&'a [(String, Vec<usize>)], &'a [(String, Vec<usize>)]);

fn write_all(folder: &Path, checkpoint: &Checkpoint, shapes: Shapes<'_>) -> Result<(), TrainError> {
    let (snapshot, saved) = (&checkpoint.snapshot, &checkpoint.saved);
    let last_good = checkpoint
        .good
        .as_ref()
        .map(|good| good.state.progress.step());
    write_state(folder, snapshot, saved, last_good, shapes)?;
    if let Some(guard) = &snapshot.way_back {
        write_state(
            &folder.join(BEFORE_SWITCH),
            &guard.before,
            saved,
            None,
            shapes,
        )?;
    }
    if let Some(good) = &checkpoint.good {
        let folder = folder.join(LAST_GOOD);
        write_state(&folder, good, saved, None, shapes)?;
        if let Some(guard) = &good.way_back {
            write_state(
                &folder.join(BEFORE_SWITCH),
                &guard.before,
                saved,
                None,
                shapes,
            )?;
        }
    }
    flush(folder)
}

fn write_state(
    folder: &Path,
    snapshot: &Snapshot,
    saved: &SavedAs,
    last_good: Option<u64>,
    (generator, discriminator): Shapes<'_>,
) -> Result<(), TrainError> {
    let mut writer = Writer::new(folder)?;
    // Of what trained it, but not the run's name: what two runs of one seed have trained is the same file.
    let about = json!({
        "step": snapshot.state.progress.step(),
        "objective": snapshot.state.learner.settings.objective,
    });
    let about = about.to_string();
    let [first, second] = networks(&snapshot.state.learner.settings.objective);
    let mut moments = Vec::new();
    for (network, values, shapes) in [
        (first, &snapshot.weights.generator, generator),
        (second, &snapshot.weights.discriminator, discriminator),
    ] {
        let n = values.len() / STATE_TENSORS;
        writer.tensors(
            &file_of(network),
            &named(shapes, values),
            Some(about.clone()),
        )?;
        for slot in 1..STATE_TENSORS {
            moments.push((
                moment(network, slot),
                vec![n],
                &values[slot * n..(slot + 1) * n],
            ));
        }
    }
    if let Some(average) = &snapshot.weights.average {
        writer.tensors(AVERAGE, &named(generator, average), Some(about))?;
    }
    if let Some(values) = &snapshot.weights.singular {
        writer.tensors(SINGULAR, &named(&singular(discriminator), values), None)?;
    }
    writer.tensors(MOMENTS, &moments, None)?;
    let state = StateFile {
        saved: saved.clone(),
        last_good,
        state: &snapshot.state,
    };
    let json = serde_json::to_vec_pretty(&state).map_err(|e| failed(&folder.join(STATE), &e))?;
    writer.file(STATE, &json)?;
    writer.finish()
}

/// Tensors of these names and shapes, one after another at the beginning of `values`.
fn named<'a>(shapes: &[(String, Vec<usize>)], values: &'a [f32]) -> Vec<Named<'a>> {
    let mut offset = 0;
    shapes
        .iter()
        .map(|(name, shape)| {
            let from = offset;
            offset += shape.iter().product::<usize>();
            let values = values.get(from..offset).unwrap_or_default();
            (name.clone(), shape.clone(), values)
        })
        .collect()
}
