//! What a log says of its run as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::metric::Good;
use crate::protocol::{RunState, Value};

/// A log without an ending is live for so many of its own longest pauses after it was last written to,
const PAUSES: f64 = 3.0;
/// for so long at least: writers of TensorBoard's files may keep two minutes to themselves,
const LEAST: f64 = 150.0;
/// and for so long at most: a day.
const MOST: f64 = 86_400.0;
/// The same of a log that says no times, where it was seen to grow,
const GREW: f64 = 600.0;
/// and where it was not: it may just have been copied.
const FRESH: f64 = 30.0;

/// Settings of a run by their keys, nested ones joined with dots: `optimizer.d.lr`.
pub type Config = BTreeMap<String, Value>;

/// At most so many settings are kept of a run.
const SETTINGS: usize = 10_000;
/// At most so many characters of a setting.
const LONGEST: usize = 4_096;
/// How deep settings may be nested.
const DEPTH: usize = 32;

/// Who wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// This program: a run directory.
    Own,
    /// TensorBoard's event files: a directory of them, or one.
    TensorBoard,
    /// A `.wandb` file of Weights & Biases.
    Wandb,
    /// CSV with a header.
    Csv,
    /// JSON lines.
    JsonLines,
    /// `trainer_state.json` of Hugging Face's Trainer.
    TrainerState,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Own,
        Self::TensorBoard,
        Self::Wandb,
        Self::Csv,
        Self::JsonLines,
        Self::TrainerState,
    ];

    /// As scripts name it: `tensorboard`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "genai-tui",
            Self::TensorBoard => "tensorboard",
            Self::Wandb => "wandb",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::TrainerState => "trainer-state",
        }
    }

    /// "a run directory, TensorBoard's event files, …": what is looked for.
    #[must_use]
    pub fn list() -> String {
        let names: Vec<&str> = Self::ALL.into_iter().map(Self::long).collect();
        names.join(", ")
    }

    fn long(self) -> &'static str {
        match self {
            Self::Own => "a run directory of genai-tui",
            Self::TensorBoard => "TensorBoard's event files",
            Self::Wandb => "a .wandb file",
            Self::Csv => "CSV with a header",
            Self::JsonLines => "JSON lines",
            Self::TrainerState => "trainer_state.json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "genai-tui",
            Self::TensorBoard => "TensorBoard",
            Self::Wandb => "W&B",
            Self::Csv => "CSV",
            Self::JsonLines => "JSON lines",
            Self::TrainerState => "Trainer",
        })
    }
}

/// How a run ended, where the log says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Finished,
    /// On request.
    Stopped,
    /// By a signal.
    Interrupted,
    /// By an error, or by numbers that stopped being finite.
    Failed,
    /// Without a word, by the format's own account.
    Crashed,
}

/// What is known of a run as a whole, as far as its log was read.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Its name: the one that the log says, or that of its place.
    pub name: String,
    /// Who wrote the log.
    pub format: Format,
    /// The log: a directory or a file.
    pub path: PathBuf,
    /// The settings it ran with.
    pub config: Config,
    /// Tags that a person gave it.
    pub tags: Vec<String>,
    /// The group or project that it belongs to.
    pub group: Option<String>,
    /// A person's remark on it.
    pub remark: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended, where the log says so.
    pub ended: Option<Timestamp>,
    /// When the log was last written to.
    pub touched: Option<Timestamp>,
    /// When its newest point was written, and the longest of the newest pauses between two, in seconds, where the log says so.
    pub rate: Option<(Timestamp, f64)>,
    /// When it was seen to grow.
    pub grew: Option<Timestamp>,
    /// How it ended, where the log says so.
    pub ending: Option<Ending>,
    /// Whether the log says that it is live, as own runs do; otherwise that follows from when it was written to.
    pub is_held: bool,
    /// Whether it is live and waits for a word, where the log says so.
    pub is_paused: bool,
    /// Whether the format says how a run ends: then a silent log without an ending is one of a run that crashed.
    pub tells_its_end: bool,
    /// The newest step, where that is known without reading the whole log.
    pub reached: Option<u64>,
    /// Steps at which it ends, where the log says so.
    pub target: Option<u64>,
    /// Final values that the log states by themselves, without a step: a summary.
    pub results: BTreeMap<String, f64>,
    /// Which way metrics are better, where the log says so.
    pub goals: BTreeMap<String, Good>,
    /// The run that it was forked from, where the log says so.
    pub origin: Option<Origin>,
    /// What could not be read, in words, with counts.
    pub notes: Vec<String>,
}

/// The run that a run was forked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its directory, as it was then.
    pub dir: PathBuf,
    /// The step from which on the two differ.
    pub step: u64,
}

impl About {
    /// A run of which nothing is known but its log.
    pub(super) fn new(name: &str, format: Format, path: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            format,
            path,
            config: Config::new(),
            tags: Vec::new(),
            group: None,
            remark: None,
            started: None,
            ended: None,
            touched: None,
            rate: None,
            grew: None,
            ending: None,
            is_held: false,
            is_paused: false,
            tells_its_end: false,
            reached: None,
            target: None,
            results: BTreeMap::new(),
            goals: BTreeMap::new(),
            origin: None,
            notes: Vec::new(),
        }
    }

    /// The state of the run at `now`.
    ///
    /// A log that says how its run ended, or that its run is live, is believed. Any other is live as long as it is not silent
    /// for much longer than it has been between two points; one that says no times, while it is seen to grow. After that the run
    /// has crashed where the format says how runs end, and else nobody knows.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> RunState {
        if self.is_held {
            return RunState::Live;
        }
        match self.ending {
            Some(Ending::Finished) => RunState::Finished,
            Some(Ending::Stopped) => RunState::Stopped,
            Some(Ending::Interrupted) => RunState::Interrupted,
            Some(Ending::Failed) => RunState::Failed,
            Some(Ending::Crashed) => RunState::Crashed,
            None if self.format == Format::Own => RunState::Unknown,
            None if self.gives_signs_of_life(now) => RunState::Live,
            None if self.tells_its_end => RunState::Crashed,
            None => RunState::Unknown,
        }
    }

    fn gives_signs_of_life(&self, now: Timestamp) -> bool {
        let since = |then: Timestamp| now.duration_since(then).as_secs_f64();
        let grew = self.grew.map(since);
        if let Some((newest, pause)) = self.rate {
            let patience = (pause * PAUSES).clamp(LEAST, MOST);
            // A clock that is wrong makes neither a log that grows a dead one, nor a silent one live.
            return since(newest).abs() < patience || grew.is_some_and(|age| age < patience);
        }
        grew.is_some_and(|age| age < GREW) || self.touched.map(since).is_some_and(|age| age < FRESH)
    }

    /// Takes a setting.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        let value = match value {
            Value::Text(text) => Value::Text(cut(&text)),
            other => other,
        };
        if self.config.len() < SETTINGS || self.config.contains_key(key) {
            self.config.insert(cut(key), value);
        }
    }

    /// Takes settings from JSON: objects are nested settings, lists are kept as they are written.
    pub(super) fn set_json(&mut self, key: &str, value: &serde_json::Value) {
        self.set_nested(key, value, 0);
    }

    fn set_nested(&mut self, key: &str, value: &serde_json::Value, depth: usize) {
        let value = match value {
            serde_json::Value::Object(fields) if depth < DEPTH && !fields.is_empty() => {
                for (name, value) in fields {
                    let key = match key {
                        "" => name.clone(),
                        key => format!("{key}.{name}"),
                    };
                    self.set_nested(&key, value, depth + 1);
                }
                return;
            }
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Value::Integer(whole),
                (None, Some(value)) => Value::Float(value),
                (None, None) => Value::Text(number.to_string()),
            },
            serde_json::Value::String(text) => Value::Text(text.clone()),
            other => Value::Text(other.to_string()),
        };
        self.set(key, value);
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// A time that a log says in seconds since 1970; `None` for what is no time.
pub(super) fn timestamp(seconds: f64) -> Option<Timestamp> {
    if !seconds.is_finite() || seconds <= 0.0 || seconds > 253_402_300_000.0 {
        return None;
    }
    Timestamp::from_microsecond((seconds * 1e6) as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_live_as_long_as_it_is_not_silent_for_longer_than_usual() {
        let now = Timestamp::now();
        let ago = |seconds: i64| now - jiff::SignedDuration::from_secs(seconds);
        let state = |rate, grew, touched: i64| {
            let about = About {
                rate,
                grew,
                touched: Some(ago(touched)),
                ..About::new("a", Format::Csv, "a".into())
            };
            about.state(now)
        };
        // Written to now, but by its own account long ago: a copy.
        assert_eq!(state(Some((ago(9_000), 1.0)), None, 0), RunState::Unknown);
        assert_eq!(state(Some((ago(100), 1.0)), None, 100), RunState::Live);
        assert_eq!(state(Some((ago(200), 1.0)), None, 200), RunState::Unknown);
        // An epoch takes an hour.
        assert_eq!(
            state(Some((ago(9_000), 3_600.0)), None, 9_000),
            RunState::Live
        );
        // Without times.
        assert_eq!(state(None, None, 10), RunState::Live);
        assert_eq!(state(None, None, 100), RunState::Unknown);
        assert_eq!(state(None, Some(ago(100)), 100), RunState::Live);
        assert_eq!(state(None, Some(ago(700)), 700), RunState::Unknown);
        let ended = About {
            ending: Some(Ending::Finished),
            grew: Some(now),
            ..About::new("a", Format::Wandb, "a".into())
        };
        assert_eq!(ended.state(now), RunState::Finished);
    }
}
