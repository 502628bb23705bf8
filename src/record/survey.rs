//! Which runs there are, which of them are alive, and how far each has come: the content of a list of runs.
//!
//! Cheap, and tolerant: of `events.jsonl` only the ends are read, and a piece that is damaged or missing makes that piece
//! unknown, nothing else.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::checkpoints::{checkpoints, latest_of};
use super::head_tail::HeadTail;
use super::lock::{self, Seen, TookOver};
use super::run_dir::{CHECKPOINTS, CONFIG, EVENTS, LOCK, SUMMARY};
use super::{Holder, RecordError, RunSummary};
use crate::checkpoint::CheckpointFacts;
use crate::config::{self, Sources};
use crate::files;
use crate::metric::{MetricInfo, ObjectiveInfo};
use crate::protocol::{
    Body, Command, Declaration, Event, Metrics, Outcome, Recorded, Resumed, RunInfo, RunOrigin,
    Target,
};

/// What is known of a run. As JSON, every field is always there; what is unknown is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunFacts {
    /// Its name: the last part of its directory.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Whether it is alive, or how it ended.
    #[serde(flatten)]
    pub status: Status,
    /// Whether it is alive and waits for a word.
    pub paused: bool,
    /// The objective it trains, or trained last.
    pub objective: Option<String>,
    /// The dataset.
    pub dataset: Option<String>,
    /// The device.
    pub device: Option<String>,
    /// The program that trains and its arguments, where it is not this one's own trainer.
    pub program: Option<Vec<String>>,
    /// Steps done.
    pub step: Option<u64>,
    /// Real images shown to D.
    pub images: Option<u64>,
    /// Seconds of training.
    pub elapsed: Option<f64>,
    /// Where it ends.
    pub target: Option<Target>,
    /// The newest values of the metrics that its objective declares as losses.
    pub losses: Metrics,
    /// When training began for the first time.
    pub started: Option<Timestamp>,
    /// When it ended; null for live and crashed runs.
    pub ended: Option<Timestamp>,
    /// When it last gave a sign of life.
    pub last_sign: Option<Timestamp>,
    /// How many checkpoints it has.
    pub checkpoints: usize,
    /// The step of the newest checkpoint that counts: the one it would continue from.
    pub newest_checkpoint: Option<u64>,
    /// Where it continued, if it was resumed.
    pub resumed: Option<Resumed>,
    /// The run it was forked from.
    pub origin: Option<RunOrigin>,
}

/// Whether a run is alive, or how it ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// A process is at it.
    Live {
        /// Which.
        holder: Holder,
    },
    /// It ended as it should, or on request.
    Finished {
        /// How.
        outcome: Outcome,
        /// Why, in words.
        reason: String,
    },
    /// It ended by an error.
    Failed {
        /// The error.
        error: String,
    },
    /// It did not end, and no process holds it any more.
    Crashed {
        /// The process that was, if its lock is still there.
        holder: Option<Holder>,
    },
    /// Its lock cannot be read.
    Unknown {
        /// Why.
        reason: String,
    },
    /// A start that got no further than the directory.
    Empty,
}

/// Every run below the folder `runs`, sorted by their last sign of life, newest first. None if the folder does not exist.
///
/// # Errors
/// When the folder cannot be read. A damaged run is not an error.
pub fn survey(runs: &Path) -> Result<Vec<RunFacts>, RecordError> {
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(RecordError::io("read", runs)(error)),
    };
    let mut found: Vec<RunFacts> = entries.flatten().filter_map(|e| facts(&e.path())).collect();
    found.sort_by(|a, b| {
        b.last_sign
            .cmp(&a.last_sign)
            .then_with(|| a.name.cmp(&b.name))
    });
    Ok(found)
}

/// Returns whether a process holds the directory that lives, or may live: what [`facts`] says too, for less.
#[must_use]
pub fn is_held(dir: &Path) -> bool {
    match lock::see(&dir.join(LOCK)) {
        Ok(seen) => matches!(seen, Seen::Held { .. } | Seen::Unreadable { .. }),
        // What cannot be looked at may be somebody's.
        Err(_) => true,
    }
}

/// Returns whether a process of this program took the directory for a run, and still lives or was killed there. Until the run has
/// its record, that is the only trace of it.
#[must_use]
pub fn is_taken(dir: &Path) -> bool {
    matches!(
        lock::see(&dir.join(LOCK)),
        Ok(Seen::Held { .. }
            | Seen::Stale {
                by: TookOver {
                    holder: Some(_),
                    ..
                },
                ..
            })
    )
}

/// What is known of the run in `dir`; nothing where there is no trace of one.
#[must_use]
pub fn facts(dir: &Path) -> Option<RunFacts> {
    let marks = [LOCK, CONFIG, EVENTS, SUMMARY, CHECKPOINTS];
    if !marks.iter().any(|name| dir.join(name).exists()) {
        return None;
    }
    let whole = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    let ends = HeadTail::read(&dir.join(EVENTS));
    let summary: Option<RunSummary> = files::read(&dir.join(SUMMARY))
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    let checkpoints = checkpoints(&dir.join(CHECKPOINTS));
    let lock = lock::see(&dir.join(LOCK)).unwrap_or_else(|error| Seen::Unreadable {
        reason: error.to_string(),
    });
    let log = Log::of(&ends);
    let began = log.last.is_some() || dir.join(CONFIG).exists() || !checkpoints.is_empty();
    let branch = ends.newest_branch();
    let newest = latest_of(&checkpoints, branch, dir).map(|at| &checkpoints[at]);
    let (status, ended) = status(lock, log.ending(), summary.as_ref(), log.last, began);
    // The summary says how far a run came; but not that of a run that has been resumed since.
    let summary = summary.filter(|_| matches!(status, Status::Finished { .. }));
    let metrics = summary.as_ref().map(|s| &s.summary.metrics);
    let own = log.info.and_then(RunInfo::own);
    let losses = log.losses(metrics.or(log.metrics).unwrap_or(&Metrics::new()));
    let last_sign = [
        log.last.map(|e| e.time),
        ended,
        lock::last_beat(&dir.join(LOCK)),
    ];
    Some(RunFacts {
        name: name.to_string_lossy().into_owned(),
        dir: dir.to_path_buf(),
        objective: log.objective(summary.as_ref(), newest),
        dataset: own
            .map(|own| own.dataset.name.clone())
            .or_else(|| summary.as_ref().and_then(|s| s.dataset.clone())),
        device: own.map(|own| own.device.name.clone()),
        program: log
            .info
            .and_then(RunInfo::program)
            .map(|program| program.command.clone()),
        step: log
            .last
            .map(|e| e.step)
            .or(summary.as_ref().map(|s| s.summary.step))
            .or(newest.map(|c| c.step)),
        images: log
            .last
            .map(|e| e.images)
            .or(summary.as_ref().map(|s| s.summary.images)),
        elapsed: log
            .last
            .map(|e| e.elapsed)
            .or(summary.as_ref().map(|s| s.summary.seconds)),
        target: log.info.map(|info| log.target(info, branch, dir)),
        losses,
        started: ends
            .first_start
            .as_ref()
            .map(|e| e.time)
            .or(summary.as_ref().and_then(|s| s.started)),
        ended,
        last_sign: last_sign.into_iter().flatten().max(),
        checkpoints: checkpoints.len(),
        newest_checkpoint: newest.map(|c| c.step),
        resumed: log.info.and_then(|i| i.resumed.clone()),
        origin: log.info.and_then(|i| i.origin.clone()),
        paused: matches!(status, Status::Live { .. }) && log.is_paused(),
        status,
    })
}

/// The status of a run, and when it ended.
fn status(
    lock: Seen,
    logged: Option<(Status, Timestamp)>,
    summary: Option<&RunSummary>,
    last: Option<&Event>,
    began: bool,
) -> (Status, Option<Timestamp>) {
    let holder = match lock {
        Seen::Held { holder, .. } => return (Status::Live { holder }, None),
        Seen::Unreadable { reason } => return (Status::Unknown { reason }, None),
        Seen::Stale { by, .. } => by.holder,
        Seen::Free => None,
    };
    // A full disk may have taken the summary and not the last events.
    let summed = summary
        .filter(|s| last.is_none_or(|e| e.time <= s.ended))
        .map(|s| {
            let (outcome, reason) = (s.summary.outcome, s.summary.reason.clone());
            (Status::Finished { outcome, reason }, s.ended)
        });
    // An ending from before the lock was taken is that of an earlier process.
    let is_of_the_last = |ended: &Timestamp| holder.as_ref().is_none_or(|h| h.started <= *ended);
    match logged.or(summed).filter(|(_, ended)| is_of_the_last(ended)) {
        Some((status, ended)) => (status, Some(ended)),
        None if began => (Status::Crashed { holder }, None),
        None => (Status::Empty, None),
    }
}

/// What the ends of a record say.
struct Log<'a> {
    tail: &'a [Event],
    /// The newest `started`.
    info: Option<&'a RunInfo>,
    /// The newest event that has a position: a failure has none.
    last: Option<&'a Event>,
    /// The newest metrics.
    metrics: Option<&'a Metrics>,
    /// What the program that trains has declared last.
    program: Option<&'a Declaration>,
}

impl<'a> Log<'a> {
    fn of(ends: &'a HeadTail) -> Self {
        let newest_first = || ends.tail.iter().rev().chain(&ends.first_start);
        Self {
            tail: &ends.tail,
            info: newest_first().find_map(|e| match &e.body {
                Body::Recorded(Recorded::Started(info)) => Some(&**info),
                _ => None,
            }),
            last: newest_first()
                .find(|e| !matches!(e.body, Body::Recorded(Recorded::Failed { .. }))),
            metrics: newest_first().find_map(|e| match &e.body {
                Body::Recorded(Recorded::Step(window)) => Some(&window.metrics),
                _ => None,
            }),
            program: ends
                .tail
                .iter()
                .rev()
                .chain(&ends.declared)
                .find_map(|e| match &e.body {
                    Body::Recorded(Recorded::Declared(declared)) => Some(&**declared),
                    _ => None,
                }),
        }
    }

    /// Where a run ends. The last start of a run that was resumed may be too far back in a long record to be found: then its
    /// configuration has it.
    fn target(&self, started: &RunInfo, branch: u32, dir: &Path) -> Target {
        let Some(own) = started.own() else {
            return self
                .program
                .map_or(started.target, |declared| declared.target);
        };
        if branch == 0 || started.resumed.is_some() {
            return started.target;
        }
        config::resolve(Sources::file(dir.join(CONFIG))).map_or(started.target, |resolved| {
            resolved.config.target(own.dataset.images)
        })
    }

    /// How the run ended, unless it was resumed after that.
    fn ending(&self) -> Option<(Status, Timestamp)> {
        self.tail.iter().rev().find_map(|e| match &e.body {
            Body::Recorded(Recorded::Finished(summary)) => {
                let (outcome, reason) = (summary.outcome, summary.reason.clone());
                Some(Some((Status::Finished { outcome, reason }, e.time)))
            }
            Body::Recorded(Recorded::Failed { error }) => {
                let error = error.clone();
                Some(Some((Status::Failed { error }, e.time)))
            }
            // These may follow an ending.
            Body::Recorded(
                Recorded::Warning { .. } | Recorded::Checkpoint { .. } | Recorded::Note { .. },
            ) => None,
            _ => Some(None),
        })?
    }

    /// Returns whether the newest word on it was to pause.
    fn is_paused(&self) -> bool {
        let mut newest_first = self.tail.iter().rev();
        newest_first.find_map(|e| match &e.body {
            Body::Recorded(Recorded::Applied { command, .. }) if *command == Command::Pause => {
                Some(true)
            }
            Body::Recorded(Recorded::Applied { command, .. }) if *command == Command::Resume => {
                Some(false)
            }
            Body::Recorded(Recorded::Started(_)) => Some(false),
            _ => None,
        }) == Some(true)
    }

    /// The newest declaration of an objective.
    fn declared(&self) -> Option<Cow<'a, ObjectiveInfo>> {
        if let Some(declared) = self.program {
            return Some(Cow::Owned(declared.objective()));
        }
        let newest = self.tail.iter().rev().find_map(|e| match &e.body {
            Body::Recorded(Recorded::Started(info)) => Some(&info.own()?.objective),
            Body::Recorded(Recorded::Applied { objective, .. }) => objective.as_deref(),
            _ => None,
        });
        newest
            .or_else(|| Some(&self.info?.own()?.objective))
            .map(Cow::Borrowed)
    }

    /// The objective: a declaration counts only if nothing newer could have been missed.
    fn objective(
        &self,
        summary: Option<&RunSummary>,
        checkpoint: Option<&CheckpointFacts>,
    ) -> Option<String> {
        let in_tail = self.tail.iter().rev().find_map(|e| match &e.body {
            Body::Recorded(Recorded::Started(info)) => Some(info.own()?.objective.name.clone()),
            Body::Recorded(Recorded::Applied { objective, .. }) => {
                objective.as_ref().map(|o| o.name.clone())
            }
            Body::Recorded(Recorded::Finished(summary)) => Some(summary.objective.clone()),
            _ => None,
        });
        summary
            .map(|s| s.summary.objective.clone())
            .or(in_tail)
            .or_else(|| checkpoint?.objective.clone())
            .or_else(|| self.declared().map(|o| o.name.clone()))
            .filter(|name| !name.is_empty())
    }

    /// Of `metrics`, those declared as losses.
    fn losses(&self, metrics: &Metrics) -> Metrics {
        let declared = self.declared();
        let is_loss = |name: &str| {
            declared
                .as_ref()
                .and_then(|o| o.metric(name))
                .is_some_and(MetricInfo::is_on_main_chart)
        };
        let losses = metrics.iter().filter(|(name, _)| is_loss(name));
        losses.map(|(name, stat)| (name.clone(), *stat)).collect()
    }
}
