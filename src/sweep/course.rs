//! What the record of a run says of one metric: read when a worker has trained it, and when nobody wrote down what it reached.

use std::path::Path;
use std::{fs, io};

use super::decide::Job;
use super::mark::{Mark, STOPPED};
use crate::config::{self, Sources};
use crate::logs::{self, Found, Point, Reached, Sink};
use crate::protocol::Outcome;
use crate::record::{self, CONFIG, RunFacts, Status};

/// What training says that finds no checkpoint to go on from.
const NO_CHECKPOINT: &str = "no undamaged checkpoint";

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
}

impl Sink for Course {
    fn point(&mut self, metric: &str, point: Point) {
        if metric == self.metric {
            self.rewind(point.step);
            self.points.push((point.step, point.value));
        }
    }

    fn rewind(&mut self, step: u64) {
        let kept = self.points.partition_point(|(at, _)| *at < step);
        self.points.truncate(kept);
    }

    fn restart(&mut self) {
        self.points.clear();
    }
}

impl Course {
    fn of(run: &Path, metric: &str) -> Self {
        let mut course = Self {
            metric: metric.to_owned(),
            points: Vec::new(),
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
    let mark = |steps: u64, value, failure| Mark {
        until: job.until,
        metric: metric.to_owned(),
        value,
        steps,
        seconds: facts.elapsed.unwrap_or_default(),
        failure,
    };
    if let Some(failure) = failure(&facts) {
        return Some(mark(saved, None, Some(failure)));
    }
    let end = match until {
        Until::Steps(steps) => (saved >= steps).then_some(steps)?,
        Until::Seconds(seconds) => {
            let has_ended = matches!(facts.status, Status::Finished { .. });
            let is_there = facts
                .elapsed
                .is_some_and(|elapsed| elapsed >= seconds as f64);
            (has_ended && is_there).then_some(saved)?
        }
    };
    let course = Course::of(run, metric);
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

/// Puts a run aside that has ended and has no checkpoint to go on from, as after a copy without checkpoints: it is trained again, from the
/// beginning, to the same numbers.
pub(super) fn make_room(run: &Path) -> io::Result<()> {
    let is_over = |facts: RunFacts| {
        facts.newest_checkpoint.is_none() && matches!(facts.status, Status::Finished { .. })
    };
    if record::facts(run).is_some_and(is_over) {
        put_aside(run)
    } else {
        Ok(())
    }
}

/// Whether a run that failed can never be gone on with: its configuration or its checkpoints are damaged, as after a copy.
pub(super) fn is_beyond_repair(run: &Path, reason: &str) -> bool {
    let file = run.join(CONFIG);
    let is_whole = fs::metadata(&file).is_ok_and(|file| file.len() > 0)
        && config::resolve(Sources::file(file)).is_ok();
    !is_whole || reason.contains(NO_CHECKPOINT)
}

/// Puts a run aside, if there is one, so that it is begun again.
pub(super) fn put_aside(run: &Path) -> io::Result<()> {
    if !run.is_dir() {
        return Ok(());
    }
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let free = (1..).map(|number| run.with_file_name(format!("aside-{name}-{number}")));
    free.into_iter()
        .find(|path| !path.exists())
        .map_or(Ok(()), |aside| fs::rename(run, aside))
}

/// Why a run goes no further, if so.
fn failure(facts: &RunFacts) -> Option<String> {
    match &facts.status {
        Status::Finished { outcome, reason } => match outcome {
            Outcome::Diverged | Outcome::FailedCondition | Outcome::Failed => Some(reason.clone()),
            // By a person, or by a command in its configuration: a worker that has to end interrupts it.
            Outcome::Stopped => Some(format!("{STOPPED}: {reason}")),
            Outcome::Completed | Outcome::Interrupted | Outcome::Unknown => None,
        },
        _ => None,
    }
}
