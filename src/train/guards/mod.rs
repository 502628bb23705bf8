//! What watches a run: the alarms, and the conditions and rules of its configuration.

mod throughput;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::config::RunConfig;
use crate::health::{AlarmSeen, Monitor};
use crate::metric::{HealthLimits, ObjectiveInfo};
use crate::protocol::{Action, Checked, Command, Metrics, Quality, Triggered};
use crate::rules::{Progress, Rule, Watch};
use throughput::{PACES, Throughput};

/// What is saved of the guards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardsState {
    /// What the alarms remember.
    pub health: Monitor,
    /// What conditions and rules remember, by their written form.
    pub rules: BTreeMap<String, Progress>,
    /// Commands that rules have triggered and that are not carried out yet.
    pub triggered: Vec<Command>,
}

/// Alarms and conditions at work.
///
/// A rule's command is carried out at the next step boundary, where all commands are; until then it is part of the state. A
/// condition that the run must not meet ends it there: that it held is part of the state, so that a run which is resumed
/// from there ends again, unless it is given other conditions.
pub(super) struct Guards {
    alarms: Monitor,
    limits: HealthLimits,
    /// Conditions from the configuration; `fail_if` first.
    conditions: Watch,
    triggered: VecDeque<Command>,
    throughput: Throughput,
}

impl Guards {
    /// The guards of a configuration, which have seen nothing yet.
    pub fn new(config: &RunConfig) -> Self {
        let failing = config.fail_if.iter().cloned().map(Rule::failing);
        Self {
            alarms: Monitor::new(&config.objective),
            limits: config.health,
            conditions: Watch::new(failing.chain(config.rules.iter().cloned())),
            triggered: VecDeque::new(),
            throughput: Throughput::default(),
        }
    }

    /// Returns whether a condition would check this metric if it were measured at `step`.
    pub fn ask_for(&self, metric: &str, step: u64) -> bool {
        self.conditions.asks_for(metric, step)
    }

    /// Returns whether there is no condition at all.
    pub fn have_no_conditions(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The speed of the run, where a condition asks for it: a step is done, after `seconds` of training.
    pub fn pace(
        &mut self,
        seconds: f64,
        step: u64,
        images: u64,
    ) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        let asked = PACES.iter().any(|pace| self.ask_for(pace, step));
        let pace = asked.then(|| self.throughput.count(seconds, step, images));
        pace.into_iter().flatten()
    }

    /// Checks what was measured at `step` against the conditions. What that triggers is returned; a command that it calls
    /// for is due at the next step boundary.
    pub fn check(&mut self, step: u64, values: &[(&str, f64)]) -> Vec<Triggered> {
        let triggered = self.conditions.observe(step, values);
        let command = |triggered: &Triggered| match triggered.action {
            Action::Pause => Some(Command::Pause),
            Action::Checkpoint => Some(Command::Checkpoint),
            Action::Alarm | Action::Fail => None,
        };
        self.triggered.extend(triggered.iter().filter_map(command));
        triggered
    }

    /// The next command that a rule has triggered.
    pub fn next_triggered(&mut self) -> Option<Command> {
        self.triggered.pop_front()
    }

    /// Returns whether a rule has triggered a command that is not carried out yet.
    pub fn have_triggered(&self) -> bool {
        !self.triggered.is_empty()
    }

    /// The condition that the run has failed by, if it has.
    pub fn failure(&self) -> Option<Triggered> {
        self.conditions.failure()
    }

    /// Conditions that were never measured by the end of the run, at `step`.
    pub fn not_measured(&self, step: u64) -> Vec<Triggered> {
        self.conditions.not_measured(step)
    }

    /// The verdict on each condition.
    pub fn verdicts(&self) -> Vec<Checked> {
        self.conditions.verdicts()
    }

    /// Shows the alarms the metrics of a window of `steps` steps.
    pub fn see_window(&mut self, metrics: &Metrics, steps: u64) -> Vec<AlarmSeen> {
        self.alarms.observe_step(metrics, steps, &self.limits)
    }

    /// Shows the alarms the diversity of samples.
    pub fn see_diversity(&mut self, diversity: f64) -> Option<AlarmSeen> {
        self.alarms.observe_samples(diversity, &self.limits)
    }

    /// Shows the alarms an evaluation.
    pub fn see_quality(&mut self, quality: &Quality) -> Vec<AlarmSeen> {
        self.alarms.observe_quality(quality)
    }

    /// The run trains by the objective `now` from here on: what was seen of the losses of the one `before` means nothing any
    /// more.
    pub fn start_over(&mut self, before: &ObjectiveInfo, now: &str) {
        self.conditions
            .begin_anew(|name| before.metric(name).is_some());
        self.alarms.reset(now);
    }

    /// What is saved.
    pub fn state(&self) -> GuardsState {
        GuardsState {
            health: self.alarms.clone(),
            rules: self.conditions.state(),
            triggered: self.triggered.iter().cloned().collect(),
        }
    }

    /// Puts an earlier state of this run back: what was triggered since is taken back.
    pub fn restore(&mut self, state: &GuardsState) {
        self.alarms = state.health.clone();
        self.conditions.restore(&state.rules);
        self.triggered.clear();
        self.throughput.restart();
    }

    /// Continues from a saved state: what was triggered before is still due.
    pub fn resume(&mut self, state: &GuardsState) {
        self.restore(state);
        self.triggered.extend(state.triggered.iter().cloned());
    }

    /// Starts a run from the state of another one, whose conditions are not its own.
    pub fn fork(&mut self, state: &GuardsState) {
        self.restore(state);
        self.conditions.restore(&BTreeMap::new());
    }
}
