//! The thread that looks for runs and reads their logs.
//!
//! It reads what is looked at: the beginning of every log, the whole of those whose rows are on the screen or that the
//! order of the list depends on, and of those that are drawn their series, which stay in memory as long as they are. Logs
//! that may grow are looked at again and again. What it finds out it tells by [`News`]; nothing waits for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use jiff::Timestamp;

use super::curves::{Curves, Pictures};
use super::entry::Known;
use super::index::RunId;
use crate::logs::{self, Format, Found, Picture, Reached, Run, State};

/// Bytes of a log that are read to know what it is.
const BEGINNING: u64 = 64 * 1024;
/// Bytes that are read before anything else is done.
const PIECE: u64 = 1024 * 1024;
/// Time between two looks at a log that is drawn, at one that is listed on the screen, and at any other.
const DRAWN: Duration = Duration::from_secs(1);
const SEEN: Duration = Duration::from_secs(3);
const OTHER: Duration = Duration::from_secs(20);
/// Time between two searches for runs, at least.
const SEARCH: Duration = Duration::from_secs(4);
/// A search that takes longer is repeated more rarely: after so many times the time it took.
const REST: u32 = 20;
/// Time between two reports on a log that is being read.
const REPORT: Duration = Duration::from_millis(150);
/// Findings of a search that wait to be taken in.
const FINDINGS: usize = 256;
/// Logs that are kept open because they grow, although they are not drawn.
const OPEN: usize = 32;

/// What is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Runs whose series are drawn, or whose pictures are shown.
    pub drawn: BTreeSet<RunId>,
    /// Runs whose rows are on the screen.
    pub seen: BTreeSet<RunId>,
    /// Whether every log is to be read whole, because the order of the list depends on it.
    pub whole: bool,
    /// The metrics that are drawn.
    pub metrics: BTreeSet<String>,
    /// Runs whose pictures are shown, and the step of which.
    pub pictures: BTreeMap<RunId, u64>,
    /// Their tag; `None`: each run's samples.
    pub album: Option<String>,
}

/// What was found out.
#[derive(Debug)]
pub enum News {
    /// A run was found. The first one has the number 0, each later one the next.
    Found(Found),
    /// The log of a run is gone, or there again.
    Gone(RunId, bool),
    /// A search through all directories is over: what could not be looked at, in words.
    Searched(Vec<String>),
    /// What a log says.
    Known(RunId, Box<Known>),
    /// A log cannot be read, for this reason.
    Failed(RunId, String),
    /// The series of a run that is drawn.
    Curves(RunId, Arc<Curves>),
    /// The pictures of a run that is drawn, of the wanted step or the newest before it; `None`: it has none.
    Pictures(RunId, Option<Pictures>),
}

/// The thread, as its owner sees it. It ends when this is dropped.
#[derive(Debug)]
pub struct Reading {
    /// What it found out.
    pub news: Receiver<News>,
    /// Ready when there is news.
    pub wake: Receiver<()>,
    wanted: Sender<Wanted>,
    last: Wanted,
}

impl Reading {
    /// Starts looking for runs in these directories or files.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(tops: Vec<PathBuf>) -> io::Result<Self> {
        let (tell, news) = unbounded();
        let (waker, wake) = bounded(1);
        let (wanted, orders) = unbounded();
        let (found, finds) = bounded(FINDINGS);
        thread::Builder::new()
            .name("search".to_owned())
            .spawn(move || search(&tops, &found))?;
        let reader = Reader {
            tell,
            waker,
            orders,
            finds,
            wanted: Wanted::default(),
            logs: Vec::new(),
            places: HashMap::new(),
            runs: HashMap::new(),
            behind: BTreeSet::new(),
            there: BTreeSet::new(),
        };
        thread::Builder::new()
            .name("reading".to_owned())
            .spawn(move || reader.run())?;
        Ok(Self {
            news,
            wake,
            wanted,
            last: Wanted::default(),
        })
    }

    /// Says what is to be read from now on.
    pub fn want(&mut self, wanted: Wanted) {
        if wanted != self.last {
            // Without the thread there is nothing to be read.
            let _ = self.wanted.send(wanted.clone());
            self.last = wanted;
        }
    }
}

/// What a search found.
enum Finding {
    /// A log.
    Log(Found),
    /// There are no more for now: what could not be looked at, in words.
    Over(Vec<String>),
}

/// Looks for runs, again and again, until nobody wants to know.
fn search(tops: &[PathBuf], found: &Sender<Finding>) {
    loop {
        let begun = Instant::now();
        let mut notes = Vec::new();
        let mut tell = |log| found.send(Finding::Log(log)).is_ok();
        for top in tops {
            match logs::find_each(top, &mut tell) {
                Ok(more) => notes.extend(more),
                Err(error) => notes.push(error.to_string()),
            }
        }
        if found.send(Finding::Over(notes)).is_err() {
            return;
        }
        thread::sleep(SEARCH.max(begun.elapsed() * REST));
    }
}

/// How far a log was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Nothing,
    Beginning,
    Whole,
}

/// Whether a log grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// As far as is known.
    Live,
    /// It is silent: but a run may be resumed, and what another tool writes may go on or be written anew at any time.
    Possible,
}

/// A log, as the thread knows it.
struct Log {
    found: Found,
    extent: Extent,
    /// When it was looked at.
    looked: Option<Instant>,
    growth: Growth,
    /// When it was last written to.
    touched: Option<Timestamp>,
    /// The same as a look at its files said before it was read to its end.
    looked_at: Option<Timestamp>,
    /// When it was seen to grow.
    grew: Option<Timestamp>,
    is_gone: bool,
    /// What was told of it.
    told: Option<Known>,
    /// When its series were told, and which.
    drawn: Option<(Instant, u64)>,
    /// The pictures that were told: tag and step, nothing where there are none.
    pictured: Option<Vec<(String, u64)>>,
    /// Whether it could not be read.
    has_failed: bool,
}

struct Reader {
    tell: Sender<News>,
    waker: Sender<()>,
    orders: Receiver<Wanted>,
    finds: Receiver<Finding>,
    wanted: Wanted,
    logs: Vec<Log>,
    places: HashMap<(PathBuf, Format), RunId>,
    /// The runs that are open.
    runs: HashMap<RunId, Run>,
    /// Those of them that are not at the end of their logs.
    behind: BTreeSet<RunId>,
    /// Those that the search that goes on has found.
    there: BTreeSet<RunId>,
}

/// The owner is gone.
struct Over;

impl Reader {
    fn run(mut self) {
        while self.turn().is_ok() {}
    }

    fn turn(&mut self) -> Result<(), Over> {
        loop {
            match self.orders.try_recv() {
                Ok(wanted) => self.obey(wanted),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Err(Over),
            }
        }
        while let Ok(finding) = self.finds.try_recv() {
            self.take(finding)?;
        }
        if self.show_pictures()? {
            return Ok(());
        }
        if let Some((id, budget)) = self.next() {
            return self.look(id, budget);
        }
        // Nothing to do until a log is due, or until something is wanted.
        let pause = self.pause();
        crossbeam_channel::select! {
            recv(self.orders) -> order => match order {
                Ok(wanted) => self.obey(wanted),
                Err(_) => return Err(Over),
            },
            recv(self.finds) -> finding => if let Ok(finding) = finding { self.take(finding)? },
            default(pause) => {}
        }
        Ok(())
    }

    fn obey(&mut self, wanted: Wanted) {
        let others = wanted.metrics != self.wanted.metrics;
        for id in &wanted.drawn {
            let is_new = !self.wanted.drawn.contains(id);
            if let Some(log) = self.logs.get_mut(id.0).filter(|_| is_new || others) {
                log.drawn = None;
                if !self.runs.contains_key(id) {
                    log.looked = None;
                }
            }
        }
        self.wanted = wanted;
        self.close();
    }

    /// Lets go of what is neither drawn nor growing.
    fn close(&mut self) {
        let (wanted, logs) = (&self.wanted, &self.logs);
        let mut kept = 0;
        self.runs.retain(|id, _| {
            if wanted.drawn.contains(id) {
                return true;
            }
            kept += usize::from(logs.get(id.0).is_some_and(|log| log.growth == Growth::Live));
            logs.get(id.0).is_some_and(|log| log.growth == Growth::Live) && kept <= OPEN
        });
    }

    fn take(&mut self, finding: Finding) -> Result<(), Over> {
        match finding {
            Finding::Log(found) => self.found(found),
            Finding::Over(notes) => self.searched(notes),
        }
    }

    fn found(&mut self, found: Found) -> Result<(), Over> {
        let place = (found.path.clone(), found.format);
        if let Some(id) = self.places.get(&place).copied() {
            self.there.insert(id);
            if let Some(log) = self.logs.get_mut(id.0)
                && log.is_gone
            {
                // Whatever it is now, it is read anew.
                *log = Log::new(log.found.clone());
                self.say(News::Gone(id, false))?;
            }
            return Ok(());
        }
        let id = RunId(self.logs.len());
        self.there.insert(id);
        self.places.insert(place, id);
        self.logs.push(Log::new(found.clone()));
        self.say(News::Found(found))
    }

    /// A search is over: what it did not find is gone.
    fn searched(&mut self, notes: Vec<String>) -> Result<(), Over> {
        let there = std::mem::take(&mut self.there);
        let mut gone = Vec::new();
        for (at, log) in self.logs.iter_mut().enumerate() {
            if !there.contains(&RunId(at)) && !log.is_gone {
                log.is_gone = true;
                gone.push(RunId(at));
            }
        }
        for id in gone {
            self.runs.remove(&id);
            self.say(News::Gone(id, true))?;
        }
        self.say(News::Searched(notes))
    }

    /// The log that is to be read next, and about how many bytes of it.
    fn next(&self) -> Option<(RunId, u64)> {
        let drawn = self
            .wanted
            .drawn
            .iter()
            .filter_map(|id| Some((*id, self.logs.get(id.0)?)));
        let seen = || {
            let all = self.wanted.seen.iter();
            all.filter_map(|id| Some((*id, self.logs.get(id.0)?)))
        };
        let all = || (0..).map(RunId).zip(&self.logs);
        let unread =
            |(_, log): &(RunId, &Log)| log.extent == Extent::Nothing && log.looked.is_none();
        let part = |(_, log): &(RunId, &Log)| log.extent != Extent::Whole;
        let due = |(_, log): &(RunId, &Log), every: Duration| {
            log.looked.is_none_or(|then| then.elapsed() >= every)
        };
        let is_there = |(_, log): &(RunId, &Log)| !log.is_gone && !log.has_failed;
        let mut drawn = drawn.filter(is_there);
        let missing = |(id, log): &(RunId, &Log)| {
            !self.runs.contains_key(id) || self.behind.contains(id) || log.drawn.is_none()
        };
        if let Some((id, _)) = drawn.find(|log| missing(log) || due(log, DRAWN)) {
            return Some((id, PIECE));
        }
        let beginning = seen().chain(all()).filter(is_there).find(unread);
        if let Some((id, _)) = beginning {
            return Some((id, BEGINNING));
        }
        let rest = seen().filter(is_there).find(part);
        let rest = rest.or_else(|| {
            all()
                .filter(|_| self.wanted.whole)
                .filter(is_there)
                .find(part)
        });
        if let Some((id, _)) = rest {
            return Some((id, PIECE));
        }
        let seen = seen()
            .filter(|(_, log)| !log.is_gone)
            .find(|log| due(log, SEEN));
        let other = || {
            all()
                .filter(|(_, log)| !log.is_gone)
                .find(|log| due(log, OTHER))
        };
        let (id, log) = seen.or_else(other)?;
        // Of a log that is not open any more, the beginning says whether it goes on.
        let is_open = self.runs.contains_key(&id);
        Some((
            id,
            if is_open || log.extent == Extent::Whole {
                PIECE
            } else {
                BEGINNING
            },
        ))
    }

    /// Tells the pictures of one drawn run, if those that it showed are not the wanted ones. Returns whether there was one.
    fn show_pictures(&mut self) -> Result<bool, Over> {
        let wanted = &self.wanted.pictures;
        for (id, log) in (0..).map(RunId).zip(&mut self.logs) {
            if log.pictured.is_some() && !wanted.contains_key(&id) {
                log.pictured = None;
            }
        }
        for (id, step) in wanted.clone() {
            let (Some(run), Some(log)) = (self.runs.get(&id), self.logs.get_mut(id.0)) else {
                continue;
            };
            if log.extent == Extent::Nothing {
                continue;
            }
            let chosen = chosen(run, step, self.wanted.album.as_deref());
            let first = chosen.first();
            let key = first.map(|picture| (picture.tag.clone(), picture.step));
            let key: Vec<_> = key.into_iter().collect();
            if log.pictured.as_ref() == Some(&key) {
                continue;
            }
            log.pictured = Some(key);
            let pictures = (!chosen.is_empty()).then(|| load(&chosen));
            self.say(News::Pictures(id, pictures))?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Time until a log is due.
    fn pause(&self) -> Duration {
        let every = |id: RunId| match () {
            () if self.wanted.drawn.contains(&id) => DRAWN,
            () if self.wanted.seen.contains(&id) => SEEN,
            () => OTHER,
        };
        let live = self.logs.iter().enumerate().filter(|(_, log)| !log.is_gone);
        let left = live.filter_map(|(at, log)| {
            let then = log.looked?;
            Some(every(RunId(at)).saturating_sub(then.elapsed()))
        });
        left.min().unwrap_or(OTHER).max(Duration::from_millis(5))
    }

    /// Reads a piece of a log, and tells what it says.
    fn look(&mut self, id: RunId, budget: u64) -> Result<(), Over> {
        let Some(log) = self.logs.get_mut(id.0) else {
            return Ok(());
        };
        log.looked = Some(Instant::now());
        let is_drawn = self.wanted.drawn.contains(&id);
        // A log that is not open, and that nobody has written to since, says nothing new; but a run of this program that was live
        // may have lost its process.
        let may_be_idle = log.found.format != Format::Own || log.growth != Growth::Live;
        let touched = may_be_idle.then(|| logs::touched(&log.found)).flatten();
        let is_read = log.extent == Extent::Whole && touched.is_some();
        if !is_drawn && !self.runs.contains_key(&id) && is_read && touched == log.looked_at {
            return Ok(());
        }
        let run = self.runs.entry(id).or_insert_with(|| {
            // It is read anew.
            Run::open(&log.found)
        });
        let reached = match run.read(budget) {
            Ok(reached) => reached,
            Err(error) => {
                log.has_failed = true;
                // When it can be read again, it is told even if it is as before.
                (log.told, log.looked_at) = (None, None);
                self.runs.remove(&id);
                return self.say(News::Failed(id, error.to_string()));
            }
        };
        log.has_failed = false;
        let is_end = reached == Reached::End;
        if is_end {
            self.behind.remove(&id);
        } else {
            self.behind.insert(id);
        }
        let was_whole = log.extent == Extent::Whole;
        let news_due = is_end || log.drawn.is_none_or(|(then, _)| then.elapsed() >= REPORT);
        // While a log that is known whole is read once more, its beginning is no news.
        if is_end || (!was_whole && news_due) {
            let mut known = Known::of(run, reached);
            let now = Timestamp::now();
            if is_end {
                log.looked_at = touched;
                log.note_growth(known.about.touched, now);
            }
            known.about.grew = log.grew;
            let has_ended = known.about.ending.is_some();
            let is_live = !has_ended && known.about.state(now) == State::Live;
            log.growth = if is_live || !is_end {
                Growth::Live
            } else {
                Growth::Possible
            };
            log.extent = match reached {
                Reached::End => Extent::Whole,
                Reached::More => Extent::Beginning,
            };
            if log.told.as_ref().is_none_or(|told| !is_same(told, &known)) {
                log.told = Some(known.clone());
                self.tell
                    .send(News::Known(id, Box::new(known)))
                    .map_err(|_| Over)?;
                let _ = self.waker.try_send(());
            }
        }
        let Some(log) = self.logs.get_mut(id.0) else {
            return Ok(());
        };
        if is_drawn && news_due {
            let stamp = stamp(run);
            if log.drawn.is_none_or(|(_, told)| told != stamp) {
                let curves = curves(run, &self.wanted);
                self.tell
                    .send(News::Curves(id, Arc::new(curves)))
                    .map_err(|_| Over)?;
                let _ = self.waker.try_send(());
            }
            log.drawn = Some((Instant::now(), stamp));
        }
        let wants_more = is_drawn || self.wanted.seen.contains(&id) || self.wanted.whole;
        let keeps = is_drawn || log.growth == Growth::Live && is_end || !is_end && wants_more;
        if !keeps {
            self.runs.remove(&id);
        }
        if self.runs.len() > OPEN {
            self.close();
        }
        Ok(())
    }

    fn say(&self, news: News) -> Result<(), Over> {
        self.tell.send(news).map_err(|_| Over)?;
        let _ = self.waker.try_send(());
        Ok(())
    }
}

impl Log {
    fn new(found: Found) -> Self {
        Self {
            found,
            extent: Extent::Nothing,
            looked: None,
            growth: Growth::Live,
            touched: None,
            looked_at: None,
            grew: None,
            is_gone: false,
            told: None,
            drawn: None,
            pictured: None,
            has_failed: false,
        }
    }

    /// It was read to its end, and was last written to at this time.
    fn note_growth(&mut self, touched: Option<Timestamp>, now: Timestamp) {
        if self.touched.is_some() && touched > self.touched {
            self.grew = Some(now);
        }
        self.touched = touched.or(self.touched);
    }
}

/// Whether a log says nothing new. (Not `==`: NaN is not equal to itself.)
fn is_same(a: &Known, b: &Known) -> bool {
    let count = |known: &Known| known.metrics.values().map(|facts| facts.count).sum::<u64>();
    let is_as_long = a.step == b.step && count(a) == count(b);
    a.is_whole == b.is_whole && is_as_long && a.about == b.about && a.pictures == b.pictures
}

/// What changes when there is more to draw.
fn stamp(run: &Run) -> u64 {
    let history = run.history();
    let series = history.metrics().filter_map(|name| history.series(name));
    let ends = series.map(|series| {
        let last = series.last();
        last.map_or(0, |last| {
            last.to.wrapping_mul(31).wrapping_add(last.stat.count)
        })
    });
    ends.fold(1, |stamp, end| {
        stamp.wrapping_mul(1_000_003).wrapping_add(end)
    })
}

fn curves(run: &Run, wanted: &Wanted) -> Curves {
    let history = run.history();
    let series = wanted.metrics.iter();
    Curves {
        clock: history.clock().clone(),
        times: run.times().clone(),
        series: series
            .filter_map(|name| Some((name.clone(), history.series(name)?.clone())))
            .collect(),
    }
}

/// The pictures of a run at a step, or at the newest before it; at the first, if that is later. Where no tag is named, those of one that
/// says samples, else of the first.
fn chosen<'a>(run: &'a Run, step: u64, album: Option<&str>) -> Vec<&'a Picture> {
    let tags = run.pictures();
    let of_samples = || logs::samples_tag(tags.keys());
    let Some(row) = album.or_else(of_samples).and_then(|tag| tags.get(tag)) else {
        return Vec::new();
    };
    let before = row.iter().rev().find(|picture| picture.step <= step);
    let Some(at) = before.or_else(|| row.first()).map(|picture| picture.step) else {
        return Vec::new();
    };
    row.iter().filter(|picture| picture.step == at).collect()
}

/// The pixels of pictures of one step.
fn load(pictures: &[&Picture]) -> Pictures {
    let first = pictures.first();
    let images = logs::load_step(pictures.iter().copied().take(logs::TOGETHER));
    Pictures {
        tag: first.map(|picture| picture.tag.clone()).unwrap_or_default(),
        step: first.map_or(0, |picture| picture.step),
        images: images.map(Arc::new).map_err(|error| error.to_string()),
        columns: first
            .and_then(|picture| picture.grid)
            .map_or(0, |(_, _, columns)| columns),
    }
}

/// Waits for news, at most so long. For those who have no event loop.
impl Reading {
    /// The next piece of news; `None` if none came in time.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Option<News> {
        self.news.recv_timeout(patience).ok()
    }
}
