//! What the workspace remembers of a directory: a file in the platform's folder for state.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::band::Band;
use super::column::Column;
use super::marks::{Marks, newer};
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

    /// What a file holds, for one who only looks. A file that cannot be read is one that holds nothing.
    #[must_use]
    pub fn load(file: &Path) -> Self {
        Self::read(file).ok().flatten().unwrap_or_else(Self::fresh)
    }

    /// What a file holds, for one who will write to it. A damaged file is put aside, since a person's notes may be in it.
    #[must_use]
    pub fn open(file: &Path) -> Opened {
        match Self::read_or_put_aside(file) {
            Ok((found, aside)) => Opened {
                remembered: found.unwrap_or_else(Self::fresh),
                problem: aside,
            },
            Err(error) => Opened {
                remembered: Self::fresh(),
                problem: Some(error.to_string()),
            },
        }
    }

    /// Of a directory that nobody watched.
    fn fresh() -> Self {
        Self {
            smoothing: Some(1),
            ..Self::default()
        }
    }

    /// What a file holds; `None` where there is none.
    fn read(file: &Path) -> io::Result<Option<Self>> {
        match files::read(file) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same; a file that holds something else is renamed, and what became of it is said.
    fn read_or_put_aside(file: &Path) -> io::Result<(Option<Self>, Option<String>)> {
        match Self::read(file) {
            Err(error) if is_json(&error) => {
                let aside = free_name(file);
                fs::rename(file, &aside)?;
                let said = format!(
                    "what was remembered here cannot be read: {error}; it is kept as {}",
                    aside.display()
                );
                Ok((None, Some(said)))
            }
            read => Ok((read?, None)),
        }
    }

    /// Writes it. What others have written to the file since it held `base` stays, except where this differs from `base`, too.
    ///
    /// # Errors
    /// When the folder cannot be made, or the file cannot be read or written.
    pub fn save(&self, base: &Self, file: &Path) -> io::Result<Saved> {
        fs::create_dir_all(files::folder_of(file))?;
        let _turn = turn(file);
        let (theirs, problem) = Self::read_or_put_aside(file)?;
        let all = merged(base, self, theirs.unwrap_or_else(|| base.clone()));
        let text = serde_json::to_vec_pretty(&all)?;
        files::write(file, &text)?;
        Ok(Saved {
            runs: all.runs,
            problem,
        })
    }

    /// The name of a run in `runs`: its path below one of these directories.
    #[must_use]
    pub fn key(path: &Path, tops: &[PathBuf]) -> String {
        let below = tops.iter().find_map(|top| path.strip_prefix(top).ok());
        let below = below.filter(|_| tops.len() == 1).unwrap_or(path);
        below.display().to_string()
    }
}

/// What a file held.
#[derive(Debug)]
pub struct Opened {
    /// What is remembered.
    pub remembered: Remembered,
    /// Why it is not what the file holds, in words.
    pub problem: Option<String>,
}

/// What was written.
#[derive(Debug)]
pub struct Saved {
    /// What is decided about runs by now, here and elsewhere.
    pub runs: BTreeMap<String, Marks>,
    /// What was wrong with the file, in words.
    pub problem: Option<String>,
}

fn is_json(error: &io::Error) -> bool {
    let inner = error.get_ref();
    matches!(inner, Some(inner) if inner.is::<serde_json::Error>())
}

/// A name beside a file that no other has.
fn free_name(file: &Path) -> PathBuf {
    let named = |number: u64| {
        let mut name = file.as_os_str().to_owned();
        name.push(".damaged");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    let mut names = (1..).map(named);
    let is_free = |name: &PathBuf| fs::symlink_metadata(name).is_err();
    names.find(is_free).unwrap_or_else(|| named(1))
}

/// Waits until nobody else is between reading and writing the file. Not every file system has locks; then two may be.
fn turn(file: &Path) -> Option<File> {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    let lock = File::options()
        .create(true)
        .append(true)
        .open(PathBuf::from(name))
        .ok()?;
    lock.lock().ok().map(|()| lock)
}

fn merged(base: &Remembered, mine: &Remembered, theirs: Remembered) -> Remembered {
    let Remembered {
        columns,
        sort,
        filter,
        metrics,
        axis,
        over,
        grouped,
        by,
        band,
        baseline,
        smoothing,
        runs,
    } = theirs;
    Remembered {
        columns: newer(&base.columns, &mine.columns, columns),
        sort: newer(&base.sort, &mine.sort, sort),
        filter: newer(&base.filter, &mine.filter, filter),
        metrics: newer(&base.metrics, &mine.metrics, metrics),
        axis: newer(&base.axis, &mine.axis, axis),
        over: newer(&base.over, &mine.over, over),
        grouped: newer(&base.grouped, &mine.grouped, grouped),
        by: newer(&base.by, &mine.by, by),
        band: newer(&base.band, &mine.band, band),
        baseline: newer(&base.baseline, &mine.baseline, baseline),
        smoothing: newer(&base.smoothing, &mine.smoothing, smoothing),
        runs: merged_runs(&base.runs, &mine.runs, runs),
    }
}

fn merged_runs(
    base: &BTreeMap<String, Marks>,
    mine: &BTreeMap<String, Marks>,
    mut theirs: BTreeMap<String, Marks>,
) -> BTreeMap<String, Marks> {
    let keys: BTreeSet<&String> = base.keys().chain(mine.keys()).collect();
    for key in keys {
        let of = |runs: &BTreeMap<String, Marks>| runs.get(key).cloned().unwrap_or_default();
        let marks = Marks::merged(&of(base), &of(mine), of(&theirs));
        if marks == Marks::default() {
            theirs.remove(key);
        } else {
            theirs.insert(key.clone(), marks);
        }
    }
    theirs
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
        remembered.save(&Remembered::default(), &file)?;
        assert_eq!(Remembered::load(&file), remembered);
        fs::write(&file, b"{\"columns\": 7}")?;
        assert_eq!(Remembered::load(&file).filter, "");
        Ok(())
    }

    #[test]
    fn a_damaged_file_is_kept_aside_and_said() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("file.json");
        let damaged = b"{\"runs\": {\"a\": {\"note\": \"important";
        for name in ["file.json.damaged", "file.json.damaged-2"] {
            fs::write(&file, damaged)?;
            let opened = Remembered::open(&file);
            assert_eq!(opened.remembered, Remembered::fresh());
            let said = opened.problem.unwrap_or_default();
            assert!(
                said.contains("cannot be read") && said.contains(name),
                "{said}"
            );
            assert_eq!(fs::read(dir.path().join(name))?, damaged);
        }
        assert!(Remembered::open(&file).problem.is_none());
        // The same where it is damaged while it is open.
        fs::write(&file, damaged)?;
        let new = Remembered::fresh();
        let saved = new.save(&new, &file)?;
        assert!(saved.problem.is_some_and(|said| said.contains("damaged-3")));
        Ok(())
    }

    #[test]
    fn what_another_wrote_meanwhile_stays() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("file.json");
        let noted = |text: &str| Marks {
            note: Some(text.to_owned()),
            ..Marks::default()
        };
        let base = Remembered::fresh();
        let mut first = base.clone();
        first.runs.insert("a".to_owned(), noted("important"));
        first.filter = "fid < 10".to_owned();
        first.save(&base, &file)?;
        let mut second = base.clone();
        second.grouped = true;
        second.runs.insert(
            "a".to_owned(),
            Marks {
                pinned: true,
                ..Marks::default()
            },
        );
        second.runs.insert("b".to_owned(), noted("other"));
        let saved = second.save(&base, &file)?;
        let both = Remembered::load(&file);
        assert_eq!(saved.runs, both.runs);
        let marks = both.runs.get("a").cloned().unwrap_or_default();
        assert!(marks.pinned && marks.note.as_deref() == Some("important"));
        assert!(both.grouped && both.filter == "fid < 10");
        // What is taken back here is taken back there.
        let mut third = both.clone();
        third.runs.remove("a");
        third.save(&both, &file)?;
        let left = Remembered::load(&file).runs;
        assert_eq!(left.keys().collect::<Vec<_>>(), ["b"]);
        Ok(())
    }

    #[test]
    fn runs_are_known_by_their_paths_below_the_directory() {
        let tops = [PathBuf::from("/logs")];
        assert_eq!(Remembered::key(Path::new("/logs/a/b"), &tops), "a/b");
        assert_eq!(Remembered::key(Path::new("/else/b"), &tops), "/else/b");
    }
}
