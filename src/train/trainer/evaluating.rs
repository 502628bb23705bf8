//! Evaluations at work: when one is due, what it leads to, and which state was the best.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::TryRecvError;
use serde::{Deserialize, Serialize};

use crate::config::{self, EvaluationConfig, RunConfig};
use crate::metric::{Good, MetricInfo};
use crate::protocol::{Body, Outcome, Quality, QualityAt};
use crate::train::TrainError;
use crate::train::checkpoints::format::{Checkpoint, Reason, SavedAs, Score};
use crate::train::evaluation::{At, Evaluation, Evaluator, Pending, Plan, Told};
use crate::train::snapshot::Snapshot;
use crate::train::trainer::Trainer;

/// What is known of the quality of a run: part of its state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QualitySeen {
    /// The newest evaluation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newest: Option<QualityAt>,
    /// The best that a state was found, of whatever branch: it is on disk.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub best: Option<Score>,
}

/// The evaluator of a run at work, and what it measures; or why there is none.
pub(in crate::train) fn evaluation(
    config: &RunConfig,
    evaluator: Result<Box<dyn Evaluator>, String>,
) -> (Result<Evaluation, String>, Vec<MetricInfo>) {
    let EvaluationConfig {
        every_steps,
        samples,
    } = config.evaluation;
    if every_steps == 0 {
        return (Err("`evaluation.every_steps` is 0".to_owned()), Vec::new());
    }
    let evaluator = match evaluator {
        Ok(evaluator) => evaluator,
        Err(reason) => return (Err(reason), Vec::new()),
    };
    let measures = evaluator.measures();
    let plan = Plan {
        latent_dim: config.latent_dim,
        seed: config.seed,
        samples,
    };
    let started = Evaluation::start(evaluator, plan);
    (
        started.map_err(|e| format!("no thread can be started: {e}")),
        measures,
    )
}

impl Trainer {
    /// Says that nothing is judged, where that is so: to those who watch, and as a warning if somebody has asked for it.
    pub(in crate::train) fn say_if_unjudged(&self) {
        let Err(reason) = &self.evaluation else {
            return;
        };
        let reason = reason.clone();
        if self.asks_for_evaluations() {
            let text = format!("nothing is evaluated: {reason}");
            self.emit_aside(Body::Warning { text });
        }
        self.emit_aside(Body::Unjudged { reason });
    }

    /// Whether a condition, the choice of the best checkpoint or the configuration asks for evaluations.
    fn asks_for_evaluations(&self) -> bool {
        let config = &self.config;
        let conditions = config.fail_if.iter();
        let mut metrics = conditions
            .chain(config.rules.iter().map(|rule| &rule.when))
            .map(|condition| condition.metric.as_str())
            .chain([config.checkpoint.best_by.as_str()]);
        let plan = &config.evaluation;
        let is_set = plan.every_steps > 0 && *plan != EvaluationConfig::default();
        metrics.any(config::is_evaluated) || is_set
    }

    /// Whether the step just made is one at which samples are judged.
    pub(in crate::train) fn is_evaluation_due(&self) -> bool {
        let every = self.config.evaluation.every_steps;
        self.evaluation.is_ok() && every > 0 && self.step.is_multiple_of(every)
    }

    /// Has samples of the present state judged and waits for it, if that is due and no person watches. Says whether the state
    /// is the best so far.
    pub(in crate::train) fn evaluate_unattended(&mut self) -> Result<bool, TrainError> {
        if self.attended.load(Ordering::Relaxed)
            || !self.is_evaluation_due()
            || !self.window.is_finite()?
        {
            return Ok(false);
        }
        match self.evaluate_now()? {
            Some(quality) => self.take_in_quality(self.at(), quality),
            None => Ok(false),
        }
    }

    /// Has samples of the present state judged, if that is due and a person watches, who does not wait.
    pub(in crate::train) fn evaluate_attended(&mut self) -> Result<(), TrainError> {
        if !self.attended.load(Ordering::Relaxed)
            || !self.is_evaluation_due()
            || !self.window.is_finite()?
        {
            return Ok(());
        }
        let Ok(evaluation) = &mut self.evaluation else {
            return Ok(());
        };
        if evaluation.is_busy() {
            evaluation.drop_one();
            return Ok(());
        }
        let weights = self.judged_weights()?;
        let snapshot = self.candidate()?;
        let at = self.at();
        if let Ok(evaluation) = &mut self.evaluation {
            evaluation.begin(weights, Pending { at, snapshot });
        }
        Ok(())
    }

    /// The weights that samples are drawn with.
    fn judged_weights(&self) -> Result<Vec<f32>, TrainError> {
        Ok(self.model.sampler().params().row(0)?.to_vec1()?)
    }

    fn at(&self) -> At {
        At {
            step: self.step,
            images: self.images,
            elapsed: self.clock.seconds(),
        }
    }

    /// The present state, where it may turn out to be the best.
    fn candidate(&mut self) -> Result<Option<Arc<Snapshot>>, TrainError> {
        if !config::is_evaluated(self.best_by(true)) {
            return Ok(None);
        }
        let newest = self.ring.newest().filter(|kept| {
            // Kept a moment ago: no second copy.
            (kept.state.step, kept.state.seq) == (self.step, self.seq)
        });
        match newest.cloned() {
            Some(kept) => Ok(Some(kept)),
            None => self.snapshot().map(Some),
        }
    }

    /// Judges samples of the present state and waits for it; nothing where that cannot be done.
    fn evaluate_now(&mut self) -> Result<Option<Quality>, TrainError> {
        // One that was begun while a person watched comes first.
        while let Ok(evaluation) = &self.evaluation
            && (!evaluation.is_ready || evaluation.is_busy())
        {
            let told = evaluation.told.recv().ok();
            self.take_in(told)?;
        }
        let weights = self.judged_weights()?;
        let Ok(evaluation) = &mut self.evaluation else {
            return Ok(None);
        };
        match evaluation.judge(&weights) {
            Ok(quality) => Ok(Some(quality)),
            Err(reason) => {
                self.say_not_judged(self.step, &reason);
                Ok(None)
            }
        }
    }

    /// Takes in what the evaluator's thread says; nothing is its end.
    pub(in crate::train) fn take_in(&mut self, told: Option<Told>) -> Result<(), TrainError> {
        let Ok(evaluation) = &mut self.evaluation else {
            return Ok(());
        };
        let gone = || "the evaluator has stopped".to_owned();
        match told {
            Some(Told::Ready(Ok(()))) => evaluation.is_ready = true,
            Some(Told::Ready(Err(reason))) => self.give_up_evaluations(reason),
            None => self.give_up_evaluations(gone()),
            Some(Told::Judged(result)) => {
                let Some(Pending { at, snapshot }) = evaluation.end() else {
                    return Ok(());
                };
                match result {
                    Ok(quality) => {
                        if self.take_in_quality(at, quality)?
                            && let Some(snapshot) = snapshot
                        {
                            self.saver.save(Checkpoint {
                                snapshot,
                                good: None,
                                saved: SavedAs {
                                    reason: Reason::Best,
                                    score: self.quality.best.clone(),
                                },
                            });
                        }
                    }
                    Err(reason) => self.say_not_judged(at.step, &reason),
                }
            }
        }
        Ok(())
    }

    /// Takes in what the evaluator's thread has said since the last step.
    pub(in crate::train) fn hear_evaluator(&mut self) -> Result<(), TrainError> {
        while let Ok(evaluation) = &self.evaluation {
            match evaluation.told.try_recv() {
                Err(TryRecvError::Empty) => break,
                told => self.take_in(told.ok())?,
            }
        }
        Ok(())
    }

    fn give_up_evaluations(&mut self, reason: String) {
        self.evaluation = Err(reason);
        self.say_if_unjudged();
    }

    fn say_not_judged(&self, step: u64, reason: &str) {
        let text = format!("the samples of step {step} were not judged: {reason}");
        self.emit_aside(Body::Warning { text });
    }

    /// Tells of an evaluation, and does what it calls for. Says whether the state is the best so far.
    fn take_in_quality(&mut self, at: At, mut quality: Quality) -> Result<bool, TrainError> {
        if let Ok(evaluation) = &mut self.evaluation {
            quality.dropped = evaluation.take_dropped();
        }
        self.tell(at, &quality);
        let alarms = self.health.observe_quality(&quality);
        self.raise(alarms)?;
        let score = self.score_of(&quality.values);
        let is_best = match (&score, &self.quality.best) {
            (Some(score), Some(best)) => {
                best.metric != score.metric || score.badness < best.badness
            }
            (score, _) => score.is_some(),
        };
        if is_best {
            self.quality.best = score;
        }
        Ok(is_best)
    }

    /// Tells of an evaluation, and looks whether it meets a condition.
    fn tell(&mut self, at: At, quality: &Quality) {
        self.emit_at(at, Body::Evaluated(quality.clone()));
        self.quality.newest = Some(quality.at(at.step));
        let values = quality.values.iter();
        let values: Vec<(&str, f64)> = values.map(|(name, v)| (name.as_str(), *v)).collect();
        self.judge(at.step, &values);
    }

    /// At the end of a run: judges the samples of its last step, where evaluations belong to the run or a condition asks for
    /// one. Whoever quits need not wait for it.
    pub(in crate::train) fn evaluate_the_end(&mut self) -> Result<(), TrainError> {
        let every = self.config.evaluation.every_steps;
        let attended = self.attended.load(Ordering::Relaxed);
        let waits = match self.end {
            Some((Outcome::Completed, _)) => true,
            Some((Outcome::Stopped | Outcome::FailedCondition, _)) => !attended,
            _ => false,
        };
        let is_asked = |m: &MetricInfo| self.rules.asks_for(&m.name, self.step);
        let belongs = self.step >= every || self.measures.iter().any(is_asked);
        if !waits || !belongs || self.step == 0 || every == 0 || self.evaluation.is_err() {
            return Ok(());
        }
        let told = self.quality.newest.as_ref().map(|seen| seen.step);
        let found = self.last_quality.as_ref().map(|(step, _)| *step);
        if told != Some(self.step) && found != Some(self.step) {
            self.last_quality = self.evaluate_now()?.map(|quality| (self.step, quality));
        }
        Ok(())
    }

    /// Tells of the evaluation of the last step, which is no part of the state: a run that goes on from here is one that
    /// never stopped. A condition that it meets has failed the run.
    pub(in crate::train) fn tell_the_end(&mut self) {
        if let Some((_, quality)) = self.last_quality.take() {
            self.tell(self.at(), &quality);
        }
        if matches!(self.end, Some((Outcome::Completed | Outcome::Stopped, _)))
            && let Some(failure) = self.rules.failure()
        {
            self.end = Some((Outcome::FailedCondition, failure.text));
        }
    }

    /// Why a metric was never measured, if it is one that evaluations measure and there are none.
    pub(in crate::train) fn why_unjudged(&self, metric: &str) -> Option<&str> {
        let reason = self.evaluation.as_ref().err()?;
        config::is_evaluated(metric).then_some(reason)
    }

    /// Forgets what was judged behind `step`, which is taken back.
    pub(in crate::train) fn take_back_evaluations(&mut self, step: u64) {
        if let Ok(evaluation) = &mut self.evaluation {
            evaluation.take_back(step);
        }
    }

    /// How good a state is with samples for which this was measured.
    pub(in crate::train) fn score_of(&self, values: &BTreeMap<String, f64>) -> Option<Score> {
        let metric = self.best_by(true);
        let value = values
            .get(metric)
            .copied()
            .filter(|value| value.is_finite())?;
        let info = self.measures.iter().find(|m| m.name == metric)?;
        let badness = match info.good {
            Good::Lower => value,
            Good::Higher => -value,
            Good::Balance | Good::Neutral => return None,
        };
        Some(Score {
            metric: metric.to_owned(),
            value,
            badness,
        })
    }

    /// A checkpoint that the run goes on from has this score: nothing worse is the best from here on.
    pub(in crate::train) fn know_score(&mut self, score: Option<Score>) {
        if let Some(score) = score.filter(|score| config::is_evaluated(&score.metric)) {
            let best = &mut self.quality.best;
            let is_better = best
                .as_ref()
                .is_none_or(|best| best.metric == score.metric && score.badness < best.badness);
            if is_better {
                *best = Some(score);
            }
        }
    }
}
