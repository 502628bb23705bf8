//! What of a definition can be checked before a trial is trained.

use std::collections::BTreeMap;

use super::budget::Budget;
use super::definition::{Definition, MOST_TRIALS};
use super::domain::Domain;
use super::error::SweepError;
use super::param::Param;
use super::sampler::Sampler;
use crate::config::{self, Origin, Resolved, RunConfig, ValueType};
use crate::metric::{DIVERSITY, ObjectiveInfo, objectives, quality};
use crate::text::{did_you_mean, nearest};

impl Definition {
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
