//! What a trainer says of itself: the run, its state, what it measured; and what it keeps of itself.

use jiff::Timestamp;

use crate::health::AlarmSeen;
use crate::metric;
use crate::objective;
use crate::protocol::{Body, Event, Level, RunInfo, SCHEMA, State, StepWindow, Target};
use crate::train::checkpoints::format::{CHECKPOINT_FORMAT, CHECKPOINTS, SavedAs};
use crate::train::checkpoints::store::Written;
use crate::train::evaluation::At;
use crate::train::trainer::{Mode, Trainer};
use crate::train::{Average, OpenWindow, RunState, TrainError};

impl Trainer {
    /// An event at the run's present position.
    pub(in crate::train) fn event(&self, body: Body) -> Event {
        Event {
            schema: SCHEMA,
            branch: self.branch,
            seq: None,
            after: None,
            step: self.step,
            images: self.images,
            time: Timestamp::now(),
            elapsed: self.clock.seconds(),
            body,
        }
    }

    /// Sends an event.
    pub(in crate::train) fn emit(&mut self, body: Body) {
        let event = self.event(body);
        self.send_numbered(event);
    }

    /// Sends an event about an earlier state of this branch.
    pub(in crate::train) fn emit_at(&mut self, at: At, body: Body) {
        let event = Event {
            step: at.step,
            images: at.images,
            elapsed: at.elapsed,
            ..self.event(body)
        };
        self.send_numbered(event);
    }

    /// One for the record gets its number; the first of a branch says where the branch begins.
    fn send_numbered(&mut self, mut event: Event) {
        if event.body.is_recorded() {
            self.seq += 1;
            event.seq = Some(self.seq);
            event.after = self.after.take();
        }
        self.send(event);
    }

    fn send(&self, event: Event) {
        // Nobody listening is no reason to stop training.
        let _ = self.events.send(event);
    }

    /// Where the run ends.
    pub(in crate::train) fn target(&self) -> Target {
        Target {
            steps: self.config.steps,
            images: self
                .config
                .epochs
                .map(|e| e.saturating_mul(self.dataset.images)),
            seconds: self.config.max_time.map(|t| t.as_secs_f64()),
        }
    }

    /// The content of `started`.
    pub(in crate::train) fn info(&self) -> RunInfo {
        RunInfo {
            name: self.name.clone(),
            dir: self.place.shown(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: self.dataset.clone(),
            device: self.device_info.clone(),
            objective: self.objective.info(),
            health: self.config.health,
            objectives: metric::objectives::choices(self.objective.description()),
            measures: self.measures.clone(),
            seed: self.config.seed,
            batch_size: self.config.batch_size,
            n_critic: self.settings.critic.n_critic,
            settings: crate::train::settings::live_settings(&self.settings),
            lr_d: self.settings.optimizer.d.lr,
            lr_g: self.settings.optimizer.g.lr,
            batches_per_epoch: self.loader.batches_per_epoch(),
            latent_dim: self.config.latent_dim,
            generator_parameters: self.model.generator.params().count() as u64,
            discriminator_parameters: self.model.discriminator.params().count() as u64,
            target: self.target(),
            resumed: self.resumed.clone(),
            origin: self.origin.clone(),
        }
    }

    pub(in crate::train) fn is_paused(&self) -> bool {
        self.mode == Mode::Paused
    }

    pub(in crate::train) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        self.pause_note = None;
        if mode == Mode::Paused {
            self.clock.stop();
        } else {
            self.clock.start();
        }
    }

    /// Tells viewers the state, with the newest values: after a single step there may be no report for a while.
    pub(in crate::train) fn announce_state(&mut self) -> Result<(), TrainError> {
        let left = self.phase.map_or(0, |p| p.warm_up_left);
        let (state, detail) = match self.mode {
            Mode::Paused => (State::Paused, self.pause_note.clone().unwrap_or_default()),
            _ if left > 0 => (
                State::WarmUp,
                format!("D trains alone: {left} updates to go"),
            ),
            _ => (State::Running, String::new()),
        };
        let metrics = self.window.peek()?.clone();
        self.emit(Body::State {
            state,
            detail,
            metrics,
        });
        Ok(())
    }

    /// Reports the metrics since the last report, and lets the alarms look at them. Says whether that rolled the run back.
    pub(in crate::train) fn close_window(&mut self) -> Result<bool, TrainError> {
        let steps = (self.step + 1).saturating_sub(self.window_from);
        if !self.report_window()? {
            return Ok(false);
        }
        let alarms = self
            .health
            .observe_step(&self.last_metrics, steps, &self.config.health);
        self.raise(alarms)
    }

    /// Reports the metrics since the last report, if there were steps, and says whether there were.
    pub(in crate::train) fn report_window(&mut self) -> Result<bool, TrainError> {
        if self.step < self.window_from {
            return Ok(false);
        }
        let metrics = self.window.take()?;
        if let Some(text) = self.model.take_notice() {
            self.emit_aside(Body::Warning { text });
        }
        let (epoch, batch) = self.loader.position();
        let (steps_per_second, images_per_second) = self.clock.rates();
        self.emit(Body::Step(StepWindow {
            from_step: self.window_from,
            epoch,
            batch,
            metrics: metrics.clone(),
            steps_per_second,
            images_per_second,
        }));
        self.open_window();
        self.last_metrics = metrics;
        Ok(true)
    }

    /// The next window begins with the next step.
    pub(in crate::train) fn open_window(&mut self) {
        let (epoch, batch) = self.loader.position();
        self.window_from = self.step + 1;
        self.window_at = if self.loader.at_epoch_end() {
            (epoch + 1, 0)
        } else {
            (epoch, batch)
        };
    }

    /// Whether the data position has crossed a multiple of the reporting interval, or the end of an epoch.
    pub(in crate::train) fn window_is_full(&self) -> bool {
        let (epoch, batch) = self.loader.position();
        let every = self.config.events.every_batches.max(1);
        epoch != self.window_at.0
            || batch / every != self.window_at.1 / every
            || self.loader.at_epoch_end()
    }

    /// Draws the fixed latents and lets the alarms look at them; `keep` asks the record for a file.
    pub(in crate::train) fn draw_samples(&mut self, keep: bool) -> Result<(), TrainError> {
        match self.show_samples(keep)? {
            Some(diversity) => self.heed_diversity(diversity),
            None => Ok(()),
        }
    }

    /// Lets the alarms look at the diversity of a drawing.
    pub(in crate::train) fn heed_diversity(&mut self, diversity: f64) -> Result<(), TrainError> {
        self.diversity = Some(diversity);
        let alarms = self.health.observe_samples(diversity, &self.config.health);
        self.raise(alarms).map(|_| ())
    }

    /// Draws the fixed latents and gives their diversity, if the data is varied itself; changes nothing in the run.
    pub(in crate::train) fn show_samples(&mut self, keep: bool) -> Result<Option<f64>, TrainError> {
        let mut samples = self
            .preview
            .draw(&self.model, self.objective.info().score_is_probability)?;
        samples.file = keep.then(|| format!("samples/step-{:08}.png", self.step));
        let diversity = self.preview.has_diversity().then_some(samples.diversity);
        self.emit(Body::Samples(samples));
        Ok(diversity)
    }

    /// Sends alarms. A hard one soon after a switch takes the switch back; says whether it did.
    pub(in crate::train) fn raise(
        &mut self,
        alarms: impl IntoIterator<Item = AlarmSeen>,
    ) -> Result<bool, TrainError> {
        let mut hard = None;
        for alarm in alarms {
            if alarm.level == Level::Hard {
                hard = Some(alarm.text.clone());
            }
            self.emit(alarm.into());
        }
        match (hard, self.guard.take()) {
            // A run that ends for what it met is not taken back to before it.
            (Some(why), Some(guard)) if self.rules.failure().is_none() => {
                self.take_switch_back(&guard, &why).map(|()| true)
            }
            (_, guard) => {
                self.guard = guard;
                Ok(false)
            }
        }
    }

    /// Tells what became of a checkpoint, at the position of its state, whenever the disk was done.
    pub(in crate::train) fn report_saved(&mut self, written: Written) {
        let Written { checkpoint, result } = written;
        let step = checkpoint.snapshot.state.step;
        let failed = result.is_err();
        let body = match result {
            Ok(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let path = format!("{CHECKPOINTS}/{name}");
                self.last_checkpoint = Some(path.clone());
                if std::mem::take(&mut self.unsaved) {
                    self.emit_aside(Body::Warning {
                        text: format!("recovered: step {step} is saved"),
                    });
                }
                let SavedAs { reason, .. } = checkpoint.saved;
                Body::Checkpoint {
                    path,
                    reason: reason.word().to_owned(),
                }
            }
            Err(error) => Body::Warning {
                text: format!(
                    "no checkpoint at step {step}: {error}; training goes on, and the next one may succeed"
                ),
            },
        };
        self.unsaved = failed;
        let RunState {
            branch,
            images,
            elapsed,
            ..
        } = checkpoint.snapshot.state;
        self.send(Event {
            branch,
            step,
            images,
            elapsed,
            ..self.event(body)
        });
        self.ring.room().give_back(checkpoint.snapshot);
    }

    /// Sends an event that is not the training's own: it has no number, and no branch takes it back.
    pub(in crate::train) fn emit_aside(&self, body: Body) {
        self.send(self.event(body));
    }

    /// What decides how the run goes on, besides the networks.
    pub(in crate::train) fn state(&mut self) -> Result<RunState, TrainError> {
        Ok(RunState {
            format: CHECKPOINT_FORMAT,
            run: self.name.clone(),
            origin: self.origin.clone(),
            dataset: self.config.dataset.clone(),
            dataset_images: Some(self.dataset.images),
            dataset_digest: self.dataset.digest.clone(),
            seed: self.config.seed,
            latent_dim: self.config.latent_dim,
            step: self.step,
            images: self.images,
            branch: self.branch,
            seq: self.seq,
            elapsed: self.clock.seconds(),
            interventions: self.interventions,
            rewinds: self.rewinds,
            recoveries: self.recoveries,
            rewound_to: self.rewound_to,
            due: self.due.iter().cloned().collect(),
            settings: self.settings.clone(),
            g_optimizer: self.model.g_optimizer.clone(),
            d_optimizer: self.model.d_optimizer.clone(),
            average_steps: self.model.average.as_ref().map(Average::steps),
            logit_square: self.model.logit_square()?,
            streams: self.streams.clone(),
            loader: self.loader.state(),
            phase: self.phase,
            guard_until: self.guard.as_ref().map(|g| g.until_step),
            health: self.health.clone(),
            rules: self.rules.state(),
            triggered: self.triggered.iter().cloned().collect(),
            window: OpenWindow {
                from_step: self.window_from,
                position: self.window_at,
                metrics: self.window.peek()?.clone(),
            },
            last_metrics: self.last_metrics.clone(),
            diversity: self.diversity,
            quality: self.quality.clone(),
        })
    }

    /// Takes over what [`Trainer::state`] gave, but for what counts over all branches.
    pub(in crate::train) fn adopt(&mut self, state: &RunState) -> Result<(), TrainError> {
        if let Some(objective) = objective::find(&state.settings.objective) {
            self.objective = objective;
        }
        self.settings = state.settings.clone();
        self.streams = state.streams.clone();
        self.loader.restore(&state.loader);
        self.health = state.health.clone();
        self.rules.restore(&state.rules);
        self.triggered.clear();
        self.throughput.begin_anew();
        self.phase = state.phase;
        self.step = state.step;
        self.images = state.images;
        self.clock.set_seconds(state.elapsed);
        self.window_from = state.window.from_step;
        self.window_at = state.window.position;
        self.window.restore(state.window.metrics.clone())?;
        self.last_metrics.clone_from(&state.last_metrics);
        self.diversity = state.diversity;
        self.quality.newest.clone_from(&state.quality.newest);
        Ok(())
    }
}
