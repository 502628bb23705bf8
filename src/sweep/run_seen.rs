//! A run of a trial as a worker, or a person, sees it: what was written of it, and what follows from that.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{ATTEMPTS, Replicate, Stage};
use super::definition::Definition;
use super::goal::Goal;
use super::mark::{Mark, Reached};
use super::rungs::Rungs;

/// What is known of a run.
#[derive(Default)]
pub struct RunSeen {
    /// Where it stands.
    pub replicate: Replicate,
    /// Steps done, as far as they are saved or a worker is at it.
    pub steps: u64,
    /// Whether a worker is at it, and a person has paused it.
    pub is_paused: bool,
    /// Its values of the metric at each rung that it reached.
    pub values: Vec<Option<f64>>,
    /// Why it failed, or was stopped.
    pub failure: Option<String>,
    /// How often somebody changed what it is trained with, as far as it was looked at for people.
    pub by_hand: u64,
    /// What it reached, by rung in the unit of the budget.
    pub(super) marks: BTreeMap<u64, Reached>,
    /// The rung whose mark was read as a whole, for people.
    detailed: Option<u64>,
    /// Why it failed by itself, as that mark says.
    own_failure: Option<String>,
    /// Rungs that it was decided to train it to.
    pub(super) decided: BTreeSet<u64>,
    /// Why attempts at it failed, by their numbers.
    pub(super) attempts: BTreeMap<u64, String>,
    /// What was written of it where a person has stopped its trial.
    pub(super) stopped: Option<String>,
    /// The look at which another worker was found to be at it.
    pub(super) taken_at: Option<u64>,
}

impl RunSeen {
    pub(super) fn reached(&mut self, until: u64, reached: Reached) {
        let known = self.marks.get(&until).copied();
        self.marks.insert(until, reached.or(known));
    }

    /// Takes over what only the content of a mark says.
    pub(super) fn detail(&mut self, mark: Mark) {
        self.detailed = Some(mark.until);
        self.steps = self.steps.max(mark.steps);
        self.by_hand = self.by_hand.max(mark.by_hand);
        self.own_failure = mark.failure.or(self.own_failure.take());
    }

    /// The newest mark, where its content was not read.
    pub(super) fn lacks_detail(&self) -> Option<(u64, Reached)> {
        let (until, reached) = self.marks.last_key_value()?;
        (self.detailed != Some(*until)).then_some((*until, *reached))
    }

    fn has(&self, wanted: Reached) -> bool {
        self.marks.values().any(|reached| *reached == wanted)
    }

    /// Whether it failed by itself, for good.
    fn failed(&self) -> bool {
        self.has(Reached::Failed) || self.attempts.len() as u64 >= ATTEMPTS
    }

    /// Whether it goes no further because a person, or a command in its configuration, said so.
    #[must_use]
    pub fn was_stopped(&self) -> bool {
        (self.stopped.is_some() || self.has(Reached::Stopped)) && !self.failed()
    }

    /// Whether it goes no further, whatever others reach: it failed, or was stopped.
    pub(super) fn has_failed(&self) -> bool {
        self.failed() || self.was_stopped()
    }

    /// What it counts with at a rung: its value there, or the worst, if it failed by itself. Nothing is known of one that is under way,
    /// or was stopped.
    #[must_use]
    pub fn counted(&self, rung: usize, goal: Goal) -> Option<f64> {
        if self.replicate.stage == Stage::Failed && !self.was_stopped() {
            return Some(goal.worst());
        }
        self.values.get(rung).copied().flatten()
    }

    /// Why it goes no further, if so.
    fn why_failed(&self) -> Option<String> {
        self.has_failed().then(|| {
            let newest = self.attempts.values().next_back();
            let said = self.own_failure.as_ref().or(self.stopped.as_ref());
            said.or(newest)
                .map_or("it failed", String::as_str)
                .to_owned()
        })
    }

    /// Whether a worker has decided anything of it, or more.
    pub(super) fn has_begun(&self) -> bool {
        let is_new = self.decided.is_empty() && self.marks.is_empty() && self.attempts.is_empty();
        !is_new || self.stopped.is_some()
    }

    /// Whether it was decided to train it further than its newest mark: that does not say everything.
    pub(super) fn is_beyond_its_mark(&self) -> bool {
        let marked = self.marks.last_key_value().map(|(until, _)| *until);
        self.decided.last().copied() > marked
    }

    /// Whether what is known of it was reached with its values: others would not do.
    pub(super) fn has_said(&self) -> bool {
        !self.marks.is_empty() || self.has_failed()
    }

    pub(super) fn is_final(&self, rungs: &Rungs) -> bool {
        self.has_failed() || self.marks.contains_key(&rungs.at(rungs.last()))
    }

    pub(super) fn settle(&mut self, rungs: &Rungs, definition: &Definition, is_held: bool) {
        let at_each = || rungs.iter().map(|rung| self.marks.get(&rung).copied());
        self.values = at_each()
            .map(|reached| match reached {
                Some(Reached::Value(value)) => value,
                Some(Reached::Failed | Reached::Stopped) | None => None,
            })
            .collect();
        let goal = definition.goal;
        let cost = |reached| match reached {
            // It did not get there.
            Reached::Failed | Reached::Stopped => None,
            // One that was never measured is the worst, not one to wait for.
            Reached::Value(value) => Some(value.map_or(f64::INFINITY, |value| goal.cost(value))),
        };
        self.replicate.costs = at_each().map(|reached| reached.and_then(cost)).collect();
        self.failure = self.why_failed();
        self.replicate.was_tried = !self.attempts.is_empty();
        let reached = self.replicate.reached().map(|rung| rungs.at(rung));
        // Decided, and not there: nobody is at it if it is not held.
        let is_on_its_way = rungs.iter().any(|rung| {
            reached.is_none_or(|reached| rung > reached) && self.decided.contains(&rung)
        });
        self.replicate.stage = match (reached, is_on_its_way) {
            _ if is_held => Stage::Held,
            _ if self.failure.is_some() => Stage::Failed,
            (None, false) => Stage::New,
            (reached, is_on_its_way) => {
                Stage::At(reached.unwrap_or_default() + u64::from(is_on_its_way))
            }
        };
    }
}
