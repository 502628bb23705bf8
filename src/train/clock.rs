//! Time spent training, and how fast. Time in which the process was stopped, or its machine suspended, does not count
//! ([`awake`]).

use std::collections::VecDeque;
use std::time::Duration;

use crate::awake;

/// How far back rates look.
const LOOK_BACK: Duration = Duration::from_secs(1);

/// Counts seconds while it runs, and steps as they are made.
#[derive(Debug)]
pub(super) struct Clock {
    before: Duration,
    running_since: Option<Duration>,
    /// When each recent step was done, and the images shown by then.
    recent: VecDeque<(Duration, u64)>,
}

impl Clock {
    pub fn new() -> Self {
        Self {
            before: Duration::ZERO,
            running_since: None,
            recent: VecDeque::new(),
        }
    }

    /// Counts from here on.
    pub fn start(&mut self) {
        if self.running_since.is_none() {
            self.running_since = Some(awake::now());
            // A pause is not a slow step.
            self.recent.clear();
        }
    }

    /// Stops counting.
    pub fn stop(&mut self) {
        if let Some(since) = self.running_since.take() {
            self.before += awake::since(since);
        }
    }

    /// Seconds of training.
    pub fn seconds(&self) -> f64 {
        (self.before + self.running_since.map_or(Duration::ZERO, awake::since)).as_secs_f64()
    }

    /// Goes to a saved number of seconds.
    pub fn set_seconds(&mut self, seconds: f64) {
        self.before = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        self.running_since = self.running_since.map(|_| awake::now());
        self.recent.clear();
    }

    /// A step is done.
    pub fn count(&mut self, images: u64) {
        let now = awake::now();
        self.recent.push_back((now, images));
        while self.recent.len() > 2
            && self
                .recent
                .front()
                .is_some_and(|(t, _)| now.saturating_sub(*t) > LOOK_BACK)
        {
            self.recent.pop_front();
        }
    }

    /// Steps and images per second over the last second or so; zero before there are two steps.
    pub fn rates(&self) -> (f64, f64) {
        match (self.recent.front(), self.recent.back()) {
            (Some((from, first)), Some((to, last))) if to > from => {
                let seconds = to.saturating_sub(*from).as_secs_f64();
                (
                    (self.recent.len() - 1) as f64 / seconds,
                    last.saturating_sub(*first) as f64 / seconds,
                )
            }
            _ => (0.0, 0.0),
        }
    }
}
