//! Metrics on their way to events: what comes faster than anyone can look is merged, without losing an extreme.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::limits;
use crate::protocol::{Metrics, StepWindow, merge_metrics};

/// Time over which speeds are measured.
const SPAN: Duration = Duration::from_secs(5);

/// Windows that are closed before their time, in a second.
const CUTS: u32 = 20;

/// The open window, and the speed.
#[derive(Debug)]
pub struct Windows {
    open: Option<StepWindow>,
    /// Whether it holds what must not become a later step's.
    is_apart: bool,
    /// When the last window was closed.
    closed: Instant,
    /// Since when windows closed before their time are counted, and how many there were.
    cuts: (Instant, u32),
    /// Moments of the last seconds, with the steps done and the examples used by then.
    moments: VecDeque<(Instant, u64, u64)>,
    /// The last step of the window before.
    last: u64,
    epoch: u64,
    batch: u64,
    /// The newest window of each metric over the whole run: what a summary holds.
    newest: Metrics,
}

impl Windows {
    /// No metrics yet.
    pub fn new(now: Instant) -> Self {
        Self {
            open: None,
            is_apart: false,
            cuts: (now, 0),
            closed: now.checked_sub(limits::LOG).unwrap_or(now),
            moments: VecDeque::from([(now, 0, 0)]),
            last: 0,
            epoch: 0,
            batch: 0,
            newest: Metrics::new(),
        }
    }

    /// Adds metrics of the steps from `from` (`None`: from where the last ended) to `step`.
    pub fn add(&mut self, from: Option<u64>, step: u64, metrics: &Metrics) {
        let next = self.last + 1;
        let first = from.unwrap_or(next).min(step);
        let window = self.open.get_or_insert_with(|| StepWindow {
            from_step: first,
            epoch: 0,
            batch: 0,
            metrics: Metrics::new(),
            steps_per_second: 0.0,
            images_per_second: 0.0,
        });
        window.from_step = window.from_step.min(first);
        self.last = self.last.max(step);
        merge_metrics(&mut window.metrics, metrics);
        self.newest
            .extend(metrics.iter().map(|(name, stat)| (name.clone(), *stat)));
    }

    /// This is the epoch, and this batch of it.
    pub fn epoch(&mut self, epoch: Option<u64>, batch: Option<u64>) {
        if let Some(epoch) = epoch {
            if epoch != self.epoch {
                self.batch = 0;
            }
            self.epoch = epoch;
        }
        self.batch = batch.unwrap_or(self.batch);
    }

    /// The open window, if it is due, or if there is one and it is to be closed `at_once`.
    pub fn take(&mut self, now: Instant, at_once: bool) -> Option<StepWindow> {
        if !self.is_due(now) && !at_once {
            return None;
        }
        let mut window = self.open.take()?;
        self.closed = now;
        self.is_apart = false;
        (window.epoch, window.batch) = (self.epoch, self.batch);
        (window.steps_per_second, window.images_per_second) = self.speed(now);
        Some(window)
    }

    /// Returns whether a window that is open is to be closed.
    pub fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.closed) >= limits::LOG
    }

    /// What the open window holds belongs to its step and to no later one.
    pub fn keep_apart(&mut self) {
        self.is_apart = self.open.is_some();
    }

    /// Whether the open window had better not be merged with these metrics of a later step of this epoch.
    pub fn is_apart(&self, epoch: Option<u64>, metrics: &Metrics) -> bool {
        let is_other = epoch.is_some_and(|epoch| epoch != self.epoch);
        let has = |name: &String| metrics.contains_key(name);
        self.open
            .as_ref()
            .is_some_and(|open| self.is_apart || is_other || !open.metrics.keys().all(has))
    }

    /// Whether the open window may be closed before its time: so many times a second.
    pub fn cut(&mut self, now: Instant) -> bool {
        if now.saturating_duration_since(self.cuts.0) >= Duration::from_secs(1) {
            self.cuts = (now, 0);
        }
        self.cuts.1 += 1;
        self.cuts.1 <= CUTS
    }

    /// Returns whether a window is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// So many steps are done and examples used now.
    pub fn pass(&mut self, now: Instant, step: u64, images: u64) {
        self.moments.push_back((now, step, images));
        while self.moments.len() > 2
            && self
                .moments
                .get(1)
                .is_some_and(|(then, ..)| now.saturating_duration_since(*then) >= SPAN)
        {
            self.moments.pop_front();
        }
        // A thousand a second say no more than ten.
        if self.moments.len() > 256 {
            let mut keep = false;
            self.moments.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }

    /// Steps and examples per second.
    pub fn speed(&self, now: Instant) -> (f64, f64) {
        let (Some((then, from, images_from)), Some((_, to, images_to))) =
            (self.moments.front(), self.moments.back())
        else {
            return (0.0, 0.0);
        };
        let seconds = now.saturating_duration_since(*then).as_secs_f64().max(1e-3);
        (
            to.saturating_sub(*from) as f64 / seconds,
            images_to.saturating_sub(*images_from) as f64 / seconds,
        )
    }

    /// The run went back, or went on after a pause: speeds begin anew.
    pub fn begin_anew(&mut self, now: Instant, step: u64, images: u64) {
        self.moments = VecDeque::from([(now, step, images)]);
        self.last = step;
    }

    /// The newest window of each metric.
    pub fn newest(&self) -> &Metrics {
        &self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Stat;

    fn one(value: f64) -> Metrics {
        Metrics::from([("a".to_owned(), Stat::of(value))])
    }

    #[test]
    fn fast_steps_become_one_window_and_speed_is_that_of_the_last_seconds() {
        let begin = Instant::now();
        let at = |millis| begin + Duration::from_millis(millis);
        let mut windows = Windows::new(begin);
        windows.add(None, 1, &one(5.0));
        assert!(windows.take(at(0), false).is_some_and(|w| w.from_step == 1));
        for step in 2..=20 {
            windows.add(None, step, &one(step as f64));
            windows.pass(at(step * 10), step, step * 64);
            assert_eq!(windows.take(at(step), false), None);
        }
        windows.epoch(Some(2), Some(7));
        let window = windows.take(at(200), false);
        assert!(window.is_some_and(|w| {
            let a = w.metrics["a"];
            (w.from_step, w.epoch, w.batch, a.count, a.min, a.max) == (2, 2, 7, 19, 2.0, 20.0)
                && (w.steps_per_second - 100.0).abs() < 1.0
        }));
        assert!(!windows.is_open() && windows.newest().contains_key("a"));
    }

    #[test]
    fn what_belongs_to_a_step_alone_closes_its_window_but_not_without_end() {
        let now = Instant::now();
        let mut windows = Windows::new(now);
        windows.epoch(Some(1), None);
        windows.add(None, 1, &one(5.0));
        let same = one(6.0);
        assert!(!windows.is_apart(Some(1), &same) && !windows.is_apart(None, &same));
        assert!(windows.is_apart(Some(2), &same) && windows.is_apart(None, &Metrics::new()));
        windows.keep_apart();
        assert!(windows.is_apart(Some(1), &same) && windows.take(now, true).is_some());
        assert!(!windows.is_apart(Some(2), &same));
        windows.add(None, 2, &one(5.0));
        assert!(!windows.is_apart(Some(1), &same));
        let cuts = (0..100).filter(|_| windows.cut(now)).count();
        assert_eq!(cuts, CUTS as usize);
        assert!(windows.cut(now + Duration::from_secs(1)));
    }
}
