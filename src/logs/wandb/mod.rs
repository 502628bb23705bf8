//! `.wandb` files of Weights & Biases: one file is a run, with its settings, history, summary and exit code. Pictures lie
//! in `files/` beside it.

mod chunks;
mod history;

use std::path::Path;

use super::about::{About, Ending, Format, timestamp};
use super::error::LogError;
use super::json;
use super::source::{Reached, Sink, Source};
use super::tail::Tail;
use super::wire::{Fields, Value};
use crate::files;
use crate::metric::Good;
use chunks::{Chunks, Next};
use history::Item;

/// Final values that are kept.
const RESULTS: usize = 10_000;

/// Whether a file begins like one.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(chunks::MAGIC)
}

/// A run.
#[derive(Debug)]
pub(super) struct Wandb {
    about: About,
    tail: Tail,
    chunks: Chunks,
    /// Rows of the history.
    rows: u64,
    damaged: u64,
}

impl Wandb {
    pub fn new(path: &Path, name: &str) -> Self {
        let mut about = About::new(name, Format::Wandb, path.to_path_buf());
        about.tells_its_end = true;
        Self {
            about,
            tail: Tail::new(path),
            chunks: Chunks::default(),
            rows: 0,
            damaged: 0,
        }
    }

    fn record(&mut self, sink: &mut dyn Sink) {
        let Self {
            about,
            chunks,
            tail,
            rows,
            damaged,
        } = self;
        let mut fields = Fields::of(chunks.record());
        for (number, value) in fields.by_ref() {
            let bytes = value.bytes();
            match number {
                2 => {
                    *rows += 1;
                    let folder = files::folder_of(tail.path());
                    history::tell(bytes, *rows - 1, folder, sink);
                }
                // The writer repeats each row in the summary; only what a person adds is of interest.
                3 if memchr::memmem::find(bytes, b"_step").is_none() => summary(bytes, about),
                5 => settings(bytes, about),
                12 => metric(bytes, about),
                17 => run(bytes, about),
                18 => exit(bytes, about),
                _ => {}
            }
        }
        *damaged += u64::from(fields.is_broken());
    }
}

fn settings(bytes: &[u8], about: &mut About) {
    for (number, value) in Fields::of(bytes) {
        let item = Item::of(value.bytes());
        let key = item.key(".");
        match number {
            1 if !key.starts_with('_') => {
                if let Ok(value) = json::parse(item.json) {
                    about.set_json(&key, &value);
                }
            }
            2 => {
                about.config.remove(&*key);
            }
            _ => {}
        }
    }
}

fn summary(bytes: &[u8], about: &mut About) {
    for (number, value) in Fields::of(bytes) {
        let item = Item::of(value.bytes());
        let key = item.key(".");
        if number != 1 || key.starts_with('_') || about.results.len() >= RESULTS {
            continue;
        }
        if let Some(value) = item.number() {
            about.results.insert(key.into_owned(), value);
        }
    }
}

/// Which way a metric is better, where the run says so.
fn metric(bytes: &[u8], about: &mut About) {
    let (mut name, mut good) = (String::new(), None);
    for (number, value) in Fields::of(bytes) {
        match (number, value) {
            (1, value) => name = value.text(),
            // How it is summed up: min, max.
            (7, value) => {
                for (number, value) in Fields::of(value.bytes()) {
                    match (number, value.integer()) {
                        (1, 1) => good = good.or(Some(Good::Lower)),
                        (2, 1) => good = good.or(Some(Good::Higher)),
                        _ => {}
                    }
                }
            }
            (8, Value::Varint(1)) => good = Some(Good::Lower),
            (8, Value::Varint(2)) => good = Some(Good::Higher),
            _ => {}
        }
    }
    if let Some(good) = good
        && !name.is_empty()
        && about.goals.len() < RESULTS
    {
        about.goals.insert(name, good);
    }
}

fn run(bytes: &[u8], about: &mut About) {
    let (mut id, mut project) = (None, None);
    let mut name = None;
    about.tags.clear();
    for (number, value) in Fields::of(bytes) {
        let text = || Some(value.text()).filter(|text| !text.is_empty());
        match number {
            1 => id = text(),
            3 => project = text(),
            4 => settings(value.bytes(), about),
            6 => about.group = text(),
            8 => name = text(),
            9 => about.remark = text(),
            10 if about.tags.len() < 100 => about.tags.extend(text()),
            17 => about.started = time(value.bytes()).and_then(timestamp),
            _ => {}
        }
    }
    about.group = about.group.take().or(project);
    if let Some(name) = name.or(id) {
        about.name = name;
    }
}

/// A `google.protobuf.Timestamp`, in seconds since 1970.
fn time(bytes: &[u8]) -> Option<f64> {
    let mut seconds = None;
    let mut nanos = 0;
    for (number, value) in Fields::of(bytes) {
        match number {
            1 => seconds = Some(value.integer()),
            2 => nanos = value.integer(),
            _ => {}
        }
    }
    Some(seconds? as f64 + nanos as f64 / 1e9)
}

fn exit(bytes: &[u8], about: &mut About) {
    let mut code = 0;
    for (number, value) in Fields::of(bytes) {
        if number == 1 {
            code = value.integer();
        }
    }
    about.ending = Some(match code {
        0 => Ending::Finished,
        _ => Ending::Failed,
    });
}

impl Source for Wandb {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError> {
        if self.tail.look()? {
            *self = Self::new(&self.about.path.clone(), &self.about.name.clone());
            sink.restart();
            self.tail.look()?;
        }
        if self.tail.position() == 0
            && let Some(head) = self.tail.need(chunks::MAGIC.len())?
            && !begins(head)
        {
            return Err(LogError::Damaged {
                path: self.about.path.clone(),
                problem: "found no file of W&B: expected one that begins with `:W&B`".to_owned(),
            });
        }
        let mut left = budget;
        let reached = loop {
            if left == 0 {
                break Reached::More;
            }
            let from = self.tail.position();
            match self.chunks.next(&mut self.tail)? {
                Next::Record => self.record(sink),
                Next::Damaged => self.damaged += 1,
                Next::Waits => break Reached::End,
            }
            left = left.saturating_sub(self.tail.position() - from);
        };
        self.tail.close();
        self.about.touched = self.tail.modified();
        if self.about.ending.is_some() {
            self.about.ended = self.about.touched;
        }
        self.about.notes = match self.damaged {
            0 => Vec::new(),
            1 => vec!["1 damaged record was skipped".to_owned()],
            n => vec![format!("{n} damaged records were skipped")],
        };
        Ok(reached)
    }
}
