//! Whether what there is of a run can be gone on with: a copy may have been cut, or have left files out. Such a run is trained again, from
//! the beginning, to the same numbers; to try it would only fail.

use std::path::Path;

use crate::config::{self, Origin, Sources};
use crate::files;
use crate::record::{self, CONFIG};
use crate::train::check_checkpoint;

/// What is damaged of a run that has been saved, if it cannot go on; `said` is what its sweep says of it.
pub(super) fn of(run: &Path, said: Sources) -> Option<String> {
    let checkpoints = record::counting_checkpoints(run);
    if checkpoints.is_empty() {
        return None;
    }
    let file = run.join(CONFIG);
    if !is_whole(&file, said) {
        return Some(format!("{}: it is missing or was cut", file.display()));
    }
    let newest_first = checkpoints.iter().rev();
    let mut checked = newest_first.map(|checkpoint| check_checkpoint(&checkpoint.dir));
    let newest = checked.next()?.err()?;
    checked
        .all(|checked| checked.is_err())
        .then(|| newest.to_string())
}

/// Whether a run's configuration is all there: each line is ended, and what was said when it began is said in it.
fn is_whole(file: &Path, said: Sources) -> bool {
    let is_ended = files::read(file).is_ok_and(|text| text.ends_with(b"\n"));
    let Ok(found) = config::resolve(Sources::file(file)) else {
        return false;
    };
    // Keys without a default are left out where they are not set.
    let origins = |sources| {
        let found = config::resolve(sources);
        found.map(|found| found.origins).unwrap_or_default()
    };
    let (always, said) = (origins(Sources::default()), origins(said));
    let is_said = |origin: &Origin| !matches!(origin, Origin::BuiltIn | Origin::Preset(_));
    let lacks = |key: &str| !matches!(found.origins.get(key), Some(Origin::File { .. }));
    let mut keys = said.iter().filter(|(_, origin)| is_said(origin));
    is_ended && !keys.any(|(key, _)| always.contains_key(key) && lacks(key))
}
