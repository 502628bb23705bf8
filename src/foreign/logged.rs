//! The log of another tool as a viewer of a run sees it: what it says as events, its series as a history, and what is added
//! while it grows. So its dashboard is the one that every run has; what the log does not have is absent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::declare::undeclared;
use crate::history::History;
use crate::logs::{self, About, Ending, Found, Histogram, LogError, Picture, Run, State};
use crate::metric::{HealthLimits, MetricInfo};
use crate::protocol::State as RunState;
use crate::protocol::{
    Body, Declaration, Distribution, Event, Live, Metrics, Outcome, Position, ProgramInfo,
    Recorded, RunInfo, Samples, StepWindow, Summary, Target, Trainer,
};
use crate::session::{CatchUp, Hub, Viewer};

/// Time between two looks at a log.
const PACE: Duration = Duration::from_secs(1);
/// Looks at a log that is not live, of which one is a look for more.
const PATIENCE: u32 = 5;
/// Pictures of the past that are shown.
const PICTURES: usize = 40;
/// Texts of the past that are shown.
const TEXTS: usize = 200;

/// A viewer of the run that `found` is the log of. While it is open, the log is followed.
///
/// # Errors
/// When the log cannot be read.
pub fn viewer(found: &Found) -> Result<Viewer, LogError> {
    let mut run = Run::open(found);
    run.read_all()?;
    let hub = Hub::new();
    let events = hub.subscribe();
    let mut told = Told::default();
    let past = told.past(&run);
    let before = CatchUp {
        events: past.into_iter().map(Arc::new).collect(),
        history: Some(run.history().clone()),
    };
    // A log says how its run ended, or may go on.
    if run.about().ending.is_none() {
        let followed = hub.clone();
        // Without a thread it is shown as it is.
        let _ = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || follow(run, told, &followed));
    } else {
        hub.close();
    }
    Ok(Viewer::without_commands(before, events))
}

/// Tells what is added, until the viewer is gone.
fn follow(mut run: Run, mut told: Told, hub: &Hub) {
    let mut looks: u32 = 0;
    while hub.has_subscribers() {
        thread::sleep(PACE);
        looks = looks.wrapping_add(1);
        let is_live = state(run.about(), told.grew, &run) == State::Live;
        if !is_live && !looks.is_multiple_of(PATIENCE) {
            continue;
        }
        if run.read_all().is_ok() {
            for event in told.news(&run) {
                hub.publish(event);
            }
        }
    }
}

fn state(about: &About, grew: Option<Timestamp>, run: &Run) -> State {
    let about = About {
        rate: run.rate(),
        grew,
        ..about.clone()
    };
    about.state(Timestamp::now())
}

/// What was told.
#[derive(Debug, Default)]
struct Told {
    /// The last step of each metric.
    steps: BTreeMap<String, u64>,
    /// The newest picture, the newest histogram of each tag, and how many texts.
    picture: Option<(u64, usize)>,
    histograms: BTreeMap<String, u64>,
    texts: usize,
    declared: Declaration,
    state: Option<State>,
    grew: Option<Timestamp>,
    /// Rises where the log takes steps back.
    branch: u32,
    last: u64,
    /// Seconds from its first point to its newest one.
    span: f64,
}

impl Told {
    /// Everything so far, without the series.
    fn past(&mut self, run: &Run) -> Vec<Event> {
        let about = run.about();
        self.span = span(run);
        let time = about.started.or(about.touched);
        let mut events = vec![self.event(0, time, started(about))];
        self.seen(run.history());
        self.last = run.history().last_step();
        events.extend(self.declare(run));
        let newest = newest(run.history());
        if !newest.is_empty() {
            let window = Recorded::Step(window(self.last, newest));
            events.push(self.event(self.last, about.touched, window));
        }
        events.extend(self.others(run, true));
        events.extend(self.settle(run));
        events
    }

    /// What was added since.
    fn news(&mut self, run: &Run) -> Vec<Event> {
        let history = run.history();
        self.span = span(run);
        let mut events = Vec::new();
        if history.last_step() < self.last {
            // The run went back.
            self.branch += 1;
            self.last = history.last_step();
            self.steps.clear();
            let note = Recorded::Note {
                text: format!("the log goes on from step {}", self.last),
            };
            events.push(self.event(self.last, None, note));
            self.seen(history);
        }
        events.extend(self.declare(run));
        let mut added: BTreeMap<u64, (u64, Metrics)> = BTreeMap::new();
        for name in history.metrics() {
            let Some(series) = history.series(name) else {
                continue;
            };
            let known = self.steps.get(name).copied();
            let new = series.buckets().iter().rev();
            let new = new.take_while(|bucket| known.is_none_or(|known| bucket.to > known));
            for bucket in new {
                let from = known.map_or(bucket.from, |known| bucket.from.max(known + 1));
                let (first, metrics) = added.entry(bucket.to).or_insert((from, Metrics::new()));
                *first = from.min(*first);
                metrics.insert(name.to_owned(), bucket.stat);
            }
        }
        if !added.is_empty() {
            self.grew = Some(Timestamp::now());
        }
        for (step, (from, metrics)) in added {
            self.last = self.last.max(step);
            let window = window(from.min(step), metrics);
            events.push(self.event(step, None, Recorded::Step(window)));
        }
        self.seen(history);
        events.extend(self.others(run, false));
        events.extend(self.settle(run));
        events
    }

    fn seen(&mut self, history: &History) {
        for name in history.metrics() {
            if let Some(last) = history.series(name).and_then(|series| series.last()) {
                self.steps.insert(name.to_owned(), last.to);
            }
        }
    }

    /// Metrics and settings, if there are others than before.
    fn declare(&mut self, run: &Run) -> Option<Event> {
        let about = run.about();
        let declared = Declaration {
            title: Some(format!("{} log", about.format)),
            config: about.config.clone(),
            metrics: run
                .history()
                .metrics()
                .map(|name| info(name, about))
                .collect(),
            target: Target {
                steps: about.target,
                ..Target::default()
            },
            ..Declaration::default()
        };
        if declared == self.declared {
            return None;
        }
        self.declared = declared.clone();
        Some(self.event(
            self.last,
            about.started,
            Recorded::Declared(Box::new(declared)),
        ))
    }

    /// Pictures, histograms and texts.
    fn others(&mut self, run: &Run, is_past: bool) -> Vec<Event> {
        let mut events = Vec::new();
        let pictures = of_samples(run);
        let new: Vec<&[Picture]> = pictures
            .chunk_by(|a, b| a.step == b.step)
            .filter(|of_step| {
                let last = of_step.last().map(|picture| (picture.step, picture.index));
                last > self.picture
            })
            .collect();
        let every = new.len().div_ceil(PICTURES).max(1);
        let chosen = new.iter().rev().step_by(every).take(PICTURES).rev();
        for of_step in chosen {
            if let Some(samples) = load(of_step)
                && let Some(last) = of_step.last()
            {
                self.picture = Some((last.step, last.index));
                let time = last
                    .time
                    .and_then(|t| Timestamp::from_second(t as i64).ok());
                let samples = Live::Samples(samples);
                events.push(self.event(last.step, time, samples));
            }
        }
        let mut histograms: Vec<(&String, u64, &Histogram)> = Vec::new();
        for (tag, row) in run.histograms() {
            if let Some((step, histogram)) = row.last()
                && self.histograms.get(tag) != Some(step)
            {
                histograms.push((tag, *step, histogram));
            }
        }
        for (tag, step, histogram) in histograms {
            self.histograms.insert(tag.clone(), step);
            let seen = Recorded::Distribution(Distribution {
                name: tag.clone(),
                edges: histogram.edges.clone(),
                counts: histogram.counts.clone(),
                mean: histogram.mean,
                odd: 0,
            });
            events.push(self.event(step, None, seen));
        }
        let texts = run.texts();
        let from = self.texts.min(texts.len());
        let from = if is_past {
            from.max(texts.len().saturating_sub(TEXTS))
        } else {
            from
        };
        for said in texts.get(from..).unwrap_or_default() {
            let text = Recorded::Text {
                name: Some(said.tag.clone()),
                text: said.text.clone(),
            };
            events.push(self.event(said.step, said.time, text));
        }
        self.texts = texts.len();
        events.sort_by_key(|event| event.step);
        events
    }

    /// How the run stands, if that has changed.
    fn settle(&mut self, run: &Run) -> Option<Event> {
        let about = run.about();
        let state = state(about, self.grew, run);
        if self.state == Some(state) {
            return None;
        }
        self.state = Some(state);
        let time = about.ended.or(about.touched);
        let failed = |error: &str| Recorded::Failed {
            error: error.to_owned(),
        };
        let body: Body = match (about.ending, state) {
            (Some(Ending::Finished), _) => {
                let reason = "its log says that it has ended";
                Recorded::Finished(Box::new(summary(run, Outcome::Completed, reason))).into()
            }
            (Some(Ending::Failed), _) => failed("its log says that it failed").into(),
            (Some(Ending::Crashed), _) | (None, State::Crashed) => {
                failed("its log breaks off").into()
            }
            (None, State::Live) => Live::State {
                state: RunState::Running,
                detail: String::new(),
                metrics: Metrics::new(),
            }
            .into(),
            _ => {
                let reason = "the log has gone silent; whether the run has ended is unknown";
                Recorded::Finished(Box::new(summary(run, Outcome::Unknown, reason))).into()
            }
        };
        Some(self.event(self.last, time, body))
    }

    fn event(&self, step: u64, time: Option<Timestamp>, body: impl Into<Body>) -> Event {
        let at = Position {
            branch: self.branch,
            step,
            elapsed: self.span,
            ..Position::default()
        };
        let event = Event::new(at, body);
        match time {
            Some(time) => event.timed(time),
            None => event,
        }
    }
}

/// Seconds from the first point of a log to its newest one; 0 where it says no times.
fn span(run: &Run) -> f64 {
    run.history().clock().newest().elapsed
}

fn started(about: &About) -> Recorded {
    Recorded::Started(Box::new(RunInfo {
        name: about.name.clone(),
        dir: about.path.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        trainer: Trainer::Program {
            program: Box::new(ProgramInfo {
                command: vec![format!("a log of {}", about.format)],
                folder: about.path.clone(),
                pid: 0,
                terminal: false,
            }),
        },
        health: HealthLimits::default(),
        measures: Vec::new(),
        settings: BTreeMap::new(),
        target: Target {
            steps: about.target,
            ..Target::default()
        },
        resumed: None,
        origin: None,
    }))
}

fn info(name: &str, about: &About) -> MetricInfo {
    let mut info = undeclared(name);
    if let Some(good) = about.goals.get(name) {
        info.good = *good;
    }
    info
}

/// The newest value of each metric.
fn newest(history: &History) -> Metrics {
    let newest = history.metrics().filter_map(|name| {
        let last = history.series(name)?.last()?;
        Some((name.to_owned(), last.stat))
    });
    newest.collect()
}

fn window(from: u64, metrics: Metrics) -> StepWindow {
    StepWindow {
        from_step: from,
        epoch: 0,
        batch: 0,
        metrics,
        steps_per_second: f64::NAN,
        images_per_second: f64::NAN,
    }
}

fn summary(run: &Run, outcome: Outcome, reason: &str) -> Summary {
    let about = run.about();
    let seconds = about.started.zip(about.ended);
    let seconds = seconds.map(|(from, to)| to.duration_since(from).as_secs_f64());
    let seconds = seconds.or(Some(span(run)).filter(|span| *span > 0.0));
    Summary {
        outcome,
        reason: reason.to_owned(),
        signal: None,
        step: run.history().last_step(),
        images: 0,
        epochs: f64::NAN,
        seconds: seconds.unwrap_or(f64::NAN),
        steps_per_second: f64::NAN,
        objective: String::new(),
        interventions: 0,
        metrics: newest(run.history()),
        quality: None,
        conditions: Vec::new(),
        checkpoint: None,
        exit_code: None,
    }
}

/// The pictures of the run's samples.
fn of_samples(run: &Run) -> &[Picture] {
    let tags = run.pictures();
    let row = logs::samples_tag(tags.keys()).and_then(|tag| tags.get(tag));
    row.map_or(&[], Vec::as_slice)
}

/// The images of a step.
fn load(pictures: &[Picture]) -> Option<Samples> {
    let images = logs::load_step(pictures.iter().take(logs::TOGETHER)).ok()?;
    Some(Samples {
        count: images.count(),
        shape: images.shape(),
        images: Arc::new(images),
        diversity: f64::NAN,
        ..Samples::default()
    })
}

#[cfg(test)]
mod tests;
