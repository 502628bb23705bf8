//! The run as known from events: what it is, its progress, how it ended.

use std::collections::BTreeMap;
use std::time::Duration;

use super::troubles::Troubles;
use crate::history::History;
use crate::metric::{Network, ObjectiveInfo};
use crate::protocol::{
    Change, Declaration, Distribution, LrTarget, Metrics, Outcome, OwnTrainer, ProgramInfo,
    Quality, QualityAt, RunInfo, Stat, State, StepWindow, Summary, SystemUse, Value,
};
use crate::tui::keymap::Action;

/// Time: the viewer's own, and that of the newest event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// Since the screen was opened.
    pub now: Duration,
    /// `now` when the newest event came.
    heard: Duration,
    /// Seconds of training at that event.
    elapsed: f64,
}

/// What is being waited for before the run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loading {
    /// In words.
    pub what: String,
    /// Units done.
    pub done: Option<u64>,
    /// Units in all.
    pub total: Option<u64>,
}

/// The run's progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Position {
    /// Steps done.
    pub step: u64,
    /// Real images shown to D.
    pub images: u64,
    /// The epoch being trained, from 1; 0 before the first.
    pub epoch: u64,
    /// Steps per second.
    pub steps_per_second: f64,
    /// Images per second.
    pub images_per_second: f64,
}

/// A run, seen from outside.
#[derive(Debug)]
pub struct RunView {
    /// Everything that holds for the whole run, once it began.
    pub info: Option<Box<RunInfo>>,
    /// The objective it trains with now.
    pub objective: Option<Box<ObjectiveInfo>>,
    /// What the trainer is doing.
    pub state: State,
    /// Details of the state.
    pub detail: String,
    /// Settings that can change in mid-run, as acknowledged.
    pub settings: BTreeMap<String, Value>,
    /// What the program that trains has declared, with the values of its controls as acknowledged.
    pub declared: Option<Box<Declaration>>,
    /// The step after which each control was set.
    pub set_at: BTreeMap<String, u64>,
    /// How the run diverged, until it resumes.
    pub lost: Option<String>,
    /// Open troubles around the run, such as a full disk.
    pub troubles: Troubles,
    /// The machine's load, once measured.
    pub system: Option<SystemUse>,
    /// What is being waited for.
    pub loading: Option<Loading>,
    /// Its progress.
    pub at: Position,
    /// The newest values; learning rates are [`super::Rates`].
    pub latest: Metrics,
    /// The newest distribution of each name.
    pub distributions: BTreeMap<String, Distribution>,
    /// The newest evaluation.
    pub quality: Option<QualityAt>,
    /// Why there are no evaluations, if there are none.
    pub unjudged: Option<String>,
    /// How it ended.
    pub summary: Option<Box<Summary>>,
    /// Why it failed.
    pub failed: Option<String>,
    /// Time.
    pub clock: Clock,
    /// The branch events are on; nothing before the first.
    pub branch: Option<u32>,
}

impl Default for RunView {
    fn default() -> Self {
        Self {
            info: None,
            objective: None,
            state: State::Starting,
            detail: String::new(),
            settings: BTreeMap::new(),
            declared: None,
            set_at: BTreeMap::new(),
            lost: None,
            troubles: Troubles::default(),
            system: None,
            loading: None,
            at: Position::default(),
            latest: Metrics::new(),
            distributions: BTreeMap::new(),
            quality: None,
            unjudged: None,
            summary: None,
            failed: None,
            clock: Clock::default(),
            branch: None,
        }
    }
}

impl RunView {
    /// Returns whether the run has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.summary.is_some() || self.failed.is_some()
    }

    /// Its state or outcome in one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.summary.as_ref().map(|summary| summary.outcome) {
            Some(Outcome::Stopped | Outcome::Interrupted) => "STOPPED",
            Some(Outcome::Diverged) => "DIVERGED",
            Some(Outcome::FailedCondition | Outcome::Failed) => State::Failed.word(),
            Some(Outcome::Unknown) => "UNKNOWN",
            Some(Outcome::Completed) | None => self.state.word(),
        }
    }

    /// Returns whether the run's clock is running.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        let is_going = matches!(self.state, State::Starting | State::Running | State::WarmUp);
        !self.has_ended() && is_going && !self.is_log()
    }

    /// An event came from `step` with `images` shown and `elapsed` seconds of training.
    pub(super) fn heard(&mut self, step: u64, images: u64, elapsed: f64) {
        // What is told of the machine has the position of the event before it: by then more time has passed.
        let is_same = self.at.step == step && self.clock.elapsed.to_bits() == elapsed.to_bits();
        if is_same && matches!(self.state, State::Running | State::WarmUp) {
            return;
        }
        self.at.step = step;
        self.at.images = images;
        self.clock.heard = self.clock.now;
        self.clock.elapsed = elapsed;
    }

    /// A window of steps was trained.
    pub(super) fn stepped(&mut self, window: &StepWindow) {
        if self.state == State::Starting {
            self.state = State::Running;
        }
        self.at.epoch = window.epoch;
        self.at.steps_per_second = window.steps_per_second;
        self.at.images_per_second = window.images_per_second;
        // In a record nothing else shows that a run that had diverged resumed.
        if self.state != State::Paused && window.metrics.values().all(|s| s.last.is_finite()) {
            self.lost = None;
        }
    }

    /// What is known of this program's own trainer, if it is what trains.
    #[must_use]
    pub fn own(&self) -> Option<&OwnTrainer> {
        self.info.as_ref().and_then(|info| info.own())
    }

    /// Returns whether another program trains.
    #[must_use]
    pub fn is_program(&self) -> bool {
        self.info
            .as_ref()
            .is_some_and(|info| info.program().is_some())
    }

    /// Returns whether this is the log of another tool.
    #[must_use]
    pub fn is_log(&self) -> bool {
        let program = self.info.as_ref().and_then(|info| info.program());
        program.is_some_and(ProgramInfo::is_log)
    }

    /// Returns whether another program trains whose output is seen. Of a log there is none.
    #[must_use]
    pub fn prints(&self) -> bool {
        self.is_program() && !self.is_log()
    }

    /// Returns whether the run's trainer could do what a key asks for. What a program takes is what it has declared.
    #[must_use]
    pub fn takes(&self, action: Action) -> bool {
        if !self.is_program() {
            return true;
        }
        let declared = self.declared.as_ref();
        let command = |name: &str| declared.is_some_and(|declared| declared.takes(name));
        match action {
            Action::TogglePause => command("pause"),
            Action::StepOnce => command("step"),
            Action::Checkpoint => command("checkpoint"),
            Action::Sample => command("sample"),
            Action::Rates(target, _) => {
                let network = match target {
                    LrTarget::Both => None,
                    LrTarget::D => Some(Network::Discriminator),
                    LrTarget::G => Some(Network::Generator),
                };
                declared.is_some_and(|declared| {
                    let mut rates = declared.rates(network);
                    // One rate for both needs no keys for each.
                    rates.any(|rate| network.is_none() || rate.network.is_some())
                })
            }
            Action::Objectives => declared.is_some_and(|d| d.objective_control().is_some()),
            Action::Rewind
            | Action::Real
            | Action::Raw
            | Action::Walk
            | Action::Neighbours
            | Action::Dimension => false,
            _ => true,
        }
    }

    /// The program has declared this of itself.
    pub(super) fn declare(&mut self, declared: &Declaration) {
        if let Some(info) = &mut self.info {
            info.target = declared.target;
            info.measures.clone_from(&declared.measures);
        }
        self.declared = Some(Box::new(declared.clone()));
    }

    /// A command made these changes after `step`.
    pub(super) fn changed(&mut self, step: u64, changes: &[Change]) {
        for change in changes {
            let controls = self.declared.iter_mut().flat_map(|d| &mut d.controls);
            for control in controls.filter(|control| control.name == change.key) {
                control.value = change.to.clone();
            }
            // Who comes later learns of the controls after that.
            self.set_at.insert(change.key.clone(), step);
            if let Some(value) = self.settings.get_mut(&change.key) {
                *value = change.to.clone();
            }
        }
    }

    /// The values of something are distributed so.
    pub(super) fn distributed(&mut self, seen: &Distribution) {
        self.distributions.insert(seen.name.clone(), seen.clone());
    }

    /// Samples of a step were evaluated.
    pub(super) fn evaluated(&mut self, step: u64, quality: &Quality) {
        self.quality = Some(quality.at(step));
        self.show_quality();
    }

    fn show_quality(&mut self) {
        let values = self.quality.iter().flat_map(|seen| &seen.values);
        self.latest
            .extend(values.map(|(name, value)| (name.clone(), Stat::of(*value))));
    }

    /// Forgets the values of another objective's metrics; sample quality stays.
    pub(super) fn forget_latest(&mut self) {
        self.latest.clear();
        self.show_quality();
    }

    /// The run went back to `step`: the newest values are now those that remain in `history`.
    pub(super) fn go_back(&mut self, step: u64, history: &History) {
        self.quality.take_if(|seen| seen.step > step);
        let names = std::mem::take(&mut self.latest).into_keys();
        self.latest = names
            .filter_map(|name| {
                let left = history.series(&name)?.last()?;
                Some((name, left.stat))
            })
            .collect();
        self.show_quality();
        let all = self.own().map_or(0, |own| own.dataset.images);
        if step == 0 {
            self.at.epoch = 0;
        } else if let Some(done) = self.at.images.checked_div(all) {
            self.at.epoch = self.at.epoch.min(done + 1);
        }
    }

    /// It ended by an error.
    pub(super) fn fail(&mut self, error: &str) {
        self.settle();
        self.state = State::Failed;
        self.failed = Some(error.to_owned());
    }

    /// It ended normally or on request.
    pub(super) fn finish(&mut self, summary: &Summary) {
        self.clock.elapsed = summary.seconds;
        self.state = State::Finished;
        self.detail.clear();
        if summary.outcome != Outcome::Diverged {
            self.lost = None;
        }
        self.summary = Some(Box::new(summary.clone()));
    }

    /// Stops the clock where it is.
    fn settle(&mut self) {
        self.clock.elapsed = self.elapsed();
        self.detail.clear();
    }

    /// Seconds of training so far, pauses left out. Of a log it is the time that it covers: between its points nobody knows whether
    /// anything trains.
    #[must_use]
    pub fn elapsed(&self) -> f64 {
        let since = match self.state {
            State::Running | State::WarmUp if !self.is_log() => self
                .clock
                .now
                .saturating_sub(self.clock.heard)
                .as_secs_f64(),
            _ => 0.0,
        };
        self.clock.elapsed + since
    }

    /// Seconds since the screen was opened, shown while the run starts.
    #[must_use]
    pub fn waited(&self) -> f64 {
        self.clock.now.as_secs_f64()
    }

    /// The completed fraction, from 0 to 1; `None` if the run has no end.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let target = &self.info.as_ref()?.target;
        let bounded = target.steps.is_some() || target.images.is_some() || target.seconds.is_some();
        bounded.then(|| target.fraction(self.at.step, self.at.images, self.elapsed()))
    }

    /// Estimated seconds left; `None` before there is a speed or when the run has ended.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        let target = &self.info.as_ref()?.target;
        if self.has_ended() || self.at.step == 0 {
            return None;
        }
        let left = |done: f64, all: Option<f64>, pace: f64| {
            all.filter(|_| pace > 0.0 && pace.is_finite())
                .map(|all| ((all - done) / pace).max(0.0))
        };
        [
            left(
                self.at.step as f64,
                target.steps.map(|s| s as f64),
                self.at.steps_per_second,
            ),
            left(
                self.at.images as f64,
                target.images.map(|i| i as f64),
                self.at.images_per_second,
            ),
            left(self.elapsed(), target.seconds, 1.0),
        ]
        .into_iter()
        .flatten()
        .reduce(f64::min)
    }

    /// Total epochs, if the run ends by images, or a program has said how many there are.
    #[must_use]
    pub fn epochs(&self) -> Option<u64> {
        let info = self.info.as_ref()?;
        let Some(own) = info.own() else {
            return self.declared.as_ref()?.epochs;
        };
        info.target
            .images
            .filter(|_| own.dataset.images > 0)
            .map(|images| images.div_ceil(own.dataset.images))
    }
}
