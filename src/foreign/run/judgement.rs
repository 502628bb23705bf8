//! Evaluations: what the judge is to do, and what is done with what it found.

use std::time::Instant;

use super::Run;
use crate::foreign::judge::{Finding, Task};
use crate::protocol::{Live, QualityAt, Recorded};

impl Run {
    /// What the judge is to do now, if anything.
    pub fn task(&mut self, now: Instant) -> Option<Task> {
        self.assessment.task(now)
    }

    /// Whether the judge is at work.
    pub fn is_judging(&self) -> bool {
        self.assessment.is_at_work()
    }

    /// The newest evaluation.
    pub fn quality(&self) -> Option<QualityAt> {
        self.assessment.newest.clone()
    }

    /// The program may have said what its samples imitate.
    pub(super) fn take_dataset(&mut self) {
        if let Some(dataset) = &self.known.now().dataset {
            self.assessment.name(dataset);
        }
    }

    /// The judge has found something out.
    pub fn judged(&mut self, finding: Finding) {
        match finding {
            Finding::Found(Ok(measures)) => {
                self.assessment.found(measures.is_some());
                if let Some(measures) = measures {
                    self.known.judged_by(measures);
                }
            }
            Finding::Found(Err(reason)) => {
                self.assessment.found(false);
                if self.assessment.is_named() {
                    // Someone has asked for it.
                    self.warn(format!("samples are not judged: {reason}"));
                }
                self.ledger.show(Live::Unjudged { reason });
            }
            Finding::Evaluated(found) => {
                let Some(step) = self.assessment.evaluated() else {
                    return;
                };
                match found {
                    Err(reason) => self.warn(format!(
                        "the samples of step {step} were not judged: {reason}"
                    )),
                    Ok(quality) => {
                        self.assessment.newest = Some(quality.at(step));
                        for alarm in self.guards.see_quality(&quality) {
                            self.alarm(alarm);
                        }
                        let values = quality.values.iter();
                        let values: Vec<(&str, f64)> = values
                            .map(|(name, value)| (name.as_str(), *value))
                            .collect();
                        let triggered = self.guards.see_values(step, &values);
                        self.ledger.record_at(step, Recorded::Evaluated(quality));
                        self.triggered(triggered);
                    }
                }
            }
        }
    }

    /// The judge has stopped.
    pub fn unjudged(&mut self) {
        self.assessment.give_up();
        self.warn("the judge of samples has stopped".to_owned());
    }
}
