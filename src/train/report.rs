//! What a trainer says of itself: the run, its state, what it measured; and what it keeps of itself.

use jiff::Timestamp;

use super::saver::Saved;
use super::snapshot::{RunState, Snapshot};
use super::trainer::{Mode, Trainer};
use super::{CHECKPOINT_FORMAT, OpenWindow, TrainError};
use crate::health::AlarmSeen;
use crate::objective;
use crate::protocol::{Body, Event, Level, RunInfo, SCHEMA, State, StepWindow, Target};

impl Trainer {
    /// An event at the run's present position.
    pub(super) fn event(&self, body: Body) -> Event {
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

    pub(super) fn emit(&self, body: Body) {
        self.send(self.event(body));
    }

    fn send(&self, event: Event) {
        // Nobody listening is no reason to stop training.
        let _ = self.events.send(event);
    }

    /// Where the run ends.
    pub(super) fn target(&self) -> Target {
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
    pub(super) fn info(&self) -> RunInfo {
        RunInfo {
            name: self.name.clone(),
            dir: self.dir.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: self.dataset.clone(),
            device: self.device_info.clone(),
            objective: self.objective.info(),
            objectives: objective::choices(),
            seed: self.config.seed,
            batch_size: self.config.batch_size,
            n_critic: self.settings.critic.n_critic,
            lr_d: self.settings.optimizer.d.lr,
            lr_g: self.settings.optimizer.g.lr,
            batches_per_epoch: self.loader.batches_per_epoch(),
            latent_dim: self.config.latent_dim,
            generator_parameters: self.model.generator.params().count() as u64,
            discriminator_parameters: self.model.discriminator.params().count() as u64,
            target: self.target(),
            resumed: None,
            origin: None,
        }
    }

    pub(super) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        if mode == Mode::Paused {
            self.clock.stop();
        } else {
            self.clock.start();
        }
    }

    /// Tells viewers the state, with the newest values: after a single step there may be no report for a while.
    pub(super) fn announce_state(&mut self) -> Result<(), TrainError> {
        let left = self.phase.map_or(0, |p| p.warm_up_left);
        let (state, detail) = match self.mode {
            Mode::Paused => (State::Paused, String::new()),
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
    pub(super) fn close_window(&mut self) -> Result<bool, TrainError> {
        if self.step < self.window_from {
            return Ok(false);
        }
        let metrics = self.window.take()?;
        let (epoch, batch) = self.loader.position();
        let (steps_per_second, images_per_second) = self.clock.rates();
        let steps = self.step + 1 - self.window_from;
        self.emit(Body::Step(StepWindow {
            from_step: self.window_from,
            epoch,
            batch,
            metrics: metrics.clone(),
            steps_per_second,
            images_per_second,
        }));
        self.open_window();
        let alarms = self.health.observe_step(&metrics, steps);
        self.last_metrics = metrics;
        self.raise(alarms)
    }

    /// The next window begins with the next step.
    pub(super) fn open_window(&mut self) {
        let (epoch, batch) = self.loader.position();
        self.window_from = self.step + 1;
        self.window_at = if self.loader.at_epoch_end() {
            (epoch + 1, 0)
        } else {
            (epoch, batch)
        };
    }

    /// Whether the data position has crossed a multiple of the reporting interval, or the end of an epoch.
    pub(super) fn window_is_full(&self) -> bool {
        let (epoch, batch) = self.loader.position();
        let every = self.config.events.every_batches.max(1);
        epoch != self.window_at.0
            || batch / every != self.window_at.1 / every
            || self.loader.at_epoch_end()
    }

    /// Draws the fixed latents; `keep` asks the record for a file.
    pub(super) fn draw_samples(&mut self, keep: bool) -> Result<(), TrainError> {
        let mut samples = self
            .preview
            .draw(&self.model, self.objective.info().score_is_probability)?;
        samples.file = keep.then(|| format!("samples/step-{:08}.png", self.step));
        let diversity = samples.diversity;
        self.emit(Body::Samples(samples));
        let alarms = self.health.observe_samples(diversity);
        self.raise(alarms).map(|_| ())
    }

    /// Sends alarms. A hard one soon after a switch takes the switch back; says whether it did.
    fn raise(&mut self, alarms: impl IntoIterator<Item = AlarmSeen>) -> Result<bool, TrainError> {
        let mut hard = None;
        for alarm in alarms {
            if alarm.level == Level::Hard {
                hard = Some(alarm.text.clone());
            }
            self.emit(alarm.into());
        }
        match (hard, self.guard.take()) {
            (Some(why), Some(guard)) => self.roll_back(&guard, &why).map(|()| true),
            (_, guard) => {
                self.guard = guard;
                Ok(false)
            }
        }
    }

    /// Tells what became of a checkpoint, at the position of its snapshot, whenever the disk was done.
    pub(super) fn report_saved(&mut self, saved: Saved) {
        let Saved {
            reason,
            step,
            images,
            elapsed,
            branch,
            result,
        } = saved;
        let body = match result {
            Ok(path) => {
                let path = path
                    .strip_prefix(&self.dir)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .into_owned();
                self.last_checkpoint = Some(path.clone());
                Body::Checkpoint {
                    path,
                    reason: reason.word().to_owned(),
                }
            }
            Err(error) => Body::Warning {
                text: format!("no checkpoint at step {step}: {error}; training goes on"),
            },
        };
        self.send(Event {
            branch,
            seq: None,
            after: None,
            step,
            images,
            elapsed,
            ..self.event(body)
        });
    }

    /// The whole state, to be saved or gone back to.
    pub(super) fn snapshot(&mut self) -> Result<Snapshot, TrainError> {
        let state = RunState {
            format: CHECKPOINT_FORMAT,
            run: self.name.clone(),
            dataset: self.dataset.name.clone(),
            seed: self.config.seed,
            latent_dim: self.config.latent_dim,
            step: self.step,
            images: self.images,
            branch: self.branch,
            elapsed: self.clock.seconds(),
            interventions: self.interventions,
            settings: self.settings.clone(),
            g_optimizer: self.model.g_optimizer.clone(),
            d_optimizer: self.model.d_optimizer.clone(),
            streams: self.streams.clone(),
            loader: self.loader.state(),
            phase: self.phase,
            health: self.health.clone(),
            window: OpenWindow {
                from_step: self.window_from,
                position: self.window_at,
                metrics: self.window.peek()?.clone(),
            },
        };
        Ok(Snapshot::take(&self.model, state)?)
    }

    /// Goes back to a snapshot of this run. The branch, and what was done in between, are not undone.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        snapshot.restore(&mut self.model)?;
        let state = &snapshot.state;
        if let Some(objective) = objective::find(&state.settings.objective) {
            self.objective = objective;
        }
        self.settings = state.settings.clone();
        self.streams = state.streams.clone();
        self.loader.restore(&state.loader);
        self.health = state.health.clone();
        self.phase = state.phase;
        self.step = state.step;
        self.images = state.images;
        self.clock.set_seconds(state.elapsed);
        self.window_from = state.window.from_step;
        self.window_at = state.window.position;
        self.window.restore(state.window.metrics.clone());
        Ok(())
    }
}
