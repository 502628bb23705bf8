//! Directories of event files that are part of the run above them.
//!
//! PyTorch and tensorboardX make a directory for each call of `add_hparams`, named by the time or as the caller says, with the settings
//! of the run and its final metrics; and one for each key of `add_scalars`, with one metric. Neither is a run.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use super::event::{Data, Event, Item, What, items};
use super::files_in;
use super::frame::{Next, next};
use crate::logs::tail::Tail;

/// Records that are looked at to see what a directory is.
const RECORDS: usize = 16;
/// What `add_hparams` writes at once, before the metrics. Whoever writes settings by other means says the end at the end.
const HPARAMS: [&str; 3] = [
    "_hparams_/experiment",
    "_hparams_/session_start_info",
    "_hparams_/session_end_info",
];

/// What a directory of event files is to the run above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::logs) enum Part {
    /// Its own.
    Main,
    /// Settings and final metrics.
    Settings,
    /// The key of a metric that has several.
    Key(String),
}

/// What a directory of event files below that of a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::logs) enum Sort {
    /// A part of the run above it.
    Part(Part),
    /// A run by itself.
    Run,
    /// Too little is written to tell.
    Open,
}

/// What the directory `name` (a path below a run's directory) is, whose event files begin with `first`.
pub(in crate::logs) fn sort(name: &Path, first: &Path) -> Sort {
    let Some(name) = name.to_str() else {
        return Sort::Run;
    };
    if is_time(name) {
        return Sort::Part(Part::Settings);
    }
    let tag = match tags(first) {
        Tags::None => return Sort::Open,
        Tags::Several if is_of_hparams(first) => return Sort::Part(Part::Settings),
        Tags::Several => return Sort::Run,
        Tags::One(tag) => tag,
    };
    // tensorboardX: MAIN/KEY. PyTorch: MAIN_KEY, with `_` for the slashes of MAIN.
    let flat = tag.replace('/', "_");
    let key = (name.strip_prefix(&tag).and_then(|k| k.strip_prefix('/')))
        .or_else(|| name.strip_prefix(&flat)?.strip_prefix('_'));
    match key {
        Some(key) if !key.is_empty() => Sort::Part(Part::Key(key.to_owned())),
        _ => Sort::Run,
    }
}

/// Whether the directories of settings below `dir` are trials, each a run by itself: there are several, and `dir` has no values of its
/// own.
pub(in crate::logs) fn are_trials(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let dirs = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let dirs: Vec<_> = dirs.collect();
    // Most runs have nothing below them: then no file has to be opened.
    let has_values = |file: &PathBuf| !matches!(tags(file), Tags::None);
    if dirs.len() < 2 || files_in(dir).iter().any(has_values) {
        return false;
    }
    let has_settings = |entry: &DirEntry| {
        let is_named = entry.file_name().to_str().is_some_and(is_time);
        let first = || files_in(&entry.path()).into_iter().next();
        is_named || first().is_some_and(|first| is_of_hparams(&first))
    };
    dirs.into_iter().filter(has_settings).take(2).count() > 1
}

/// Whether a file is the only one of its directory, and has what a call of `add_hparams` writes and nothing else.
fn is_of_hparams(file: &Path) -> bool {
    let is_alone = |dir: &Path| files_in(dir).len() == 1;
    if !file.parent().is_some_and(is_alone) {
        return false;
    }
    let mut wanted = HPARAMS.iter();
    let mut is_like = true;
    first_items(file, |item| {
        is_like = match wanted.next() {
            Some(tag) => item.tag == *tag,
            None => is_scalar(item),
        };
        is_like
    });
    is_like && wanted.len() == 0
}

fn is_scalar(item: &Item<'_>) -> bool {
    matches!(item.data, Data::Scalar(_) | Data::Tensor(_))
}

/// Tells the items at the beginning of a file, as long as `goes_on` says so; of one that cannot be opened none.
fn first_items(file: &Path, mut goes_on: impl FnMut(&Item<'_>) -> bool) {
    let mut tail = Tail::new(file);
    if tail.look().is_err() {
        return;
    }
    for _ in 0..RECORDS {
        let Ok(Next::Record(record, _)) = next(&mut tail) else {
            return;
        };
        if let Some(Event {
            what: What::Summary(summary),
            ..
        }) = Event::of(record)
            && !items(summary).all(|item| goes_on(&item))
        {
            return;
        }
    }
}

/// The trials of one directory: numbered together, so that it is read once for all of them.
#[derive(Debug, Default)]
pub(in crate::logs) struct Trials {
    of: PathBuf,
    names: Vec<String>,
}

impl Trials {
    /// The number from 1 of a trial among those beside it; `None` for a directory that is not named by the time.
    pub fn number(&mut self, dir: &Path) -> Option<usize> {
        let name = dir.file_name()?.to_str()?;
        is_time(name).then_some(())?;
        let parent = dir.parent()?;
        if self.of != parent {
            (self.of, self.names) = (parent.to_path_buf(), trials(parent));
        }
        Some(self.names.iter().position(|other| other == name)? + 1)
    }
}

/// The directories below `dir` that are named by the time, in its order.
fn trials(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_time(name)).collect();
    let time = |name: &String| name.parse().unwrap_or(f64::INFINITY);
    names.sort_by(|a, b| time(a).total_cmp(&time(b)));
    names
}

/// Whether a directory is named by the time in seconds, as `1699999999.1234567`.
fn is_time(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    name.split_once('.')
        .is_some_and(|(seconds, rest)| seconds.len() >= 9 && digits(seconds) && digits(rest))
}

/// The tags at the beginning of a file.
enum Tags {
    None,
    /// One, of scalars.
    One(String),
    /// Several, or one of something else.
    Several,
}

fn tags(file: &Path) -> Tags {
    let mut found = Tags::None;
    first_items(file, |item| {
        let is_other = matches!(&found, Tags::One(tag) if tag != item.tag);
        let is_one = is_scalar(item) && !is_other;
        found = if is_one {
            Tags::One(item.tag.to_owned())
        } else {
            Tags::Several
        };
        is_one
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_named_by_the_time_are_told_from_others() {
        assert!(is_time("1795952058.473968"));
        for name in ["1795952058", "v1.2", "12.5", "1795952058.4x", "train"] {
            assert!(!is_time(name), "{name}");
        }
    }
}
