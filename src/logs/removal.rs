//! What it takes to delete a run: its own files, and nothing else that lies beside or below them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::about::Format;
use super::find::find;
use super::found::{Found, belongings};
use crate::files;
use crate::record::{Belongings, RecordError, RunDir};

/// Runs that are named where they are in the way.
const NAMED: usize = 3;

/// The files of a run that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    found: Found,
    tops: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// Folders of the run, innermost first: they go if nothing else is in them.
    folders: Vec<PathBuf>,
}

/// Why a run is not deleted.
#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    /// Other runs lie below it.
    #[error("other runs lie below {}: {}; move or delete them first", place.display(), some(runs))]
    Below {
        /// Its directory.
        place: PathBuf,
        /// Where the others lie.
        runs: Vec<PathBuf>,
    },
    /// It was found through a link.
    #[error("{} is a link: the run can be deleted only where that leads to", path.display())]
    Linked {
        /// The link.
        path: PathBuf,
    },
    /// It has no files.
    #[error("no file in {} is the run's own", place.display())]
    NoFiles {
        /// Where it was thought to be.
        place: PathBuf,
    },
    /// Other files are there than those that were counted.
    #[error("nothing was deleted: {} has other files by now than those that were counted", place.display())]
    Changed {
        /// Where.
        place: PathBuf,
    },
    /// A process holds it.
    #[error(transparent)]
    Held(#[from] RecordError),
    /// The system refuses.
    #[error("cannot delete {}: {source}; {deleted} of {count} files are deleted", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
        /// Files that are deleted.
        deleted: usize,
        /// Files that were to be deleted.
        count: usize,
    },
    /// Nobody knows what lies below it.
    #[error(transparent)]
    Unknown(#[from] super::LogError),
}

fn some(runs: &[PathBuf]) -> String {
    let named = runs.iter().take(NAMED);
    let mut named: Vec<String> = named.map(|path| path.display().to_string()).collect();
    if let Some(more) = runs.len().checked_sub(NAMED).filter(|more| *more > 0) {
        named.push(format!("{more} more"));
    }
    named.join(", ")
}

impl Removal {
    /// What is to be deleted of a run that was found below one of the directories `tops`; those themselves stay.
    ///
    /// # Errors
    /// When it was found through a link, other runs lie below it, or it has no files.
    pub fn of(found: &Found, tops: &[PathBuf]) -> Result<Self, RemovalError> {
        let place = &found.path;
        if let Some(path) = link(place, tops) {
            return Err(RemovalError::Linked { path });
        }
        let is_folder = !found.is_file();
        if is_folder {
            let runs = below(place)?;
            if !runs.is_empty() {
                let place = place.clone();
                return Err(RemovalError::Below { place, runs });
            }
        }
        let Belongings { files, mut folders } = belongings(found);
        if files.is_empty() {
            let place = place.clone();
            return Err(RemovalError::NoFiles { place });
        }
        if is_folder {
            let all = files
                .iter()
                .map(|file| files::folder_of(file).to_path_buf());
            let mut parents: Vec<PathBuf> = all.collect::<BTreeSet<_>>().into_iter().collect();
            parents.retain(|folder| folder.starts_with(place) && !folders.contains(folder));
            parents.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
            parents.retain(|folder| folder != place);
            folders.extend(parents);
            folders.push(place.clone());
        }
        folders.retain(|folder| !tops.contains(folder));
        Ok(Self {
            found: found.clone(),
            tops: tops.to_vec(),
            files,
            folders,
        })
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Deletes the files, and the folders of the run that are empty then.
    ///
    /// # Errors
    /// When there are other files than before, a process holds the run, or the system refuses.
    pub fn carry_out(&self) -> Result<(), RemovalError> {
        let place = &self.found.path;
        // Nobody may begin to write there meanwhile.
        let held = match self.found.format {
            Format::Own => Some(RunDir::hold(place)?),
            _ => None,
        };
        if Self::of(&self.found, &self.tops)? != *self {
            let place = place.clone();
            return Err(RemovalError::Changed { place });
        }
        if let Some(held) = &held {
            held.tidy();
        }
        for (deleted, path) in self.files.iter().enumerate() {
            fs::remove_file(path).map_err(|source| RemovalError::Io {
                path: path.clone(),
                source,
                deleted,
                count: self.files.len(),
            })?;
        }
        // The lock goes before the directory.
        drop(held);
        for folder in &self.folders {
            // One that is not empty holds something else.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

impl fmt::Display for Removal {
    /// "12 files in runs/a", "the file runs/a/log.csv".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.found.path.display();
        match self.files.as_slice() {
            [only] if *only == self.found.path => write!(f, "the file {place}"),
            [_] => write!(f, "1 file in {place}"),
            files => write!(f, "{} files in {place}", files.len()),
        }
    }
}

/// The first link between the directory that was looked at and a run below it.
fn link(place: &Path, tops: &[PathBuf]) -> Option<PathBuf> {
    let top = tops.iter().find(|top| place.starts_with(top));
    let is_link = |path: &&Path| fs::symlink_metadata(path).is_ok_and(|facts| facts.is_symlink());
    let between = place
        .ancestors()
        .take_while(|path| top.is_none_or(|top| path != top));
    let mut links: Vec<&Path> = between.filter(is_link).collect();
    links.pop().map(Path::to_path_buf)
}

/// Where other runs lie in folders below that of a run.
fn below(place: &Path) -> Result<Vec<PathBuf>, RemovalError> {
    let all = find(place)?.runs.into_iter();
    let others = all.filter(|run| {
        let folder = if run.is_file() {
            files::folder_of(&run.path)
        } else {
            &run.path
        };
        folder != place && folder.starts_with(place)
    });
    Ok(others.map(|run| run.path).collect())
}
