//! How good a state is, by the metric that the run chooses its best checkpoint by.

use std::collections::BTreeMap;

use crate::checkpoint::Score;
use crate::config;
use crate::metric::quality::FID;
use crate::metric::{DIVERSITY, Good, MetricInfo, ObjectiveInfo};
use crate::protocol::Metrics;

/// What is known of a state.
pub(in crate::train) struct Seen<'a> {
    /// The metrics of the last step event.
    pub metrics: &'a Metrics,
    /// The diversity of the newest samples.
    pub diversity: Option<f64>,
    /// Whether any samples of the run were evaluated.
    pub any_evaluated: bool,
    /// What the evaluation of this state found.
    pub evaluated: Option<&'a BTreeMap<String, f64>>,
    /// What evaluations measure.
    pub measures: &'a [MetricInfo],
    /// The objective that is trained.
    pub objective: &'a ObjectiveInfo,
}

/// The metric that `best_by` stands for; `auto` is another one until something was evaluated.
pub(in crate::train) fn metric_of(best_by: &str, any_evaluated: bool) -> &str {
    match best_by {
        "auto" if any_evaluated => FID.name,
        "auto" => DIVERSITY,
        metric => metric,
    }
}

/// The score of a state; `None` before the metric was seen, or if the objective does not have it. By what evaluations
/// measure, only a state that was evaluated has one.
pub(in crate::train) fn score(best_by: &str, seen: &Seen<'_>) -> Option<Score> {
    let metric = metric_of(best_by, seen.any_evaluated);
    if config::is_evaluated(metric) {
        return score_of_samples(metric, seen.evaluated?, seen.measures);
    }
    let (value, badness) = if metric == DIVERSITY {
        // 1 is as varied as the data.
        let value = seen.diversity?;
        (value, (value - 1.0).abs())
    } else {
        let value = seen.metrics.get(metric)?.mean;
        let badness = match seen.objective.metric(metric)?.good {
            Good::Lower => value,
            Good::Higher => -value,
            Good::Balance => {
                let references = &seen.objective.references;
                let balance = references.iter().find(|r| r.metric == metric)?;
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

/// The score of a state with samples of which evaluations found these values.
pub(in crate::train) fn score_of_samples(
    metric: &str,
    values: &BTreeMap<String, f64>,
    measures: &[MetricInfo],
) -> Option<Score> {
    let value = values.get(metric).copied();
    let value = value.filter(|value| value.is_finite())?;
    let info = measures.iter().find(|info| info.name == metric)?;
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
