//! Everything that is known of a program, put together from what it has said and from what it was seen to do. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::declare::{Said, undeclared};
use super::limits;
use super::message::{Goal, Hello};
use super::problem::{Code, Problem};
use super::roles::usual_check;
use crate::metric::{MetricInfo, Role};
use crate::protocol::{Declaration, Metrics};

/// What is known of the program.
#[derive(Debug, Default)]
pub struct Known {
    declared: Declaration,
    /// Where the metrics of these names are among all.
    places: BTreeMap<String, usize>,
    /// Metrics that have no limits of their own.
    by_role: BTreeSet<String>,
    /// Discriminator's losses that were seen below zero: the limits of losses that cannot be are none for them.
    negative: BTreeSet<String>,
    /// Whether it has changed since it was last asked.
    changed: bool,
    /// Whether something was left out because there was too much of it.
    is_full: bool,
}

impl Known {
    /// What is known.
    pub fn now(&self) -> &Declaration {
        &self.declared
    }

    /// Returns whether it has changed since the last call.
    pub fn take_change(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The program has introduced itself.
    pub fn hello(&mut self, hello: Hello) -> Option<Problem> {
        let declared = &mut self.declared;
        let before = declared.client.take();
        declared.client = hello.client.or(before).or(Some("a client".to_owned()));
        self.goal(hello.goal);
        self.said(hello.said)
    }

    /// The program has said more of itself. Returns what is wrong with that.
    pub fn said(&mut self, said: Said) -> Option<Problem> {
        self.changed = true;
        let declared = &mut self.declared;
        declared.title = said.title.or(declared.title.take());
        declared.dataset = said.dataset.or(declared.dataset.take());
        declared.config.extend(said.config);
        let mut excess = trim_map(&mut declared.config);
        let again: BTreeSet<&String> = said.metrics.iter().map(|(m, _)| &m.name).collect();
        let lines = &mut declared.references;
        lines.retain(|line| !again.contains(&line.metric));
        for (metric, references) in said.metrics {
            let Some(place) = self.places.get(&metric.name).copied().or_else(|| {
                let next = declared.metrics.len();
                (next < limits::COUNT).then_some(next)
            }) else {
                excess = true;
                continue;
            };
            if metric.check.is_none() {
                self.by_role.insert(metric.name.clone());
            } else {
                self.by_role.remove(&metric.name);
            }
            declared.references.extend(references);
            if let Some(known) = declared.metrics.get_mut(place) {
                *known = metric;
            } else {
                self.places.insert(metric.name.clone(), place);
                declared.metrics.push(metric);
            }
        }
        for control in said.controls {
            put(&mut declared.controls, control, |c| &c.name);
        }
        for action in said.actions {
            put(&mut declared.actions, action, |a| &a.name);
        }
        if let Some(commands) = said.commands {
            declared.commands = commands;
        }
        excess |= trim(&mut declared.controls);
        excess |= trim(&mut declared.actions);
        self.judge();
        excess.then(|| {
            Problem::new(
                Code::TooMany,
                format!("expected at most {} of each kind", limits::COUNT),
            )
        })
    }

    /// Its samples are judged, and these are the measures.
    pub fn judged_by(&mut self, measures: Vec<MetricInfo>) {
        self.changed |= self.declared.measures != measures;
        self.declared.measures = measures;
    }

    /// The program has said where it ends; what it leaves out is as before.
    pub fn goal(&mut self, goal: Goal) {
        let declared = &mut self.declared;
        let target = &mut declared.target;
        let before = (*target, declared.epochs, declared.steps_per_epoch);
        target.steps = goal.steps.or(target.steps);
        target.images = goal.images.or(target.images);
        target.seconds = goal.seconds.or(target.seconds);
        declared.epochs = goal.epochs.or(declared.epochs);
        declared.steps_per_epoch = goal.steps_per_epoch.or(declared.steps_per_epoch);
        if target.steps.is_none()
            && let (Some(epochs), Some(steps)) = (declared.epochs, declared.steps_per_epoch)
        {
            target.steps = epochs.checked_mul(steps);
        }
        self.changed |= before != (*target, declared.epochs, declared.steps_per_epoch);
    }

    /// These metrics were measured: those that nobody has declared are added, as far as there is room; the others are taken out.
    /// Returns a problem the first time that there is none.
    pub fn measured(&mut self, metrics: &mut Metrics) -> Option<Problem> {
        let before = metrics.len();
        let mut is_judged_anew = false;
        let room = limits::COUNT.saturating_sub(self.declared.metrics.len());
        let new = metrics
            .keys()
            .filter(|name| !self.places.contains_key(*name));
        let mut new: Vec<MetricInfo> = new.take(room).map(|name| undeclared(name)).collect();
        // As this program's own networks have them: D before G, real images before generated ones.
        new.sort_by_key(|metric| metric.role);
        for metric in new {
            if metric.role != Role::Other {
                self.by_role.insert(metric.name.clone());
                is_judged_anew = true;
            }
            self.places
                .insert(metric.name.clone(), self.declared.metrics.len());
            self.declared.metrics.push(metric);
            self.changed = true;
        }
        metrics.retain(|name, _| self.places.contains_key(name));
        let lost = before - metrics.len();
        for (name, stat) in metrics.iter() {
            is_judged_anew |= stat.min < 0.0
                && self.is_loss_with_usual_limits(name)
                && self.negative.insert(name.clone());
        }
        if is_judged_anew {
            self.changed = true;
            self.judge();
        }
        let is_first = lost > 0 && !std::mem::replace(&mut self.is_full, true);
        is_first.then(|| {
            Problem::new(
                Code::TooMany,
                format!(
                    "found more than {} metrics; expected at most that many in a run: the others are left out",
                    limits::COUNT
                ),
            )
        })
    }

    fn is_loss_with_usual_limits(&self, name: &str) -> bool {
        let place = self.places.get(name);
        let metric = place.and_then(|place| self.declared.metrics.get(*place));
        metric.is_some_and(|metric| metric.role == Role::DiscriminatorLoss)
            && self.by_role.contains(name)
    }

    /// Controls have these values now. Returns whether one of them chooses the objective.
    pub fn set(&mut self, changes: &[crate::protocol::Change]) -> bool {
        let mut is_objective = false;
        let objective = self.declared.objective_control().map(|c| c.name.clone());
        for change in changes {
            let controls = self.declared.controls.iter_mut();
            for control in controls.filter(|control| control.name == change.key) {
                control.value = change.to.clone();
            }
            is_objective |= objective.as_ref() == Some(&change.key);
        }
        if is_objective {
            // Another loss has other signs.
            self.negative.clear();
            self.judge();
        }
        is_objective
    }

    /// Gives metrics of known roles the limits of these.
    fn judge(&mut self) {
        let objective = self.declared.objective_control();
        let objective = objective.map_or_else(String::new, |control| control.value.to_string());
        let mut metrics = std::mem::take(&mut self.declared.metrics);
        for metric in &mut metrics {
            if self.by_role.contains(&metric.name) {
                let is_negative = self.negative.contains(&metric.name);
                let can = |command: &str| self.declared.can_follow(command);
                metric.check = usual_check(metric, &objective, can).filter(|_| !is_negative);
            }
        }
        self.declared.metrics = metrics;
    }
}

/// Replaces the entry of the same name, or adds it.
fn put<T>(all: &mut Vec<T>, new: T, name: impl Fn(&T) -> &String) {
    match all.iter_mut().find(|known| name(known) == name(&new)) {
        Some(known) => *known = new,
        None => all.push(new),
    }
}

fn trim<T>(all: &mut Vec<T>) -> bool {
    let is_excess = all.len() > limits::COUNT;
    all.truncate(limits::COUNT);
    is_excess
}

fn trim_map<V>(all: &mut std::collections::BTreeMap<String, V>) -> bool {
    let is_excess = all.len() > limits::COUNT;
    while all.len() > limits::COUNT {
        all.pop_last();
    }
    is_excess
}

/// What another rank than 0 names so.
pub fn by_rank(rank: u64, name: &str) -> String {
    format!("rank{rank}/{name}")
}

/// Metrics of another rank than 0 have its name before theirs.
pub fn of_rank(rank: u64, metrics: Metrics) -> Metrics {
    if rank == 0 {
        return metrics;
    }
    let named = metrics
        .into_iter()
        .map(|(name, stat)| (by_rank(rank, &name), stat));
    named.collect()
}

/// The same for declared metrics.
pub fn info_of_rank(rank: u64, mut metric: MetricInfo) -> MetricInfo {
    if rank > 0 {
        metric.name = by_rank(rank, &metric.name);
        metric.title = format!("{} ({rank})", metric.title);
    }
    metric
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::super::declare::said;
    use super::*;
    use crate::protocol::{Change, Stat, Value};

    fn known(message: &serde_json::Value) -> Known {
        let mut known = Known::default();
        let (said, problems) = said(message.as_object().unwrap(), "hello").unwrap();
        assert!(problems.is_empty() && known.said(said).is_none());
        known
    }

    fn window(name: &str, value: f64) -> Metrics {
        Metrics::from([(name.to_owned(), Stat::of(value))])
    }

    #[test]
    fn a_loss_below_zero_is_not_judged_by_the_limits_of_one_that_cannot_be() {
        let mut known = known(&json!({
            "metrics": [{"name": "d", "role": "discriminator_loss"}],
            "controls": [{"name": "loss", "type": "choice", "choices": ["a", "b"], "value": "a", "role": "objective"}],
        }));
        let is_judged = |known: &Known| known.now().metrics[0].check.is_some();
        assert!(known.take_change() && is_judged(&known));
        known.measured(&mut window("d", 0.5));
        assert!(!known.take_change() && is_judged(&known));
        known.measured(&mut window("d", -0.5));
        assert!(known.take_change() && !is_judged(&known));
        let text = |text: &str| Value::Text(text.to_owned());
        let change = Change {
            key: "loss".to_owned(),
            from: text("a"),
            to: text("b"),
        };
        assert!(known.set(&[change]) && is_judged(&known));
        assert_eq!(known.now().objective().name, "b");
    }

    #[test]
    fn what_is_called_as_usual_is_judged_without_a_declaration() {
        let mut known = Known::default();
        known.measured(&mut window("Loss_D", 0.5));
        known.measured(&mut window("best", f64::INFINITY));
        let judged: Vec<_> = known
            .now()
            .metrics
            .iter()
            .map(|m| (m.role, m.check.is_some()))
            .collect();
        assert_eq!(
            judged,
            [(Role::DiscriminatorLoss, true), (Role::Other, false)]
        );
        known.measured(&mut window("Loss_D", -0.5));
        assert!(known.now().metrics[0].check.is_none());
    }

    #[test]
    fn what_comes_together_is_in_the_order_of_its_roles() {
        let mut known = Known::default();
        let names = ["accuracy", "d_fake", "d_real", "g_loss", "d_loss"];
        let mut metrics = names
            .map(|name| (name.to_owned(), Stat::of(0.5)))
            .into_iter()
            .collect();
        known.measured(&mut metrics);
        let found = known.now().metrics.iter().map(|m| m.name.as_str());
        assert_eq!(
            found.collect::<Vec<_>>(),
            ["d_loss", "g_loss", "d_real", "d_fake", "accuracy"]
        );
    }

    #[test]
    fn what_is_declared_again_takes_the_place_of_what_was() {
        let metrics: Vec<_> = (0..900)
            .map(|n| json!({"name": format!("m{n}"), "role": "gradient_norm", "references": [{"value": 1, "label": "one"}]}))
            .collect();
        let message = json!({ "metrics": metrics });
        let mut known = Known::default();
        for _ in 0..3 {
            let (said, _) = said(message.as_object().unwrap(), "declare").unwrap();
            assert!(known.said(said).is_none());
            assert!(known.take_change());
        }
        assert_eq!(known.now().metrics.len(), 900);
        assert_eq!(known.now().references.len(), 900);
        assert!(
            known
                .now()
                .metrics
                .iter()
                .all(|metric| metric.check.is_some())
        );
    }

    #[test]
    fn metrics_are_bounded() {
        let mut known = Known::default();
        let mut problems = 0;
        for number in 0..limits::COUNT + 10 {
            let mut metrics = window(&format!("m{number}"), 1.0);
            problems += usize::from(known.measured(&mut metrics).is_some());
            assert_eq!(metrics.is_empty(), number >= limits::COUNT);
        }
        assert_eq!((problems, known.now().metrics.len()), (1, limits::COUNT));
    }

    #[test]
    fn the_end_is_put_together_from_what_is_known() {
        let mut known = Known::default();
        known.goal(Goal {
            epochs: Some(3),
            ..Goal::default()
        });
        known.goal(Goal {
            steps_per_epoch: Some(10),
            ..Goal::default()
        });
        assert_eq!(known.now().target.steps, Some(30));
    }
}
