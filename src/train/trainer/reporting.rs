//! What a trainer reports: the run, its state, what it measured, what its guards found.

use super::Trainer;
use crate::health::AlarmSeen;
use crate::metric::objectives;
use crate::protocol::{
    self, Level, Live, OwnTrainer, Position, Recorded, RunInfo, State, StepWindow, Warning,
};
use crate::train::TrainError;
use crate::train::control::Mode;
use crate::train::settings::live_settings;

impl Trainer {
    /// Where the run is.
    pub(super) fn position(&self) -> Position {
        Position {
            branch: self.progress.branch(),
            step: self.progress.step(),
            images: self.progress.images(),
            elapsed: self.clock.seconds(),
        }
    }

    /// Sends an event of the training.
    pub(super) fn record(&mut self, recorded: Recorded) {
        let at = self.position();
        self.journal.record(&mut self.progress, at, recorded);
    }

    /// Sends an event about an earlier state of this branch.
    pub(super) fn record_at(&mut self, at: Position, recorded: Recorded) {
        let at = Position {
            branch: self.progress.branch(),
            ..at
        };
        self.journal.record(&mut self.progress, at, recorded);
    }

    /// Sends an event for the record that is not the training's own: it has no number, and no branch takes it back.
    pub(super) fn announce(&self, recorded: Recorded) {
        self.journal.announce(self.position(), recorded);
    }

    /// Sends an event to the current viewers.
    pub(super) fn show(&self, live: Live) {
        self.journal.show(self.position(), live);
    }

    /// Reports what the record lacks of before the run was resumed.
    pub(super) fn report_unrecorded(&mut self) {
        if let Some(checkpoint) = self.setup.unrecorded.take() {
            self.announce(checkpoint);
        }
    }

    /// The content of `started`.
    pub(super) fn info(&self) -> RunInfo {
        let (setup, learner) = (&self.setup, &self.learner);
        let (config, settings, model) = (&setup.config, learner.settings(), learner.model());
        let [generator, discriminator] = model.networks();
        RunInfo {
            name: setup.name.clone(),
            dir: setup.place.shown(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            trainer: protocol::Trainer::Own(Box::new(OwnTrainer {
                dataset: setup.dataset.clone(),
                device: setup.device.clone(),
                objective: learner.objective().info(),
                objectives: objectives::choices(learner.objective().description()),
                seed: config.seed,
                batch_size: config.batch_size,
                n_critic: settings.critic.n_critic,
                lr_d: settings.optimizer.d.lr,
                lr_g: settings.optimizer.g.lr,
                batches_per_epoch: learner.batches_per_epoch(),
                latent_dim: config.latent_dim,
                generator_parameters: generator.params().count() as u64,
                discriminator_parameters: discriminator.params().count() as u64,
            })),
            health: config.health,
            measures: self.evaluations.measures().to_vec(),
            settings: live_settings(settings),
            target: setup.target(),
            resumed: setup.resumed.clone(),
            origin: setup.origin.clone(),
        }
    }

    pub(super) fn set_mode(&mut self, mode: Mode) {
        self.control.set_mode(mode);
        if mode == Mode::Paused {
            self.clock.stop();
        } else {
            self.clock.start();
        }
    }

    /// Reports the state, with the newest values: after a single step there may be no report for a while.
    pub(super) fn announce_state(&mut self) -> Result<(), TrainError> {
        let left = self.learner.phase().map_or(0, |phase| phase.warm_up_left);
        let (state, detail) = match self.control.mode() {
            Mode::Paused => {
                let note = self.control.pause_note().unwrap_or_default();
                (State::Paused, note.to_owned())
            }
            _ if left > 0 => (
                State::WarmUp,
                format!("D trains alone: {left} updates to go"),
            ),
            _ => (State::Running, String::new()),
        };
        let metrics = self.learner.peek_metrics()?.clone();
        self.show(Live::State {
            state,
            detail,
            metrics,
        });
        Ok(())
    }

    /// Reports the metrics since the last report, and shows them to the alarms. Returns whether that rolled the run back.
    pub(super) fn close_window(&mut self) -> Result<bool, TrainError> {
        let steps = (self.progress.step() + 1).saturating_sub(self.journal.first_step());
        if !self.report_window()? {
            return Ok(false);
        }
        let alarms = self.guards.see_window(self.journal.metrics(), steps);
        self.raise(alarms)
    }

    /// Reports the metrics since the last report, if there were steps. Returns whether there were.
    pub(super) fn report_window(&mut self) -> Result<bool, TrainError> {
        if self.progress.step() < self.journal.first_step() {
            return Ok(false);
        }
        let metrics = self.learner.take_metrics()?;
        if let Some(text) = self.learner.take_notice() {
            self.announce(Recorded::Warning(Warning::passing(text)));
        }
        let data = self.learner.position();
        let (steps_per_second, images_per_second) = self.clock.rates();
        self.record(Recorded::Step(StepWindow {
            from_step: self.journal.first_step(),
            epoch: data.epoch,
            batch: data.batch,
            metrics: metrics.clone(),
            steps_per_second,
            images_per_second,
        }));
        self.open_window();
        self.journal.set_metrics(metrics);
        Ok(true)
    }

    /// The next window begins with the next step.
    pub(super) fn open_window(&mut self) {
        self.journal
            .open_window(self.progress.step(), self.learner.position());
    }

    pub(super) fn window_is_full(&self) -> bool {
        self.journal.window_is_full(self.learner.position())
    }

    /// Generates samples from the fixed latents and shows the alarms their diversity; `keep` asks the record for a file.
    pub(super) fn sample(&mut self, keep: bool) -> Result<(), TrainError> {
        match self.show_samples(keep)? {
            Some(diversity) => self.check_diversity(diversity),
            None => Ok(()),
        }
    }

    /// Shows the alarms the diversity of samples.
    pub(super) fn check_diversity(&mut self, diversity: f64) -> Result<(), TrainError> {
        self.journal.set_diversity(diversity);
        let alarms = self.guards.see_diversity(diversity);
        self.raise(alarms).map(|_| ())
    }

    /// Generates samples from the fixed latents and returns their diversity, if the data is varied itself; changes nothing in
    /// the run.
    pub(super) fn show_samples(&mut self, keep: bool) -> Result<Option<f64>, TrainError> {
        let as_probability = self.learner.objective().info().score_is_probability;
        let samples = self
            .preview
            .generate(self.learner.model(), as_probability)?;
        let diversity = self.preview.has_diversity().then_some(samples.diversity);
        if keep {
            let file = format!("samples/step-{:08}.png", self.progress.step());
            self.record(Recorded::Samples { file, samples });
        } else {
            self.show(Live::Samples(samples));
        }
        Ok(diversity)
    }

    /// Sends alarms. A critical one soon after a switch takes the switch back; returns whether it did.
    pub(super) fn raise(
        &mut self,
        alarms: impl IntoIterator<Item = AlarmSeen>,
    ) -> Result<bool, TrainError> {
        let mut critical = None;
        for alarm in alarms {
            if alarm.level == Level::Critical {
                critical = Some(alarm.text.clone());
            }
            self.record(alarm.into());
        }
        // A run that ends for what it met is not taken back to before it.
        if let Some(why) = critical
            && self.guards.failure().is_none()
            && let Some(way_back) = self.rollback.take_way_back()
        {
            return self.take_switch_back(&way_back, &why).map(|()| true);
        }
        Ok(false)
    }
}
