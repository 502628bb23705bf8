//! What steers a run: requests, the script, pauses, and its end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Receiver;

use crate::protocol::{Outcome, Request, Timed};

/// Whether steps are being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Running,
    Paused,
    /// This many more, then paused.
    Stepping(u64),
}

/// Why a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub outcome: Outcome,
    pub reason: String,
    /// The signal that stopped it.
    pub signal: Option<String>,
}

impl End {
    pub fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            reason: reason.into(),
            signal: None,
        }
    }
}

/// What steers a trainer from outside.
pub(super) struct Control {
    requests: Receiver<Request>,
    /// Commands that came before there was a trainer.
    held: Vec<Request>,
    /// Whether a person is there who can decide.
    attended: Arc<AtomicBool>,
    /// Whether another process has taken the run directory over.
    lost: Arc<AtomicBool>,
    /// Scripted commands that are still due, the first one first.
    due: VecDeque<Timed>,
    mode: Mode,
    /// Why it is paused, where no one asked for it.
    pause_note: Option<String>,
    end: Option<End>,
}

impl Control {
    pub fn new(
        requests: Receiver<Request>,
        held: Vec<Request>,
        attended: Arc<AtomicBool>,
        lost: Arc<AtomicBool>,
        scripted: &[Timed],
    ) -> Self {
        let mut control = Self {
            requests,
            held,
            attended,
            lost,
            due: VecDeque::new(),
            mode: Mode::Running,
            pause_note: None,
            end: None,
        };
        control.set_due(scripted);
        control
    }

    /// Where requests come from.
    pub fn requests(&self) -> &Receiver<Request> {
        &self.requests
    }

    /// The commands that came before there was a trainer, once.
    pub fn take_held(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.held)
    }

    /// Returns whether a person is there who can decide.
    pub fn is_attended(&self) -> bool {
        self.attended.load(Ordering::Relaxed)
    }

    /// A person comes or leaves.
    #[cfg(test)]
    pub fn set_attended(&self, attended: bool) {
        self.attended.store(attended, Ordering::Relaxed);
    }

    /// Returns whether another process has taken the run directory over.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub fn is_paused(&self) -> bool {
        self.mode == Mode::Paused
    }

    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        self.pause_note = None;
    }

    /// Why the run is paused, where no one asked for it.
    pub fn pause_note(&self) -> Option<&str> {
        self.pause_note.as_deref()
    }

    pub fn set_pause_note(&mut self, note: String) {
        self.pause_note = Some(note);
    }

    /// The script: scripted commands in the order of their steps; those of one step stay as they were given.
    pub fn set_due(&mut self, scripted: &[Timed]) {
        self.due = scripted.iter().cloned().collect();
        self.due.make_contiguous().sort_by_key(|timed| timed.step);
    }

    /// The scripted commands that are still due.
    pub fn due(&self) -> &VecDeque<Timed> {
        &self.due
    }

    /// Returns whether a scripted command is due at `step`.
    pub fn is_due(&self, step: u64) -> bool {
        self.due.front().is_some_and(|timed| timed.step <= step)
    }

    /// The next scripted command.
    pub fn next_due(&mut self) -> Option<Timed> {
        self.due.pop_front()
    }

    /// Why the run ends, if it does.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    pub fn outcome(&self) -> Option<Outcome> {
        self.end.as_ref().map(|end| end.outcome)
    }

    /// The run is to end, or not after all.
    pub fn set_end(&mut self, end: Option<End>) {
        self.end = end;
    }

    pub fn take_end(&mut self) -> Option<End> {
        self.end.take()
    }
}
