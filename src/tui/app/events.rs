//! What an event changes on the screen.

use super::annotations::Annotations;
use super::control_status::ControlChange;
use super::log::{Entry, Kind};
use super::run_view::Loading;
use super::{App, Effect, Picture};
use crate::metric::ObjectiveInfo;
use crate::protocol::{
    Action, Body, Change, Command, DIVERGED, Declaration, Event, Level, Live, LrChange, LrTarget,
    Metrics, Outcome, Recorded, Resumed, RunInfo, Source, State, Summary, Trainer, Triggered,
    ViewerInfo, Warning,
};
use crate::text::number::thousands;
use crate::tui::keymap::Action as Bound;

impl App {
    /// Takes in an event.
    pub fn on_event(&mut self, event: &Event) -> Option<Effect> {
        self.follow(event);
        match &event.body {
            Body::Recorded(recorded) => self.on_recorded(event, recorded),
            Body::Live(live) => {
                self.on_live(event, live);
                None
            }
        }
    }

    fn on_recorded(&mut self, event: &Event, recorded: &Recorded) -> Option<Effect> {
        match recorded {
            Recorded::Started(info) => self.on_started(event, info),
            Recorded::Declared(declared) => self.on_declared(event, declared),
            Recorded::Step(window) => {
                self.run.stepped(window);
                self.measured(event.step, &window.metrics);
            }
            Recorded::Evaluated(quality) => self.run.evaluated(event.step, quality),
            Recorded::Applied {
                request,
                source,
                command,
                changes,
                objective,
                signal: _,
            } => {
                let ours = self.pending.answered(*request);
                if ours && let Some(hint) = self.way_back(command, changes) {
                    self.hint(hint);
                }
                self.rates.applied(event.step, changes);
                self.run.changed(event.step, changes);
                self.annotations
                    .applied(event.step, *source, command, changes);
                if let Some(objective) = objective {
                    self.on_objective(event.step, objective);
                }
                // A note is logged as itself.
                if !matches!(command, Command::Note(_)) {
                    self.log_applied(event, *source, command, changes);
                }
            }
            Recorded::Rejected {
                request,
                command,
                reason,
                ..
            } => {
                // The log is not on every screen.
                if self.pending.answered(*request) {
                    self.hint(format!("{command}: {reason}"));
                }
                self.note(event, Kind::Rejected, format!("{command}: {reason}"));
                if *command == Command::Stop {
                    self.stopping = false;
                }
            }
            Recorded::Alarm { alarm, level, text } => {
                return Some(self.on_alarm(event, alarm, *level, text));
            }
            Recorded::Rule(rule) => self.on_rule(event, rule),
            Recorded::Checkpoint { path, reason } => {
                self.note(event, Kind::Saved, format!("{path} ({reason})"));
            }
            Recorded::Note { text } => self.note(event, Kind::Note, text.clone()),
            Recorded::Warning(warning) => self.on_warning(event, warning),
            Recorded::Finished(summary) => return self.on_finished(event, summary),
            Recorded::Failed { error } => {
                self.run.fail(error);
                self.close();
                self.note(
                    event,
                    Kind::CriticalAlarm,
                    format!("the run failed: {error}"),
                );
            }

            Recorded::Pictures { name, file, .. } => {
                self.note(event, Kind::Saved, format!("{file} ({name})"));
            }
            Recorded::Distribution(seen) => self.run.distributed(seen),
            Recorded::Text { name, text } => {
                let name = name.as_deref().unwrap_or("text");
                self.note(event, Kind::Note, format!("{name}: {text}"));
            }
            Recorded::Samples { samples, .. } => {
                self.pictured(Picture {
                    step: event.step,
                    samples: samples.clone(),
                });
            }
            Recorded::System(seen) => self.run.system = Some(seen.clone()),
        }
        None
    }

    /// Metrics were measured up to `step`.
    fn measured(&mut self, step: u64, metrics: &Metrics) {
        for (name, stat) in metrics {
            if !self.rates.measured(name, step, *stat) {
                self.run.latest.insert(name.clone(), *stat);
            }
        }
    }

    fn on_live(&mut self, event: &Event, live: &Live) {
        match live {
            Live::Loading { what, done, total } => {
                self.run.loading = Some(Loading {
                    what: what.clone(),
                    done: *done,
                    total: *total,
                });
            }
            Live::Viewers { viewers } => self.on_viewers(event, viewers),
            Live::State {
                state,
                detail,
                metrics,
            } => {
                self.run.state = *state;
                if *state != State::Paused {
                    self.run.lost = None;
                }
                self.run.detail.clone_from(detail);
                self.measured(event.step, metrics);
            }
            Live::Unjudged { reason } => self.run.unjudged = Some(reason.clone()),
            Live::Looked(looked) => {
                if self.pending.answered(looked.request) {
                    self.on_looked(event.step, looked);
                }
            }
            Live::Samples(samples) => {
                self.pictured(Picture {
                    step: event.step,
                    samples: samples.clone(),
                });
            }
            Live::System(seen) => self.run.system = Some(seen.clone()),
            Live::Output(output) => self.output.add(output),
            Live::Notice { text } => self.hint(text.clone()),
        }
    }

    fn on_alarm(&mut self, event: &Event, alarm: &str, level: Level, text: &str) -> Effect {
        let kind = if level == Level::Critical {
            Kind::CriticalAlarm
        } else {
            Kind::Alarm
        };
        if alarm == DIVERGED {
            self.run.lost = Some(text.to_owned());
        }
        self.annotations.alarmed(event.step, alarm);
        let message = format!("{alarm}: {text}");
        self.note(event, kind, message.clone());
        Effect::Ring(message)
    }

    /// Tracks position, branch and metrics. A higher branch discards what lies after its step.
    fn follow(&mut self, event: &Event) {
        // These happen before or alongside a run: their position may be an earlier one.
        if matches!(
            event.body,
            Body::Live(Live::Loading { .. } | Live::Viewers { .. })
        ) {
            return;
        }
        let abandoned = self.history.follow(event);
        let branch = self.run.branch;
        if branch.is_some_and(|branch| event.is_late(branch, self.run.at.step)) {
            return;
        }
        if let Some(abandoned) = abandoned {
            self.run.go_back(event.step, &self.history);
            self.rates.forget_measured();
            self.annotations.rewind(event.step);
            self.timeline.rewind(event.step);
            self.picture = self.timeline.last().cloned();
            self.fresh = None;
            let steps = if abandoned == 1 { "step" } else { "steps" };
            self.note(
                event,
                Kind::Run,
                format!(
                    "rewound to step {}; {} {steps} abandoned",
                    thousands(event.step),
                    thousands(abandoned)
                ),
            );
        }
        self.run.branch = Some(event.branch);
        self.run.heard(event.step, event.images, event.elapsed);
    }

    fn on_started(&mut self, event: &Event, info: &RunInfo) {
        self.run.loading = None;
        self.run.unjudged = None;
        self.run.settings.clone_from(&info.settings);
        if info.resumed.is_some() {
            self.annotations.rewind(event.step);
        } else {
            self.annotations = Annotations::default();
        }
        let what = match &info.trainer {
            Trainer::Own(own) => {
                if self.screen == crate::tui::screen::Screen::Output {
                    self.screen = crate::tui::screen::Screen::Dashboard;
                }
                self.rates.begin(event.step, own.lr_d, own.lr_g);
                self.annotations.objective(event.step, &own.objective);
                self.run.objective = Some(Box::new(own.objective.clone()));
                format!(
                    "{} on {} ({} images), {}; seed {}",
                    own.objective.title,
                    own.dataset.name,
                    thousands(own.dataset.images),
                    own.device.name,
                    own.seed,
                )
            }
            Trainer::Program { program } => {
                if program.is_log() {
                    // The log of another tool may have a step for each epoch, and is short.
                    self.view.least = 1;
                }
                // It declares what it measures later, or never.
                self.run.state = State::Running;
                let command = program.command.join(" ");
                if program.is_log() {
                    command
                } else {
                    format!("{command} as process {}", program.pid)
                }
            }
        };
        self.note(event, Kind::Run, what);
        if let Some(origin) = &info.origin {
            let what = format!(
                "forked from {} at step {}",
                origin.run,
                thousands(origin.step)
            );
            self.note(event, Kind::Run, what);
        }
        if let Some(Resumed { step, checkpoint }) = &info.resumed {
            let what = format!("resumed at step {} from {checkpoint}", thousands(*step));
            self.note(event, Kind::Run, what);
        }
        if let Some(notice) = info.own().and_then(|own| own.dataset.notice.as_ref()) {
            self.note(event, Kind::Warning, notice.clone());
        }
        self.run.info = Some(Box::new(info.clone()));
    }

    /// A program has said more of itself; the first time its client is worth a line.
    fn on_declared(&mut self, event: &Event, declared: &Declaration) {
        let before = self.run.declared.as_ref();
        let known = before.and_then(|before| before.client.clone());
        if let Some(client) = declared
            .client
            .as_ref()
            .filter(|_| known != declared.client)
        {
            self.note(event, Kind::Run, format!("connected: {client}"));
        }
        let objective = declared.objective();
        self.annotations.objective(event.step, &objective);
        self.run.objective = Some(Box::new(objective));
        self.run.declare(declared);
    }

    fn on_viewers(&mut self, event: &Event, viewers: &[ViewerInfo]) {
        let turn = self.control.take_in(viewers);
        let text = match turn {
            ControlChange::None => return,
            ControlChange::Given => "you have control".to_owned(),
            ControlChange::Taken if viewers.iter().any(|v| v.control) => {
                format!("{} took control (T to take it back)", self.control.who())
            }
            ControlChange::Taken => "read-only (T to take control)".to_owned(),
        };
        // Unanswered commands no longer belong to this viewer.
        if turn == ControlChange::Taken {
            self.pending.clear();
            self.stopping = false;
        }
        self.note(event, Kind::Note, text.clone());
        self.notice = Some(text);
    }

    /// Marks the chart; also logs it unless an alarm follows that says the same.
    fn on_rule(&mut self, event: &Event, rule: &Triggered) {
        self.annotations.triggered(event.step, rule);
        if rule.action != Action::Alarm {
            self.note(event, Kind::Rule, format!("{}: {}", rule.action, rule.text));
        }
    }

    /// A trouble stands until it is resolved; any other warning is said once.
    fn on_warning(&mut self, event: &Event, warning: &Warning) {
        match warning.trouble {
            Some(change) => self.run.troubles.follow(change, &warning.text),
            None => self.hint(warning.text.clone()),
        }
        if let (Some(dir), Some(info)) = (&warning.moved_to, &mut self.run.info) {
            info.dir.clone_from(dir);
        }
        self.note(event, Kind::Warning, warning.text.clone());
    }

    fn on_objective(&mut self, step: u64, objective: &ObjectiveInfo) {
        self.run.objective = Some(Box::new(objective.clone()));
        // Values of the former objective's metrics would be read as this one's.
        self.run.forget_latest();
        self.annotations.objective(step, objective);
    }

    fn on_finished(&mut self, event: &Event, summary: &Summary) -> Option<Effect> {
        self.run.finish(summary);
        let reason = &summary.reason;
        let text = match summary.outcome {
            Outcome::FailedCondition | Outcome::Failed => format!("failed: {reason}"),
            // Then the reason says that nobody knows.
            Outcome::Unknown => reason.clone(),
            _ => format!("finished: {reason}"),
        };
        self.note(event, Kind::Run, text);
        let asked = self.stopping;
        self.close();
        (asked || summary.outcome == Outcome::Interrupted).then_some(Effect::Leave)
    }

    /// The run ended: nothing is pending any more.
    fn close(&mut self) {
        self.pending.clear();
        self.stopping = false;
    }

    fn log_applied(
        &mut self,
        event: &Event,
        source: Source,
        command: &Command,
        changes: &[Change],
    ) {
        let by = match source {
            Source::Viewer => "",
            Source::Remote => " (another shell)",
            Source::Script => " (script)",
            Source::Signal => &match &event.body {
                Body::Recorded(Recorded::Applied {
                    signal: Some(name), ..
                }) => format!(" ({name})"),
                _ => " (signal)".to_owned(),
            },
            Source::Output => " (output)",
            Source::Guard => " (guard)",
            Source::Rule => " (rule)",
        };
        if let [change] = changes {
            self.note(
                event,
                Kind::Applied,
                format!("{command}{by}: {}", describe(change)),
            );
            return;
        }
        self.note(event, Kind::Applied, format!("{command}{by}"));
        if !changes.is_empty() {
            let all: Vec<String> = changes.iter().map(describe).collect();
            self.note(event, Kind::More, all.join(", "));
        }
    }

    /// What was changed, and how to undo it.
    fn way_back(&self, command: &Command, changes: &[Change]) -> Option<String> {
        let first = changes.first()?;
        let key = |action: Bound| Some(self.keymap.key(action)?.name());
        let back = match command {
            Command::Lr(target, LrChange::Scale(factor)) => {
                format!("{} undoes it", key(Bound::Rates(*target, *factor < 1.0))?)
            }
            Command::Lr(LrTarget::D, _) => format!("`:lr d {}` undoes it", first.from),
            Command::Lr(LrTarget::G, _) => format!("`:lr g {}` undoes it", first.from),
            Command::Lr(LrTarget::Both, _) if changes.len() > 1 => format!(
                "`:lr d {}` and `:lr g {}` undo it",
                first.from, changes[1].from
            ),
            Command::Set { key, .. } => format!("`:set {key} {}` undoes it", first.from),
            Command::Objective(_) if self.run.is_program() => {
                format!("`:loss {}` undoes it", first.from)
            }
            Command::Objective(_) => {
                format!("{} rewinds to a state before it", key(Bound::Rewind)?)
            }
            _ => return None,
        };
        Some(format!("{} · {back}", describe(first)))
    }

    fn note(&mut self, event: &Event, kind: Kind, text: String) {
        let time = event
            .time
            .to_zoned_datetime(self.zone.clone())
            .strftime("%H:%M:%S")
            .to_string();
        self.log.push(Entry {
            kind,
            time,
            step: event.step,
            text,
        });
    }
}

fn describe(change: &Change) -> String {
    format!("{} {} → {}", change.key, change.from, change.to)
}
