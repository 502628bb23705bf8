//! Runs in formats that other tools read, whoever wrote their logs: one file per format.
//!
//! Every point is exported that counts; what a log took back is left out. Numbers have the digits that the log has, and what is no
//! number is written as `NaN`, `Infinity` and `-Infinity`.

mod csv;
mod jsonl;
mod markdown;
mod parquet;
mod tensorboard;

use std::io::{self, Write};

use crate::logs::{About, Found, LogError, Picture, Point, Points, Reached, Sink, open};
use crate::protocol::Stat;

pub use tensorboard::{LeftOut, TensorBoardError, write as tensorboard};

/// A run as it is exported.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its name among those that are exported.
    pub name: String,
    /// The run as a whole.
    pub about: About,
    /// Its points.
    pub points: Points,
    /// Its pictures, by rising steps for each tag.
    pub pictures: Vec<Picture>,
    /// Its texts.
    pub texts: Vec<Text>,
}

/// A text of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Its tag.
    pub tag: String,
    /// The step.
    pub step: u64,
    /// When it was written, in seconds since 1970, where the log says so.
    pub time: Option<f64>,
    /// All of it.
    pub text: String,
}

/// A format of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// CSV in long form: a line for each point.
    Csv,
    /// JSON lines: an object for each point.
    Jsonl,
    /// Parquet: a row for each point.
    Parquet,
    /// Markdown: settings, and each metric in a few numbers.
    Markdown,
}

/// Reads a run whole.
///
/// # Errors
/// When its log cannot be read.
pub fn read(found: &Found) -> Result<Exported, LogError> {
    let mut source = open(found);
    let mut taken = Taken::default();
    while source.read(u64::MAX, &mut taken)? == Reached::More {}
    Ok(Exported {
        name: found.name.clone(),
        about: source.about().clone(),
        points: taken.points,
        pictures: taken.pictures,
        texts: taken.texts,
    })
}

/// Writes runs as one table. Of several, each line begins with the name of its run.
///
/// # Errors
/// Those of `out`.
pub fn write(table: Table, runs: &[Exported], out: &mut dyn Write) -> io::Result<()> {
    match table {
        Table::Csv => csv::write(runs, out),
        Table::Jsonl => jsonl::write(runs, out),
        Table::Parquet => parquet::write(runs, out),
        Table::Markdown => markdown::write(runs, out),
    }
}

/// A number as text.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        value.to_string()
    }
}

/// What is read of a run.
#[derive(Debug, Default)]
struct Taken {
    points: Points,
    pictures: Vec<Picture>,
    texts: Vec<Text>,
}

impl Sink for Taken {
    fn point(&mut self, metric: &str, point: Point) {
        self.points.point(metric, point);
    }

    fn window(&mut self, metric: &str, from: u64, end: Point, stat: &Stat) {
        self.points.window(metric, from, end, stat);
    }

    fn rewind(&mut self, step: u64) {
        self.points.rewind(step);
        self.pictures.retain(|picture| picture.step < step);
        self.texts.retain(|text| text.step < step);
    }

    fn restart(&mut self) {
        *self = Self::default();
    }

    fn picture(&mut self, picture: Picture) {
        self.pictures.push(picture);
    }

    fn text(&mut self, tag: &str, step: u64, time: Option<f64>, text: &str) {
        self.texts.push(Text {
            tag: tag.to_owned(),
            step,
            time,
            text: text.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
