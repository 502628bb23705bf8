//! What a sweep is: what is varied, how many trials there are, and what counts as good.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::domain::Domain;
use super::error::SweepError;
use super::goal::Goal;
use super::param::Param;
use super::rungs::Rungs;
use super::sampler::Sampler;
use crate::config::{self, Resolved, RunConfig, Sources};
use crate::metric::quality;

/// The value in `KEY=VALUE`, where that is the key.
#[must_use]
pub fn value_of<'a>(assignment: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = assignment.split_once('=')?;
    (name.trim() == key).then_some(value)
}

/// Most trials of a sweep.
pub(super) const MOST_TRIALS: u64 = 100_000;

/// Which trials go on at a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scheduler {
    /// All of them.
    #[default]
    None,
    /// Those that are no worse than the median of the others at the same rung (Golovin et al. 2017).
    Median,
    /// The best of each rung, as soon as there are enough (asynchronous successive halving: Li et al. 2020).
    Asha,
}

/// What a sweep is: the content of `sweep.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// What is varied, in the order of the keys.
    pub params: Vec<Param>,
    /// What every trial has, besides: `KEY=VALUE`.
    pub set: Vec<String>,
    /// How the values of a trial are drawn.
    pub sampler: Sampler,
    /// Which trials go on.
    pub scheduler: Scheduler,
    /// What is compared.
    pub metric: String,
    /// Which way it is better.
    pub goal: Goal,
    /// How many trials there are.
    pub trials: u64,
    /// Runs of a trial, each from a seed of its own. A trial is as good as their median.
    pub seeds: u64,
    /// The first of these seeds, and the one that trials are drawn from.
    pub seed: u64,
    /// How long a trial is trained.
    pub budget: Budget,
    /// The first rung, in the unit of the budget.
    pub first_rung: u64,
    /// How many times the one before each rung is; of as many trials one goes on.
    pub factor: u64,
    /// A configuration file, where there is one.
    pub base: Option<PathBuf>,
}

impl Definition {
    /// The rungs.
    #[must_use]
    pub fn rungs(&self) -> Rungs {
        let (budget, _) = self.budget.parts();
        match self.scheduler {
            Scheduler::None => Rungs::whole(budget),
            Scheduler::Median | Scheduler::Asha => {
                match self.first_rung {
                    // Three promotions to the end.
                    0 => Rungs::down_from(budget, self.factor, 4),
                    first => Rungs::geometric(first, self.factor, budget),
                }
            }
        }
    }

    /// How many trials there are, for a grid no more than it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        let all = self.sampler.count(&self.params);
        all.map_or(self.trials, |all| all.min(self.trials))
    }

    /// What sets the configuration of a trial with these values, besides its seed and how long it is trained.
    #[must_use]
    pub fn sources(&self, values: &BTreeMap<String, String>) -> Sources {
        let with = |more: Vec<String>| {
            let values = values.iter().map(|(key, value)| format!("{key}={value}"));
            let mut set = self.set.clone();
            set.extend(more);
            set.extend(values);
            Sources {
                file: self.base.clone(),
                set,
                ..Sources::default()
            }
        };
        if !self.is_quality() || self.said("evaluation.every_steps").is_some() {
            return with(Vec::new());
        }
        // Seen at every rung, where nobody has said how often.
        let first = self.rungs().at(0);
        let batch_size = || {
            let resolved = config::resolve(with(Vec::new()));
            resolved.map_or(1, |resolved| resolved.config.batch_size)
        };
        let every = match self.budget {
            Budget::Steps(_) => Some(first),
            Budget::Images(_) => self.budget.steps(first, batch_size()),
            // A run that is ended by time is evaluated at its end.
            Budget::Seconds(_) => None,
        };
        with(
            every
                .map(|every| format!("evaluation.every_steps={every}"))
                .into_iter()
                .collect(),
        )
    }

    /// What all trials have of a key, besides the parameters.
    #[must_use]
    pub fn said(&self, key: &str) -> Option<&str> {
        let mut last_first = self.set.iter().rev();
        last_first.find_map(|set| value_of(set, key))
    }

    /// Whether what is compared is measured by a judge of samples.
    #[must_use]
    pub fn is_quality(&self) -> bool {
        quality::QUANTITIES.iter().any(|q| q.name == self.metric)
    }

    /// The configuration of a trial with these values.
    ///
    /// # Errors
    /// When they are not what keys take, or do not go together.
    pub fn resolve(
        &self,
        values: &BTreeMap<String, String>,
        place: &str,
    ) -> Result<RunConfig, SweepError> {
        self.resolved(values, place).map(|found| found.config)
    }

    /// The same, with where each value comes from.
    pub(super) fn resolved(
        &self,
        values: &BTreeMap<String, String>,
        place: &str,
    ) -> Result<Resolved, SweepError> {
        config::resolve(self.sources(values))
            .map_err(|error| SweepError::of_config(place, error, values.is_empty()))
    }

    /// A setting of a run as the value of a parameter which a sampler would have drawn; nothing, where it is none of its values.
    pub(super) fn written(&self, param: &Param, setting: &str) -> Option<String> {
        let Domain::Choice(values) = &param.domain else {
            return param.domain.written(setting);
        };
        // However a configuration writes it.
        let is_it = |value: &&String| {
            let condition = param.when.iter().cloned();
            let own = [(param.key.clone(), (*value).clone())];
            let config = self.resolve(&condition.chain(own).collect(), "");
            let settings = config.ok().and_then(|config| config.settings().ok());
            let mut settings = settings.into_iter().flatten();
            settings.any(|(key, found)| key == param.key && found == setting)
        };
        values.iter().find(is_it).cloned()
    }

    /// The whole configuration of a trial: with how long the sweep trains one, and from which seed.
    ///
    /// # Errors
    /// When the values are not what keys take.
    pub fn whole(
        &self,
        values: &BTreeMap<String, String>,
        place: &str,
    ) -> Result<RunConfig, SweepError> {
        let mut config = self.resolve(values, place)?;
        let (amount, _) = self.budget.parts();
        config.seed = self.seed;
        (config.steps, config.epochs) = (self.budget.steps(amount, config.batch_size), None);
        config.max_time = match self.budget {
            Budget::Seconds(seconds) => Some(Duration::from_secs(seconds)),
            Budget::Steps(_) | Budget::Images(_) => None,
        };
        Ok(config)
    }
}
