//! A run of this program as event files of TensorBoard, while it trains.
//!
//! The first file begins where the run does. A run that resumes, rewinds or is rolled back goes on in a new file, which
//! begins by taking back the steps that are void; readers take files in the order of their names.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::about::Config;
use super::own::{seconds, settings};
use super::tensorboard::{Encoded, Events, files_in};
use crate::metric::{IMAGES_PER_S, STEPS_PER_S};
use crate::picture::{Layout, compose, encode_png};
use crate::protocol::{Body, Event, Outcome, Recorded, Samples};

/// Digits of the number of a file.
const DIGITS: usize = 5;

/// Writes the events of a run into files in its directory.
#[derive(Debug, Default)]
pub struct Mirror {
    file: Option<Events<BufWriter<File>>>,
    branch: u32,
    /// Whether the settings of another program are written.
    has_settings: bool,
}

impl Mirror {
    /// Writes what an event says into the newest file in `dir`, the run's directory. Nothing is sure to be on disk before
    /// [`Mirror::flush`].
    ///
    /// # Errors
    /// When the system refuses. What was written before is valid.
    pub fn take(&mut self, event: &Event, dir: &Path) -> io::Result<()> {
        let Body::Recorded(recorded) = &event.body else {
            return Ok(());
        };
        let (step, time) = (event.step, seconds(event.time));
        let is_start = matches!(recorded, Recorded::Started(_));
        if is_start || self.file.is_some() && event.branch > self.branch {
            self.begin(event, dir)?;
        }
        // What a slow evaluation says of steps that were taken back is void.
        let Some(file) = self.file.as_mut().filter(|_| event.branch == self.branch) else {
            return Ok(());
        };
        match recorded {
            Recorded::Started(info) => {
                let metrics = info.measures.iter().map(|m| m.name.as_str());
                let Some(own) = info.own() else {
                    // Another program declares its settings later.
                    return Ok(());
                };
                let losses = own.objective.metrics.iter();
                let losses = losses.filter(|m| m.is_on_main_chart());
                let names: Vec<&str> = metrics.chain(losses.map(|m| m.name.as_str())).collect();
                let config: Config = settings(dir);
                let config = config.iter().map(|(key, value)| (key.as_str(), value));
                file.settings(time, config, &names)
            }
            Recorded::Declared(declared) if !self.has_settings && !declared.config.is_empty() => {
                self.has_settings = true;
                let config = declared.config.iter();
                let config = config.map(|(key, value)| (key.as_str(), value));
                let losses = declared.metrics.iter().filter(|m| m.is_on_main_chart());
                let names: Vec<&str> = losses.map(|m| m.name.as_str()).collect();
                file.settings(time, config, &names)
            }
            Recorded::Text { name, text } => {
                file.text(name.as_deref().unwrap_or("texts"), step, time, text)
            }
            Recorded::Step(window) => {
                let metrics = window
                    .metrics
                    .iter()
                    .map(|(name, s)| (name.as_str(), s.mean));
                let speeds = [
                    (STEPS_PER_S, window.steps_per_second),
                    (IMAGES_PER_S, window.images_per_second),
                ];
                file.scalars(step, time, metrics.chain(speeds))
            }
            Recorded::Evaluated(quality) => {
                let values = quality.values.iter();
                file.scalars(
                    step,
                    time,
                    values.map(|(name, value)| (name.as_str(), *value)),
                )
            }
            Recorded::Samples { samples, .. } => {
                if samples.diversity.is_finite() {
                    let name = crate::metric::DIVERSITY;
                    file.scalars(step, time, [(name, samples.diversity)])?;
                }
                picture(file, samples, step, time)
            }
            Recorded::Applied {
                command, changes, ..
            } => {
                let mut text = format!("`{command}`");
                for change in changes {
                    let (key, from, to) = (&change.key, &change.from, &change.to);
                    let _ = write!(text, "\n- `{key}`: {from} → {to}");
                }
                file.text("interventions", step, time, &text)
            }
            Recorded::Alarm { text, .. } => file.text("alarms", step, time, text),
            Recorded::Rule(triggered) => file.text("conditions", step, time, &triggered.text),
            Recorded::Note { text } => file.text("notes", step, time, text),
            Recorded::Finished(summary) => {
                let is_failure = matches!(
                    summary.outcome,
                    Outcome::Diverged | Outcome::FailedCondition | Outcome::Failed
                );
                file.end(time, is_failure)
            }
            Recorded::Failed { .. } => file.end(time, true),
            _ => Ok(()),
        }
    }

    /// Begins a file, with the step from which on earlier ones are void.
    fn begin(&mut self, event: &Event, dir: &Path) -> io::Result<()> {
        self.flush()?;
        let (path, is_first) = next(dir, event.time.as_second());
        let out = BufWriter::new(File::options().write(true).create_new(true).open(path)?);
        let time = seconds(event.time);
        let mut file = Events::begin(out, time)?;
        if !is_first {
            file.start(event.step.saturating_add(1), time)?;
        }
        self.branch = event.branch;
        self.file = Some(file);
        Ok(())
    }

    /// Gives everything to the system.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Events::flush)
    }
}

/// The path of the next file, and whether it is the first. It comes after the others in the order of names, whatever the clock says.
fn next(dir: &Path, now: i64) -> (PathBuf, bool) {
    let files = files_in(dir);
    let number = files.len();
    let newest = files.last().and_then(|path| {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("events.out.tfevents.")?
            .split('.')
            .next()?
            .parse::<i64>()
            .ok()
    });
    let time = now.max(newest.unwrap_or(0)).max(0);
    let mut number = number;
    loop {
        let path = dir.join(format!(
            "events.out.tfevents.{time:010}.genai-tui.{number:0DIGITS$}"
        ));
        if fs::symlink_metadata(&path).is_err() {
            return (path, files.is_empty());
        }
        number += 1;
    }
}

/// The samples as one picture.
fn picture(
    file: &mut Events<BufWriter<File>>,
    samples: &Samples,
    step: u64,
    time: f64,
) -> io::Result<()> {
    if samples.images.count() == 0 {
        return Ok(());
    }
    let layout = Layout {
        columns: Some(samples.columns.len()).filter(|columns| *columns > 0),
        ..Layout::default()
    };
    let canvas = compose(&samples.images, &layout);
    let png = encode_png(&canvas, &[]).map_err(io::Error::other)?;
    let picture = Encoded {
        png: &png,
        width: canvas.width(),
        height: canvas.height(),
        channels: samples.images.shape().channels(),
    };
    file.image("samples", step, time, &picture)
}
