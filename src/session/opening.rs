//! Opens the run directory: settles its name, repairs its record, collects notices.

use super::digest::Digest;
use super::setup::{OpenFor, Setup};
use crate::record::{RecordError, RunDir, Tail, repair, replay};

/// A run directory that this process holds.
pub(super) struct Opened {
    pub dir: RunDir,
    /// What its record holds; nothing where the run is new.
    pub before: Tail,
}

/// Takes the run directory. Where that changes the run's name, or deserves a word, `setup` says so afterwards.
///
/// # Errors
/// When the directory is taken or its record cannot be used.
pub(super) fn open(setup: &mut Setup) -> Result<Opened, RecordError> {
    let held = setup.held.take();
    if setup.open_for == OpenFor::Resume {
        let dir = held.map_or_else(|| RunDir::open(&setup.dir), Ok)?;
        if let Some(took_over) = dir.took_over() {
            setup.notices.push(took_over.to_string());
        }
        let before = repair(&dir.events())?;
        dir.tidy();
        return Ok(Opened { dir, before });
    }
    let dir = match held {
        Some(dir) if setup.open_for == OpenFor::Anew => {
            if let Some(aside) = dir.begin_again()? {
                setup.notices.push(format!(
                    "this run was cut off before it had a checkpoint, and starts again; what it left is in {}",
                    dir.place().shown().join(aside).display()
                ));
            }
            dir
        }
        Some(dir) => dir.begin().map(|()| dir)?,
        None if setup.open_for == OpenFor::NextFree => {
            let dir = RunDir::create_next(&setup.dir)?;
            if let Some(name) = dir.path().file_name() {
                setup.name = name.to_string_lossy().into_owned();
            }
            dir
        }
        None => RunDir::create(&setup.dir)?,
    };
    Ok(Opened {
        dir,
        before: Tail::default(),
    })
}

/// The events so far of a run that is resumed.
pub(super) fn digest_of_record(setup: &Setup) -> Digest {
    match setup.open_for {
        // What cannot be read is not shown.
        OpenFor::Resume => replay(&setup.dir)
            .map(|events| events.collect::<Digest>().reopened())
            .unwrap_or_default(),
        OpenFor::New | OpenFor::NextFree | OpenFor::Anew => Digest::default(),
    }
}
