//! The logs that RUN… name on the command line.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::anyhow;

use super::Failure;
use crate::files::Identity;
use crate::logs::{self, Format, Found};
use crate::record::RUNS_DIR;
use crate::record::reference;

/// Remarks that are printed.
const REMARKS: usize = 20;

/// The logs that these name, each once.
pub(super) fn all(runs: &[String]) -> Result<Vec<Found>, Failure> {
    let mut all: Vec<Found> = Vec::new();
    for run in runs {
        for found in named(run)? {
            if all.iter().all(|known| known.path != found.path) {
                all.push(found);
            }
        }
    }
    tell_names_apart(&mut all);
    Ok(all)
}

/// Gives logs that are named alike the names of their places.
fn tell_names_apart(all: &mut [Found]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for found in &*all {
        *counts.entry(found.name.clone()).or_default() += 1;
    }
    for found in all {
        if counts.get(&found.name).is_some_and(|count| *count > 1) {
            let parts = found.path.components().filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy()),
                _ => None,
            });
            found.name = parts.collect::<Vec<_>>().join("/");
        }
    }
}

/// Refuses an output that is a file of one of these logs.
pub(super) fn spare(logs: &[Found], output: &Path) -> Result<(), Failure> {
    let Some(identity) = Identity::of(output)
        .ok()
        .filter(|_| output != Path::new("-"))
    else {
        return Ok(());
    };
    let is_it = |file: PathBuf| Identity::of(&file).is_ok_and(|of| of == identity);
    if logs.iter().flat_map(logs::files).any(is_it) {
        let text = format!(
            "`{}`: this file belongs to a log that is read here; expected another one to write",
            output.display()
        );
        return Err(Failure::Input(anyhow!(text)));
    }
    Ok(())
}

/// Says on stderr what was not understood of logs: the name of a run, and what is to be said.
pub(super) fn remark<'a>(all: impl Iterator<Item = (&'a str, &'a String)>) {
    let notes: Vec<_> = all.collect();
    let mut err = io::stderr().lock();
    // Nobody may be there to read it.
    for (name, note) in notes.iter().take(REMARKS) {
        let text = format!("{name}: {note}").replace(char::is_control, "?");
        let _ = writeln!(err, "{text}");
    }
    if let Some(more) = notes.len().checked_sub(REMARKS).filter(|more| *more > 0) {
        let _ = writeln!(err, "{more} more such remarks");
    }
}

/// The logs that RUN names: a path, or a name under `runs/`.
fn named(run: &str) -> Result<Vec<Found>, Failure> {
    let path = if Path::new(run).exists() {
        PathBuf::from(run)
    } else {
        reference::directory(run, Path::new(RUNS_DIR)).map_err(Failure::input)?
    };
    let logs::Finding { runs: found, notes } = logs::find(&path).map_err(Failure::input)?;
    let place = path.display().to_string();
    remark(notes.iter().map(|note| (place.as_str(), note)));
    if found.is_empty() {
        let text = format!(
            "no run in `{}`: expected {}",
            path.display(),
            Format::list()
        );
        return Err(Failure::Input(anyhow!(text)));
    }
    Ok(found)
}
