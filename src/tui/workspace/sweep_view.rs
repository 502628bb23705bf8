//! A sweep as the workspace holds it: it as it stands, the order of its trials, the highlighted one, their runs.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::trial_column::TrialColumn;
use crate::sweep::{Seen, TrialSeen};
use crate::workspace::RunId;

/// A sweep, and how it is looked at.
#[derive(Debug)]
pub(super) struct SweepView {
    /// Its directory.
    pub dir: PathBuf,
    /// It, as soon as it was looked at.
    pub seen: Option<Arc<Seen>>,
    /// Why it cannot be looked at.
    pub problem: Option<String>,
    /// The trials in the order of the table.
    pub order: Vec<u64>,
    /// The highlighted one.
    pub at: Option<u64>,
    /// Rows the table is scrolled down by.
    pub scroll: usize,
    /// The first of the parameters that are shown, where there is no room for all.
    pub page: usize,
    /// The order of the table, and whether it is turned round.
    pub sort: (TrialColumn, bool),
    /// Its runs of this index with their names, by the trial's number.
    pub runs: HashMap<u64, Vec<(String, RunId)>>,
}

impl SweepView {
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            seen: None,
            problem: None,
            order: Vec::new(),
            at: None,
            scroll: 0,
            page: 0,
            sort: (TrialColumn::Rank, false),
            runs: HashMap::new(),
        }
    }

    /// The highlighted trial.
    pub fn trial(&self) -> Option<&TrialSeen> {
        self.seen.as_ref()?.trial(self.at?)
    }

    /// The run of a trial that says most.
    pub fn run_of(&self, trial: &TrialSeen) -> Option<RunId> {
        let name = &trial.main_run()?.name;
        let mut runs = self.runs.get(&trial.number)?.iter();
        runs.find(|(known, _)| known == name).map(|(_, id)| *id)
    }

    /// The runs of the highlighted trial.
    pub fn runs_here(&self) -> Vec<RunId> {
        let here = self.at.and_then(|at| self.runs.get(&at));
        here.into_iter().flatten().map(|(_, id)| *id).collect()
    }

    /// Puts the trials into their order.
    pub fn arrange(&mut self) {
        let Some(seen) = &self.seen else {
            return;
        };
        let (column, turned) = &self.sort;
        let mut sorted: Vec<&TrialSeen> = seen.trials.iter().collect();
        sorted.sort_by(|a, b| {
            let order = column.compare(a, b, seen);
            let order = if *turned { order.reverse() } else { order };
            // What says nothing comes last in both directions.
            let is_lost = |trial: &TrialSeen| column.is_lost(trial, seen);
            let by_loss = is_lost(a).cmp(&is_lost(b));
            let by_number = || a.number.cmp(&b.number);
            by_loss
                .then(if is_lost(a) { Ordering::Equal } else { order })
                .then_with(by_number)
        });
        self.order = sorted.iter().map(|trial| trial.number).collect();
        let is_there = |at: &u64| self.order.contains(at);
        self.at = self.at.filter(is_there).or(self.order.first().copied());
    }

    /// Of so many parameters the first that is shown, where there is room for so many.
    pub fn first(&self, count: usize, room: usize) -> usize {
        if room >= count {
            0
        } else {
            self.page.min(count.saturating_sub(1))
        }
    }

    /// Turns to later parameters, or back.
    pub fn turn(&mut self, later: bool, (count, room): (usize, usize)) {
        let first = self.first(count, room);
        self.page = match later {
            true if first + room < count => first + room,
            true => first,
            false => first.saturating_sub(room),
        };
    }

    /// The row of the highlighted trial in the table.
    pub fn row(&self) -> usize {
        let found = self.order.iter().position(|n| Some(*n) == self.at);
        found.unwrap_or(0)
    }
}
