//! TensorBoard's event files: a directory of them is a run.
//!
//! They are read as TensorBoard reads them: in the order of their names, as one series; a step that falls back takes back the
//! later points of its tag; a session that starts at a step takes back those of all tags. What TensorBoard thins out, is all here.

mod event;
mod folded;
mod frame;
mod hparams;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::about::{About, Format, timestamp};
use super::error::LogError;
use super::picture::{Bytes, Picture};
use super::source::{Point, Reached, Sink, Source, step};
use super::tail::Tail;
use crate::files;
use event::{Data, Event, Item, Plugin, Tensor, What, items};
pub(super) use folded::{Part, Sort, Trials, are_trials, sort};
use frame::{Next, next};
use hparams::End;
pub use write::{Encoded, Events};

/// Files of a directory that are read at most.
const FILES: usize = 10_000;
/// How deep below a run the directories of its parts lie: `MAIN/KEY`, where MAIN may have slashes.
const DEPTH: usize = 4;
/// How writers begin the names of event files.
const USUAL: &str = "events.out.tfevents.";
/// Bytes that tell an event file.
const HEAD: u64 = 64;
/// Tags whose plugin is remembered.
const TAGS: usize = 20_000;

/// Whether a file begins like an event file; `None` if it is too short to tell.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    frame::begins(bytes)
}

/// Whether a file is named like an event file.
pub(super) fn is_named(name: &str) -> bool {
    name.contains("tfevents")
}

/// The event files of a directory, in the order in which they are read.
pub(super) fn files_in(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_named))
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .take(FILES)
        .collect();
    found.sort();
    found
}

/// The event files of a directory, and those of the directories right below it, which may be parts of its run.
pub(super) fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = files_in(dir);
    let dirs = fs::read_dir(dir).into_iter().flatten().flatten();
    let dirs = dirs.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    for entry in dirs.take(FILES) {
        files.extend(files_in(&entry.path()));
    }
    files
}

/// The event files of the run in a directory: its own, and those of its parts.
pub(super) fn files_of(dir: &Path) -> Vec<PathBuf> {
    let mut dirs = vec![(dir.to_path_buf(), Part::Main)];
    below(dir, dir, DEPTH, &mut HashSet::new(), &mut dirs);
    dirs.iter().flat_map(|(dir, _)| files_in(dir)).collect()
}

/// Whether a file that is named like an event file is one, and not only named a bit so.
pub(super) fn is_event_file(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut head = Vec::new();
    let read = files::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    name.starts_with(USUAL) || read.is_ok() && begins(&head) == Some(true)
}

/// A run.
#[derive(Debug)]
pub(super) struct TensorBoard {
    about: About,
    place: Place,
    streams: Vec<Stream>,
    /// Directories below it that are runs by themselves.
    others: HashSet<PathBuf>,
    /// Whether all that was there was read.
    is_at_end: bool,
    state: State,
}

/// Where a run lies.
#[derive(Debug)]
enum Place {
    Dir(PathBuf),
    File,
}

/// The event files of one directory.
#[derive(Debug)]
struct Stream {
    dir: PathBuf,
    part: Part,
    files: Vec<EventFile>,
    plugins: HashMap<String, Plugin>,
}

#[derive(Debug)]
struct EventFile {
    tail: Tail,
    /// Whether what follows cannot be found.
    is_lost: bool,
}

/// What is known beyond the streams.
#[derive(Debug, Default)]
struct State {
    /// The time of the newest value.
    newest: f64,
    /// The time of the first event.
    first: Option<f64>,
    /// How the run ended, and when that was written.
    end: Option<(f64, End)>,
    /// Records that were read.
    records: u64,
    /// Damaged records.
    damaged: u64,
    /// Values at steps below 0.
    early: u64,
    /// Metrics of the run itself, beside those with its settings.
    series: HashSet<String>,
    /// Metrics that only its settings have so far.
    finals: HashSet<String>,
    /// Whether one of these turned out to be a series: then the log has to be read anew.
    is_mixed: bool,
    /// Files that could not be read to their end.
    lost: Vec<String>,
}

impl TensorBoard {
    /// The run of a directory.
    pub fn of_dir(dir: &Path, name: &str) -> Self {
        Self::of(name, dir.to_path_buf(), Place::Dir(dir.to_path_buf()))
    }

    /// The run of a single file.
    pub fn of_file(file: &Path, name: &str) -> Self {
        let mut run = Self::of(name, file.to_path_buf(), Place::File);
        run.streams.push(Stream {
            dir: file.to_path_buf(),
            part: Part::Main,
            files: vec![EventFile::new(file)],
            plugins: HashMap::new(),
        });
        run
    }

    fn of(name: &str, path: PathBuf, place: Place) -> Self {
        Self {
            about: About::new(name, Format::TensorBoard, path),
            place,
            streams: Vec::new(),
            others: HashSet::new(),
            is_at_end: true,
            state: State::default(),
        }
    }

    /// Looks for files, and directories of parts, that are new.
    fn list(&mut self) {
        let Place::Dir(dir) = &self.place else {
            return;
        };
        let mut dirs = vec![(dir.clone(), Part::Main)];
        below(dir, dir, DEPTH, &mut self.others, &mut dirs);
        // Of several settings the newest count; most of their names are times.
        dirs.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (dir, part) in dirs {
            let known = self.streams.iter().position(|stream| stream.dir == dir);
            let at = known.unwrap_or(self.streams.len());
            if known.is_none() {
                self.streams.push(Stream {
                    dir: dir.clone(),
                    part,
                    files: Vec::new(),
                    plugins: HashMap::new(),
                });
            }
            let Some(stream) = self.streams.get_mut(at) else {
                continue;
            };
            for file in files_in(&dir) {
                if !stream.files.iter().any(|known| known.tail.path() == file) {
                    stream.files.push(EventFile::new(&file));
                }
            }
            stream
                .files
                .sort_by(|a, b| a.tail.path().cmp(b.tail.path()));
        }
    }

    /// Looks at all files again. Returns whether one of them was written anew.
    fn look(&mut self) -> Result<bool, LogError> {
        let mut touched = None;
        let mut is_other = false;
        let mut found = 0;
        let mut error = None;
        for file in self.streams.iter_mut().flat_map(|stream| &mut stream.files) {
            match file.tail.look() {
                Ok(other) => {
                    is_other |= other;
                    found += 1;
                }
                Err(refused) => error = Some(refused),
            }
            touched = touched.max(file.tail.modified());
        }
        self.about.touched = touched;
        match error {
            Some(error) if found == 0 => Err(error),
            _ => Ok(is_other),
        }
    }

    fn begin_anew(&mut self) {
        let About { name, path, .. } = &self.about;
        self.about = About::new(name, Format::TensorBoard, path.clone());
        self.state = State::default();
        for stream in &mut self.streams {
            stream.plugins.clear();
            for file in &mut stream.files {
                *file = EventFile::new(file.tail.path());
            }
        }
    }

    /// Says what is known by now.
    fn conclude(&mut self) {
        let state = &self.state;
        self.about.started = state.first.and_then(timestamp);
        // PyTorch writes the end together with the settings, at whatever time: it holds if nothing came after it.
        let end = state.end.filter(|(when, _)| *when >= state.newest);
        self.about.ending = end.and_then(|(_, end)| end.ending);
        self.about.ended = end.and_then(|(when, end)| {
            end.ending?;
            timestamp(end.time.unwrap_or(when))
        });
        self.about.notes = state.notes();
    }
}

/// The directories below `dir` that are parts of the run in `top`.
fn below(
    top: &Path,
    dir: &Path,
    depth: usize,
    others: &mut HashSet<PathBuf>,
    found: &mut Vec<(PathBuf, Part)>,
) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if depth == 0 || found.len() > FILES || !is_dir || others.contains(&path) {
            continue;
        }
        let files = files_in(&path);
        match (files.first(), path.strip_prefix(top)) {
            (Some(first), Ok(name)) => match sort(name, first) {
                Sort::Part(part) => found.push((path, part)),
                Sort::Run => {
                    others.insert(path);
                }
                Sort::Open => {}
            },
            (None, _) => below(top, &path, depth - 1, others, found),
            _ => {}
        }
    }
}

impl EventFile {
    fn new(path: &Path) -> Self {
        Self {
            tail: Tail::new(path),
            is_lost: false,
        }
    }
}

impl State {
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.damaged > 0 {
            notes.push(match self.damaged {
                1 => "1 damaged record was skipped".to_owned(),
                n => format!("{n} damaged records were skipped"),
            });
        }
        match self.early {
            0 => {}
            1 => notes.push("1 value at a step below 0 was left out".to_owned()),
            n => notes.push(format!("{n} values at steps below 0 were left out")),
        }
        notes.extend(self.lost.iter().take(8).cloned());
        notes
    }
}

impl Source for TensorBoard {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError> {
        if self.is_at_end {
            self.list();
        }
        let is_other = self.look()?;
        if is_other || self.state.is_mixed {
            let series = std::mem::take(&mut self.state.series);
            self.begin_anew();
            if !is_other {
                self.state.series = series;
            }
            sink.restart();
            let _ = self.look()?;
        }
        let mut left = budget;
        let mut reached = Reached::End;
        'all: for stream in &mut self.streams {
            for at in 0..stream.files.len() {
                if stream.read(at, &mut left, &mut self.state, &mut self.about, sink)?
                    == Reached::More
                {
                    reached = Reached::More;
                    break 'all;
                }
            }
        }
        self.is_at_end = reached == Reached::End;
        if self.state.is_mixed {
            reached = Reached::More;
        }
        if self.state.records == 0
            && let Some(lost) = self.state.lost.first()
        {
            let path = self.about.path.clone();
            let problem = format!("no event file of TensorBoard: {lost}");
            return Err(LogError::Damaged { path, problem });
        }
        self.conclude();
        Ok(reached)
    }
}

impl Stream {
    fn read(
        &mut self,
        at: usize,
        left: &mut u64,
        state: &mut State,
        about: &mut About,
        sink: &mut dyn Sink,
    ) -> Result<Reached, LogError> {
        let Self {
            part,
            files,
            plugins,
            ..
        } = self;
        let Some(file) = files.get_mut(at) else {
            return Ok(Reached::End);
        };
        let path = file.tail.path().to_path_buf();
        let mut values = Values {
            part,
            plugins,
            state,
            about,
            sink,
            path: &path,
        };
        while !file.is_lost {
            if *left == 0 {
                return Ok(Reached::More);
            }
            let from = file.tail.position();
            match next(&mut file.tail)? {
                Next::Record(record, at) => {
                    *left = left.saturating_sub(record.len() as u64 + 16);
                    values.record(record, at);
                }
                Next::Damaged => {
                    *left = left.saturating_sub(4096);
                    values.state.damaged += 1;
                }
                Next::Lost => {
                    file.is_lost = true;
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let lost =
                        format!("{name}: no record begins at byte {from}; the rest is not read");
                    values.state.lost.push(lost);
                }
                Next::Waits => break,
            }
        }
        file.tail.close();
        Ok(Reached::End)
    }
}

/// Where the values of a file go.
struct Values<'a> {
    part: &'a Part,
    plugins: &'a mut HashMap<String, Plugin>,
    state: &'a mut State,
    about: &'a mut About,
    sink: &'a mut dyn Sink,
    path: &'a Path,
}

impl Values<'_> {
    fn record(&mut self, record: &[u8], at: u64) {
        let Some(event) = Event::of(record) else {
            self.state.damaged += 1;
            return;
        };
        self.state.records += 1;
        if event.time > 0.0 && self.state.first.is_none_or(|first| event.time < first) {
            self.state.first = Some(event.time);
        }
        match event.what {
            What::Start if *self.part == Part::Main => self.sink.rewind(step(event.step)),
            What::Summary(summary) => {
                for item in items(summary) {
                    self.item(&item, &event, (record, at));
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, item: &Item<'_>, event: &Event<'_>, (record, at): (&[u8], u64)) {
        let is_early = event.step < 0 && !matches!(item.data, Data::None);
        if is_early {
            self.state.early += 1;
            return;
        }
        let offset =
            |part: &[u8]| at + part.as_ptr().addr().wrapping_sub(record.as_ptr().addr()) as u64;
        match item.data {
            Data::Scalar(value) => self.scalar(item.tag, event, f64::from(value)),
            Data::Image(image) => {
                if let Some(bytes) = event::picture(image) {
                    let (tag, index) = image_tag(item.tag);
                    self.picture(tag, index, event, (offset(bytes), bytes.len()));
                }
            }
            Data::Histogram(bytes) => {
                if let Some(histogram) = event::histogram(bytes) {
                    self.sink.histogram(item.tag, step(event.step), histogram);
                }
            }
            Data::Tensor(_) | Data::None => {
                let plugin = self.plugin(item);
                if plugin == Some(Plugin::HParams) {
                    if let Some(end) = hparams::take_in(item.content, self.about) {
                        self.state.end = Some((event.time, end));
                    }
                } else if let Data::Tensor(bytes) = item.data {
                    self.tensor(item.tag, plugin, event, &Tensor::of(bytes), &offset);
                }
            }
        }
    }

    /// The plugin of a value: its own, or that of an earlier value of the tag.
    fn plugin(&mut self, item: &Item<'_>) -> Option<Plugin> {
        match item.plugin {
            Some(plugin) => {
                if self.plugins.len() < TAGS && !self.plugins.contains_key(item.tag) {
                    self.plugins.insert(item.tag.to_owned(), plugin);
                }
                Some(plugin)
            }
            None => self.plugins.get(item.tag).copied(),
        }
    }

    fn tensor(
        &mut self,
        tag: &str,
        plugin: Option<Plugin>,
        event: &Event<'_>,
        tensor: &Tensor<'_>,
        offset: &dyn Fn(&[u8]) -> u64,
    ) {
        match plugin {
            Some(Plugin::Scalars) | None if tensor.is_scalar() => {
                if let [value] = tensor.numbers()[..] {
                    self.scalar(tag, event, value);
                }
            }
            Some(Plugin::Images) => {
                // Width and height come first.
                for (index, bytes) in tensor.strings().iter().skip(2).enumerate() {
                    self.picture(tag, index, event, (offset(bytes), bytes.len()));
                }
            }
            Some(Plugin::Histograms) => {
                if let Some(histogram) = tensor.histogram() {
                    self.sink.histogram(tag, step(event.step), histogram);
                }
            }
            Some(Plugin::Text) => {
                let tag = tag.strip_suffix("/text_summary").unwrap_or(tag);
                for text in tensor.strings().iter().take(64) {
                    let text = String::from_utf8_lossy(text);
                    self.sink.text(tag, step(event.step), event.when(), &text);
                }
            }
            _ => {}
        }
    }

    fn scalar(&mut self, tag: &str, event: &Event<'_>, value: f64) {
        let point = Point {
            step: step(event.step),
            time: event.when(),
            value,
        };
        match self.part {
            Part::Main => self.of_series(tag, point),
            Part::Key(key) => self.of_series(&format!("{tag}/{key}"), point),
            // The last value of a series, mostly without its step; or a metric that is only here.
            Part::Settings => {
                if !self.state.series.contains(tag) {
                    if self.state.finals.len() < TAGS && !self.state.finals.contains(tag) {
                        self.state.finals.insert(tag.to_owned());
                    }
                    self.sink.point(tag, point);
                }
                let results: &mut BTreeMap<String, f64> = &mut self.about.results;
                if results.len() < TAGS {
                    results.insert(tag.to_owned(), value);
                }
                return;
            }
        }
        self.state.newest = self.state.newest.max(event.time);
    }

    /// A value of the run itself.
    fn of_series(&mut self, metric: &str, point: Point) {
        if self.state.series.len() < TAGS && !self.state.series.contains(metric) {
            self.state.series.insert(metric.to_owned());
            self.state.is_mixed |= self.state.finals.contains(metric);
        }
        self.sink.point(metric, point);
    }

    fn picture(
        &mut self,
        tag: &str,
        index: usize,
        event: &Event<'_>,
        (offset, length): (u64, usize),
    ) {
        self.sink.picture(Picture {
            tag: tag.to_owned(),
            step: step(event.step),
            index,
            time: event.when(),
            place: Bytes {
                path: self.path.to_path_buf(),
                offset,
                length: Some(length as u64),
            },
            grid: None,
        });
    }
}

/// The tag of a picture and its place among several: TensorFlow 1 writes `name/image/3`, or `name/image` for a single one.
fn image_tag(tag: &str) -> (&str, usize) {
    if let Some(name) = tag.strip_suffix("/image") {
        return (name, 0);
    }
    match tag.rsplit_once("/image/") {
        Some((name, number)) => number.parse().map_or((tag, 0), |index| (name, index)),
        None => (tag, 0),
    }
}
