//! The runs that are listed, and what is known of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Failure;
use crate::files::Kind;
use crate::logs::{self, Format, Found, Reached, Run};
use crate::record::{RUNS_DIR, RunFacts, facts, survey};
use crate::workspace::{Decided, Entry, Known, Marks};

/// How far the runs of this program are read; those of others are always read whole, because nothing else tells how far they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Only what a list says of them.
    Facts,
    /// Also their settings.
    Glance,
    /// Also their metrics.
    Whole,
}

/// A run of the list.
#[derive(Debug)]
pub(super) struct Listed {
    pub entry: Entry,
    /// Of a run of this program.
    pub facts: Option<RunFacts>,
}

impl Listed {
    /// When it last gave a sign of life.
    pub fn last_sign(&self) -> Option<Timestamp> {
        let known = self.entry.known.as_ref();
        match &self.facts {
            Some(facts) => facts.last_sign,
            None => known.and_then(|known| known.about.touched),
        }
    }
}

/// All runs below the paths; the one with the newest sign of life first.
pub(super) fn gather(paths: &[PathBuf], depth: Depth) -> Result<Vec<Listed>, Failure> {
    let mut all: Vec<Listed> = Vec::new();
    let mut decided = Decided::default();
    for path in paths {
        let kind = match Kind::of(path) {
            // Before the first run there is no such folder.
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && path == Path::new(RUNS_DIR) =>
            {
                continue;
            }
            kind => kind.map_err(|error| {
                Failure::Input(
                    anyhow::Error::new(error).context(format!("cannot read {}", path.display())),
                )
            })?,
        };
        let mut own: HashMap<PathBuf, RunFacts> = HashMap::new();
        if kind == Kind::Folder {
            let runs = survey(path).map_err(Failure::input)?;
            own.extend(runs.into_iter().map(|run| (run.dir.clone(), run)));
        }
        let logs::Finding {
            runs: mut found,
            notes,
        } = logs::find(path).map_err(Failure::input)?;
        let place = path.display().to_string();
        super::logs_named::remark(notes.iter().map(|note| (place.as_str(), note)));
        // A start that got no further than its directory has no log; a directory that holds another tool's log is no run of ours.
        for dir in own.keys() {
            if !found.iter().any(|run| run.path.starts_with(dir)) {
                found.push(Found::own(dir));
            }
        }
        for run in found {
            if all.iter().all(|known| known.entry.found.path != run.path) {
                let facts = match run.format {
                    Format::Own => own.remove(&run.path).or_else(|| facts(&run.path)),
                    _ => None,
                };
                let marks = decided.marks(&run.path, paths);
                all.push(listed(run, facts, marks, depth));
            }
        }
    }
    let name = |run: &Listed| run.entry.name().to_owned();
    all.sort_by_cached_key(|run| (std::cmp::Reverse(run.last_sign()), name(run)));
    Ok(all)
}

fn listed(found: Found, facts: Option<RunFacts>, marks: Marks, depth: Depth) -> Listed {
    let mut entry = Entry::new(found, marks);
    if depth != Depth::Facts || facts.is_none() {
        let mut run = Run::open(&entry.found);
        let read = if depth == Depth::Whole || facts.is_none() {
            run.read_all().map(|()| Reached::End)
        } else {
            run.read(0)
        };
        match read {
            Ok(reached) => entry.known = Some(Known::of(&run, reached)),
            Err(error) => {
                entry.known = Some(Known::of(&run, Reached::More));
                entry.problem = Some(error.to_string());
            }
        }
    }
    Listed { entry, facts }
}

/// The place of a run, as it is printed.
pub(super) fn place(run: &Listed) -> &Path {
    &run.entry.found.path
}
