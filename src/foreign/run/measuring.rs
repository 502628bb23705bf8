//! Metrics: of connections, of printed lines and of logs; what is held against limits and conditions.

use std::time::Instant;

use super::Run;
use crate::foreign::connection::Id;
use crate::foreign::message::{Goal, Log};
use crate::foreign::output::PrintedWindow;
use crate::health::AlarmSeen;
use crate::metric::{IMAGES_PER_S, STEPS_PER_S};
use crate::protocol::{Action, Command, Level, Metrics, Recorded, Source, Stat, Triggered};

/// How long a run trains before its speed is a measurement.
const PACE: f64 = 5.0;

impl Run {
    /// Metrics of a connection of rank 0.
    pub(super) fn log(&mut self, id: Id, log: Log, now: Instant) {
        self.faults.merged(log.merged);
        if log.step.is_some() {
            self.ranks.lead();
        }
        self.windows.epoch(log.epoch, log.batch);
        let newest = self.ledger.step();
        let earlier = log.step.filter(|step| *step < newest);
        if let Some(text) = earlier.and_then(|step| self.faults.fell(step, newest)) {
            self.warn(text);
        }
        let from = log.from_step;
        self.measured(log.metrics, from, log.step, log.images, now, Some(id));
        self.hear_ranks(now, false);
    }

    /// Metrics in what was printed.
    pub fn printed(&mut self, windows: Vec<PrintedWindow>, now: Instant) {
        for window in windows {
            self.printed_window(window, now);
        }
    }

    fn printed_window(&mut self, window: PrintedWindow, now: Instant) {
        let is_later = window.step > self.ledger.step();
        if is_later && self.windows.is_apart(window.epoch, &window.metrics) {
            let at_once = self.windows.cut(now);
            self.flush(now, at_once);
        }
        self.windows.epoch(window.epoch, None);
        self.known.goal(Goal {
            steps: window.steps,
            ..Default::default()
        });
        self.measured(window.metrics, None, Some(window.step), None, now, None);
        if window.has_aside {
            self.windows.keep_apart();
        }
    }

    pub(super) fn measured(
        &mut self,
        mut metrics: Metrics,
        from: Option<u64>,
        step: Option<u64>,
        images: Option<u64>,
        now: Instant,
        by: Option<Id>,
    ) {
        if let Some(problem) = self.known.measured(&mut metrics) {
            match by {
                Some(id) => self.complain(id, &problem),
                None => self.unusable(&problem),
            }
        }
        let before = self.ledger.step();
        self.ledger.reach(step.unwrap_or(0), images);
        let step = self.ledger.step();
        let from = from.unwrap_or(before + 1).min(step);
        self.windows.add(Some(from), step, &metrics);
        self.windows.pass(now, step, self.ledger.images());
        self.judge(from, step, metrics, now);
    }

    /// What was measured is held against limits and conditions.
    fn judge(&mut self, from: u64, step: u64, mut metrics: Metrics, now: Instant) {
        self.take_change();
        let steps = step.saturating_sub(from) + 1;
        let alarms = self.guards.alarms(&metrics, steps);
        for alarm in alarms {
            self.alarm(alarm);
        }
        if self.guards.watch().is_empty() {
            return;
        }
        if self.ledger.seconds() >= PACE {
            let (steps, images) = self.windows.speed(now);
            metrics.insert(STEPS_PER_S.to_owned(), Stat::of(steps));
            if images > 0.0 {
                metrics.insert(IMAGES_PER_S.to_owned(), Stat::of(images));
            }
        }
        let triggered = self.guards.conditions(from, step, &metrics);
        self.triggered(triggered);
    }

    pub(super) fn alarm(&mut self, seen: AlarmSeen) {
        let declared = self.known.now();
        let alarm = seen.recorded(|command| declared.can_follow(command));
        self.ledger.record(alarm);
    }

    pub(super) fn triggered(&mut self, triggered: Vec<Triggered>) {
        for rule in triggered {
            let (action, text) = (rule.action, rule.text.clone());
            self.ledger.record(Recorded::Rule(rule));
            let command = match action {
                Action::Alarm => {
                    self.ledger.record(Recorded::Alarm {
                        alarm: "rule".to_owned(),
                        level: Level::Warn,
                        text,
                    });
                    continue;
                }
                Action::Pause => Command::Pause,
                Action::Checkpoint => Command::Checkpoint,
                Action::Fail => Command::Stop,
            };
            self.agenda.add(Source::Rule, command);
        }
    }
}
