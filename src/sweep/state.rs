//! Where a trial stands, and each of its runs, in a word.

use std::fmt::Write as _;

use super::board::Board;
use super::decide::{Next, Stage};
use super::run_seen::RunSeen;

/// Where a trial stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrialState {
    /// A worker is at it.
    Training,
    /// It waits at a rung, or for a person.
    Paused,
    /// Its worker ended on the way: another takes it up.
    Interrupted,
    /// It has not begun.
    Waiting,
    /// It got to the end.
    Done,
    /// It goes no further: others are better.
    Stopped,
    /// A person, or a command in its configuration, stopped it.
    Cancelled,
    /// It diverged, met a condition, or did not begin.
    Failed,
}

impl TrialState {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Paused => "paused",
            Self::Interrupted => "interrupted",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The same, with whether the trial was changed by hand, and of how many of its seeds the value is, if not of all.
    #[must_use]
    pub fn with_remarks(self, by_hand: u64, (valued, all): (u64, u64)) -> String {
        let mut text = self.word().to_owned();
        if by_hand > 0 {
            text.push_str(", by hand");
        }
        if self == Self::Done && all > 1 && valued < all {
            // Writing into a String cannot fail.
            let _ = write!(text, ", {valued} of {all} seeds");
        }
        text
    }

    /// Of a run of a sweep in which this is to be done.
    #[must_use]
    pub fn of(board: &Board, next: &Next, run: &RunSeen) -> Self {
        let rungs = board.definition().rungs();
        let reached = run.replicate.reached();
        match run.replicate.stage {
            Stage::New if next.is_open => Self::Waiting,
            Stage::Held if run.is_paused => Self::Paused,
            Stage::Held => Self::Training,
            Stage::Failed if run.was_stopped() => Self::Cancelled,
            Stage::Failed => Self::Failed,
            Stage::At(_) if reached == Some(rungs.last()) => Self::Done,
            Stage::At(at) if at > reached.map_or(0, |rung| rungs.at(rung)) => Self::Interrupted,
            // It may yet go on, with what others reach.
            Stage::At(_) if next.is_open => Self::Paused,
            // Nobody will begin it, or go on with it.
            Stage::New | Stage::At(_) => Self::Stopped,
        }
    }

    /// Of a trial: that of the run which a worker is at, or else of the first.
    #[must_use]
    pub fn of_trial(board: &Board, next: &Next, number: u64) -> Self {
        let runs = (0..board.definition().seeds).filter_map(|seed| board.run(number, seed));
        let held = runs.filter(|run| run.replicate.stage == Stage::Held);
        let busy = held.map(|run| Self::of(board, next, run)).min();
        let first = || Some(Self::of(board, next, board.run(number, 0)?));
        busy.or_else(first).unwrap_or(Self::Waiting)
    }
}
