//! What a record says of a run beyond its series: commands, alarms, evaluations with their floors, energy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::files;
use crate::logs::{Format, Run};
use crate::protocol::{Body, Command, Energy, Event, QualityAt, Recorded, Source};
use crate::record::{EVENTS, Lineage, RunSummary, SUMMARY, read_events};

/// Happenings of a run that are listed.
const LISTED: usize = 200;
/// Characters of a happening that are shown.
const LONGEST: usize = 300;

/// What happened to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody, or something, gave a command.
    Command(&'static str),
    /// Something about the training needed attention.
    Alarm,
    /// A condition held.
    Condition,
    /// A person's remark.
    Note,
    /// A text of another tool, by its tag.
    Text(String),
}

impl Kind {
    /// In a word or two.
    pub fn word(&self) -> &str {
        match self {
            Self::Command(by) => by,
            Self::Alarm => "alarm",
            Self::Condition => "condition",
            Self::Note => "note",
            Self::Text(tag) => tag,
        }
    }
}

/// What happened, and when.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Happening {
    pub step: u64,
    pub kind: Kind,
    pub text: String,
    /// Whether the run went back to before it later.
    pub is_void: bool,
}

/// What a record says beyond its series.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    pub happenings: Vec<Happening>,
    /// Those that are not listed.
    pub more: usize,
    /// The newest evaluation.
    pub quality: Option<QualityAt>,
    /// The newest floor of each measure.
    pub floors: BTreeMap<String, f64>,
    pub energy: Option<Energy>,
    /// Images that the run was shown, and seconds of training.
    pub images: u64,
    pub seconds: f64,
}

impl Account {
    /// That of a run that was read.
    pub fn of(run: &Run) -> Self {
        if run.about().format == Format::Own {
            return Self::of_record(&run.about().path);
        }
        let mut account = Self::default();
        for text in run.texts() {
            account.happened(text.step, Kind::Text(text.tag.clone()), &text.text, false);
        }
        account
    }

    fn of_record(dir: &Path) -> Self {
        let mut account = Self::default();
        let path = dir.join(EVENTS);
        let lineage = Lineage::read(&path).ok();
        // What cannot be read is mentioned where the series are.
        for event in read_events(&path).into_iter().flatten().flatten() {
            let is_void = lineage.as_ref().is_some_and(|l| !l.counts(&event));
            account.event(&event, is_void);
        }
        let summary = files::read(&dir.join(SUMMARY)).ok();
        let summary = summary.and_then(|text| serde_json::from_slice::<RunSummary>(&text).ok());
        if let Some(energy) = summary.and_then(|summary| summary.energy) {
            account.cost(&energy.total);
        }
        account
    }

    fn event(&mut self, event: &Event, is_void: bool) {
        if !is_void {
            self.images = self.images.max(event.images);
            self.seconds = self.seconds.max(event.elapsed);
        }
        let Body::Recorded(recorded) = &event.body else {
            return;
        };
        match recorded {
            // A note comes as an event of its own.
            Recorded::Applied {
                command: Command::Note(_),
                ..
            } => {}
            Recorded::Applied {
                source,
                command,
                changes,
                ..
            } => {
                let mut text = command.to_string();
                for (at, change) in changes.iter().enumerate() {
                    text.push_str(if at == 0 { " · " } else { ", " });
                    let _ = write!(text, "{} {} → {}", change.key, change.from, change.to);
                }
                self.happened(event.step, Kind::Command(by(*source)), &text, is_void);
            }
            Recorded::Alarm { text, .. } => self.happened(event.step, Kind::Alarm, text, is_void),
            Recorded::Rule(rule) => {
                self.happened(event.step, Kind::Condition, &rule.text, is_void);
            }
            Recorded::Note { text } => self.happened(event.step, Kind::Note, text, is_void),
            Recorded::Text { name, text } => {
                let tag = name.clone().unwrap_or_else(|| "text".to_owned());
                self.happened(event.step, Kind::Text(tag), text, is_void);
            }
            Recorded::Evaluated(quality) if !is_void => {
                self.floors
                    .extend(quality.floor.iter().map(|(name, v)| (name.clone(), *v)));
                self.quality = Some(quality.at(event.step));
            }
            Recorded::System(seen) => self.cost(&seen.energy),
            _ => {}
        }
    }

    /// Steps that were taken back used energy, too.
    fn cost(&mut self, energy: &Energy) {
        let known = self.energy.as_ref().map_or(0.0, |energy| energy.watt_hours);
        if energy.watt_hours >= known {
            self.energy = Some(energy.clone());
        }
    }

    fn happened(&mut self, step: u64, kind: Kind, text: &str, is_void: bool) {
        if self.happenings.len() >= LISTED {
            self.more += 1;
            return;
        }
        let mut short: String = text.chars().take(LONGEST).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        self.happenings.push(Happening {
            step,
            kind,
            text: short,
            is_void,
        });
    }
}

/// Who gave a command.
fn by(source: Source) -> &'static str {
    match source {
        Source::Viewer => "by hand",
        Source::Remote => "from a shell",
        Source::Script => "by --at",
        Source::Signal => "by a signal",
        Source::Output => "by its output",
        Source::Guard => "by a guard",
        Source::Rule => "by a rule",
    }
}
