//! Logs of other tools that the program writes while it runs (`--watch`), read once a second. What was there before it began is
//! passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::limits;
use crate::logs::{self, Format, Histogram, Picture, Point, Reached, Sink, Source};
use crate::protocol::{Distribution, ImageGrid, Stat, Value};

/// Time between two looks at the logs, and between two looks for others.
const LOOK: Duration = Duration::from_secs(1);
const SEARCH: Duration = Duration::from_secs(5);
/// Time after which it is said that there is nothing to read.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that are read of one log at a time.
const BUDGET: u64 = 4 << 20;
/// Logs that are followed at the most.
const LOGS: usize = 64;
/// Messages that wait for the run.
const WAITING: usize = 16;

/// What was read in a log.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Metrics at steps, in their order.
    Metrics(Vec<(u64, BTreeMap<String, Stat>)>),
    /// Settings.
    Config(Vec<(String, Value)>),
    /// A picture.
    Images(String, u64, ImageGrid),
    /// A distribution.
    Distribution(u64, Distribution),
    /// A text.
    Text(String, u64, String),
    /// What a person should know.
    Note(String),
}

/// The thread that reads.
#[derive(Debug)]
pub struct Watcher {
    /// What it has read.
    pub seen: Receiver<Seen>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// Starts to read the logs below `folder`.
///
/// # Errors
/// When the thread cannot be started.
pub fn watch(folder: PathBuf, own: PathBuf) -> io::Result<Watcher> {
    let (to, seen) = bounded(WAITING);
    let ended = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&ended);
    // Before the program begins, so that nothing of it is passed over.
    let mut following = Following::new(folder, own);
    let thread = thread::Builder::new()
        .name("watching".to_owned())
        .spawn(move || {
            loop {
                let is_last = shared.load(Ordering::Acquire);
                if following.look(&to, is_last).is_err() || is_last {
                    return;
                }
                let since = Instant::now();
                while since.elapsed() < LOOK && !shared.load(Ordering::Acquire) {
                    thread::sleep(Duration::from_millis(20));
                }
            }
        })?;
    Ok(Watcher {
        seen,
        ended,
        thread,
    })
}

impl Watcher {
    /// The program has ended: what it wrote is read to the end.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Returns whether all is read.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

/// The run does not listen any more.
struct Gone;

/// The logs that are followed.
struct Following {
    folder: PathBuf,
    /// The run's own directory, which is no log of the program.
    own: PathBuf,
    logs: Vec<Followed>,
    known: BTreeSet<PathBuf>,
    searched: Option<Instant>,
    is_full: bool,
    /// Whether a log has said something, whose metrics have their names alone.
    has_first: bool,
    began: Instant,
    /// Whether it was said that there is nothing.
    was_missed: bool,
}

struct Followed {
    source: Box<dyn Source>,
    /// Its name below the folder.
    name: String,
    /// What stands before the names of its metrics, once it has said something.
    prefix: Option<String>,
    settings: usize,
    notes: usize,
}

impl Following {
    fn new(folder: PathBuf, own: PathBuf) -> Self {
        let mut following = Self {
            folder,
            own,
            logs: Vec::new(),
            known: BTreeSet::new(),
            searched: None,
            is_full: false,
            has_first: false,
            began: Instant::now(),
            was_missed: false,
        };
        following.search(true);
        following
    }

    /// Looks for logs. Of those that are there `before` the program begins, what they hold is passed over.
    fn search(&mut self, before: bool) {
        self.searched = Some(Instant::now());
        // It may come later.
        let Ok(finding) = logs::find(&self.folder) else {
            return;
        };
        for found in finding.runs {
            let is_own = found.format == Format::Own || is_below(&found.path, &self.own);
            if is_own || !self.known.insert(found.path.clone()) {
                continue;
            }
            if self.logs.len() >= LOGS {
                self.is_full = true;
                continue;
            }
            let mut source = logs::open(&found);
            if before {
                let mut nobody = Heard::default();
                while matches!(source.read(BUDGET, &mut nobody), Ok(Reached::More)) {
                    nobody = Heard::default();
                }
            }
            self.logs.push(Followed {
                name: found.name,
                prefix: None,
                settings: if before { usize::MAX } else { 0 },
                notes: source.about().notes.len(),
                source,
            });
        }
    }

    fn look(&mut self, to: &Sender<Seen>, is_last: bool) -> Result<(), Gone> {
        let is_due = self
            .searched
            .is_none_or(|searched| searched.elapsed() >= SEARCH || self.logs.is_empty());
        if is_due || is_last {
            self.search(false);
        }
        if std::mem::take(&mut self.is_full) && self.logs.len() == LOGS {
            tell(
                to,
                Seen::Note(format!("only the first {LOGS} logs are followed")),
            )?;
        }
        for log in &mut self.logs {
            log.look(&mut self.has_first, to)?;
        }
        let is_late = is_last || self.began.elapsed() >= PATIENCE;
        if !self.has_first && is_late && !std::mem::replace(&mut self.was_missed, true) {
            let folder = self.folder.display();
            let text = if !self.folder.exists() {
                format!("`--watch`: there is no {folder}")
            } else if self.logs.is_empty() {
                format!(
                    "`--watch`: found no log in {folder}; expected TensorBoard's event files, .wandb files, CSV with a header or \
                     lines of JSON"
                )
            } else {
                format!("`--watch`: the program has added nothing to the logs in {folder}")
            };
            tell(to, Seen::Note(text))?;
        }
        Ok(())
    }
}

fn is_below(path: &Path, folder: &Path) -> bool {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    whole.starts_with(folder)
}

fn tell(to: &Sender<Seen>, seen: Seen) -> Result<(), Gone> {
    to.send(seen).map_err(|_| Gone)
}

impl Followed {
    /// Passes on what was added. The first log that says something has its metrics' names alone, whatever was there before.
    fn look(&mut self, has_first: &mut bool, to: &Sender<Seen>) -> Result<(), Gone> {
        loop {
            let mut heard = Heard::default();
            let reached = self.source.read(BUDGET, &mut heard);
            if !heard.is_empty() {
                let is_alone = !std::mem::replace(has_first, true) || self.name.is_empty();
                let prefix = self.prefix.get_or_insert_with(|| {
                    if is_alone {
                        String::new()
                    } else {
                        format!("{}/", self.name)
                    }
                });
                heard.pass_on(prefix, to)?;
            }
            match reached {
                Ok(Reached::More) => {}
                // A log that is gone for a moment is tried again.
                Ok(Reached::End) | Err(_) => break,
            }
        }
        let about = self.source.about();
        if about.config.len() > self.settings {
            self.settings = about.config.len();
            let config = about.config.iter();
            tell(
                to,
                Seen::Config(
                    config
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                ),
            )?;
        }
        for note in about.notes.iter().skip(self.notes) {
            tell(to, Seen::Note(note.clone()))?;
        }
        self.notes = self.notes.max(about.notes.len());
        Ok(())
    }
}

/// What a log says in one look.
#[derive(Default)]
struct Heard {
    points: BTreeMap<u64, BTreeMap<String, Stat>>,
    pictures: BTreeMap<(String, u64), Vec<Picture>>,
    histograms: Vec<(String, u64, Histogram)>,
    texts: Vec<(String, u64, String)>,
}

impl Sink for Heard {
    fn point(&mut self, metric: &str, point: Point) {
        self.window(metric, point.step, point, &Stat::of(point.value));
    }

    fn window(&mut self, metric: &str, _from: u64, end: Point, stat: &Stat) {
        let metrics = self.points.entry(end.step).or_default();
        metrics
            .entry(metric.to_owned())
            .and_modify(|known| known.merge(stat))
            .or_insert(*stat);
    }

    fn rewind(&mut self, step: u64) {
        self.points.split_off(&step);
    }

    fn restart(&mut self) {
        *self = Self::default();
    }

    fn picture(&mut self, picture: Picture) {
        let key = (picture.tag.clone(), picture.step);
        let all = self.pictures.entry(key).or_default();
        if all.len() < limits::IMAGES {
            all.push(picture);
        }
    }

    fn histogram(&mut self, tag: &str, step: u64, histogram: Histogram) {
        self.histograms.push((tag.to_owned(), step, histogram));
    }

    fn text(&mut self, tag: &str, step: u64, _time: Option<f64>, text: &str) {
        self.texts.push((tag.to_owned(), step, text.to_owned()));
    }
}

impl Heard {
    fn is_empty(&self) -> bool {
        self.points.is_empty()
            && self.pictures.is_empty()
            && self.histograms.is_empty()
            && self.texts.is_empty()
    }

    fn pass_on(self, prefix: &str, to: &Sender<Seen>) -> Result<(), Gone> {
        let named = |name: &str| plain(&format!("{prefix}{name}"));
        if !self.points.is_empty() {
            let each = self.points.into_iter().map(|(step, metrics)| {
                let metrics = metrics.into_iter();
                (
                    step,
                    metrics.map(|(name, stat)| (named(&name), stat)).collect(),
                )
            });
            tell(to, Seen::Metrics(each.collect()))?;
        }
        // Of each tag the newest: the others were there for too short a time to be seen.
        let mut newest: BTreeMap<String, (u64, Vec<Picture>)> = BTreeMap::new();
        for ((tag, step), pictures) in self.pictures {
            newest.insert(tag, (step, pictures));
        }
        for (tag, (step, pictures)) in newest {
            if let Ok(images) = logs::load_step(&pictures) {
                tell(to, Seen::Images(named(&tag), step, images))?;
            }
        }
        for (tag, step, histogram) in self.histograms {
            let Histogram {
                edges,
                counts,
                mean,
            } = histogram.in_at_most(limits::BINS);
            let is_good = edges.len() == counts.len() + 1;
            if is_good && edges.iter().chain(&counts).all(|value| value.is_finite()) {
                let seen = Distribution {
                    name: named(&tag),
                    edges,
                    counts,
                    mean,
                    odd: 0,
                };
                tell(to, Seen::Distribution(step, seen))?;
            }
        }
        for (tag, step, text) in self.texts {
            let text: String = text.chars().take(limits::TEXT / 4).collect();
            tell(to, Seen::Text(named(&tag), step, text))?;
        }
        Ok(())
    }
}

/// A name without white space and control characters, not too long.
fn plain(name: &str) -> String {
    let odd = |c: char| {
        if c.is_whitespace() || c.is_control() {
            '_'
        } else {
            c
        }
    };
    name.chars().take(limits::NAME).map(odd).collect()
}
