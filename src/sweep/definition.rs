//! `sweep.toml`: what is varied, how many trials there are, and what counts as good.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::domain::Domain;
use super::error::{SweepError, of_toml};
use super::param::Param;
use super::remains;
use super::rungs::Rungs;
use super::sampler::Sampler;
use crate::config::{self, Origin, Resolved, RunConfig, Sources, ValueType};
use crate::files;
use crate::metric::{DIVERSITY, ObjectiveInfo, objectives, quality};
use crate::text::{did_you_mean, nearest};

/// The file in the directory of a sweep.
pub(super) const FILE: &str = "sweep.toml";

/// The configuration file that was given, in the directory of a sweep.
const BASE: &str = "base.toml";

/// Whether a directory is one of a sweep.
#[must_use]
pub fn is_one(dir: &Path) -> bool {
    dir.join(FILE).is_file()
}

/// The folders in the directory of a sweep.
const FOLDERS: [&str; 9] = [
    "trials",
    "runs",
    "claims",
    "decisions",
    "results",
    "failures",
    "jobs",
    "logs",
    "workers",
];

/// Whether a path, where something may be or not, is that of a file which the sweep in a directory reads or writes.
#[must_use]
pub fn is_own_file(dir: &Path, path: &Path) -> bool {
    let beside = || {
        let folder = fs::canonicalize(files::folder_of(path)).ok()?;
        Some(folder.join(path.file_name()?))
    };
    let whole = fs::canonicalize(path).ok().or_else(beside);
    let (Some(whole), Ok(dir)) = (whole, fs::canonicalize(dir)) else {
        return false;
    };
    whole.strip_prefix(&dir).is_ok_and(|inside| {
        let is_file = [FILE, BASE].iter().any(|name| inside == Path::new(name));
        is_file || FOLDERS.iter().any(|folder| inside.starts_with(folder))
    })
}

/// The value in `KEY=VALUE`, where that is the key.
#[must_use]
pub fn value_of<'a>(assignment: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = assignment.split_once('=')?;
    (name.trim() == key).then_some(value)
}

/// Most trials of a sweep.
pub(super) const MOST_TRIALS: u64 = 100_000;

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// Smaller is better.
    #[default]
    Min,
    /// Larger is better.
    Max,
}

impl Goal {
    /// A number that is smaller for better values; values that are none are the worst.
    #[must_use]
    pub fn cost(self, value: f64) -> f64 {
        match self {
            // The largest of all would be the best.
            _ if !value.is_finite() => f64::INFINITY,
            Self::Min => value,
            Self::Max => -value,
        }
    }

    /// A value that is worse than any number.
    #[must_use]
    pub fn worst(self) -> f64 {
        match self {
            Self::Min => f64::INFINITY,
            Self::Max => f64::NEG_INFINITY,
        }
    }
}

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

/// How long a trial is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So many steps.
    Steps(u64),
    /// So many training images, which are fewer steps for a larger batch.
    Images(u64),
    /// So many seconds of training, which are more steps on a faster machine.
    Seconds(u64),
}

impl Budget {
    /// Its number, and its unit in words.
    #[must_use]
    pub fn parts(self) -> (u64, &'static str) {
        match self {
            Self::Steps(steps) => (steps, "steps"),
            Self::Images(images) => (images, "images"),
            Self::Seconds(seconds) => (seconds, "seconds"),
        }
    }

    /// Steps that `amount` in this unit are for batches of this size; nothing can be said of time.
    #[must_use]
    pub fn steps(self, amount: u64, batch_size: usize) -> Option<u64> {
        match self {
            Self::Steps(_) => Some(amount),
            Self::Images(_) => Some(amount.div_ceil((batch_size as u64).max(1))),
            Self::Seconds(_) => None,
        }
    }
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

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "one")]
    version: u64,
    metric: String,
    #[serde(default)]
    goal: Goal,
    #[serde(default)]
    sampler: Sampler,
    #[serde(default)]
    scheduler: Scheduler,
    trials: u64,
    #[serde(default = "one")]
    seeds: u64,
    #[serde(default)]
    seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    images: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_rung: Option<Amount>,
    #[serde(default = "three")]
    factor: u64,
    params: BTreeMap<String, String>,
    #[serde(default)]
    set: BTreeMap<String, toml::Value>,
}

/// A part of the budget: a number, or for a budget in time a duration.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Time(String),
}

fn one() -> u64 {
    1
}

fn three() -> u64 {
    3
}

impl Definition {
    /// The bytes of the sweep in a directory.
    pub(super) fn text(dir: &Path, disk: &dyn Disk) -> Result<Vec<u8>, SweepError> {
        let path = dir.join(FILE);
        let read = disk.read(&path).map_err(SweepError::io("read it", &path))?;
        read.ok_or_else(|| SweepError::NoSweep(dir.to_owned()))
    }

    /// The sweep in a directory, from its bytes.
    pub(super) fn parse(dir: &Path, text: &[u8]) -> Result<Self, SweepError> {
        let path = dir.join(FILE);
        let place = path.display().to_string();
        let wrong = |error: toml::de::Error| {
            SweepError::wrong(&place, of_toml(text, &error), "the file of a sweep")
        };
        // First: another version may have other keys.
        let table: toml::Table = toml::from_slice(text).map_err(wrong)?;
        let version = table
            .get("version")
            .map_or(1, |version| version.as_integer().unwrap_or(0));
        if version != 1 {
            let expected =
                "version 1: it was made by another version of genai-tui, which can go on with it";
            return Err(SweepError::wrong(
                &place,
                format!("version {version}"),
                expected,
            ));
        }
        let written: Written = toml::from_slice(text).map_err(wrong)?;
        let budget = match (written.steps, written.images, &written.time) {
            (Some(steps), None, None) => Budget::Steps(steps),
            (None, Some(images), None) => Budget::Images(images),
            (None, None, Some(time)) => Budget::Seconds(seconds(&format!("{place}: time"), time)?),
            _ => {
                let expected = "one of `steps`, `images` and `time`";
                return Err(SweepError::wrong(place, "no budget, or two", expected));
            }
        };
        let first_rung = match written.first_rung {
            None => 0,
            Some(Amount::Number(amount)) => amount,
            Some(Amount::Time(time)) => seconds(&format!("{place}: first_rung"), &time)?,
        };
        let base = dir.join(BASE);
        let found = Self {
            params: written
                .params
                .iter()
                .map(|(key, text)| {
                    Param::of(key, text)
                        .map_err(|reason| wrong_param(&format!("{place}: params.{key}"), &reason))
                })
                .collect::<Result<_, _>>()?,
            set: written
                .set
                .iter()
                .map(|set| assignment(&place, set))
                .collect::<Result<_, _>>()?,
            sampler: written.sampler,
            scheduler: written.scheduler,
            metric: written.metric,
            goal: written.goal,
            trials: written.trials,
            seeds: written.seeds,
            seed: written.seed,
            budget,
            first_rung,
            factor: written.factor,
            base: base.is_file().then_some(base),
        };
        found.check(&place)?;
        Ok(found)
    }

    /// Makes the directory of a sweep, with the content of a configuration file for all its trials.
    ///
    /// # Errors
    /// When there is a sweep in it already, or what is left of one, or it cannot be written.
    pub fn create(&self, dir: &Path, base: Option<&[u8]>) -> Result<(), SweepError> {
        let path = dir.join(FILE);
        if path.exists() {
            return Err(SweepError::Exists(dir.to_owned()));
        }
        if let Some(found) = remains::of(dir) {
            let dir = dir.to_owned();
            return Err(SweepError::Remains { dir, found });
        }
        fs::create_dir_all(dir).map_err(SweepError::io("make it", dir))?;
        if let Some(base) = base {
            let path = dir.join(BASE);
            files::write(&path, base).map_err(SweepError::io("write it", &path))?;
        }
        let (amount, _) = self.budget.parts();
        let first_rung = (self.first_rung > 0).then_some(self.first_rung);
        let (mut steps, mut images, mut time) = (None, None, None);
        let mut first = first_rung.map(Amount::Number);
        match self.budget {
            Budget::Steps(_) => steps = Some(amount),
            Budget::Images(_) => images = Some(amount),
            Budget::Seconds(_) => {
                time = Some(format!("{amount}s"));
                first = first_rung.map(|rung| Amount::Time(format!("{rung}s")));
            }
        }
        let written = Written {
            version: 1,
            metric: self.metric.clone(),
            goal: self.goal,
            sampler: self.sampler,
            scheduler: self.scheduler,
            trials: self.trials,
            seeds: self.seeds,
            seed: self.seed,
            steps,
            images,
            time,
            first_rung: first,
            factor: self.factor,
            params: self
                .params
                .iter()
                .map(|param| (param.key.clone(), param.text()))
                .collect(),
            set: self.set.iter().map(|set| entry(set)).collect(),
        };
        let text = toml::to_string(&written).unwrap_or_default();
        files::write(&path, text.as_bytes()).map_err(SweepError::io("write it", &path))
    }

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

    /// Checks all that can be checked before a trial is trained.
    ///
    /// # Errors
    /// What is wrong, and what was expected. `place` is where the definition stands.
    pub fn check(&self, place: &str) -> Result<(), SweepError> {
        let wrong = |what: &str, found: String, expected: &str| {
            Err(SweepError::wrong(
                format!("{place}: {what}"),
                found,
                expected,
            ))
        };
        if self.params.is_empty() {
            return wrong("params", "none".to_owned(), "at least one parameter");
        }
        if self.trials == 0 || self.trials > MOST_TRIALS {
            return wrong("trials", self.trials.to_string(), "from 1 to 100000");
        }
        if self.seeds == 0 || self.seeds > 1000 {
            return wrong("seeds", self.seeds.to_string(), "from 1 to 1000");
        }
        let (budget, unit) = self.budget.parts();
        if budget == 0 {
            return wrong(unit, "0".to_owned(), "at least 1");
        }
        if self.factor < 2 {
            return wrong("factor", self.factor.to_string(), "at least 2");
        }
        // Neither a file of TOML nor a seed has larger numbers.
        for (what, number) in [
            (unit, budget),
            ("factor", self.factor),
            ("seed", self.seed.saturating_add(self.seeds)),
        ] {
            if i64::try_from(number).is_err() {
                return wrong(what, number.to_string(), "a number below 2^63");
            }
        }
        if self.first_rung > budget {
            let found = self.first_rung.to_string();
            return wrong(
                "first_rung",
                found,
                &format!("at most the budget, {budget}"),
            );
        }
        // First what all trials have: it would be wrong with each parameter.
        let Resolved { config, origins } = self.resolved(&BTreeMap::new(), place)?;
        for param in &self.params {
            self.check_param(place, param)?;
        }
        self.check_length(place, &origins)?;
        self.check_metric(place, &config)?;
        self.check_evaluations(place, &config)
    }

    /// A run ends at the first of its limits; one besides the budget would end it before its rung.
    fn check_length(
        &self,
        place: &str,
        origins: &BTreeMap<&'static str, Origin>,
    ) -> Result<(), SweepError> {
        let others: &[&str] = match self.budget {
            // What counts steps or epochs is covered by the steps of a rung.
            Budget::Steps(_) | Budget::Images(_) => &["max_time"],
            Budget::Seconds(_) => &["steps", "epochs"],
        };
        let is_given = |key: &&&str| {
            let origin = origins.get(**key);
            origin.is_some_and(|origin| !matches!(origin, Origin::BuiltIn | Origin::Preset(_)))
        };
        match others.iter().find(is_given) {
            None => Ok(()),
            Some(key) => Err(SweepError::wrong(
                place,
                format!("`{key}` besides a budget in {}", self.budget.parts().1),
                "one length",
            )),
        }
    }

    /// What evaluations measure has no value at a rung before the first of them: such a trial would go no further.
    pub(super) fn check_evaluations(
        &self,
        place: &str,
        config: &RunConfig,
    ) -> Result<(), SweepError> {
        let every = config.evaluation.every_steps;
        let first = self.budget.steps(self.rungs().at(0), config.batch_size);
        let expected = match first {
            _ if !self.is_quality() => return Ok(()),
            _ if every == 0 => "a number above 0".to_owned(),
            Some(first) if every > first => format!("at most {first}, where the first rung is"),
            _ => return Ok(()),
        };
        Err(SweepError::wrong(
            format!("{place}: evaluation.every_steps"),
            format!("{every}"),
            format!("{expected}: `{}` is measured by evaluations", self.metric),
        ))
    }

    fn check_param(&self, place: &str, param: &Param) -> Result<(), SweepError> {
        let place = format!("{place}: {}", param.key);
        if ["seed", "steps", "epochs", "max_time"].contains(&param.key.as_str()) {
            return Err(SweepError::wrong(
                place,
                "a key that the sweep itself sets",
                "any other key of the configuration",
            ));
        }
        self.check_condition(&place, param)?;
        let is_whole = config::find_key(&param.key)
            .is_some_and(|key| matches!(key.value_type, ValueType::Whole { .. }));
        if is_whole && matches!(param.domain, Domain::Linear(..) | Domain::Log(..)) {
            return Err(SweepError::wrong(
                place,
                format!("`{}` for a key of whole numbers", param.domain),
                "int(LOW,HIGH) or choice(A,B,…)",
            ));
        }
        if self.sampler == Sampler::Grid && param.domain.points().is_none() {
            return Err(SweepError::wrong(
                place,
                format!("`{}` for a grid", param.domain),
                "a number of points at the end: log(1e-5,1e-3,5)",
            ));
        }
        for value in param.domain.extremes() {
            let mut values = BTreeMap::from([(param.key.clone(), value)]);
            if let Some((key, value)) = &param.when {
                values.insert(key.clone(), value.clone());
            }
            self.resolve(&values, &place)?;
        }
        Ok(())
    }

    /// A condition must be one that can hold, and that does not depend on itself.
    fn check_condition(&self, place: &str, param: &Param) -> Result<(), SweepError> {
        let Some((key, value)) = &param.when else {
            return Ok(());
        };
        let wrong =
            |found: String, expected: String| Err(SweepError::wrong(place, found, expected));
        let of = |key: &str| self.params.iter().find(|param| param.key == key);
        let Some(other) = of(key) else {
            return match self.said(key) {
                Some(set) if set == value => Ok(()),
                Some(set) => wrong(
                    format!("the condition `{key}={value}`, where `{key}` is {set}"),
                    "one that can hold".to_owned(),
                ),
                None => wrong(
                    format!("a condition on `{key}`, which the sweep does not set"),
                    "one on another parameter".to_owned(),
                ),
            };
        };
        match &other.domain {
            Domain::Choice(values) if values.contains(value) => {}
            Domain::Integer(low, high)
                if value
                    .parse()
                    .is_ok_and(|value| (*low..=*high).contains(&value)) => {}
            Domain::Linear(..) | Domain::Log(..) => {
                return wrong(
                    format!("a condition on `{key}`, which hardly ever has just one value"),
                    "one on a parameter that is choice or int".to_owned(),
                );
            }
            domain => {
                return wrong(
                    format!("the condition `{key}={value}`"),
                    format!("a value of {domain}"),
                );
            }
        }
        let mut next = other;
        for _ in 0..self.params.len() {
            if next.key == param.key {
                return wrong(
                    format!(
                        "the condition `{key}={value}`, which depends on `{}`",
                        param.key
                    ),
                    "one that does not".to_owned(),
                );
            }
            match next.when.as_ref().and_then(|(key, _)| of(key)) {
                Some(further) => next = further,
                None => break,
            }
        }
        Ok(())
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
    fn resolved(
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

    /// Metrics that no evaluation and not every objective of a sweep measures are a mistake that would show only after hours.
    fn check_metric(&self, place: &str, config: &RunConfig) -> Result<(), SweepError> {
        let mut everywhere: Vec<String> = quality::live_quantities()
            .map(|quantity| quantity.name.to_owned())
            .collect();
        everywhere.push(DIVERSITY.to_owned());
        if everywhere.contains(&self.metric) {
            return Ok(());
        }
        if self.is_quality() {
            return Err(SweepError::wrong(
                format!("{place}: metric"),
                format!("`{}`, which is not measured during a run", self.metric),
                format!("one of {}", everywhere.join(", ")),
            ));
        }
        let swept = self.params.iter().find(|param| param.key == "objective");
        let mut names = swept.map_or_else(Vec::new, |param| param.domain.extremes());
        if names.is_empty() || swept.is_some_and(|param| param.when.is_some()) {
            names.push(config.objective.clone());
        }
        let objectives: Vec<_> = names
            .iter()
            .filter_map(|name| Some((name, objectives::find(name)?.info())))
            .collect();
        let has = |info: &ObjectiveInfo| info.metrics.iter().any(|m| m.name == self.metric);
        let place = format!("{place}: metric");
        match objectives.iter().find(|(_, info)| !has(info)) {
            None => Ok(()),
            Some((name, _)) if objectives.iter().any(|(_, info)| has(info)) => {
                Err(SweepError::wrong(
                    place,
                    format!("`{}`, which {name} does not have", self.metric),
                    "a metric of all objectives of the sweep, or one of the quality of samples such as fid",
                ))
            }
            Some(_) => {
                let of_objectives = objectives.iter().flat_map(|(_, info)| &info.metrics);
                let known = everywhere.iter().map(String::as_str);
                let known = known.chain(of_objectives.map(|metric| metric.name.as_str()));
                let guess = did_you_mean(nearest(&self.metric, known));
                Err(SweepError::wrong(
                    place,
                    format!("`{}`{guess}", self.metric),
                    "a metric of the objective, or one of the quality of samples such as fid",
                ))
            }
        }
    }
}

/// What is wrong with a parameter, from what it says itself: found and expected.
pub(super) fn wrong_param(place: &str, reason: &str) -> SweepError {
    let reason = reason.strip_prefix("found ").unwrap_or(reason);
    let (found, expected) = reason
        .rsplit_once(", expected ")
        .unwrap_or((reason, "KEY=DOMAIN"));
    SweepError::wrong(place, found, expected)
}

/// A duration in whole seconds.
fn seconds(place: &str, text: &str) -> Result<u64, SweepError> {
    let whole = config::parse_duration(text).filter(|time| time.subsec_nanos() == 0);
    let whole = whole.map(|time| time.as_secs());
    whole.filter(|seconds| *seconds > 0).ok_or_else(|| {
        SweepError::wrong(
            place,
            format!("`{text}`"),
            "a duration in whole seconds, such as 10m",
        )
    })
}

fn assignment(place: &str, (key, value): (&String, &toml::Value)) -> Result<String, SweepError> {
    match value {
        toml::Value::String(text) => Ok(format!("{key}={text}")),
        toml::Value::Table(_) => Err(SweepError::wrong(
            format!("{place}: set"),
            format!("a table `{key}`"),
            "keys with their groups in front, such as \"optimizer.g.lr\" = 1e-4",
        )),
        other => Ok(format!("{key}={other}")),
    }
}

fn entry(set: &str) -> (String, toml::Value) {
    let (key, value) = set.split_once('=').unwrap_or((set, ""));
    (key.trim().to_owned(), toml::Value::String(value.to_owned()))
}
