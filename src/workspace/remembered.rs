//! What the workspace remembers of a directory: a file in the platform's folder for state.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::band::Band;
use super::column::Column;
use super::marks::Marks;
use crate::files;

/// The order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// By this column.
    pub column: Column,
    /// Whether the largest comes first.
    pub falling: bool,
}

impl Default for Sort {
    /// The run that was written to last comes first.
    fn default() -> Self {
        Self {
            column: Column::Age,
            falling: false,
        }
    }
}

/// What is remembered of a directory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// The columns of the list; `None`: those that suit the runs.
    pub columns: Option<Vec<Column>>,
    /// The order of the list.
    pub sort: Sort,
    /// The filter, as it was typed.
    pub filter: String,
    /// The metrics that are charted, first to last; none: those that suit the runs.
    pub metrics: Vec<String>,
    /// What the horizontal axis of the charts is measured in.
    pub axis: Axis,
    /// The metric that it is measured in if it is a metric, kept while it is something else.
    pub over: Option<String>,
    /// Whether runs are drawn in groups.
    pub grouped: bool,
    /// The settings that groups share; `None`: all but the seed.
    pub by: Option<Vec<String>>,
    /// What the band around a group's mean shows.
    pub band: Band,
    /// The run that others are compared with, as in `runs`.
    pub baseline: Option<String>,
    /// The strength of smoothing, by its number; `None`: off.
    pub smoothing: Option<usize>,
    /// What was decided about runs, by their paths below the directory.
    pub runs: BTreeMap<String, Marks>,
}

impl Remembered {
    /// The file for these directories; `None` where the platform has no folder for it.
    #[must_use]
    pub fn file(tops: &[PathBuf]) -> Option<PathBuf> {
        let dirs = ProjectDirs::from("", "", "genai-tui")?;
        let folder = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        let whole = tops.iter().map(|top| {
            let whole = fs::canonicalize(top).unwrap_or_else(|_| top.clone());
            whole.display().to_string()
        });
        let name = files::md5_hex(whole.collect::<Vec<_>>().join("\n").as_bytes());
        Some(folder.join("watch").join(format!("{name}.json")))
    }

    /// What a file holds. A file that cannot be read is one that holds nothing; one that is damaged is set aside, because notes and
    /// tags are nowhere else.
    #[must_use]
    pub fn load(file: &Path) -> Self {
        let text = files::read(file).ok();
        let found = text.as_deref().map(serde_json::from_slice);
        if let Some(Err(_)) = found {
            // Nothing is lost if that fails: only a later change would write over it.
            let _ = fs::copy(file, file.with_extension("damaged"));
        }
        found.and_then(Result::ok).unwrap_or_else(|| Self {
            smoothing: Some(1),
            ..Self::default()
        })
    }

    /// What a file says of runs by now, which another workspace of the same directory may have changed; `None` if it cannot be read.
    #[must_use]
    pub fn runs_in(file: &Path) -> Option<BTreeMap<String, Marks>> {
        let text = files::read(file).ok()?;
        let found: Self = serde_json::from_slice(&text).ok()?;
        Some(found.runs)
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the folder cannot be made or the file cannot be written.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        fs::create_dir_all(files::folder_of(file))?;
        let text = serde_json::to_vec_pretty(self)?;
        files::write(file, &text)
    }

    /// The name of a run in `runs`: its path below one of these directories.
    #[must_use]
    pub fn key(path: &Path, tops: &[PathBuf]) -> String {
        let below = tops.iter().find_map(|top| path.strip_prefix(top).ok());
        let below = below.filter(|_| tops.len() == 1).unwrap_or(path);
        below.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_there_again_and_a_broken_file_is_none() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("deep/file.json");
        let mut remembered = Remembered::load(&file);
        assert_eq!(remembered.smoothing, Some(1));
        remembered.filter = "fid < 10".to_owned();
        remembered.columns = Some(vec![Column::Setting("lr".to_owned()), Column::Age]);
        let marks = Marks {
            colour: Some(3),
            selected: true,
            ..Marks::default()
        };
        remembered.runs.insert("a/b".to_owned(), marks);
        remembered.save(&file)?;
        assert_eq!(Remembered::load(&file), remembered);
        fs::write(&file, b"{\"columns\": 7}")?;
        assert_eq!(Remembered::load(&file).filter, "");
        Ok(())
    }

    #[test]
    fn runs_are_known_by_their_paths_below_the_directory() {
        let tops = [PathBuf::from("/logs")];
        assert_eq!(Remembered::key(Path::new("/logs/a/b"), &tops), "a/b");
        assert_eq!(Remembered::key(Path::new("/else/b"), &tops), "/else/b");
    }
}
