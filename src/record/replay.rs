//! A run that has ended, event by event, as one who watched it would have seen it.
//!
//! That is the whole record, also what was taken back; and the newest samples with their images, which lie next to it in
//! files. Lines that cannot be read are left out and counted.

use std::collections::{HashSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ReadError;
use super::lines::{Lines, kind, parse};
use super::run_dir::{EVENTS, SAMPLES};
use crate::files;
use crate::picture::read_grid;
use crate::protocol::{Body, Event, ImageGrid, Position, Recorded, SCHEMA, Samples};

/// How many of the newest pictures are tried, where the newest cannot be read.
const TRIED: usize = 8;

/// The events of a run, oldest first.
#[derive(Debug)]
pub struct Replay {
    lines: Lines,
    /// The line of the newest samples that have a picture.
    newest: Option<(u64, Arc<ImageGrid>)>,
    /// The picture of the end, which has no event, and the line of the ending it belongs to.
    last: Option<(u64, u64, Arc<ImageGrid>)>,
    /// What comes before the next line.
    waiting: Option<Event>,
    unreadable: u64,
}

/// What a first pass finds out.
#[derive(Debug, Default)]
struct Overview {
    /// The newest samples that name a file, with their lines; oldest first.
    samples: VecDeque<(u64, Event)>,
    /// Every picture that has an event.
    named: HashSet<String>,
    /// The line and the step of the newest `finished`.
    finished: Option<(u64, u64)>,
}

/// Opens the record of the run in `dir`.
///
/// # Errors
/// When it cannot be read.
pub fn replay(dir: &Path) -> Result<Replay, ReadError> {
    let path = dir.join(EVENTS);
    let overview = Overview::of(&path)?;
    Ok(Replay {
        lines: Lines::open(&path)?,
        newest: overview.newest(dir),
        last: overview.last(dir),
        waiting: None,
        unreadable: 0,
    })
}

impl Overview {
    fn of(path: &Path) -> Result<Self, ReadError> {
        let mut lines = Lines::open(path)?;
        let mut found = Self::default();
        while let Some(line) = lines.next() {
            let line = line?;
            if !matches!(kind(line), Some(b"samples" | b"finished")) {
                continue;
            }
            let Ok(event) = parse(line) else { continue };
            let number = lines.number();
            match &event.body {
                Body::Recorded(Recorded::Samples { file, .. }) => {
                    found.named.insert(file.clone());
                    if found.samples.len() == TRIED {
                        found.samples.pop_front();
                    }
                    found.samples.push_back((number, event));
                }
                Body::Recorded(Recorded::Finished(_)) => {
                    found.finished = Some((number, event.step));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn newest(&self, dir: &Path) -> Option<(u64, Arc<ImageGrid>)> {
        self.samples.iter().rev().find_map(|(line, event)| {
            let Body::Recorded(Recorded::Samples { file, .. }) = &event.body else {
                return None;
            };
            // A record may name any path; its pictures lie in one folder.
            let name = Path::new(file).file_name()?;
            Some((*line, read(&dir.join(SAMPLES).join(name), event)?))
        })
    }

    /// The picture that was kept because it was the last.
    fn last(&self, dir: &Path) -> Option<(u64, u64, Arc<ImageGrid>)> {
        let (line, end) = self.finished?;
        // It has as many images, of the same shape, as the others.
        let (_, other) = self.samples.back()?;
        let step = |path: &PathBuf| -> Option<u64> {
            let stem = path.file_stem()?.to_str()?;
            let step = stem.strip_prefix("step-")?.parse().ok()?;
            let named = self.named.contains(&format!("{SAMPLES}/{stem}.png"));
            (step <= end && !named).then_some(step)
        };
        let (step, path) = fs::read_dir(dir.join(SAMPLES))
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .filter_map(|path| Some((step(&path)?, path)))
            .max()?;
        (other.step < step).then(|| Some((line, step, read(&path, other)?)))?
    }
}

/// The images of a picture: as many and of the shape that an event of samples says.
fn read(path: &Path, event: &Event) -> Option<Arc<ImageGrid>> {
    let samples = event.body.samples()?;
    let picture = files::read(path).ok()?;
    let images = read_grid(
        &picture,
        (samples.count, samples.columns.len()),
        samples.shape,
    )
    .ok()?;
    Some(Arc::new(images))
}

impl Replay {
    /// How many lines so far could not be read.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Gives an event what lies in files. The last picture comes before the ending.
    fn complete(&mut self, mut event: Event) -> Event {
        let number = self.lines.number();
        if let Some((_, images)) = self.newest.take_if(|(line, _)| *line == number)
            && let Some(samples) = event.body.samples_mut()
        {
            samples.images = images;
        }
        if let Some((_, step, images)) = self.last.take_if(|(line, ..)| *line == number) {
            let samples = Recorded::Samples {
                file: format!("{SAMPLES}/step-{step:08}.png"),
                samples: Samples {
                    count: images.count(),
                    shape: images.shape(),
                    images,
                    diversity: f64::NAN,
                    ..Samples::default()
                },
            };
            let at = Position {
                step,
                ..event.position()
            };
            let samples = Event::new(at, samples).timed(event.time);
            self.waiting = Some(event);
            return samples;
        }
        event
    }
}

impl Iterator for Replay {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.waiting.is_some() {
            return self.waiting.take();
        }
        loop {
            let event = match self.lines.next()? {
                Ok(line) => parse(line).ok().filter(|e| e.schema() == SCHEMA),
                Err(_) => None,
            };
            match event {
                Some(event) => return Some(self.complete(event)),
                None => self.unreadable += 1,
            }
        }
    }
}
