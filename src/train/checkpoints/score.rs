//! How good a state is, by the metric that the run chooses its best checkpoint by.

use crate::config;
use crate::metric::Good;
use crate::train::checkpoints::format::Score;
use crate::train::trainer::Trainer;

/// The diversity of the fixed latents' images, which no objective declares.
const DIVERSITY: &str = "diversity";

impl Trainer {
    /// The metric that the best checkpoint is chosen by; `judged` says whether samples were judged yet.
    pub(in crate::train) fn best_by(&self, judged: bool) -> &str {
        match self.config.checkpoint.best_by.as_str() {
            "auto" if judged => "fid",
            "auto" => DIVERSITY,
            metric => metric,
        }
    }

    /// The score of the present state; none before the metric was seen, or where the objective does not have it. By what
    /// evaluations measure, only a state that was judged has one.
    pub(in crate::train) fn score(&self) -> Option<Score> {
        let last = self
            .last_quality
            .as_ref()
            .map(|(step, q)| (*step, &q.values));
        let judged = last.or_else(|| {
            let newest = self.quality.newest.as_ref();
            newest.map(|seen| (seen.step, &seen.values))
        });
        let metric = self.best_by(judged.is_some());
        if config::is_evaluated(metric) {
            let (_, values) = judged.filter(|(step, _)| *step == self.step)?;
            return self.score_of(values);
        }
        let (value, badness) = if metric == DIVERSITY {
            // 1 is as varied as the data.
            let value = self.diversity?;
            (value, (value - 1.0).abs())
        } else {
            let value = self.last_metrics.get(metric)?.mean;
            let info = self.objective.info();
            let badness = match info.metric(metric)?.good {
                Good::Lower => value,
                Good::Higher => -value,
                Good::Balance => {
                    let balance = info.references.iter().find(|r| r.metric == metric)?;
                    (value - balance.value).abs()
                }
                Good::Neutral => return None,
            };
            (value, badness)
        };
        value.is_finite().then(|| Score {
            metric: metric.to_owned(),
            value,
            badness,
        })
    }
}
