//! Columns of the table of trials.

use std::cmp::Ordering;

use crate::sweep::{Param, Seen, TrialSeen};
use crate::text::duration;
use crate::text::number::{self, compact};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrialColumn {
    /// The place among all.
    Rank,
    /// The number.
    Trial,
    /// Where it stands.
    State,
    /// How far it got, in the unit of the budget.
    Rung,
    /// What it reached.
    Value,
    /// A parameter, by its place.
    Param(usize),
    /// What it cost, in time of training.
    Cost,
    /// Of how many seeds the value is.
    Seeds,
    /// The host of the worker.
    Host,
    /// The job of the worker.
    Job,
}

impl TrialColumn {
    /// All of them, in the order of the table; those at the end go first where there is no room.
    pub fn all(params: usize) -> Vec<Self> {
        let mut all = vec![
            Self::Rank,
            Self::Trial,
            Self::State,
            Self::Rung,
            Self::Value,
        ];
        all.extend((0..params).map(Self::Param));
        all.extend([Self::Cost, Self::Seeds, Self::Host, Self::Job]);
        all
    }

    /// Its name, to choose it by.
    pub fn name(self, params: &[Param]) -> String {
        match self {
            Self::Rank => "rank".to_owned(),
            Self::Trial => "trial".to_owned(),
            Self::State => "state".to_owned(),
            Self::Rung => "rung".to_owned(),
            Self::Value => "value".to_owned(),
            Self::Param(at) => params
                .get(at)
                .map(|param| param.key.clone())
                .unwrap_or_default(),
            Self::Cost => "cost".to_owned(),
            Self::Seeds => "seeds".to_owned(),
            Self::Host => "host".to_owned(),
            Self::Job => "job".to_owned(),
        }
    }

    /// The column of this name.
    pub fn named(name: &str, params: &[Param]) -> Option<Self> {
        let all = Self::all(params.len());
        all.into_iter().find(|column| column.name(params) == name)
    }

    /// What it says of a trial; empty where it says nothing.
    pub fn text(self, trial: &TrialSeen, seen: &Seen) -> String {
        let run = trial.main_run();
        match self {
            Self::Rank => trial.rank.map(|rank| (rank + 1).to_string()),
            Self::Trial => Some(trial.number.to_string()),
            Self::State => {
                let seeds = (trial.seeds, seen.definition.seeds);
                Some(trial.state.with_remarks(trial.by_hand, seeds))
            }
            Self::Rung => {
                let rungs = seen.definition.rungs();
                // On the way to the first one: how far it is.
                let begun = run.map(|run| run.amount).filter(|amount| *amount > 0);
                let reached = trial.rung.map(|rung| rungs.at(rung));
                reached.or(begun).map(|at| {
                    let at = compact(at as f64);
                    match rungs.count() {
                        1 => at,
                        count => format!("{at} {}/{count}", trial.rung.map_or(0, |rung| rung + 1)),
                    }
                })
            }
            Self::Value => trial.value.map(number::value),
            Self::Param(at) => {
                let param = seen.definition.params.get(at);
                param.and_then(|param| trial.values.get(&param.key).cloned())
            }
            Self::Cost => {
                let seconds = trial.seconds();
                (seconds > 0.0).then(|| duration::clock(seconds))
            }
            Self::Seeds => (trial.seeds > 0).then(|| trial.seeds.to_string()),
            Self::Host => run.and_then(|run| run.host.clone()),
            Self::Job => run.and_then(|run| run.job.clone()),
        }
        .unwrap_or_default()
    }

    /// Whether it stands at the right.
    pub fn is_right(self, seen: &Seen) -> bool {
        match self {
            Self::State | Self::Host | Self::Job => false,
            Self::Param(at) => {
                let param = seen.definition.params.get(at);
                param.is_some_and(|param| param.domain.categories().is_none())
            }
            _ => true,
        }
    }

    /// Whether it says nothing of a trial.
    pub fn is_lost(self, trial: &TrialSeen, seen: &Seen) -> bool {
        self.text(trial, seen).is_empty()
    }

    /// How two trials compare in it: what is better, or what comes first, first.
    pub fn compare(self, a: &TrialSeen, b: &TrialSeen, seen: &Seen) -> Ordering {
        let number = |trial: &TrialSeen| match self {
            Self::Rank => trial.rank.map(|rank| rank as f64),
            Self::Value => trial.value.map(|value| seen.definition.goal.cost(value)),
            // The furthest, the dearest first.
            Self::Rung => {
                let begun = trial.main_run().map_or(0, |run| run.amount);
                let reached = trial.rung.map(|rung| seen.definition.rungs().at(rung));
                Some(-(reached.unwrap_or(begun) as f64))
            }
            Self::Cost => Some(-trial.seconds()),
            Self::Seeds => Some(-(trial.seeds as f64)),
            Self::Param(at) => trial.places.get(at).copied().flatten(),
            Self::Trial | Self::State | Self::Host | Self::Job => None,
        };
        match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ if self == Self::State => a.state.cmp(&b.state),
            _ => self.text(a, seen).cmp(&self.text(b, seen)),
        }
    }
}
