//! Runs of this program: `events.jsonl` in their directory, with all else that lies there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::about::{About, Config, Ending, Format, Origin};
use super::error::LogError;
use super::picture::{Bytes, Picture};
use super::source::{Histogram, Point, Reached, Sink, Source};
use super::tail::{Next, Tail, Unended};
use crate::files;
use crate::history::Moment;
use crate::metric::{DIVERSITY, Good, IMAGES_PER_S, MetricInfo, STEPS_PER_S, common_metrics};
use crate::protocol::{Body, Event, Outcome, Recorded, Samples};
use crate::record::{self, CHECKPOINTS, CONFIG, EVENTS, Lineage, Status};

/// The tag of a run's samples.
const SAMPLES: &str = "samples";
/// What a record begins with.
const BEGINNING: &[u8] = b"{\"schema\":";

/// Whether a directory with these entries is one of a run.
pub(super) fn is_run(dir: &Path, has: &dyn Fn(&str) -> bool) -> bool {
    if has(EVENTS) {
        let mut head = [0; BEGINNING.len()];
        let read = files::open(&dir.join(EVENTS))
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
        return read.is_ok() && head == BEGINNING || has(CONFIG);
    }
    has(CONFIG) && has(CHECKPOINTS) && has(SAMPLES)
}

/// Whether a file begins like a record.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(BEGINNING)
}

/// A run.
#[derive(Debug)]
pub(super) struct Own {
    about: About,
    dir: PathBuf,
    tail: Tail,
    /// Which events count, once there is more than one branch; and the newest branch that it knows.
    lineage: Option<Lineage>,
    branch: Option<u32>,
    /// Metrics of training, whose lines break where another objective begins.
    trained: BTreeSet<String>,
    unreadable: u64,
    is_at_end: bool,
}

impl Own {
    /// The run in a directory.
    pub fn new(dir: &Path, name: &str) -> Self {
        Self {
            about: About::new(name, Format::Own, dir.to_path_buf()),
            dir: dir.to_path_buf(),
            tail: Tail::new(&dir.join(EVENTS)),
            lineage: None,
            branch: None,
            trained: BTreeSet::new(),
            unreadable: 0,
            is_at_end: true,
        }
    }

    fn begin_anew(
        &mut self,
        lineage: Option<(Lineage, u32)>,
        sink: &mut dyn Sink,
    ) -> Result<(), LogError> {
        self.tail = Tail::new(self.tail.path());
        (self.lineage, self.branch) = match lineage {
            Some((lineage, branch)) => (Some(lineage), Some(branch)),
            None => (None, None),
        };
        self.trained.clear();
        self.unreadable = 0;
        sink.restart();
        self.tail.look().map(|_| ())
    }

    /// What is known without reading the record.
    fn survey(&mut self) {
        let Some(facts) = record::facts(&self.dir) else {
            return;
        };
        let about = &mut self.about;
        about.started = facts.started;
        about.ended = facts.ended;
        about.touched = facts.last_sign;
        about.reached = facts.step;
        about.target = facts.target.and_then(|target| target.steps);
        about.is_held = matches!(facts.status, Status::Live { .. });
        about.is_paused = facts.paused;
        about.origin = facts.origin.map(|origin| Origin {
            dir: origin.dir,
            step: origin.step,
        });
        about.ending = match &facts.status {
            Status::Live { .. } | Status::Unknown { .. } | Status::Empty => None,
            Status::Finished { outcome, .. } => match outcome {
                Outcome::Completed => Some(Ending::Finished),
                Outcome::Stopped => Some(Ending::Stopped),
                Outcome::Interrupted => Some(Ending::Interrupted),
                Outcome::Diverged | Outcome::FailedCondition | Outcome::Failed => {
                    Some(Ending::Failed)
                }
                Outcome::Unknown => None,
            },
            Status::Failed { .. } => Some(Ending::Failed),
            Status::Crashed { .. } => Some(Ending::Crashed),
        };
        if about.config.is_empty() {
            about.config = settings(&self.dir);
        }
    }

    fn event(&mut self, event: &Event, sink: &mut dyn Sink) {
        let time = Some(seconds(event.time));
        let point = |step, value| Point { step, time, value };
        if let Some(samples) = event.body.samples()
            && samples.diversity.is_finite()
        {
            sink.point(DIVERSITY, point(event.step, samples.diversity));
        }
        let Body::Recorded(recorded) = &event.body else {
            return;
        };
        match recorded {
            Recorded::Step(window) => {
                for (name, stat) in &window.metrics {
                    if !self.trained.contains(name) {
                        self.trained.insert(name.clone());
                    }
                    sink.window(name, window.from_step, point(event.step, stat.mean), stat);
                }
                for (name, speed) in [
                    (STEPS_PER_S, window.steps_per_second),
                    (IMAGES_PER_S, window.images_per_second),
                ] {
                    sink.point(name, point(event.step, speed));
                }
                sink.moment(Moment {
                    step: event.step,
                    images: event.images as f64,
                    elapsed: event.elapsed,
                });
            }
            Recorded::Started(info) => {
                if let Some(own) = info.own() {
                    self.declare(&common_metrics());
                    self.declare(&own.objective.metrics);
                }
                self.declare(&info.measures);
            }
            Recorded::Evaluated(quality) => {
                for (name, value) in &quality.values {
                    sink.point(name, point(event.step, *value));
                }
            }
            Recorded::Samples { file, samples } => self.samples(file, samples, event, sink),
            Recorded::Applied {
                command, objective, ..
            } => {
                sink.text("intervention", event.step, time, &command.to_string());
                if let Some(objective) = objective {
                    self.declare(&objective.metrics);
                    self.trained.iter().for_each(|name| sink.break_line(name));
                }
            }
            Recorded::Declared(declared) => {
                for (key, value) in &declared.config {
                    self.about.set(key, value.clone());
                }
                // Of a metric that the program itself has not described, nobody knows which way it is better.
                let described = declared.metrics.iter().filter(|metric| {
                    metric.good != Good::Neutral
                        || metric.title != metric.name
                        || !metric.about.is_empty()
                });
                self.declare(described);
            }
            Recorded::Text { name, text } => {
                sink.text(name.as_deref().unwrap_or("text"), event.step, time, text);
            }
            Recorded::Distribution(seen) => {
                let histogram = Histogram {
                    edges: seen.edges.clone(),
                    counts: seen.counts.clone(),
                    mean: seen.mean,
                };
                sink.histogram(&seen.name, event.step, histogram);
            }
            Recorded::Alarm { text, .. } => sink.text("alarm", event.step, time, text),
            Recorded::Note { text } => sink.text("note", event.step, time, text),
            Recorded::Rule(triggered) => sink.text("condition", event.step, time, &triggered.text),
            _ => {}
        }
    }

    /// Which way metrics are better, as an objective or another program declares them.
    fn declare<'a>(&mut self, metrics: impl IntoIterator<Item = &'a MetricInfo>) {
        let goals = metrics
            .into_iter()
            .map(|metric| (metric.name.clone(), metric.good));
        self.about.goals.extend(goals);
    }

    fn samples(&self, file: &str, samples: &Samples, event: &Event, sink: &mut dyn Sink) {
        // A record may name any path; its pictures lie in one folder.
        let Some(name) = Path::new(file).file_name() else {
            return;
        };
        sink.picture(Picture {
            tag: SAMPLES.to_owned(),
            step: event.step,
            index: 0,
            time: Some(seconds(event.time)),
            place: Bytes::whole(self.dir.join(SAMPLES).join(name)),
            grid: Some((samples.count, samples.shape, samples.columns.len())),
        });
    }
}

/// The configuration of a run.
pub(super) fn settings(dir: &Path) -> Config {
    let mut about = About::new("", Format::Own, PathBuf::new());
    if let Ok(text) = files::read(&dir.join(CONFIG))
        && let Ok(config) = toml::from_slice::<serde_json::Value>(&text)
    {
        about.set_json("", &config);
    }
    about.config
}

/// A time in seconds since 1970.
pub(super) fn seconds(time: Timestamp) -> f64 {
    time.as_microsecond() as f64 / 1e6
}

impl Source for Own {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError> {
        if self.is_at_end {
            self.survey();
        }
        match self.tail.look() {
            Ok(false) => {}
            Ok(true) => self.begin_anew(None, sink)?,
            // A start that has no record yet.
            Err(_) if !self.dir.join(EVENTS).exists() && self.dir.is_dir() => {
                return Ok(Reached::End);
            }
            Err(error) => return Err(error),
        }
        let mut left = budget;
        let reached = loop {
            let line = match self.tail.next(&mut left, Unended::Waits)? {
                Next::Line(line) => line,
                Next::TooLong => {
                    self.unreadable += 1;
                    continue;
                }
                Next::Stop(reached) => break reached,
            };
            let event = record::parse_event(&line).ok();
            let Some(event) = event.filter(|e| e.schema() == crate::protocol::SCHEMA) else {
                self.unreadable += 1;
                continue;
            };
            if self.branch.is_some_and(|known| event.branch > known) {
                // The run went back. Which events count now, is found from the end.
                let path = self.tail.path().to_path_buf();
                match Lineage::read(&path) {
                    Ok(lineage) => {
                        let newest = lineage.newest().unwrap_or(event.branch);
                        self.begin_anew(Some((lineage, newest.max(event.branch))), sink)?;
                        continue;
                    }
                    Err(_) => sink.rewind(event.step.saturating_add(1)),
                }
            }
            self.branch = self.branch.max(Some(event.branch));
            if self
                .lineage
                .as_ref()
                .is_none_or(|lineage| lineage.counts(&event))
            {
                self.event(&event, sink);
            }
        };
        self.tail.close();
        self.is_at_end = reached == Reached::End;
        self.about.notes = match self.unreadable {
            0 => Vec::new(),
            1 => vec!["1 line of the record cannot be read".to_owned()],
            n => vec![format!("{n} lines of the record cannot be read")],
        };
        Ok(reached)
    }
}
