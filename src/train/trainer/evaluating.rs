//! Evaluations during a run: when one is made, and what it leads to.

use std::sync::Arc;

use crossbeam_channel::TryRecvError;

use super::Trainer;
use crate::config;
use crate::protocol::{CheckpointReason, Live, Outcome, Position, Quality, Recorded, Warning};
use crate::train::TrainError;
use crate::train::checkpoints::score_of_samples;
use crate::train::control::End;
use crate::train::evaluation::{Pending, Report, are_asked_for};
use crate::train::snapshot::Snapshot;

impl Trainer {
    /// If nothing is evaluated, reports that: to viewers, and as a warning if someone has asked for evaluations.
    pub(super) fn announce_if_unjudged(&self) {
        let Some(reason) = self.evaluations.why_none() else {
            return;
        };
        let reason = reason.to_owned();
        if are_asked_for(&self.setup.config) {
            let text = format!("nothing is evaluated: {reason}");
            self.announce(Recorded::Warning(Warning::passing(text)));
        }
        self.show(Live::Unjudged { reason });
    }

    /// Evaluates samples of the present state on this thread, if that is due and no person watches. Returns whether the state
    /// is the best so far.
    pub(super) fn evaluate_unattended(&mut self) -> Result<bool, TrainError> {
        let is_due = self.evaluations.are_due(self.progress.step());
        if self.control.is_attended() || !is_due || !self.learner.is_finite()? {
            return Ok(false);
        }
        match self.evaluate_now()? {
            Some(quality) => self.take_in_quality(self.position(), quality),
            None => Ok(false),
        }
    }

    /// Has samples of the present state evaluated in the background, if that is due and a person watches.
    pub(super) fn evaluate_attended(&mut self) -> Result<(), TrainError> {
        let is_due = self.evaluations.are_due(self.progress.step());
        if !self.control.is_attended() || !is_due || !self.learner.is_finite()? {
            return Ok(());
        }
        let Some(worker) = self.evaluations.worker() else {
            return Ok(());
        };
        if worker.is_busy() {
            worker.drop_one();
            return Ok(());
        }
        let weights = self.sampler_weights()?;
        let snapshot = self.candidate()?;
        let at = self.position();
        if let Some(worker) = self.evaluations.worker() {
            worker.begin(weights, Pending { at, snapshot });
        }
        Ok(())
    }

    /// The weights that samples are generated with.
    fn sampler_weights(&self) -> Result<Vec<f32>, TrainError> {
        let sampler = self.learner.model().sampler();
        Ok(sampler.params().row(0)?.to_vec1()?)
    }

    /// The present state, where it may turn out to be the best.
    fn candidate(&mut self) -> Result<Option<Arc<Snapshot>>, TrainError> {
        if !config::is_evaluated(self.checkpoints.best_by(true)) {
            return Ok(None);
        }
        let now = (self.progress.step(), self.progress.seq());
        let newest = self.rollback.newest().filter(|kept| {
            let kept = &kept.state.progress;
            // Kept a moment ago: no second copy.
            (kept.step(), kept.seq()) == now
        });
        match newest.cloned() {
            Some(kept) => Ok(Some(kept)),
            None => self.snapshot().map(Some),
        }
    }

    /// Evaluates samples of the present state and waits for it; returns `None` if that cannot be done.
    fn evaluate_now(&mut self) -> Result<Option<Quality>, TrainError> {
        // An evaluation that was begun while a viewer was attached comes first.
        while let Some(worker) = self.evaluations.worker()
            && (!worker.is_ready() || worker.is_busy())
        {
            let report = worker.reports().recv().ok();
            self.handle_report(report)?;
        }
        let weights = self.sampler_weights()?;
        let Some(worker) = self.evaluations.worker() else {
            return Ok(None);
        };
        match worker.judge(weights) {
            Ok(quality) => Ok(Some(quality)),
            Err(reason) => {
                self.warn_not_judged(self.progress.step(), &reason);
                Ok(None)
            }
        }
    }

    /// Handles a report of the evaluator's thread; `None` means that the thread has ended.
    pub(super) fn handle_report(&mut self, report: Option<Report>) -> Result<(), TrainError> {
        let Some(worker) = self.evaluations.worker() else {
            return Ok(());
        };
        match report {
            Some(Report::Ready(Ok(()))) => worker.set_ready(),
            Some(Report::Ready(Err(reason))) => self.give_up_evaluations(reason),
            None => self.give_up_evaluations("the evaluator has stopped".to_owned()),
            Some(Report::Evaluated(result)) => {
                let Some(Pending { at, snapshot }) = worker.end() else {
                    return Ok(());
                };
                match result {
                    Ok(quality) => {
                        if self.take_in_quality(at, quality)?
                            && let Some(snapshot) = snapshot
                        {
                            let score = self.evaluations.seen().best.clone();
                            self.checkpoints
                                .save(snapshot, None, CheckpointReason::Best, score);
                        }
                    }
                    Err(reason) => self.warn_not_judged(at.step, &reason),
                }
            }
        }
        Ok(())
    }

    /// Handles what the evaluator's thread has reported since the last step.
    pub(super) fn poll_evaluator(&mut self) -> Result<(), TrainError> {
        while let Some(worker) = self.evaluations.worker() {
            match worker.reports().try_recv() {
                Err(TryRecvError::Empty) => break,
                report => self.handle_report(report.ok())?,
            }
        }
        Ok(())
    }

    fn give_up_evaluations(&mut self, reason: String) {
        self.evaluations.give_up(reason);
        self.announce_if_unjudged();
    }

    fn warn_not_judged(&self, step: u64, reason: &str) {
        let text = format!("the samples of step {step} were not evaluated: {reason}");
        self.announce(Recorded::Warning(Warning::passing(text)));
    }

    /// Reports an evaluation, and does what it calls for. Returns whether the state is the best so far.
    fn take_in_quality(&mut self, at: Position, mut quality: Quality) -> Result<bool, TrainError> {
        if let Some(worker) = self.evaluations.worker() {
            quality.dropped = worker.take_dropped();
        }
        self.report_quality(at, &quality);
        let alarms = self.guards.see_quality(&quality);
        self.raise(alarms)?;
        let metric = self.checkpoints.best_by(true);
        let score = score_of_samples(metric, &quality.values, self.evaluations.measures());
        Ok(self.evaluations.is_best(score))
    }

    /// Reports an evaluation, and checks it against the conditions.
    fn report_quality(&mut self, at: Position, quality: &Quality) {
        self.record_at(at, Recorded::Evaluated(quality.clone()));
        self.evaluations.note(quality.at(at.step));
        let values = quality.values.iter();
        let values: Vec<(&str, f64)> = values.map(|(name, v)| (name.as_str(), *v)).collect();
        self.check_values(at.step, &values);
    }

    /// At the end of a run: evaluates the samples of its last step, where evaluations belong to the run or a condition asks
    /// for one. A person who quits does not wait for it.
    pub(super) fn evaluate_the_end(&mut self) -> Result<(), TrainError> {
        let step = self.progress.step();
        let waits = match self.control.outcome() {
            Some(Outcome::Completed) => true,
            Some(Outcome::Stopped | Outcome::FailedCondition) => !self.control.is_attended(),
            _ => false,
        };
        let mut measures = self.evaluations.measures().iter();
        // How many steps a run makes in its time, nobody can say before.
        let belongs = self.evaluations.belong_to(step)
            || self.setup.target().seconds.is_some()
            || measures.any(|measure| self.guards.ask_for(&measure.name, step));
        if !waits || !belongs || step == 0 || !self.evaluations.are_possible() {
            return Ok(());
        }
        if !self.evaluations.have(step) {
            let quality = self.evaluate_now()?;
            self.evaluations.keep_last(step, quality);
        }
        Ok(())
    }

    /// Reports the evaluation of the last step, which is not part of the state, so that a resumed run reports it as if it
    /// had never stopped. A condition that it meets has failed the run.
    pub(super) fn report_final_evaluation(&mut self) {
        if let Some(quality) = self.evaluations.take_last() {
            self.report_quality(self.position(), &quality);
        }
        if matches!(
            self.control.outcome(),
            Some(Outcome::Completed | Outcome::Stopped)
        ) && let Some(failure) = self.guards.failure()
        {
            let end = End::new(Outcome::FailedCondition, failure.text);
            self.control.set_end(Some(end));
        }
    }

    /// Why a metric was never measured, if it is one that evaluations measure and there are none, or none that measure it.
    pub(super) fn why_unjudged(&self, metric: &str) -> Option<String> {
        if !config::is_evaluated(metric) {
            return None;
        }
        if let Some(reason) = self.evaluations.why_none() {
            return Some(format!("nothing was evaluated: {reason}"));
        }
        let measures = self.evaluations.measures();
        let names: Vec<&str> = measures
            .iter()
            .map(|measure| measure.name.as_str())
            .collect();
        (!names.contains(&metric)).then(|| {
            format!(
                "evaluations of these images measure {} only",
                names.join(", ")
            )
        })
    }

    /// Warns of conditions on metrics that the judge of these images does not measure.
    pub(super) fn announce_if_unmeasured(&self) {
        if self.evaluations.why_none().is_some() {
            return;
        }
        let config = &self.setup.config;
        let rules = config.rules.iter().map(|rule| &rule.when);
        for condition in config.fail_if.iter().chain(rules) {
            if let Some(why) = self.why_unjudged(&condition.metric) {
                let text = format!("`{condition}` will never be checked: {why}");
                self.announce(Recorded::Warning(Warning::passing(text)));
            }
        }
    }
}
