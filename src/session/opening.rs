//! How a run begins: in which directory, from which state, after which events.

use super::SessionError;
use super::digest::Digest;
use super::launch::{Launch, Start};
use crate::protocol::DatasetInfo;
use crate::record::{RunDir, repair, replay};
use crate::train::{Beginning, tidy_checkpoints};

/// A run directory that this process holds, and how the run begins in it.
pub(super) struct Opened {
    pub dir: RunDir,
    pub beginning: Beginning,
    /// Watt-hours that the run has used before.
    pub watt_hours: f64,
}

/// Takes the run directory, and finds out how the run begins in it.
///
/// # Errors
/// When the directory is taken or its record cannot be used.
pub(super) fn open(launch: &mut Launch) -> Result<Opened, SessionError> {
    let held = launch.held.take();
    if let Start::Resume {
        checkpoint, added, ..
    } = &launch.start
    {
        let dir = held.map_or_else(|| RunDir::open(&launch.dir), Ok)?;
        if let Some(took_over) = dir.took_over() {
            launch.notices.push(took_over.to_string());
        }
        let tail = repair(&dir.events())?;
        // What cannot be removed takes space but does no harm.
        let _ = tidy_checkpoints(&dir.checkpoints());
        let place = checkpoint.strip_prefix(&launch.dir);
        let told = place.is_ok_and(|p| tail.checkpoints.contains(p.to_string_lossy().as_ref()));
        let beginning = Beginning::Resume {
            checkpoint: checkpoint.clone(),
            branch: tail.last_branch,
            seq: tail.last_seq,
            added: added.clone(),
            told,
        };
        return Ok(Opened {
            dir,
            beginning,
            watt_hours: tail.watt_hours,
        });
    }
    let dir = match held {
        Some(dir) if matches!(launch.start, Start::Anew) => {
            if let Some(aside) = dir.begin_again()? {
                launch.notices.push(format!(
                    "this run was cut off before it had a checkpoint, and starts again; what it left is in {}",
                    dir.place().shown().join(aside).display()
                ));
            }
            dir
        }
        Some(dir) => dir.begin().map(|()| dir)?,
        None if launch.or_next => {
            let dir = RunDir::create_next(&launch.dir)?;
            launch.dir = dir.path();
            if let Some(name) = launch.dir.file_name() {
                launch.name = name.to_string_lossy().into_owned();
            }
            dir
        }
        None => RunDir::create(&launch.dir)?,
    };
    let beginning = match &launch.start {
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
        _ => Beginning::New,
    };
    Ok(Opened {
        dir,
        beginning,
        watt_hours: 0.0,
    })
}

/// Checks that the run continues on the images it has learned from: a resume on others is refused, a fork begins afresh.
///
/// # Errors
/// [`SessionError::OtherData`] where a resumed run would see other images.
pub(super) fn compare_data(
    start: &Start,
    found: &DatasetInfo,
    beginning: &mut Beginning,
    notices: &mut Vec<String>,
) -> Result<(), SessionError> {
    match (start, beginning) {
        (Start::Resume { data, .. }, _) => data.differs(found).map_or(Ok(()), |differs| {
            Err(SessionError::OtherData {
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

/// The events so far of a run that is resumed.
pub(super) fn past(launch: &Launch) -> Digest {
    match launch.start {
        // What cannot be read is not shown.
        Start::Resume { .. } => replay(&launch.dir)
            .map(|events| events.collect::<Digest>().reopened())
            .unwrap_or_default(),
        Start::New | Start::Anew | Start::Fork { .. } => Digest::default(),
    }
}
