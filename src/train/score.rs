//! How good a state is, by the metric that the run chooses its best checkpoint by.

use super::checkpoint::Score;
use super::trainer::Trainer;
use crate::protocol::Good;

/// The diversity of the fixed latents' images, which no objective declares.
const DIVERSITY: &str = "diversity";

impl Trainer {
    /// The score of the present state; none before the metric was seen, or where the objective does not have it.
    pub(super) fn score(&self) -> Option<Score> {
        let metric = self.config.checkpoint.best_by.as_str();
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
