//! Conditions at work: what a step measured is looked at as it is, and what that triggers is done.
//!
//! A rule's command is carried out at the next step boundary, where all commands are; until then it is part of the state.
//! A condition that the run must not meet ends it there: that it held is part of the state, so that a run which is resumed
//! from there ends again, unless it is given other conditions.

use crate::config::RunConfig;
use crate::protocol::{Action, Body, Command, Level, Outcome, Request, Source};
use crate::rules::{Rule, Watch};
use crate::train::trainer::Trainer;
use crate::train::{TrainError, guards::throughput::PACES};

/// What a configuration asks to be watched for: first what the run must not meet.
pub(in crate::train) fn watch(config: &RunConfig) -> Watch {
    let failing = config.fail_if.iter().cloned().map(Rule::failing);
    Watch::new(failing.chain(config.rules.iter().cloned()))
}

impl Trainer {
    /// Looks at what the step just made has measured. On a device other than the CPU the step is waited for, where a rule
    /// asks for what it measured.
    pub(in crate::train) fn judge_step(&mut self) -> Result<(), TrainError> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let (rules, now) = (&self.rules, self.step);
        let mut values = self.window.of_step(|metric| rules.asks_for(metric, now))?;
        if PACES.iter().any(|pace| rules.asks_for(pace, now)) {
            let pace = self
                .throughput
                .count(self.clock.seconds(), now, self.images);
            values.extend(pace);
        }
        self.judge(self.step, &values);
        Ok(())
    }

    /// Looks at what was measured at `step`, in whatever way. What it triggers is told, and due at the next step boundary.
    pub(in crate::train) fn judge(&mut self, step: u64, values: &[(&str, f64)]) {
        for triggered in self.rules.observe(step, values) {
            let command = match triggered.action {
                Action::Pause => Some(Command::Pause),
                Action::Checkpoint => Some(Command::Checkpoint),
                Action::Alarm | Action::Fail => None,
            };
            self.triggered.extend(command);
            let alarm = (triggered.action == Action::Alarm).then(|| Body::Alarm {
                alarm: "rule".to_owned(),
                level: Level::Warn,
                text: triggered.text.clone(),
            });
            self.emit(Body::Rule(triggered));
            if let Some(alarm) = alarm {
                self.emit(alarm);
            }
        }
    }

    /// Carries out what rules have triggered.
    pub(in crate::train) fn carry_out_triggered(&mut self) -> Result<(), TrainError> {
        while !self.triggered.is_empty() {
            self.look()?;
            // None is left of what was triggered on the way to numbers that were lost.
            let Some(command) = self.triggered.pop_front() else {
                break;
            };
            if command == Command::Pause && self.is_paused() {
                continue;
            }
            self.carry_out(Request {
                id: None,
                source: Source::Rule,
                signal: None,
                command,
            })?;
        }
        Ok(())
    }

    /// Ends a run that has met what it must not meet. One that was asked to stop at the same step has not ended well, either.
    pub(in crate::train) fn check_conditions(&mut self) {
        if matches!(self.end, None | Some((Outcome::Stopped, _)))
            && let Some(failure) = self.rules.failure()
        {
            self.end = Some((Outcome::FailedCondition, failure.text));
        }
    }

    /// At the very end: a condition that could never be looked at is no condition that was passed. A run that was ended by a
    /// signal or by its numbers has another reason.
    pub(in crate::train) fn check_measured(
        &mut self,
        (outcome, reason): (Outcome, String),
    ) -> (Outcome, String) {
        if !matches!(outcome, Outcome::Completed | Outcome::Stopped) {
            return (outcome, reason);
        }
        let mut missing = self.rules.not_measured(self.step);
        for never in &mut missing {
            if let Some(reason) = self.why_unjudged(&never.metric) {
                never.text = format!("{}; nothing was evaluated: {reason}", never.text);
            }
        }
        let reasons: Vec<String> = missing.iter().map(|m| m.text.clone()).collect();
        for triggered in missing {
            self.emit(Body::Rule(triggered));
        }
        if reasons.is_empty() {
            (outcome, reason)
        } else {
            (Outcome::FailedCondition, reasons.join("; "))
        }
    }
}
