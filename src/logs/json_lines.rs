//! JSON lines: an object a line. Keys of nested objects are joined with `/`.

use std::path::Path;

use serde_json::Value;

use super::about::{About, Format, timestamp};
use super::error::LogError;
use super::source::{Reached, Sink, Source};
use super::tail::{Next, Tail, Unended};
use super::text::{COLUMNS, METRIC, RUN, Role, Row, Rows, Taken, VALUE, number, role, time};
use super::{json, siblings};

/// A run.
#[derive(Debug)]
pub(super) struct JsonLines {
    about: About,
    tail: Tail,
    rows: Rows,
    /// Lines that are no objects.
    odd: u64,
    /// Lines with values that are nested too deep.
    deep: u64,
    has_settings: bool,
}

impl JsonLines {
    pub fn new(path: &Path, name: &str) -> Self {
        Self {
            about: About::new(name, Format::JsonLines, path.to_path_buf()),
            tail: Tail::new(path),
            rows: Rows::default(),
            odd: 0,
            deep: 0,
            has_settings: false,
        }
    }

    fn begin_anew(&mut self, rows: Rows, sink: &mut dyn Sink) -> Result<(), LogError> {
        let path = self.tail.path().to_path_buf();
        let name = self.about.name.clone();
        *self = Self {
            rows,
            ..Self::new(&path, &name)
        };
        self.tail.look()?;
        sink.restart();
        Ok(())
    }

    fn line(&mut self, line: &[u8], sink: &mut dyn Sink) -> Taken {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Taken::Told;
        }
        let Some((value, is_deep)) = object(line) else {
            self.odd += 1;
            return Taken::Told;
        };
        self.deep += u64::from(is_deep);
        // Settings on a line of their own, as some loops begin their logs.
        for key in ["config", "hparams", "args"] {
            if let Some(settings @ Value::Object(_)) = value.get(key) {
                self.about.set_json("", settings);
            }
        }
        let mut names = Vec::new();
        let mut at = None;
        json::flat(&value, '/', &mut |key, value| {
            let is_setting = ["config/", "hparams/", "args/"]
                .iter()
                .any(|group| key.starts_with(group));
            if is_setting || names.len() >= COLUMNS {
                return;
            }
            if let Some(number) = json::number(value) {
                names.push((key.to_owned(), number));
            } else if let Value::String(text) = value {
                match role(key) {
                    Role::Time => at = at.or_else(|| time(text)),
                    // Whole numbers of other libraries come as texts.
                    Role::Step(_) | Role::Epoch => {
                        names.extend(number(text).map(|number| (key.to_owned(), number)));
                    }
                    Role::Metric => {}
                }
            }
        });
        if let Some(metric) = long_form(&value) {
            for (name, _) in names.iter_mut().filter(|(name, _)| name == VALUE) {
                name.clone_from(&metric);
            }
        }
        let mut row = Row {
            time: at,
            ..Row::default()
        };
        for (name, value) in &names {
            row.take(name, role(name), *value);
        }
        if let Some(at) = row.time {
            self.about.started = self.about.started.or_else(|| timestamp(at));
        }
        self.rows.tell(&row, sink)
    }
}

/// The metric of a line in long form, which has one value of one metric: `{"step": 1, "metric": "loss", "value": 0.5}`. Of several
/// runs, with the name of its run in front.
fn long_form(line: &Value) -> Option<String> {
    let metric = line.get(METRIC)?.as_str()?;
    json::number(line.get(VALUE)?)?;
    let is_known =
        |key: &String| [METRIC, VALUE, RUN].contains(&key.as_str()) || role(key) != Role::Metric;
    if !line.as_object()?.keys().all(is_known) {
        return None;
    }
    Some(match line.get(RUN).and_then(Value::as_str) {
        Some(run) => format!("{run}/{metric}"),
        None => metric.to_owned(),
    })
}

/// The object that a line is, and whether values in it are left out because they are nested too deep.
fn object(line: &[u8]) -> Option<(Value, bool)> {
    let (value, is_deep) = match json::parse(line) {
        Ok(value) => (value, false),
        Err(_) => (json::parse_cut(line)?, true),
    };
    value.is_object().then_some((value, is_deep))
}

/// Whether a line is whole: the beginning of an object is none.
fn is_object(line: &[u8]) -> bool {
    object(line).is_some()
}

/// Whether the beginning of a file is that of such a log: its first line is an object with a number in it. Any file of JSON may be
/// one line, with an end or without: that is a log by its name, or by what is in it.
pub(super) fn begins(head: &[u8], is_named: bool) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let end = memchr::memchr(b'\n', head).or(is_named.then_some(head.len()));
    let Some(end) = end else {
        return false;
    };
    let (line, rest) = head.split_at(end);
    let Some((value, _)) = object(line) else {
        return false;
    };
    let (mut has_number, mut is_of_training) = (false, false);
    json::flat(&value, '/', &mut |key, value| {
        has_number |= json::number(value).is_some();
        is_of_training |= says_training(key);
    });
    has_number && (is_named || is_of_training || begins_with_object(rest))
}

/// Whether a key is one that logs of training have.
fn says_training(key: &str) -> bool {
    matches!(role(key), Role::Step(_) | Role::Epoch) || key.to_ascii_lowercase().contains("loss")
}

/// Whether the next line is an object, or the beginning of one.
fn begins_with_object(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    match memchr::memchr(b'\n', rest) {
        Some(end) => is_object(rest.get(..end).unwrap_or(rest)),
        None => rest.starts_with(b"{"),
    }
}

impl Source for JsonLines {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError> {
        if self.tail.look()? {
            self.begin_anew(Rows::default(), sink)?;
        }
        if !std::mem::replace(&mut self.has_settings, true) {
            let dir = crate::files::folder_of(self.tail.path()).to_path_buf();
            siblings::take_in(&dir, &mut self.about);
        }
        self.about.touched = self.tail.modified();
        let mut left = budget;
        let reached = loop {
            let line = match self.tail.next(&mut left, Unended::Holds(is_object))? {
                Next::Line(line) => line,
                Next::TooLong => {
                    self.odd += 1;
                    continue;
                }
                Next::Stop(reached) => break reached,
            };
            if self.line(&line, sink) == Taken::Anew {
                self.begin_anew(Rows::numbered(), sink)?;
            }
        };
        self.tail.close();
        self.about.notes = match self.odd {
            0 => Vec::new(),
            1 => vec!["1 line that is no object was skipped".to_owned()],
            n => vec![format!("{n} lines that are no objects were skipped")],
        };
        self.about.notes.extend(match self.deep {
            0 => None,
            1 => Some("of 1 line values are left out: they are nested too deep".to_owned()),
            n => Some(format!(
                "of {n} lines values are left out: they are nested too deep"
            )),
        });
        self.about.notes.extend(self.rows.note());
        Ok(reached)
    }
}
