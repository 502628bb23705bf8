//! Going back: to a state kept in memory because someone asks, or because the run is being lost.
//!
//! A state that is gone back to would only repeat what happened: its random numbers are the same. So the latents are drawn
//! anew from there, and what a guard takes back goes on with half the learning rates. What was done in between stays in
//! the record, on a branch that does not count any more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::protocol::{
    Body, Change, Command, DIVERGED, Level, LrChange, LrTarget, Outcome, Rewind, Source, Value,
};
use crate::train::settings::changes;
use crate::train::snapshot::{Guard, Room, Snapshot};
use crate::train::trainer::{Mode, Trainer};
use crate::train::{RunState, TrainError};

/// The recent states of a run, and room for more.
pub(in crate::train) struct Ring {
    states: VecDeque<Arc<Snapshot>>,
    keep: usize,
    room: Room,
}

impl Ring {
    /// A ring of `keep` states (at least one).
    pub fn new(keep: usize) -> Self {
        Self {
            states: VecDeque::new(),
            keep: keep.max(1),
            room: Room::default(),
        }
    }

    /// Where snapshots come from and go to.
    pub fn room(&mut self) -> &mut Room {
        &mut self.room
    }

    /// Keeps a state; the oldest goes.
    pub fn keep(&mut self, state: Arc<Snapshot>) {
        self.make_room();
        self.states.push_back(state);
    }

    /// Gives up as many old states as one more needs.
    pub fn make_room(&mut self) {
        while self.states.len() >= self.keep {
            let Some(oldest) = self.states.pop_front() else {
                break;
            };
            self.room.give_back(oldest);
        }
    }

    /// Forgets all states but the newest: nothing goes further back any more.
    pub fn shrink(&mut self) {
        let older = self.states.len().saturating_sub(1);
        self.states.drain(..older);
        self.room = Room::default();
    }

    /// The newest state.
    pub fn newest(&self) -> Option<&Arc<Snapshot>> {
        self.states.back()
    }

    /// The newest state of at most `step`.
    fn at(&self, step: u64) -> Option<Arc<Snapshot>> {
        self.states
            .iter()
            .rev()
            .find(|s| s.state.step <= step)
            .cloned()
    }

    /// Forgets the states behind `step`.
    fn cut(&mut self, step: u64) {
        while self.states.back().is_some_and(|s| s.state.step > step) {
            if let Some(newest) = self.states.pop_back() {
                self.room.give_back(newest);
            }
        }
    }
}

impl Trainer {
    /// Keeps the present state.
    pub(in crate::train) fn keep_state(&mut self) -> Result<(), TrainError> {
        // Where the ring is full the oldest state's buffers take the new one.
        self.ring.make_room();
        let snapshot = self.snapshot()?;
        self.ring.keep(snapshot);
        Ok(())
    }

    /// `rewind`: what changed, or why it cannot be done.
    pub(in crate::train) fn rewind(
        &mut self,
        rewind: Rewind,
    ) -> Result<Result<Vec<Change>, String>, TrainError> {
        // Asked for again soon after it went back, it is to go further back.
        let soon = self.config.rewind.every_steps / 2;
        let again = self
            .rewound_to
            .map(|to| self.step.saturating_sub(to))
            .filter(|since| rewind.steps.is_none() && *since <= soon);
        let steps = rewind
            .steps
            .unwrap_or_else(|| again.map_or(1, |since| since + 1));
        let Some(to) = self
            .step
            .checked_sub(steps)
            .and_then(|step| self.ring.at(step))
        else {
            let kept: Vec<String> = self
                .ring
                .states
                .iter()
                .filter(|s| s.state.step < self.step)
                .map(|s| s.state.step.to_string())
                .collect();
            let found = match self.rewound_to.filter(|_| again.is_some()) {
                _ if kept.is_empty() => "no earlier state is in memory".to_owned(),
                Some(to) => {
                    format!("the run went back to step {to}, and no state before it is in memory")
                }
                None => format!(
                    "no state of {steps} steps ago is in memory, only of step {}",
                    kept.join(", ")
                ),
            };
            return Ok(Err(format!(
                "{found}; `--resume RUN@STEP` goes on from a checkpoint, `--fork RUN@STEP` also from one that was taken back"
            )));
        };
        self.report_window()?;
        let mut changed = self.go_back(&to)?;
        self.rewound_to = Some(self.step);
        if let Some(change) = rewind.lr {
            match self.checked_lr(LrTarget::Both, change) {
                Ok(rates) => changed.extend(rates),
                // Scaled out of bounds: the run stands where it was asked to, with the rates of there.
                Err(reason) => self.emit(Body::Warning { text: reason }),
            }
        }
        Ok(Ok(changed))
    }

    /// A hard alarm came soon after a switch: goes back to before it.
    pub(in crate::train) fn take_switch_back(
        &mut self,
        guard: &Guard,
        why: &str,
    ) -> Result<(), TrainError> {
        let left = self.settings.objective.clone();
        let changed = self.go_back(&guard.before)?;
        self.guard = None;
        self.emit(Body::Alarm {
            alarm: "rolled_back".to_owned(),
            level: Level::Hard,
            text: format!(
                "{why}: back to step {}, before the switch to {left}; learning rates halved, latents drawn anew",
                self.step
            ),
        });
        self.intervene(
            Command::Objective(self.settings.objective.clone()),
            changed,
            true,
        );
        self.halve_rates();
        Ok(())
    }

    /// Loss or gradient is not finite: goes back to the last good state. A person is then waited for; without one the
    /// learning rates are halved and training goes on, a few times.
    pub(in crate::train) fn recover(&mut self) -> Result<(), TrainError> {
        let attended = self.attended.load(Ordering::Relaxed);
        let good = self.ring.newest().cloned();
        let (Some(good), true) = (
            good,
            attended || self.recoveries < self.config.rewind.recoveries,
        ) else {
            let tried = self.recoveries;
            self.end = Some((
                Outcome::Diverged,
                match tried {
                    0 => "loss or gradient is not finite".to_owned(),
                    1 => "loss or gradient is not finite, again after going back once".to_owned(),
                    n => {
                        format!("loss or gradient is not finite, again after going back {n} times")
                    }
                },
            ));
            return Ok(());
        };
        let (lost_at, left) = (self.step, self.settings.clone());
        let changed = self.go_back(&good)?;
        let back = lost_at.saturating_sub(self.step).max(1);
        let what = format!(
            "loss or gradient was not finite at step {lost_at}: back to step {}, the last good state",
            self.step
        );
        let next = if attended {
            "paused: lower the learning rates, go on, or rewind further"
        } else {
            "learning rates halved, latents drawn anew"
        };
        self.emit(Body::Alarm {
            alarm: DIVERGED.to_owned(),
            level: Level::Hard,
            text: format!("{what}; {next}"),
        });
        let switched = left.objective != self.settings.objective;
        self.intervene(
            Command::Rewind(Rewind {
                steps: Some(back),
                lr: None,
            }),
            changed,
            switched,
        );
        if attended {
            self.set_mode(Mode::Paused);
            self.pause_note = Some(format!("{what}. Lower the learning rates and go on"));
        } else {
            self.recoveries += 1;
            // From what failed, not from what is gone back to: a second time must not repeat the first.
            if !switched {
                self.settings.optimizer.d.lr = left.optimizer.d.lr;
                self.settings.optimizer.g.lr = left.optimizer.g.lr;
            }
            self.halve_rates();
        }
        self.announce_state()
    }

    fn halve_rates(&mut self) {
        let halve = LrChange::Scale(0.5);
        let changed = self.change_lr(LrTarget::Both, halve);
        self.intervene(Command::Lr(LrTarget::Both, halve), changed, false);
    }

    /// Goes back to a state of this run and begins a branch there. Gives every value that changed.
    fn go_back(&mut self, to: &Snapshot) -> Result<Vec<Change>, TrainError> {
        let (left_at, left) = (self.step, self.settings.clone());
        self.restore(to)?;
        self.ring.cut(self.step);
        self.take_back_evaluations(self.step);
        self.branch += 1;
        self.after = Some(to.state.seq);
        self.rewinds += 1;
        for _ in 0..self.rewinds {
            self.streams.latents.advance();
        }
        let mut changed = vec![Change {
            key: "step".to_owned(),
            from: Value::Integer(left_at as i64),
            to: Value::Integer(self.step as i64),
        }];
        changed.extend(changes(&left, &self.settings));
        Ok(changed)
    }

    /// Records what the trainer's own guards did.
    fn intervene(&mut self, command: Command, changes: Vec<Change>, with_objective: bool) {
        self.interventions += 1;
        let objective = with_objective.then(|| Box::new(self.objective.info()));
        self.emit(Body::Applied {
            request: None,
            source: Source::Guard,
            signal: None,
            command,
            changes,
            objective,
        });
    }

    /// The state as it is now, to be saved or gone back to.
    pub(in crate::train) fn snapshot(&mut self) -> Result<Arc<Snapshot>, TrainError> {
        let state = self.state()?;
        let guard = self.guard.clone();
        Ok(Arc::new(self.ring.room().take(
            &self.model,
            state,
            guard,
        )?))
    }

    /// Puts a state of this run back. What counts over all branches, and what was scripted, is not undone.
    pub(in crate::train) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        snapshot.restore(&mut self.model)?;
        self.guard.clone_from(&snapshot.guard);
        let state = &snapshot.state;
        self.adopt(state)
    }

    /// Goes on from a state that was saved, by this process or another.
    pub(in crate::train) fn go_on_from(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        self.restore(snapshot)?;
        let RunState {
            seq,
            branch,
            interventions,
            rewinds,
            recoveries,
            due,
            triggered,
            rewound_to,
            quality,
            ..
        } = &snapshot.state;
        self.seq = *seq;
        self.branch = *branch;
        self.interventions = *interventions;
        self.rewinds = *rewinds;
        self.recoveries = *recoveries;
        self.rewound_to = *rewound_to;
        self.due = due.iter().cloned().collect();
        self.triggered = triggered.iter().cloned().collect();
        self.quality.clone_from(quality);
        Ok(())
    }
}
