//! The trainer: its state, its loop, its step.

pub(in crate::train) mod beginning;
pub(in crate::train) mod commands;
mod ending;
pub(in crate::train) mod evaluating;
mod recovery;
mod reporting;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, never, select};

use crate::config::{Preset, RunConfig};
use crate::data::{ImageSet, Loader};
use crate::files::Place;
use crate::health;
use crate::metric;
use crate::metric::MetricInfo;
use crate::nn::{IMAGE_PIXELS, kernels};
use crate::objective::{self, Objective};
use crate::protocol::{
    Body, Command, DatasetInfo, DeviceInfo, Event, Metrics, Outcome, Quality, Request, Resumed,
    RunOrigin, Source, Summary, Timed,
};
use crate::rng::Stream;
use crate::rules::Watch;
use crate::train::checkpoints::format::{CHECKPOINTS, Checkpoint, Reason, SavedAs, shapes};
use crate::train::checkpoints::store::Saver;
use crate::train::clock::Clock;
use crate::train::evaluation::Evaluation;
use crate::train::guards::conditions::watch;
use crate::train::guards::throughput::Throughput;
use crate::train::learner::{Step, Stepped};
use crate::train::pixels::Pixels;
use crate::train::sampling::preview::{Preview, chosen};
use crate::train::snapshot::Guard;
use crate::train::trainer::beginning::Beginning;
use crate::train::trainer::commands::objective::Phase;
use crate::train::trainer::evaluating::{QualitySeen, evaluation};
use crate::train::trainer::recovery::Ring;
use crate::train::window::Window;
use crate::train::{Evaluator, Model, Recorded, Streams, TrainError};

/// What a trainer is made of.
pub struct TrainerParts {
    /// The resolved configuration.
    pub config: RunConfig,
    /// Name of the run.
    pub name: String,
    /// The run directory, which exists.
    pub place: Place,
    /// What to train on.
    pub dataset: DatasetInfo,
    /// Its training images.
    pub images: ImageSet,
    /// Where to train.
    pub device: candle_core::Device,
    /// The same, for people.
    pub device_info: DeviceInfo,
    /// Where events go. Sending never waits.
    pub events: Sender<Event>,
    /// Where commands come from.
    pub requests: Receiver<Request>,
    /// Commands that came before there was a trainer; they are carried out before the first step.
    pub held: Vec<Request>,
    /// Whether it begins, goes on, or begins from another run's checkpoint.
    pub beginning: Beginning,
    /// Whether a person is there who can decide what to do when the numbers stop being finite.
    pub attended: Arc<AtomicBool>,
    /// What a person should know of how it begins.
    pub notices: Vec<String>,
    /// Waits until the record holds all up to an event.
    pub recorded: Recorded,
    /// Who judges samples, or why nobody does.
    pub evaluator: Result<Box<dyn Evaluator>, String>,
    /// Becomes true when another process has taken the run directory over: then the run ends at once and saves nothing.
    pub lost: Arc<AtomicBool>,
}

/// Whether steps are being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Mode {
    Running,
    Paused,
    /// So many more, then paused.
    Stepping(u64),
}

/// A training run.
pub struct Trainer {
    pub(in crate::train) config: RunConfig,
    pub(in crate::train) name: String,
    pub(in crate::train) place: Place,
    pub(in crate::train) dataset: DatasetInfo,
    pub(in crate::train) pixels: Pixels,
    pub(in crate::train) device_info: DeviceInfo,
    pub(in crate::train) model: Model,
    pub(in crate::train) objective: &'static dyn Objective,
    pub(in crate::train) settings: Preset,
    pub(in crate::train) streams: Streams,
    pub(in crate::train) loader: Loader,
    pub(in crate::train) preview: Preview,
    pub(in crate::train) saver: Saver,
    /// Who judges samples, or why nobody does; and what is measured.
    pub(in crate::train) evaluation: Result<Evaluation, String>,
    pub(in crate::train) measures: Vec<MetricInfo>,
    pub(in crate::train) health: health::Monitor,
    pub(in crate::train) rules: Watch,
    /// Commands that rules have triggered, until the next step boundary.
    pub(in crate::train) triggered: VecDeque<Command>,
    pub(in crate::train) throughput: Throughput,
    pub(in crate::train) events: Sender<Event>,
    requests: Receiver<Request>,
    held: Vec<Request>,
    pub(in crate::train) attended: Arc<AtomicBool>,
    lost: Arc<AtomicBool>,
    pub(in crate::train) due: VecDeque<Timed>,
    pub(in crate::train) ring: Ring,

    pub(in crate::train) mode: Mode,
    pub(in crate::train) phase: Option<Phase>,
    pub(in crate::train) guard: Option<Guard>,
    pub(in crate::train) end: Option<(Outcome, String)>,
    pub(in crate::train) step: u64,
    pub(in crate::train) images: u64,
    pub(in crate::train) branch: u32,
    /// Number of the newest event for the record, and after which one a branch that has no event yet begins.
    pub(in crate::train) seq: u64,
    pub(in crate::train) after: Option<u64>,
    pub(in crate::train) interventions: u64,
    pub(in crate::train) rewinds: u64,
    pub(in crate::train) recoveries: u32,
    pub(in crate::train) rewound_to: Option<u64>,
    pub(in crate::train) clock: Clock,
    pub(in crate::train) window: Window,
    /// First step of the open window, and the position in the data where it began.
    pub(in crate::train) window_from: u64,
    pub(in crate::train) window_at: (u64, u64),
    pub(in crate::train) last_metrics: Metrics,
    pub(in crate::train) diversity: Option<f64>,
    pub(in crate::train) quality: QualitySeen,
    /// What the samples of the last step were found to be, until that is told.
    pub(in crate::train) last_quality: Option<(u64, Quality)>,
    pub(in crate::train) last_checkpoint: Option<String>,
    /// Why it is paused, where nobody asked for it.
    pub(in crate::train) pause_note: Option<String>,
    /// Whether the newest checkpoint could not be written.
    pub(in crate::train) unsaved: bool,
    /// Whether the last checkpoint of all is on disk.
    pub(in crate::train) is_saved: bool,
    pub(in crate::train) resumed: Option<Resumed>,
    pub(in crate::train) origin: Option<RunOrigin>,
    /// What the record lacks of before it was resumed.
    pub(in crate::train) untold: Option<Body>,
    /// The signal that stops it.
    pub(in crate::train) ended_by: Option<String>,
    notices: Vec<String>,
    saved_at: f64,
}

impl Trainer {
    /// Builds networks and everything around them.
    ///
    /// # Errors
    /// When the objective does not exist, the dataset is empty or the device has no room.
    pub fn new(parts: TrainerParts) -> Result<Self, TrainError> {
        let TrainerParts {
            config,
            name,
            place,
            dataset,
            images: pixels,
            device,
            device_info,
            events,
            requests,
            held,
            beginning,
            attended,
            notices,
            recorded,
            evaluator,
            lost,
        } = parts;
        let objective = objective_of(&config)?;
        if pixels.is_empty() {
            return Err(TrainError::Setting(format!(
                "dataset `{}` has no images",
                dataset.name
            )));
        }
        let settings = Preset::of(&config);
        let model = Model::new(config.latent_dim, config.seed, &settings, &device)?;
        let count = pixels.len();
        let preview = fixed_preview(&model, &config, &pixels)?;
        let saver = saver(&model, &place, config.checkpoint.keep, recorded)?;
        let (evaluation, measures) = evaluation(&config, evaluator);
        let mut trainer = Self {
            ring: Ring::new(config.rewind.keep),
            loader: Loader::new(
                count,
                config.batch_size,
                Stream::new(config.seed, "shuffle"),
            ),
            streams: Streams::new(config.seed),
            evaluation,
            measures,
            health: health::Monitor::new(&config.objective),
            rules: watch(&config),
            triggered: VecDeque::new(),
            throughput: Throughput::default(),
            due: in_order(&config.at),
            config,
            name,
            place,
            dataset,
            pixels: Pixels::new(pixels, &device)?,
            device_info,
            model,
            objective,
            settings,
            preview,
            saver,
            events,
            requests,
            held,
            attended,
            lost,
            mode: Mode::Running,
            phase: None,
            guard: None,
            end: None,
            step: 0,
            images: 0,
            branch: 0,
            seq: 0,
            after: None,
            interventions: 0,
            rewinds: 0,
            recoveries: 0,
            rewound_to: None,
            clock: Clock::new(),
            window: Window::new(&device)?,
            window_from: 1,
            window_at: (1, 0),
            last_metrics: Metrics::new(),
            diversity: None,
            quality: QualitySeen::default(),
            last_quality: None,
            last_checkpoint: None,
            pause_note: None,
            unsaved: false,
            is_saved: false,
            resumed: None,
            origin: None,
            untold: None,
            ended_by: None,
            notices,
            saved_at: 0.0,
        };
        trainer.begin(beginning)?;
        trainer.saved_at = trainer.clock.seconds();
        Ok(trainer)
    }

    /// Trains until the target is reached, someone stops it or the numbers stop being finite. Sends `started` first and
    /// `finished` last.
    ///
    /// # Errors
    /// When a step fails; what was saved until then stays.
    pub fn run(mut self) -> Result<Summary, TrainError> {
        let info = self.info();
        self.emit(Body::Started(Box::new(info)));
        if let Some(body) = self.untold.take() {
            self.emit_aside(body);
        }
        for text in std::mem::take(&mut self.notices) {
            self.emit_aside(Body::Warning { text });
        }
        self.say_if_unjudged();
        if let Some(why) = kernels::why_not_compiled(self.model.device()) {
            let text = format!(
                "no CUDA kernels of this program's own ({why}); training goes on with candle's, which takes longer"
            );
            self.emit_aside(Body::Warning { text });
        }
        self.clock.start();
        if self.resumed.is_some() {
            // For those who watch: the record has them.
            self.show_samples(false)?;
        } else {
            self.draw_samples(self.config.samples.keep_every_steps > 0)?;
        }
        if self.ring.newest().is_none() {
            self.keep_state()?;
        }
        if self.resumed.is_none() && self.saves_by_itself() {
            self.save_first();
        }
        self.announce_state()?;
        for request in std::mem::take(&mut self.held) {
            self.carry_out(request)?;
        }
        loop {
            while let Ok(request) = self.requests.try_recv() {
                self.look()?;
                self.carry_out(request)?;
            }
            self.carry_out_triggered()?;
            self.carry_out_due()?;
            while let Ok(saved) = self.saver.results.try_recv() {
                self.report_saved(saved);
            }
            self.hear_evaluator()?;
            if self.lost.load(Ordering::Relaxed) {
                return Err(TrainError::Lost(self.place.path()));
            }
            // One that could not be saved waits for a person, who makes room and stops it or lets it go on.
            let waits = self.unsaved && self.mode == Mode::Paused && self.end.is_none();
            if !waits {
                self.check_conditions();
                self.check_target();
            }
            if self.end.is_some() {
                self.evaluate_the_end()?;
                if self.may_end()? {
                    break;
                }
                self.wait()?;
                continue;
            }
            if self.mode == Mode::Paused {
                self.wait()?;
            } else {
                self.train_step()?;
            }
        }
        self.finish()
    }

    /// Carries out what is scripted for this step.
    pub(in crate::train) fn carry_out_due(&mut self) -> Result<(), TrainError> {
        while self.due.front().is_some_and(|t| t.step <= self.step) {
            self.look()?;
            if let Some(Timed { command, .. }) = self.due.pop_front() {
                self.carry_out(Request {
                    id: None,
                    source: Source::Script,
                    signal: None,
                    command,
                })?;
            }
        }
        Ok(())
    }

    /// Paused: waits for a command, for the saver or for the evaluator.
    fn wait(&mut self) -> Result<(), TrainError> {
        let requests = self.requests.clone();
        let results = self.saver.results.clone();
        let evaluation = self.evaluation.as_ref();
        let evaluated = evaluation.map_or_else(|_| never(), |evaluation| evaluation.told.clone());
        select! {
            recv(requests) -> request => match request {
                Ok(request) => self.carry_out(request)?,
                // Nobody is left who could ever resume it.
                Err(_) => self.end = Some((Outcome::Stopped, "nobody is left to resume it".to_owned())),
            },
            recv(results) -> saved => {
                if let Ok(saved) = saved {
                    self.report_saved(saved);
                }
            }
            recv(evaluated) -> told => self.take_in(told.ok())?,
        }
        Ok(())
    }

    /// One step: `n_critic` updates of D, then one of G, unless G is frozen.
    pub(in crate::train) fn train_step(&mut self) -> Result<(), TrainError> {
        let updates = self.settings.critic.n_critic.max(1);
        let ramp = self.phase.map_or(1.0, |p| p.ramp());
        let Stepped { images, finite } = Step {
            model: &mut self.model,
            objective: self.objective,
            settings: &self.settings,
            loader: &mut self.loader,
            pixels: &self.pixels,
            streams: &mut self.streams,
            window: &mut self.window,
            ramp,
        }
        .make()?;
        self.images += images;
        self.step += 1;
        self.clock.count(self.images);
        let was_frozen = ramp <= 0.0;
        self.phase = self.phase.and_then(|p| p.after_step(updates as u64));
        self.after_step(finite, was_frozen)
    }

    /// Looks whether a device has lost its numbers since the last look, before something is done with them; then the run
    /// goes back. The CPU has no need: there it is known at each step.
    pub(in crate::train) fn look(&mut self) -> Result<(), TrainError> {
        if self.window.is_finite()? || self.rules.failure().is_some() {
            return Ok(());
        }
        if self.close_window()? {
            return self.announce_state();
        }
        self.recover()
    }

    /// Whether a step ends with something that needs the numbers of a device: until then they stay there.
    fn must_look(&self) -> bool {
        let every = self.config.rewind.every_steps;
        let keeps = every > 0 && self.step.is_multiple_of(every);
        let ends = self.target().steps.is_some_and(|s| self.step >= s)
            || self.target().images.is_some_and(|i| self.images >= i);
        self.window_is_full() || keeps || ends || self.is_save_due() || self.is_evaluation_due()
    }

    fn after_step(&mut self, finite: bool, was_frozen: bool) -> Result<(), TrainError> {
        let finite = finite && (!self.must_look() || self.window.is_finite()?);
        let stepping = matches!(self.mode, Mode::Stepping(_));
        if let Mode::Stepping(left) = self.mode {
            self.set_mode(if left <= 1 {
                Mode::Paused
            } else {
                Mode::Stepping(left - 1)
            });
        }
        self.judge_step()?;
        let rolled_back = (self.window_is_full() || !finite) && self.close_window()?;
        if rolled_back {
            return self.announce_state();
        }
        if !finite && self.rules.failure().is_none() {
            return self.recover();
        }
        let samples = &self.config.samples;
        let keep =
            samples.keep_every_steps > 0 && self.step.is_multiple_of(samples.keep_every_steps);
        if (keep || self.step.is_multiple_of(samples.every_steps.max(1)))
            && let Some(diversity) = self.show_samples(keep)?
        {
            self.judge(self.step, &[("diversity", diversity)]);
            self.heed_diversity(diversity)?;
        }
        if self
            .guard
            .as_ref()
            .is_some_and(|g| self.step >= g.until_step)
        {
            self.guard = None;
        }
        let is_best = self.evaluate_unattended()?;
        let every = self.config.rewind.every_steps;
        if every > 0 && self.step.is_multiple_of(every) {
            self.keep_state()?;
        }
        self.evaluate_attended()?;
        if is_best && !self.is_save_due() {
            // The state that was kept a moment ago, where one was.
            self.save(Reason::Best)?;
        }
        self.save_if_due()?;
        let thawed = was_frozen && self.phase.is_none_or(|p| p.warm_up_left == 0);
        if stepping || thawed || (was_frozen && self.step.is_multiple_of(4)) {
            self.announce_state()?;
        }
        Ok(())
    }

    /// Whether checkpoints come by themselves.
    fn saves_by_itself(&self) -> bool {
        let plan = &self.config.checkpoint;
        plan.every_steps > 0 || !plan.every_time.is_zero()
    }

    pub(in crate::train) fn is_save_due(&self) -> bool {
        let plan = &self.config.checkpoint;
        let by_step = plan.every_steps > 0 && self.step.is_multiple_of(plan.every_steps);
        let every = plan.every_time.as_secs_f64();
        let by_time = every > 0.0 && self.clock.seconds() - self.saved_at >= every;
        // By time, a busy disk only means: at the next step. By step, it is that step or not at all.
        by_step || (by_time && self.saver.is_free())
    }

    fn save_if_due(&mut self) -> Result<(), TrainError> {
        // A device's window may have been looked at a moment before it was due: then the next step will do.
        if self.is_save_due() && self.window.is_finite()? {
            self.saved_at = self.clock.seconds();
            self.save(Reason::Interval)?;
        }
        Ok(())
    }

    /// Hands the state at the beginning to the saver: a run that is killed before its first interval is over has something
    /// to go on from. It is in memory already, so that nothing is copied.
    fn save_first(&self) {
        if let Some(snapshot) = self.ring.newest().cloned() {
            self.saver.save(Checkpoint {
                snapshot,
                good: None,
                // What nobody has trained yet is no candidate for the best.
                saved: SavedAs {
                    reason: Reason::First,
                    score: None,
                },
            });
        }
    }

    /// Hands the present state to the saver.
    pub(in crate::train) fn save(&mut self, reason: Reason) -> Result<(), TrainError> {
        let newest = self.ring.newest().cloned();
        let state = self.state()?;
        let (snapshot, good) = match newest {
            // Kept a moment ago: no second copy.
            Some(newest) if newest.state == state => (newest, None),
            newest => (self.snapshot()?, newest),
        };
        let score = self.score();
        self.saver.save(Checkpoint {
            snapshot,
            good,
            saved: SavedAs { reason, score },
        });
        Ok(())
    }
}

/// The objective that a run begins with.
fn objective_of(config: &RunConfig) -> Result<&'static dyn Objective, TrainError> {
    objective::find(&config.objective).ok_or_else(|| {
        TrainError::Setting(format!(
            "objective: found `{}`, expected one of {}",
            config.objective,
            metric::objectives::names().collect::<Vec<_>>().join(", ")
        ))
    })
}

/// Scripted commands, the first one first; those of one step stay as they were given.
fn in_order(scripted: &[Timed]) -> VecDeque<Timed> {
    let mut due = scripted.to_vec();
    due.sort_by_key(|timed| timed.step);
    due.into()
}

/// The saver of a run's checkpoints.
fn saver(
    model: &Model,
    place: &Place,
    keep: usize,
    recorded: Recorded,
) -> Result<Saver, TrainError> {
    let shapes = (shapes(&model.generator), shapes(&model.discriminator));
    let saver = Saver::start(place.clone(), keep, shapes, recorded);
    saver.map_err(|e| TrainError::Checkpoint {
        path: place.path().join(CHECKPOINTS),
        reason: e.to_string(),
    })
}

/// The preview of a run, with as many real images as it draws to compare their variety with.
fn fixed_preview(
    model: &Model,
    config: &RunConfig,
    pixels: &ImageSet,
) -> Result<Preview, TrainError> {
    let chosen = chosen(config, pixels.len());
    let mut real = vec![0.0; chosen.len() * IMAGE_PIXELS];
    pixels.batch_into(&chosen, &mut real);
    Ok(Preview::new(
        model,
        config.samples.count,
        config.seed,
        &real,
    )?)
}
