//! What a trainer reports: its events with their numbers, and the window of steps that the next one is about.

use crossbeam_channel::Sender;
use serde::{Deserialize, Serialize};

use super::Progress;
use super::learner::DataPosition;
use crate::protocol::{Event, Live, Metrics, Position, Recorded};

/// A window of steps that is still open, as a checkpoint keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenWindow {
    /// Its first step.
    pub from_step: u64,
    /// Epoch, and batches of it that were used, where the window began.
    pub position: (u64, u64),
    /// Values so far.
    pub metrics: Metrics,
}

/// What is saved of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalState {
    /// The metrics since the last step event.
    pub window: OpenWindow,
    /// The metrics of the last step event.
    pub last_metrics: Metrics,
    /// The newest diversity of the fixed latents' images.
    pub diversity: Option<f64>,
}

/// Sends events, and knows what the newest have reported.
pub(super) struct Journal {
    events: Sender<Event>,
    /// The event after which a branch that has no event yet begins.
    after: Option<u64>,
    /// First step of the open window, and the position in the data where it began.
    from_step: u64,
    from: (u64, u64),
    every_batches: u64,
    last_metrics: Metrics,
    diversity: Option<f64>,
}

impl Journal {
    /// A journal of a run that starts; a window ends every `every_batches` batches.
    pub fn new(events: Sender<Event>, every_batches: u64) -> Self {
        Self {
            events,
            after: None,
            from_step: 1,
            from: (1, 0),
            every_batches: every_batches.max(1),
            last_metrics: Metrics::new(),
            diversity: None,
        }
    }

    /// Sends an event of the training with its number; the first of a branch says where the branch begins.
    pub fn record(&mut self, progress: &mut Progress, at: Position, recorded: Recorded) {
        let (seq, after) = (progress.next_seq(), self.after.take());
        self.send(Event::new(at, recorded).numbered(Some(seq), after));
    }

    /// Sends an event for the record that is not the training's own: it has no number, and no branch takes it back.
    pub fn announce(&self, at: Position, recorded: Recorded) {
        self.send(Event::new(at, recorded));
    }

    /// Sends an event to the current viewers.
    pub fn show(&self, at: Position, live: Live) {
        self.send(Event::new(at, live));
    }

    fn send(&self, event: Event) {
        // Training continues even if nothing listens.
        let _ = self.events.send(event);
    }

    /// The next event is the first of a branch, which begins after event `seq`.
    pub fn start_branch(&mut self, seq: u64) {
        self.after = Some(seq);
    }

    /// The window after `step` opens.
    pub fn open_window(&mut self, step: u64, data: DataPosition) {
        self.from_step = step + 1;
        self.from = if data.ends_epoch {
            (data.epoch + 1, 0)
        } else {
            (data.epoch, data.batch)
        };
    }

    /// The first step of the open window.
    pub fn first_step(&self) -> u64 {
        self.from_step
    }

    /// Returns whether the position in the data has crossed a multiple of the reporting interval, or the end of an
    /// epoch.
    pub fn window_is_full(&self, data: DataPosition) -> bool {
        let every = self.every_batches;
        data.epoch != self.from.0 || data.batch / every != self.from.1 / every || data.ends_epoch
    }

    /// Remembers what a step event has reported.
    pub fn set_metrics(&mut self, metrics: Metrics) {
        self.last_metrics = metrics;
    }

    /// The metrics of the last step event.
    pub fn metrics(&self) -> &Metrics {
        &self.last_metrics
    }

    /// Remembers the diversity of the newest samples.
    pub fn set_diversity(&mut self, diversity: f64) {
        self.diversity = Some(diversity);
    }

    /// The diversity of the newest samples.
    pub fn diversity(&self) -> Option<f64> {
        self.diversity
    }

    /// What is saved, with the metrics of the open window.
    pub fn state(&self, metrics: Metrics) -> JournalState {
        JournalState {
            window: OpenWindow {
                from_step: self.from_step,
                position: self.from,
                metrics,
            },
            last_metrics: self.last_metrics.clone(),
            diversity: self.diversity,
        }
    }

    /// Forgets what another run reported: nothing has been measured in this one.
    pub fn fork(&mut self) {
        self.last_metrics = Metrics::new();
        self.diversity = None;
    }

    /// Puts a state back, but for the metrics of its window, which the learner collects.
    pub fn restore(&mut self, state: &JournalState) {
        self.from_step = state.window.from_step;
        self.from = state.window.position;
        self.last_metrics.clone_from(&state.last_metrics);
        self.diversity = state.diversity;
    }
}
