//! Event files of TensorBoard: a directory for each run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Exported;
use crate::files;
use crate::logs::{Encoded, Events, Picture, encoded, load};
use crate::picture::{Layout, compose, encode_png};

/// Why runs cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum TensorBoardError {
    /// There are event files already: TensorBoard would read both as one run.
    #[error("`{}` already holds event files; expected another directory", path.display())]
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// What is to be a directory is none.
    #[error("`{}`: this is a file; expected a directory, or a name that is not taken", path.display())]
    NotFolder {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("`{}`: cannot be written: {source}", path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What was left out of event files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Pictures that cannot be read.
    pub pictures: u64,
    /// Finite values that are none in single precision, which is what event files hold.
    pub values: u64,
}

/// Writes each run into a directory: `dir` itself for a single one, else one of the run's name below it. Returns what was left out.
///
/// # Errors
/// When a directory has event files already or is none, or the system refuses; directories of runs before that are complete.
pub fn write(runs: &[Exported], dir: &Path) -> Result<LeftOut, TensorBoardError> {
    let place = |run: &Exported| match runs.len() {
        1 => dir.to_path_buf(),
        _ => dir.join(below(&run.name)),
    };
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| TensorBoardError::Io { path, source }
    };
    for run in runs {
        let path = place(run);
        if let Some(path) = path.ancestors().find(|path| path.exists())
            && !path.is_dir()
        {
            let path = path.to_path_buf();
            return Err(TensorBoardError::NotFolder { path });
        }
        if has_events(&path) {
            return Err(TensorBoardError::Taken { path });
        }
    }
    let mut lost = LeftOut::default();
    for run in runs {
        let path = place(run);
        fs::create_dir_all(&path).map_err(failed(&path))?;
        let began = began(run);
        let file = path.join(format!(
            "events.out.tfevents.{:010}.genai-tui.00000",
            began.max(0.0) as u64
        ));
        files::write_with(&file, |out| events(run, began, out, &mut lost))
            .map_err(failed(&file))?;
    }
    Ok(lost)
}

/// A name as a path that stays below where it is joined to.
fn below(name: &str) -> PathBuf {
    let parts = name
        .split('/')
        .filter(|part| !["", ".", ".."].contains(part));
    parts.collect()
}

fn has_events(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .any(|name| name.contains("tfevents"))
}

/// When a run began, in seconds since 1970; 0 where nothing tells.
fn began(run: &Exported) -> f64 {
    let about = &run.about;
    let first = run
        .points
        .metrics()
        .filter_map(|(_, points)| points.first()?.time);
    let first = first.fold(f64::INFINITY, f64::min);
    if first.is_finite() {
        return first;
    }
    let known = about.started.or(about.touched);
    known.map_or(0.0, |time| time.as_microsecond() as f64 / 1e6)
}

/// A value of one step: the metric, when it was written, the value.
type Value<'a> = (&'a str, Option<f64>, f64);

fn events(run: &Exported, began: f64, out: &mut dyn Write, lost: &mut LeftOut) -> io::Result<()> {
    let mut events = Events::begin(out, began)?;
    let settings = run.about.config.iter();
    let settings = settings.map(|(key, value)| (key.as_str(), value));
    let names: Vec<&str> = run.points.metrics().map(|(name, _)| name).collect();
    if !run.about.config.is_empty() {
        events.settings(began, settings, &names)?;
    }
    for text in &run.texts {
        let time = text.time.unwrap_or(began);
        events.text(&text.tag, text.step, time, &text.text)?;
    }
    let mut steps: BTreeMap<u64, Vec<Value<'_>>> = BTreeMap::new();
    for (name, points) in run.points.metrics() {
        for point in points {
            if point.value.is_finite() && (point.value as f32).is_infinite() {
                lost.values += 1;
                continue;
            }
            let step = steps.entry(point.step).or_default();
            step.push((name, point.time, point.value));
        }
    }
    for (step, values) in &steps {
        // Values of one step that were written at different times, each with its time.
        for group in values.chunk_by(|(_, a, _), (_, b, _)| a == b) {
            let time = group
                .first()
                .and_then(|(_, time, _)| *time)
                .unwrap_or(began);
            let values = group.iter().map(|(name, _, value)| (*name, *value));
            events.scalars(*step, time, values)?;
        }
    }
    for picture in &run.pictures {
        let Some((png, (width, height, channels))) = png(picture) else {
            lost.pictures += 1;
            continue;
        };
        let tag = match picture.index {
            0 => picture.tag.clone(),
            index => format!("{}/{index}", picture.tag),
        };
        let image = Encoded {
            png: &png,
            width,
            height,
            channels,
        };
        events.image(&tag, picture.step, picture.time.unwrap_or(began), &image)?;
    }
    events.flush()
}

/// A picture as PNG, with its width, height and channels.
fn png(picture: &Picture) -> Option<(Vec<u8>, (usize, usize, usize))> {
    let bytes = encoded(picture).ok()?;
    if let Some(size) = size(&bytes) {
        return Some((bytes, size));
    }
    let images = load(picture).ok()?;
    let layout = Layout {
        gap: 0,
        ..Layout::default()
    };
    let png = encode_png(&compose(&images, &layout), &[]).ok()?;
    let size = size(&png)?;
    Some((png, size))
}

/// What the header of a PNG file says of its size; `None` for another file.
fn size(png: &[u8]) -> Option<(usize, usize, usize)> {
    let header = png.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(8..18)?;
    let number = |at: usize| Some(u32::from_be_bytes(*header.get(at..)?.first_chunk()?) as usize);
    let channels = match header.get(9)? {
        0 => 1,
        4 => 2,
        6 => 4,
        _ => 3,
    };
    Some((number(0)?, number(4)?, channels))
}
