//! Evaluations: what judges samples, on which thread, and when one is due.

mod worker;

use crossbeam_channel::{Receiver, never};

pub(super) use worker::{Pending, Report};

use super::quality::QualitySeen;
use crate::checkpoint::Score;
use crate::config::{self, EvaluationConfig, RunConfig};
use crate::judging::Evaluator;
use crate::metric::MetricInfo;
use crate::nn::Architecture;
use crate::protocol::{Quality, QualityAt};
use crate::train::classes::Classes;
use worker::{Plan, Worker};

/// The evaluations of a run at work.
pub(super) struct Evaluations {
    /// The evaluator at work, or why there is none.
    worker: Result<Worker, String>,
    measures: Vec<MetricInfo>,
    every_steps: u64,
    seen: QualitySeen,
    /// The evaluation of the last step, until it is reported.
    last: Option<(u64, Quality)>,
}

impl Evaluations {
    /// Starts the thread of the evaluator.
    pub fn start(
        config: &RunConfig,
        architecture: Architecture,
        classes: Option<Classes>,
        evaluator: Result<Box<dyn Evaluator>, String>,
    ) -> Self {
        let EvaluationConfig {
            every_steps,
            samples,
        } = config.evaluation;
        let (worker, measures) = match evaluator {
            _ if every_steps == 0 => (Err("`evaluation.every_steps` is 0".to_owned()), Vec::new()),
            Err(reason) => (Err(reason), Vec::new()),
            Ok(evaluator) => {
                let measures = evaluator.measures();
                let plan = Plan {
                    architecture,
                    classes,
                    seed: config.seed,
                    samples,
                };
                let worker = Worker::start(evaluator, plan);
                let failed = |error| format!("no thread can be started: {error}");
                (worker.map_err(failed), measures)
            }
        };
        Self {
            worker,
            measures,
            every_steps,
            seen: QualitySeen::default(),
            last: None,
        }
    }

    /// The evaluator at work.
    pub fn worker(&mut self) -> Option<&mut Worker> {
        self.worker.as_mut().ok()
    }

    /// Why nothing is evaluated, if so.
    pub fn why_none(&self) -> Option<&str> {
        self.worker.as_ref().err().map(String::as_str)
    }

    /// Evaluates nothing any more.
    pub fn give_up(&mut self, reason: String) {
        self.worker = Err(reason);
    }

    /// What evaluations measure, most important first.
    pub fn measures(&self) -> &[MetricInfo] {
        &self.measures
    }

    /// What the evaluator's thread reports; nothing ever where there is none.
    pub fn reports(&self) -> Receiver<Report> {
        let reports = self.worker.as_ref().map(|worker| worker.reports().clone());
        reports.unwrap_or_else(|_| never())
    }

    /// Returns whether samples of the state after `step` are to be judged.
    pub fn are_due(&self, step: u64) -> bool {
        let every = self.every_steps;
        self.worker.is_ok() && every > 0 && step.is_multiple_of(every)
    }

    /// Returns whether evaluations belong to a run that ends at `step`.
    pub fn belong_to(&self, step: u64) -> bool {
        self.every_steps > 0 && step >= self.every_steps
    }

    /// Returns whether there can be any evaluation.
    pub fn are_possible(&self) -> bool {
        self.every_steps > 0 && self.worker.is_ok()
    }

    /// Forgets the evaluation under way if it is of a state after `step`, which was taken back.
    pub fn take_back(&mut self, step: u64) {
        if let Some(worker) = self.worker() {
            worker.take_back(step);
        }
    }

    /// What evaluations found.
    pub fn seen(&self) -> &QualitySeen {
        &self.seen
    }

    /// Takes note of an evaluation that was reported.
    pub fn note(&mut self, quality: QualityAt) {
        self.seen.newest = Some(quality);
    }

    /// Takes the score of a state that was evaluated. Returns whether it is the best so far.
    pub fn is_best(&mut self, score: Option<Score>) -> bool {
        self.seen.is_best(score)
    }

    /// Puts an earlier state of this run back. The best stays: it is on disk.
    pub fn restore(&mut self, seen: &QualitySeen) {
        self.seen.newest.clone_from(&seen.newest);
    }

    /// Continues from a checkpoint with this score.
    pub fn resume(&mut self, seen: &QualitySeen, score: Option<Score>) {
        self.seen = seen.clone();
        if let Some(score) = score.filter(|score| config::is_evaluated(&score.metric)) {
            self.seen.know(score);
        }
    }

    /// Starts a run from the state of another one, whose evaluations are not its own.
    pub fn fork(&mut self) {
        self.seen = QualitySeen::default();
    }

    /// Keeps the evaluation of the last step, if there is one, until it is reported.
    pub fn keep_last(&mut self, step: u64, quality: Option<Quality>) {
        self.last = quality.map(|quality| (step, quality));
    }

    /// The evaluation of the last step, once.
    pub fn take_last(&mut self) -> Option<Quality> {
        self.last.take().map(|(_, quality)| quality)
    }

    /// The step of the newest evaluation that is not reported yet, and what it found; else of the newest of all.
    pub fn newest(&self) -> Option<(u64, &std::collections::BTreeMap<String, f64>)> {
        let last = self.last.as_ref();
        let last = last.map(|(step, quality)| (*step, &quality.values));
        last.or_else(|| {
            let newest = self.seen.newest.as_ref();
            newest.map(|seen| (seen.step, &seen.values))
        })
    }

    /// Returns whether the state after `step` was evaluated.
    pub fn have(&self, step: u64) -> bool {
        let reported = self.seen.newest.as_ref().map(|seen| seen.step);
        let kept = self.last.as_ref().map(|(step, _)| *step);
        reported == Some(step) || kept == Some(step)
    }
}

/// Returns whether a condition, the choice of the best checkpoint or the configuration asks for evaluations.
pub(super) fn are_asked_for(config: &RunConfig) -> bool {
    let conditions = config.fail_if.iter();
    let mut metrics = conditions
        .chain(config.rules.iter().map(|rule| &rule.when))
        .map(|condition| condition.metric.as_str())
        .chain([config.checkpoint.best_by.as_str()]);
    let plan = &config.evaluation;
    let is_set = plan.every_steps > 0 && *plan != EvaluationConfig::default();
    metrics.any(config::is_evaluated) || is_set
}
