//! What the record of a run says of one metric: read when a worker has trained it, and when nobody wrote down what it reached.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::by_hand;
use super::decide::Job;
use super::mark::Mark;
use crate::logs::{self, Found, Point, Reached, Sink};
use crate::protocol::Outcome;
use crate::record::{self, RunFacts, Status};

/// Bytes of a record that are read at once.
const PIECE: u64 = 1 << 20;

/// How far a run is to be trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Until {
    /// So many steps.
    Steps(u64),
    /// So many seconds of training.
    Seconds(u64),
}

/// The values of one metric, with their steps.
#[derive(Default)]
struct Course {
    metric: String,
    points: Vec<(u64, f64)>,
    /// The step up to which the record goes.
    recorded: u64,
}

impl Sink for Course {
    fn point(&mut self, metric: &str, point: Point) {
        if metric == self.metric {
            let kept = self.points.partition_point(|(at, _)| *at < point.step);
            self.points.truncate(kept);
            self.points.push((point.step, point.value));
        }
        // An evaluation may come after later steps.
        self.recorded = self.recorded.max(point.step);
    }

    fn rewind(&mut self, step: u64) {
        self.recorded = self.recorded.min(step);
        let kept = self.points.partition_point(|(at, _)| *at < step);
        self.points.truncate(kept);
    }

    fn restart(&mut self) {
        self.recorded = 0;
        self.points.clear();
    }
}

impl Course {
    fn of(run: &Path, metric: &str) -> Self {
        let mut course = Self {
            metric: metric.to_owned(),
            ..Self::default()
        };
        let mut source = logs::open(&Found::own(run));
        while matches!(source.read(PIECE, &mut course), Ok(Reached::More)) {}
        course
    }

    /// The newest value after one step and up to another, where it is a number.
    fn within(&self, after: u64, step: u64) -> Option<f64> {
        let end = self.points.partition_point(|(at, _)| *at <= step);
        let (at, value) = self.points.get(end.checked_sub(1)?)?;
        (*at > after && value.is_finite()).then_some(*value)
    }
}

/// What the record in a directory says of a job; nothing, if it is not done yet. `from` is the step of the rung before.
pub(super) fn reached(
    run: &Path,
    (job, until): (&Job, Until),
    metric: &str,
    from: u64,
) -> Option<Mark> {
    let facts = record::facts(run)?;
    // One that has ended was saved; its checkpoints may have been left behind when the sweep was copied.
    let ended =
        matches!(&facts.status, Status::Finished { outcome, .. } if *outcome == Outcome::Completed);
    let at_end = facts.step.filter(|_| ended);
    let saved = facts.newest_checkpoint.or(at_end).unwrap_or_default();
    let mark = |steps: u64, value, failure: Option<String>| Mark {
        until: job.until,
        metric: metric.to_owned(),
        value,
        steps,
        seconds: facts.elapsed.unwrap_or_default(),
        failure,
        is_stopped: false,
        by_hand: by_hand::changes(run),
    };
    if let Some((failure, is_stopped)) = failure(&facts) {
        return Some(Mark {
            is_stopped,
            ..mark(saved, None, Some(failure))
        });
    }
    let end = match until {
        Until::Steps(steps) => (saved >= steps).then_some(steps)?,
        Until::Seconds(seconds) => is_over(&facts, seconds).then_some(saved)?,
    };
    let course = Course::of(run, metric);
    // One that was cut, as in a copy, does not say what the run reached.
    if course.recorded < end {
        return None;
    }
    // One that is measured too seldom, or not at all, would wait at this rung for ever.
    let failure = course.points.is_empty().then(|| {
        let unit = match until {
            Until::Steps(_) => "steps",
            Until::Seconds(_) => "seconds",
        };
        format!(
            "`{metric}` was not measured once up to {} {unit}",
            job.until
        )
    });
    Some(mark(end, course.within(from, end), failure))
}

/// Whether a run ended after so many seconds of training.
fn is_over(facts: &RunFacts, seconds: u64) -> bool {
    let is_long = |elapsed: f64| elapsed >= seconds as f64;
    matches!(facts.status, Status::Finished { .. }) && facts.elapsed.is_some_and(is_long)
}

/// Puts a run aside that is to be trained and would not be: it has ended and has no checkpoint to go on from, or its record does not say
/// what it reached, as after a copy without checkpoints or with half a record. It is trained again, from the beginning, to the same
/// numbers. One that did not end has still to write that down; unless it `was_tried`.
pub(super) fn make_room(run: &Path, until: Until, was_tried: bool) -> io::Result<()> {
    let Some(facts) = record::facts(run) else {
        return Ok(());
    };
    let is_there = match until {
        Until::Steps(steps) => facts.newest_checkpoint.is_some_and(|saved| saved >= steps),
        Until::Seconds(seconds) => is_over(&facts, seconds),
    };
    let has_ended = matches!(facts.status, Status::Finished { .. });
    if (is_there && (has_ended || was_tried)) || (has_ended && facts.newest_checkpoint.is_none()) {
        put_aside(run)?;
    }
    Ok(())
}

/// Puts a run aside, beside the others, so that it is begun again. Returns where it is now.
pub(super) fn put_aside(run: &Path) -> io::Result<PathBuf> {
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let free = (1..).map(|number| run.with_file_name(format!("aside-{name}-{number}")));
    // There is no end to the numbers.
    let aside = free
        .into_iter()
        .find(|path| !path.exists())
        .unwrap_or_default();
    fs::rename(run, &aside)?;
    Ok(aside)
}

/// Why a run goes no further, if so; and whether it was stopped, and did not fail by itself.
fn failure(facts: &RunFacts) -> Option<(String, bool)> {
    match &facts.status {
        Status::Finished { outcome, reason } => match outcome {
            Outcome::Diverged | Outcome::FailedCondition | Outcome::Failed => {
                Some((reason.clone(), false))
            }
            // By a person, or by a command in its configuration: a worker that has to end interrupts it.
            Outcome::Stopped => Some((reason.clone(), true)),
            Outcome::Completed | Outcome::Interrupted | Outcome::Unknown => None,
        },
        _ => None,
    }
}
