//! Pictures and distributions that the program sends, or that are found in its logs.

use std::sync::Arc;
use std::time::Instant;

use super::Run;
use super::gallery::Place;
use crate::foreign::images::{EVALUATION, Pictures, REAL};
use crate::protocol::{Distribution, Live, Recorded, Samples};

impl Run {
    /// Pictures came.
    pub(super) fn pictures(&mut self, pictures: Pictures, now: Instant) {
        self.faults.merged(pictures.merged);
        self.ledger.reach(pictures.step.unwrap_or(0), None);
        let step = pictures.step.unwrap_or(self.ledger.step());
        if pictures.name == EVALUATION {
            self.assessment.gather(EVALUATION, step, &pictures.images);
            return;
        }
        let is_ordered = pictures.id.is_some_and(|id| self.desk.is_open(id));
        let place = self.gallery.hang(&pictures, is_ordered, now);
        self.hang(pictures, place, now);
    }

    /// Puts pictures where they belong.
    pub(super) fn hang(&mut self, pictures: Pictures, place: Place, now: Instant) {
        let step = pictures.step.unwrap_or(self.ledger.step());
        if place == Place::Aside {
            match self.others.take(&pictures.name, pictures.keep, now) {
                Ok(true) => {}
                Ok(false) => return,
                Err(problem) => return self.unusable(&problem),
            }
        }
        let diversity = match place {
            Place::Samples { diversity, .. } => diversity,
            Place::Aside => None,
        };
        if pictures.name == REAL {
            self.assessment.real(&pictures.images);
        } else if place != Place::Aside {
            self.assessment
                .gather(&pictures.name, step, &pictures.images);
        }
        let samples = Samples {
            count: pictures.images.count(),
            shape: pictures.images.shape(),
            columns: pictures.columns,
            diversity: diversity.unwrap_or(f64::NAN),
            images: Arc::new(pictures.images),
            ..Samples::default()
        };
        match place {
            Place::Aside => {
                let file = format!("samples/{}-{step:08}.png", file_name(&pictures.name));
                let recorded = Recorded::Pictures {
                    name: pictures.name,
                    file,
                    samples,
                };
                self.ledger.record_at(step, recorded);
            }
            Place::Samples { is_kept: true, .. } => self.keep(step, samples),
            Place::Samples { is_kept: false, .. } => {
                self.newest = Some((step, samples.clone()));
                self.ledger.show_at(step, Live::Samples(samples));
            }
        }
        if let Some(diversity) = diversity {
            let (alarm, triggered) = self.guards.see_diversity(step, diversity);
            if let Some(alarm) = alarm {
                self.alarm(alarm);
            }
            self.triggered(triggered);
        }
    }

    /// Samples become a file and a part of the record.
    fn keep(&mut self, step: u64, samples: Samples) {
        self.newest = None;
        let file = format!("samples/step-{step:08}.png");
        self.ledger
            .record_at(step, Recorded::Samples { file, samples });
    }

    /// The last samples of all are kept.
    pub(super) fn keep_newest(&mut self) {
        if let Some((step, samples)) = self.newest.take() {
            self.keep(step, samples);
        }
    }

    /// A distribution came.
    pub(super) fn distribution(&mut self, step: Option<u64>, seen: Distribution, now: Instant) {
        match self.histograms.take(&seen.name, false, now) {
            Ok(true) => {}
            Ok(false) => return,
            Err(problem) => return self.unusable(&problem),
        }
        self.ledger.reach(step.unwrap_or(0), None);
        let step = step.unwrap_or(self.ledger.step());
        self.ledger.record_at(step, Recorded::Distribution(seen));
    }
}

/// A name that is a file's everywhere.
fn file_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "_-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(plain).collect();
    name.trim_start_matches('.').to_owned()
}
