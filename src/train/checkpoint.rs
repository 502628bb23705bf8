//! Checkpoints on disk: weights that PyTorch loads, and all that is needed to go on.
//!
//! `step-NNNNNNNN/` holds `generator.safetensors` and `discriminator.safetensors` (names and shapes of the same networks
//! as one PyTorch `nn.Sequential` called `model`), `state.safetensors` (both optimizers' moments) and `state.json`. It is
//! written under a temporary name, flushed and renamed: a reader never sees half of one.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, tensor::TensorView};
use serde_json::json;

use super::{Snapshot, TrainError};
use crate::nn::SLOTS;

/// Version of the checkpoint format.
pub const CHECKPOINT_FORMAT: u32 = 1;

/// Name and shape of each parameter of a network, in the order of its buffer.
pub(super) type Shapes = Vec<(String, Vec<usize>)>;

/// The folder name of the checkpoint of a step.
#[must_use]
pub fn checkpoint_name(step: u64) -> String {
    format!("step-{step:08}")
}

/// Writes a checkpoint into `folder` and returns its path. One that is there already is replaced.
///
/// # Errors
/// When the folder cannot be written; then nothing is left of the attempt.
pub fn write_checkpoint(
    folder: &Path,
    snapshot: &Snapshot,
    generator: &[(String, Vec<usize>)],
    discriminator: &[(String, Vec<usize>)],
) -> Result<PathBuf, TrainError> {
    let name = checkpoint_name(snapshot.state.step);
    let (target, temporary) = (folder.join(&name), folder.join(format!(".{name}.partial")));
    let result = write_files(&temporary, snapshot, generator, discriminator).and_then(|()| {
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|e| failed(&target, &e))?;
        }
        fs::rename(&temporary, &target).map_err(|e| failed(&target, &e))?;
        flush(folder)
    });
    if result.is_err() {
        // The reason is in `result`; a leftover that cannot be removed either adds nothing to it.
        let _ = fs::remove_dir_all(&temporary);
    }
    result.map(|()| target)
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> TrainError {
    TrainError::Checkpoint {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn flush(path: &Path) -> Result<(), TrainError> {
    File::open(path)
        .and_then(|f| f.sync_all())
        .map_err(|e| failed(path, &e))
}

fn write_files(
    folder: &Path,
    snapshot: &Snapshot,
    generator: &[(String, Vec<usize>)],
    discriminator: &[(String, Vec<usize>)],
) -> Result<(), TrainError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| failed(folder, &e))?;
    }
    fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    let mut moments = Vec::new();
    for (prefix, values, shapes) in [
        ("generator", &snapshot.generator, generator),
        ("discriminator", &snapshot.discriminator, discriminator),
    ] {
        let n = values.len() / SLOTS;
        let mut offset = 0;
        let named: Vec<(String, Vec<usize>, &[f32])> = shapes
            .iter()
            .map(|(name, shape)| {
                let from = offset;
                offset += shape.iter().product::<usize>();
                (
                    name.clone(),
                    shape.clone(),
                    values.get(from..offset).unwrap_or_default(),
                )
            })
            .collect();
        save(
            &folder.join(format!("{prefix}.safetensors")),
            &named,
            Some(snapshot),
        )?;
        for slot in 1..SLOTS {
            moments.push((
                format!("{prefix}.moment{slot}"),
                vec![n],
                &values[slot * n..(slot + 1) * n],
            ));
        }
    }
    save(&folder.join("state.safetensors"), &moments, None)?;
    let path = folder.join("state.json");
    let json = serde_json::to_vec_pretty(&snapshot.state).map_err(|e| failed(&path, &e))?;
    write(&path, &json)?;
    flush(folder)
}

fn save(
    path: &Path,
    tensors: &[(String, Vec<usize>, &[f32])],
    about: Option<&Snapshot>,
) -> Result<(), TrainError> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| values.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| {
            Ok((
                name.as_str(),
                TensorView::new(Dtype::F32, shape.clone(), bytes)?,
            ))
        })
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| failed(path, &e))?;
    // One entry, since several would be written in another order each time; and no name, since what two runs of one seed
    // have trained is the same file.
    let metadata = about.map(|s| {
        let about = json!({ "step": s.state.step, "objective": s.state.settings.objective });
        HashMap::from([("genai-tui".to_owned(), about.to_string())])
    });
    let file = safetensors::serialize(views, metadata).map_err(|e| failed(path, &e))?;
    write(path, &file)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    File::create(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|e| failed(path, &e))
}
