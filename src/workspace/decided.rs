//! What a person decided about a run in a workspace that showed it, for those who are no workspace.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::marks::Marks;
use super::remembered::Remembered;

/// How many folders up a directory may have been watched.
const UP: usize = 4;

/// What was decided about runs. Each workspace's file is read once.
#[derive(Debug, Default)]
pub struct Decided(HashMap<Vec<PathBuf>, BTreeMap<String, Marks>>);

impl Decided {
    /// About the run at `path`: in the workspace of these directories together, else in that of the nearest directory above the run
    /// that was watched.
    pub fn marks(&mut self, path: &Path, tops: &[PathBuf]) -> Marks {
        if let Some(marks) = self.of(path, tops.to_vec()) {
            return marks;
        }
        let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        // A run may have been watched alone.
        let mut above = whole.ancestors().take(UP + 1);
        let found = above.find_map(|top| self.of(&whole, vec![top.to_path_buf()]));
        found.unwrap_or_default()
    }

    fn of(&mut self, path: &Path, tops: Vec<PathBuf>) -> Option<Marks> {
        let key = Remembered::key(path, &tops);
        let runs = self.0.entry(tops).or_insert_with_key(|tops| {
            let file = Remembered::file(tops).filter(|file| file.is_file());
            file.map(|file| Remembered::load(&file).runs)
                .unwrap_or_default()
        });
        runs.get(&key).cloned()
    }
}
