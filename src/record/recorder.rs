//! The writer of a run's record: every event in, files out.
//!
//! The owner of the recorder feeds it from a subscriber and calls [`Recorder::tick`] at least once a second. A disk that
//! refuses is never an error of the run: what cannot be written waits, within bounds, and is tried again. Each such
//! episode gives one warning when it begins and one when it is over; the owner publishes them.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use super::card::card;
use super::event_log::{EventLog, QUEUE};
use super::lock::Pulse;
use super::run_dir::{CARD, EVENTS, SUMMARY};
use super::samples::{Picture, Pictures};
use super::{RecordError, RunDir, RunEnergy, RunSummary, write_atomic};
use crate::awake;
use crate::files;
use crate::protocol::{Body, Energy, Event, Live, Recorded, Samples, Summary, Trouble, Warning};

/// How long events may wait for company before they are written.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often others are shown that the run is alive.
const BEAT: Duration = Duration::from_secs(10);

/// Writes `events.jsonl`, the sample pictures and `summary.json` of one run.
#[derive(Debug)]
pub struct Recorder {
    log: EventLog<Events>,
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
    pulse: Pulse,
    /// The last sign of life. By the clock on the wall: the other one stands still while a laptop sleeps.
    beaten: SystemTime,
    /// Time in which this process did not run, by then.
    missed: Duration,
    /// Whether the run is another process's by now.
    taken_over: bool,
}

/// What `started` says of the run that its summary repeats.
#[derive(Debug)]
struct About {
    name: String,
    dataset: Option<String>,
    started: Option<Timestamp>,
    energy: Option<Energy>,
}

impl Recorder {
    /// A recorder of the run that holds `dir`.
    #[must_use]
    pub fn new(dir: &RunDir) -> Self {
        let path = dir.path();
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        Self {
            log: EventLog::new(Events::default()),
            pictures: Pictures::default(),
            newest: None,
            run: About {
                name,
                dataset: None,
                started: None,
                energy: None,
            },
            ending: None,
            written: Instant::now(),
            refused: false,
            taken: 0,
            on_disk: 0,
            pulse: dir.pulse().clone(),
            beaten: SystemTime::now(),
            missed: awake::missed(),
            taken_over: false,
        }
    }

    /// Takes an event, and writes what is due. Returns a warning to publish: when the disk begins to refuse or takes things
    /// again, when the run's directory was moved, and when the run belongs to another process by now.
    pub fn handle(&mut self, event: &Event) -> Option<Warning> {
        self.take(event).or_else(|| self.moved())
    }

    fn take(&mut self, event: &Event) -> Option<Warning> {
        let recorded = match &event.body {
            Body::Live(live) => {
                let warning = self.beat();
                if self.taken_over {
                    return warning;
                }
                match live {
                    Live::Samples(samples) => self.keep_newest(samples, event.step),
                    Live::System(seen) => self.run.energy = Some(seen.energy.clone()),
                    _ => {}
                }
                return self.write_in_time();
            }
            Body::Recorded(recorded) => recorded,
        };
        // An ending is what the other process must not find in its record.
        let warning = match recorded {
            Recorded::Finished(_) | Recorded::Failed { .. } => self.beat_now(),
            _ => self.beat(),
        };
        if self.taken_over {
            return warning;
        }
        match recorded {
            Recorded::Started(info) => {
                self.run.name.clone_from(&info.name);
                let own = info.own();
                self.pictures.of(&info.name, own.map(|own| own.seed));
                self.run.dataset = own.map(|own| own.dataset.name.clone());
                self.run.started = Some(event.time);
            }
            Recorded::Samples { file, samples } => {
                self.keep(file, samples, event.step, true);
            }
            Recorded::Pictures { file, samples, .. } => {
                self.keep(file, samples, event.step, false);
            }
            Recorded::System(seen) => self.run.energy = Some(seen.energy.clone()),
            Recorded::Finished(summary) => self.end(summary, event.time),
            _ => {}
        }
        self.taken = self.taken.max(event.seq.unwrap_or(0));
        self.log.push(without_pixels(event));
        // Step windows are many and wait for each other; anything else is rare, and worth having after a crash.
        if matches!(recorded, Recorded::Step(_)) {
            self.write_in_time()
        } else {
            self.write()
        }
    }

    /// Number of the newest event that is in the file.
    #[must_use]
    pub fn on_disk(&self) -> u64 {
        self.on_disk
    }

    /// Returns whether the disk refused at the last attempt.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Returns whether another process has taken the run over, because this one gave no sign of life for long. Nothing
    /// is written any more, and nothing else may be: no checkpoint either. The run must end.
    #[must_use]
    pub fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// Gives a sign of life when one is due. Returns a warning when the run turns out to be another process's.
    fn beat(&mut self) -> Option<Warning> {
        let missed = std::mem::replace(&mut self.missed, awake::missed());
        // A suspended process may have been taken for dead.
        let ran = self.missed == missed;
        if ran && self.beaten.elapsed().is_ok_and(|since| since < BEAT) {
            return None;
        }
        self.beat_now()
    }

    fn beat_now(&mut self) -> Option<Warning> {
        if self.taken_over {
            return None;
        }
        self.beaten = SystemTime::now();
        match self.pulse.beat() {
            Err(error @ RecordError::TakenOver { .. }) => {
                self.taken_over = true;
                Some(Warning::open(Trouble::Record, error.to_string()))
            }
            // A disk that refuses is reported when it refuses to be written.
            _ => None,
        }
    }

    /// Gives a sign of life and writes what has waited for a second. Returns a warning as `handle` does.
    pub fn tick(&mut self) -> Option<Warning> {
        self.write_in_time().or_else(|| self.moved())
    }

    /// That the run's directory was moved, if it was and that has not been said.
    fn moved(&self) -> Option<Warning> {
        let place = self.pulse.place();
        let from = place.take_move()?;
        Some(Warning::moved(&from, &place.path()))
    }

    fn write_in_time(&mut self) -> Option<Warning> {
        let warning = self.beat();
        if self.taken_over {
            return warning;
        }
        if self.written.elapsed() < PATIENCE {
            None
        } else {
            self.write()
        }
    }

    /// Writes all that is left, and the last samples if they were not kept, and syncs. Returns a last warning if the
    /// disk has taken what waited only now.
    ///
    /// # Errors
    /// [`RecordError::Incomplete`] when the disk refuses; [`RecordError::TakenOver`] when the run is another process's by
    /// now, and then nothing was written.
    pub fn finish(mut self) -> Result<Option<Warning>, RecordError> {
        if let Err(error @ RecordError::TakenOver { .. }) = self.pulse.beat() {
            return Err(error);
        }
        if let Some(picture) = self.newest.take() {
            self.pictures.push(picture);
        }
        let done = self.try_write().and_then(|()| {
            self.log
                .sink()
                .sync()
                .map_err(RecordError::io("sync", &self.dir().join(EVENTS)))
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
                    path: self.dir(),
                    missing,
                    source: Box::new(source),
                })
            }
        }
    }

    /// Where the run lies now.
    fn dir(&self) -> PathBuf {
        self.pulse.place().path()
    }

    /// Keeps the picture of samples that name a file.
    fn keep(&mut self, file: &str, samples: &Samples, step: u64, are_samples: bool) {
        if samples.images.count() == 0 {
            return;
        }
        if are_samples {
            self.newest = None;
        }
        self.pictures.push(Picture {
            file: file.to_owned(),
            images: Arc::clone(&samples.images),
            columns: samples.columns.len(),
            step,
            are_samples,
        });
    }

    /// Remembers the newest samples: the last of all are kept.
    fn keep_newest(&mut self, samples: &Samples, step: u64) {
        if samples.images.count() == 0 {
            return;
        }
        self.newest = Some(Picture {
            file: format!("samples/step-{step:08}.png"),
            images: Arc::clone(&samples.images),
            columns: samples.columns.len(),
            step,
            are_samples: true,
        });
    }

    fn end(&mut self, summary: &Summary, ended: Timestamp) {
        self.ending = Some(RunSummary {
            name: self.run.name.clone(),
            dataset: self.run.dataset.clone(),
            started: self.run.started,
            ended,
            energy: self.run.energy.clone().map(|total| RunEnergy {
                watt_hours_per_1000_images: total.watt_hours_per_1000(summary.images),
                total,
            }),
            summary: summary.clone(),
        });
    }

    /// Writes everything that waits, and returns a warning if that changed anything.
    fn write(&mut self) -> Option<Warning> {
        self.written = Instant::now();
        let result = self.try_write();
        let was_refused = std::mem::replace(&mut self.refused, result.is_err());
        match result {
            Err(error) if !was_refused => {
                let text = format!(
                    "{error}; training continues, and what cannot be written waits in memory (up to {QUEUE} events, then \
                     neighbouring steps are merged) until the disk takes it"
                );
                Some(Warning::open(Trouble::Record, text))
            }
            Ok(()) if was_refused => Some(self.account()),
            _ => None,
        }
    }

    /// Tries everything, whatever fails first, and gives the first error.
    fn try_write(&mut self) -> Result<(), RecordError> {
        // Nothing goes into what lies in the place of the run's directory: it waits.
        self.pulse.in_place()?;
        let dir = self.dir();
        let pictures = self.pictures.flush(&dir);
        let events = self.write_events(&dir.join(EVENTS));
        if events.is_ok() {
            self.on_disk = self.taken;
        }
        let summary = self.write_summary();
        let written = pictures.and(events).and(summary);
        // A directory that went meanwhile says more than a file that cannot be created.
        written.or_else(|error| self.pulse.in_place().and(Err(error)))
    }

    fn write_events(&mut self, path: &Path) -> Result<(), RecordError> {
        let open = |error| RecordError::io("open", path)(error);
        self.log.sink_mut().open(path).map_err(open)?;
        let mut written = self.log.flush();
        // The file server was restarted: the open handle is stale, and the file is still there.
        if let Err(error) = &written
            && error.kind() == ErrorKind::StaleNetworkFileHandle
        {
            *self.log.sink_mut() = Events::default();
            self.log.sink_mut().open(path).map_err(open)?;
            written = self.log.flush();
        }
        written.map_err(RecordError::io("write", path))
    }

    fn write_summary(&mut self) -> Result<(), RecordError> {
        let Some(ending) = &self.ending else {
            return Ok(());
        };
        let dir = self.dir();
        let summary = dir.join(SUMMARY);
        let mut json = serde_json::to_vec_pretty(ending)
            .map_err(|error| RecordError::io("write", &summary)(io::Error::from(error)))?;
        json.push(b'\n');
        write_atomic(&summary, &json)?;
        // Of what is on disk by now. A record that cannot be read has no card, and says so itself. What another program
        // has trained is its own to describe.
        if ending.summary.exit_code.is_none()
            && let Ok(card) = card(&dir, ending)
        {
            write_atomic(&dir.join(CARD), card.as_bytes())?;
        }
        self.ending = None;
        Ok(())
    }

    /// What an episode cost, now that it is over.
    fn account(&mut self) -> Warning {
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
        let text = format!(
            "recovered: the record in {} is written again; {cost}",
            self.dir().display()
        );
        Warning::resolved(Trouble::Record, text)
    }

    /// "2 events lost, 1 picture lost", without what is zero.
    fn list(counts: &[(u64, &str, &str)]) -> String {
        let parts = counts.iter().filter(|(count, ..)| *count > 0);
        let parts = parts
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// The file of events. It is opened by the first write, and tried again: a disk that is full when a run begins may have
/// room later.
#[derive(Debug, Default)]
struct Events(Option<File>);

impl Events {
    /// Opens the file for appending, unless it is open.
    fn open(&mut self, path: &Path) -> io::Result<()> {
        if self.0.is_none() {
            self.0 = Some(OpenOptions::new().create(true).append(true).open(path)?);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), files::sync_data)
    }
}

impl Write for Events {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(file) => file.write(bytes),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), File::flush)
    }
}

/// The event as its line says it: images are in the file it names, and need not wait twice.
fn without_pixels(event: &Event) -> Event {
    let mut event = event.clone();
    if let Some(samples) = event.body.samples_mut() {
        samples.images = Arc::default();
    }
    event
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::fs;

    use super::*;
    use crate::testkit::event;

    fn note() -> Event {
        let text = "n".to_owned();
        event(1, Recorded::Note { text }).numbered(Some(1), None)
    }

    #[test]
    fn a_run_that_was_taken_over_is_left_alone_and_reported_once() {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::create(root.path()).unwrap();
        let mut recorder = Recorder::new(&dir);
        assert_eq!(recorder.handle(&note()), None);
        let before = fs::read(dir.events()).unwrap();
        assert!(!before.is_empty() && !recorder.is_taken_over());
        fs::write(root.path().join("lock"), "another's").unwrap();
        // A beat is due, as after a long sleep.
        recorder.beaten = SystemTime::UNIX_EPOCH;
        let warning = recorder.handle(&note()).unwrap().text;
        assert!(
            warning.contains("was taken over by another process"),
            "{warning}"
        );
        assert!(recorder.is_taken_over());
        assert_eq!((recorder.handle(&note()), recorder.tick()), (None, None));
        let error = recorder.finish().unwrap_err();
        assert!(matches!(error, RecordError::TakenOver { .. }), "{error}");
        assert_eq!(fs::read(dir.events()).unwrap(), before);
        drop(dir);
        assert_eq!(fs::read(root.path().join("lock")).unwrap(), b"another's");
    }

    #[test]
    fn an_ending_is_not_written_into_another_processs_run() {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::create(root.path()).unwrap();
        let mut recorder = Recorder::new(&dir);
        fs::write(root.path().join("lock"), "another's").unwrap();
        let failed = Recorded::Failed {
            error: "e".to_owned(),
        };
        let failed = Event::new(note().position(), failed);
        assert!(recorder.handle(&failed).is_some());
        assert!(!dir.events().exists());
    }

    #[test]
    fn a_due_tick_is_a_heartbeat() {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::create(root.path()).unwrap();
        let mut recorder = Recorder::new(&dir);
        let lock = root.path().join("lock");
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let file = File::options().write(true).open(&lock).unwrap();
        file.set_modified(long_ago).unwrap();
        recorder.tick();
        assert_eq!(fs::metadata(&lock).unwrap().modified().unwrap(), long_ago);
        recorder.beaten = SystemTime::UNIX_EPOCH;
        recorder.tick();
        assert!(fs::metadata(&lock).unwrap().modified().unwrap() > long_ago);
    }
}
