//! Runs and the runs that they were forked from.

use std::path::{Path, PathBuf, absolute};

use super::index::{Index, RunId};

/// How far back a lineage is followed.
const DEPTH: usize = 16;

/// The runs that a run was forked from, the nearest first, each with the last step that both have in common. Only runs of
/// the index are found, where they were or beside the fork.
#[must_use]
pub fn ancestors(index: &Index, id: RunId) -> Vec<(RunId, u64)> {
    let mut found: Vec<(RunId, u64)> = Vec::new();
    let (mut at, mut until) = (id, u64::MAX);
    while found.len() < DEPTH {
        let Some((parent, step)) = origin(index, at) else {
            break;
        };
        if parent == id || found.iter().any(|(known, _)| *known == parent) {
            break;
        }
        until = until.min(step);
        found.push((parent, until));
        at = parent;
    }
    found
}

/// The run that a run was forked from, and the step.
fn origin(index: &Index, id: RunId) -> Option<(RunId, u64)> {
    let fork = index.get(id)?;
    let origin = fork.known.as_ref()?.about.origin.as_ref()?;
    let name = origin.dir.file_name()?;
    let beside = fork.found.path.parent().map(|folder| folder.join(name));
    let named = index
        .iter()
        .filter(|(_, entry)| entry.found.path.file_name() == Some(name));
    let places: Vec<(RunId, &Path)> = named.map(|(id, e)| (id, e.found.path.as_path())).collect();
    let whole = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let there = whole(&origin.dir);
    let at = |wanted: &PathBuf| {
        let mut places = places.iter();
        places.find(|(_, path)| whole(path) == *wanted)
    };
    let found = at(&there).or_else(|| at(&whole(beside.as_ref()?)))?;
    Some((found.0, origin.step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Found, Origin, Reached, Run};
    use crate::workspace::{Known, Marks};

    fn index(runs: &[(&str, Option<(&str, u64)>)]) -> Index {
        let mut index = Index::default();
        for (path, origin) in runs {
            let found = Found::own(Path::new(path));
            let mut known = Known::of(&Run::open(&found), Reached::End);
            known.about.origin = origin.map(|(dir, step)| Origin {
                dir: PathBuf::from(dir),
                step,
            });
            let id = index.add(found, Marks::default());
            index.know(id, known);
        }
        index
    }

    #[test]
    fn a_lineage_is_followed_back_and_never_in_a_circle() {
        let index = index(&[
            ("/r/a", Some(("/r/c", 5))),
            ("/r/b", Some(("/r/a", 300))),
            ("/r/c", Some(("/gone/b", 200))),
            ("/r/d", Some(("/r/nowhere", 1))),
        ]);
        assert_eq!(
            ancestors(&index, RunId(2)),
            [(RunId(1), 200), (RunId(0), 200)]
        );
        assert_eq!(ancestors(&index, RunId(3)), []);
    }
}
