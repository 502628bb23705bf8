//! From which state a run begins, and whether on the images that it has learned from.

use std::path::Path;

use super::error::TrainingError;
use super::plan::{DataSeen, Start};
use crate::protocol::DatasetInfo;
use crate::record::Tail;
use crate::train::Beginning;

/// How the trainer begins a run that was planned for the directory `dir`, and whose record holds `before`.
pub(super) fn beginning(start: &Start, dir: &Path, before: &Tail) -> Beginning {
    match start {
        Start::New | Start::Anew => Beginning::New,
        Start::Resume {
            checkpoint, added, ..
        } => {
            let place = checkpoint.strip_prefix(dir);
            let is_recorded =
                place.is_ok_and(|p| before.checkpoints.contains(p.to_string_lossy().as_ref()));
            Beginning::Resume {
                checkpoint: checkpoint.clone(),
                branch: before.last_branch,
                seq: before.last_seq,
                added: added.clone(),
                is_recorded,
            }
        }
        Start::Fork {
            checkpoint,
            origin,
            afresh,
            ..
        } => Beginning::Fork {
            checkpoint: checkpoint.clone(),
            origin: origin.clone(),
            afresh: *afresh,
        },
    }
}

/// Checks that the run `run` continues on the images it has learned from: a resume on others is refused, a fork begins
/// afresh, and no networks continue with images of another shape.
///
/// # Errors
/// [`TrainingError::OtherData`] where a resumed run would see other images, [`TrainingError::OtherShape`] where they have
/// another shape, [`TrainingError::OtherClasses`] where conditional networks would see another number of `classes`.
pub(super) fn compare_data(
    start: &Start,
    run: &str,
    (found, classes): (&DatasetInfo, usize),
    beginning: &mut Beginning,
    notices: &mut Vec<String>,
) -> Result<(), TrainingError> {
    let has_shape = |data: &DataSeen, run: &str| {
        if data.shape == found.shape {
            if data.classes == 0 || data.classes == classes {
                return Ok(());
            }
            return Err(TrainingError::OtherClasses {
                name: found.name.clone(),
                found: classes,
                run: run.to_owned(),
                expected: data.classes,
            });
        }
        Err(TrainingError::OtherShape {
            name: found.name.clone(),
            found: found.shape,
            run: run.to_owned(),
            expected: data.shape,
        })
    };
    match start {
        Start::Resume { data, .. } => has_shape(data, run)?,
        Start::Fork { data, origin, .. } => has_shape(data, &origin.run)?,
        Start::New | Start::Anew => {}
    }
    match (start, beginning) {
        (Start::Resume { data, .. }, _) => data.differs(found).map_or(Ok(()), |differs| {
            Err(TrainingError::OtherData {
                name: data.name.clone(),
                differs,
            })
        }),
        (Start::Fork { data, .. }, Beginning::Fork { afresh, origin, .. }) if !*afresh => {
            if let Some(differs) = data.differs(found) {
                *afresh = true;
                notices.push(format!(
                    "dataset {} has changed since run `{}` learned from it ({differs}): this fork has its own random numbers \
                     and batches",
                    data.name, origin.run
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
