//! A run to look at: its log, and what is kept of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::about::{About, timestamp};
use super::error::LogError;
use super::found::{Found, open};
use super::picture::Picture;
use super::pulse::Pulse;
use super::source::{Histogram, Point, Reached, Sink, Source};
use crate::history::{History, Moment, Times};
use crate::protocol::Stat;

/// Metrics that are kept of a run.
const METRICS: usize = 20_000;
/// Pictures that are kept of one tag; beyond, every other is left out.
const PICTURES: usize = 512;
/// Tags of pictures, histograms or texts that are kept.
const TAGS: usize = 1_000;
/// Histograms that are kept of one tag.
const HISTOGRAMS: usize = 64;
/// Bins of a histogram, at most.
const BINS: usize = 256;
/// Texts that are kept.
const TEXTS: usize = 1_000;
/// Characters that are kept of a text.
const TEXT: usize = 4_096;

/// A run, whoever wrote its log, and what was read of it so far. Memory is bounded, however long the log is.
pub struct Run {
    source: Box<dyn Source>,
    kept: Kept,
}

/// A text in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its tag.
    pub tag: String,
    /// The step.
    pub step: u64,
    /// When it was written, where the log says so.
    pub time: Option<Timestamp>,
    /// The text, at most a page of it.
    pub text: String,
}

impl Run {
    /// A run that was found; nothing is read yet.
    #[must_use]
    pub fn open(found: &Found) -> Self {
        Self::of(open(found))
    }

    /// The run of a source.
    #[must_use]
    pub fn of(source: Box<dyn Source>) -> Self {
        Self {
            source,
            kept: Kept::default(),
        }
    }

    /// Reads on, about `budget` bytes at most.
    ///
    /// # Errors
    /// Those of [`Source::read`].
    pub fn read(&mut self, budget: u64) -> Result<Reached, LogError> {
        self.source.read(budget, &mut self.kept)
    }

    /// Reads all that there is for now.
    ///
    /// # Errors
    /// Those of [`Source::read`].
    pub fn read_all(&mut self) -> Result<(), LogError> {
        while self.read(u64::MAX)? == Reached::More {}
        Ok(())
    }

    /// The run as a whole.
    #[must_use]
    pub fn about(&self) -> &About {
        self.source.about()
    }

    /// When its newest point was written, and the longest of the newest pauses between two, in seconds; `None` where the log does
    /// not say it.
    #[must_use]
    pub fn rate(&self) -> Option<(Timestamp, f64)> {
        self.kept.pulse.rate()
    }

    /// Its metrics. Where the log knows no time of training, that of a step is the time since the run's first point.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.kept.history
    }

    /// When its steps were, by the clock on the wall.
    #[must_use]
    pub fn times(&self) -> &Times {
        &self.kept.times
    }

    /// Metrics that are not kept, because there are too many.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.kept.left_out
    }

    /// The tags of its pictures, each with its pictures by rising steps. Of long rows every other, and so on, is left out.
    #[must_use]
    pub fn pictures(&self) -> &BTreeMap<String, Vec<Picture>> {
        &self.kept.pictures
    }

    /// The tags of its histograms, each with the newest ones by rising steps.
    #[must_use]
    pub fn histograms(&self) -> &BTreeMap<String, Vec<(u64, Histogram)>> {
        &self.kept.histograms
    }

    /// Its newest texts, in the order of the log.
    #[must_use]
    pub fn texts(&self) -> &[Text] {
        &self.kept.texts
    }
}

/// What is kept of a log.
#[derive(Debug, Default)]
struct Kept {
    history: History,
    metrics: usize,
    left_out: u64,
    /// The time of the first point.
    began: Option<f64>,
    pulse: Pulse,
    /// Whether the log knows the time of training.
    has_moments: bool,
    times: Times,
    pictures: BTreeMap<String, Vec<Picture>>,
    histograms: BTreeMap<String, Vec<(u64, Histogram)>>,
    texts: Vec<Text>,
}

impl Kept {
    /// Whether a metric is kept.
    fn admits(&mut self, metric: &str) -> bool {
        if self.history.series(metric).is_some() {
            return true;
        }
        self.metrics += 1;
        if self.metrics > METRICS {
            self.left_out += 1;
        }
        self.metrics <= METRICS
    }

    fn pass(&mut self, point: Point) {
        if let Some(time) = point.time {
            self.pulse.beat(time);
        }
        if let Some(time) = point.time {
            self.times.push(point.step, time);
        }
        if let Some(time) = point.time
            && !self.has_moments
        {
            let began = *self.began.get_or_insert(time);
            self.history.pass(Moment {
                step: point.step,
                images: 0.0,
                elapsed: (time - began).max(0.0),
            });
        }
    }
}

impl Sink for Kept {
    fn point(&mut self, metric: &str, point: Point) {
        if self.admits(metric) {
            self.history.add(metric, point.step, point.value);
            self.pass(point);
        }
    }

    fn window(&mut self, metric: &str, from: u64, end: Point, stat: &Stat) {
        if self.admits(metric) {
            self.history.add_window(metric, from, end.step, stat);
            self.pass(end);
        }
    }

    fn rewind(&mut self, step: u64) {
        if let Some(last) = step.checked_sub(1) {
            self.history.rewind(last);
            self.times.rewind(last);
        } else {
            self.history = History::default();
            self.times = Times::default();
        }
        for pictures in self.pictures.values_mut() {
            pictures.retain(|picture| picture.step < step);
        }
        for histograms in self.histograms.values_mut() {
            histograms.retain(|(at, _)| *at < step);
        }
    }

    fn restart(&mut self) {
        *self = Self::default();
    }

    fn break_line(&mut self, metric: &str) {
        self.history.break_line(metric);
    }

    fn moment(&mut self, moment: Moment) {
        self.has_moments = true;
        self.history.pass(moment);
    }

    fn picture(&mut self, picture: Picture) {
        if self.pictures.len() >= TAGS && !self.pictures.contains_key(&picture.tag) {
            return;
        }
        let row = self.pictures.entry(picture.tag.clone()).or_default();
        row.retain(|there| (there.step, there.index) < (picture.step, picture.index));
        row.push(picture);
        if row.len() > PICTURES {
            let last = row.len() - 1;
            let mut at = 0;
            row.retain(|_| {
                at += 1;
                (at - 1) % 2 == 0 || at - 1 == last
            });
        }
    }

    fn histogram(&mut self, tag: &str, step: u64, histogram: Histogram) {
        if self.histograms.len() >= TAGS && !self.histograms.contains_key(tag) {
            return;
        }
        let row = self.histograms.entry(tag.to_owned()).or_default();
        row.retain(|(at, _)| *at < step);
        row.push((step, histogram.in_at_most(BINS)));
        let excess = row.len().saturating_sub(HISTOGRAMS);
        row.drain(..excess);
    }

    fn text(&mut self, tag: &str, step: u64, time: Option<f64>, text: &str) {
        if self.texts.len() >= TEXTS {
            self.texts.remove(0);
        }
        self.texts.push(Text {
            tag: tag.to_owned(),
            step,
            time: time.and_then(timestamp),
            text: text.chars().take(TEXT).collect(),
        });
    }
}
