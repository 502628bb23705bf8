//! The writer of a run's record: every event in, files out.
//!
//! Whoever owns the recorder feeds it from a subscriber and calls [`Recorder::tick`] at least once a second. A disk that
//! refuses is never an error of the run: what cannot be written waits, within bounds, and is tried again. Each such
//! episode gives one warning when it begins and one when it is over; the owner publishes them.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::event_log::{EventLog, QUEUE};
use super::samples::{Picture, Pictures};
use super::{RecordError, RunDir, RunSummary, write_atomic};
use crate::protocol::{Body, Event, Samples, Summary};

/// How long events may wait for company before they are written.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes `events.jsonl`, the sample pictures and `summary.json` of one run.
#[derive(Debug)]
pub struct Recorder {
    dir: PathBuf,
    events: PathBuf,
    summary: PathBuf,
    log: EventLog<File>,
    pictures: Pictures,
    /// The newest samples, if they are not kept as a file anyway: the last of all will be.
    newest: Option<Picture>,
    run: About,
    /// The summary, until it is on disk.
    ending: Option<RunSummary>,
    written: Instant,
    /// Whether the disk refused at the last attempt; that has been reported.
    refused: bool,
    /// Numbers of the newest event taken and of the newest on disk.
    taken: u64,
    on_disk: u64,
}

/// What `started` says of the run that its summary repeats.
#[derive(Debug)]
struct About {
    name: String,
    dataset: Option<String>,
    started: Option<Timestamp>,
}

impl Recorder {
    /// A recorder of the run that holds `dir`.
    ///
    /// # Errors
    /// [`RecordError::Io`] when `events.jsonl` cannot be opened.
    pub fn new(dir: &RunDir) -> Result<Self, RecordError> {
        let path = dir.path();
        let events = dir.events();
        let file = OpenOptions::new().create(true).append(true).open(&events);
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            dir: path.to_path_buf(),
            log: EventLog::new(file.map_err(RecordError::io("open", &events))?),
            events,
            summary: dir.summary(),
            pictures: Pictures::default(),
            newest: None,
            run: About {
                name,
                dataset: None,
                started: None,
            },
            ending: None,
            written: Instant::now(),
            refused: false,
            taken: 0,
            on_disk: 0,
        })
    }

    /// Takes an event, and writes what is due. Gives a warning to publish when the disk begins to refuse or takes things
    /// again.
    pub fn handle(&mut self, event: &Event) -> Option<String> {
        match &event.body {
            Body::Started(info) => {
                self.run.name.clone_from(&info.name);
                self.run.dataset = Some(info.dataset.name.clone());
                self.run.started = Some(event.time);
            }
            Body::Samples(samples) => self.keep(samples, event.step),
            Body::Finished(summary) => self.end(summary, event.time),
            _ => {}
        }
        if !event.body.is_recorded() {
            return self.tick();
        }
        self.taken = self.taken.max(event.seq.unwrap_or(0));
        self.log.push(without_pixels(event));
        // Step windows are many and wait for each other; anything else is rare, and worth having after a crash.
        if matches!(event.body, Body::Step(_)) {
            self.tick()
        } else {
            self.write()
        }
    }

    /// Number of the newest event that is in the file.
    #[must_use]
    pub fn on_disk(&self) -> u64 {
        self.on_disk
    }

    /// Whether the disk refused at the last attempt.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Writes what has waited for a second. Gives a warning as `handle` does.
    pub fn tick(&mut self) -> Option<String> {
        if self.written.elapsed() < PATIENCE {
            None
        } else {
            self.write()
        }
    }

    /// Writes all that is left, and the last samples if they were not kept, and syncs. Gives a last warning if it is
    /// only now that the disk takes what waited.
    ///
    /// # Errors
    /// [`RecordError::Incomplete`] when the disk refuses.
    pub fn finish(mut self) -> Result<Option<String>, RecordError> {
        if let Some(picture) = self.newest.take() {
            self.pictures.push(picture);
        }
        let done = self.try_write().and_then(|()| {
            self.log
                .sink()
                .sync_data()
                .map_err(RecordError::io("sync", &self.events))
        });
        match done {
            Ok(()) => Ok(self.refused.then(|| self.account())),
            Err(source) => {
                let missing = Self::list(&[
                    (self.log.waiting() as u64, "event", "events"),
                    (self.pictures.waiting() as u64, "picture", "pictures"),
                    (u64::from(self.ending.is_some()), "summary", "summaries"),
                ]);
                let missing = if missing.is_empty() {
                    "the end".to_owned()
                } else {
                    missing
                };
                Err(RecordError::Incomplete {
                    path: self.dir,
                    missing,
                    source: Box::new(source),
                })
            }
        }
    }

    fn keep(&mut self, samples: &Samples, step: u64) {
        if samples.images.count() == 0 {
            return;
        }
        let images = Arc::clone(&samples.images);
        if let Some(file) = &samples.file {
            self.newest = None;
            self.pictures.push(Picture {
                file: file.clone(),
                images,
            });
        } else {
            self.newest = Some(Picture {
                file: format!("samples/step-{step:08}.png"),
                images,
            });
        }
    }

    fn end(&mut self, summary: &Summary, ended: Timestamp) {
        self.ending = Some(RunSummary {
            name: self.run.name.clone(),
            dataset: self.run.dataset.clone(),
            started: self.run.started,
            ended,
            summary: summary.clone(),
        });
    }

    /// Writes all that waits and says what changed.
    fn write(&mut self) -> Option<String> {
        self.written = Instant::now();
        let result = self.try_write();
        let was_refused = std::mem::replace(&mut self.refused, result.is_err());
        match result {
            Err(error) if !was_refused => Some(format!(
                "{error}; training goes on, and what cannot be written waits in memory (up to {QUEUE} events, then \
                 neighbouring steps are merged) until the disk takes it"
            )),
            Ok(()) if was_refused => Some(self.account()),
            _ => None,
        }
    }

    /// Tries everything, whatever fails first, and gives the first error.
    fn try_write(&mut self) -> Result<(), RecordError> {
        let pictures = self.pictures.flush(&self.dir);
        let events = self
            .log
            .flush()
            .map_err(RecordError::io("write", &self.events));
        if events.is_ok() {
            self.on_disk = self.taken;
        }
        let summary = self.write_summary();
        pictures.and(events).and(summary)
    }

    fn write_summary(&mut self) -> Result<(), RecordError> {
        let Some(ending) = &self.ending else {
            return Ok(());
        };
        let mut json = serde_json::to_vec_pretty(ending)
            .map_err(|error| RecordError::io("write", &self.summary)(io::Error::from(error)))?;
        json.push(b'\n');
        write_atomic(&self.summary, &json)?;
        self.ending = None;
        Ok(())
    }

    /// What an episode cost, now that it is over.
    fn account(&mut self) -> String {
        let losses = self.log.take_losses();
        let cost = Self::list(&[
            (
                losses.merged,
                "step event merged into another",
                "step events merged into others",
            ),
            (losses.lost, "event lost", "events lost"),
            (self.pictures.take_lost(), "picture lost", "pictures lost"),
        ]);
        let cost = if cost.is_empty() {
            "nothing was lost"
        } else {
            &cost
        };
        format!(
            "recovered: the record in {} is written again; {cost}",
            self.dir.display()
        )
    }

    /// "2 events lost, 1 picture lost", without what is zero.
    fn list(counts: &[(u64, &str, &str)]) -> String {
        let parts = counts.iter().filter(|(count, ..)| *count > 0);
        let parts = parts
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// The event as its line says it: images are in the file it names, and need not wait twice.
fn without_pixels(event: &Event) -> Event {
    let mut event = event.clone();
    if let Body::Samples(samples) = &mut event.body {
        samples.images = Arc::default();
    }
    event
}
