//! Which metrics stand on a line.

use crate::metric::MetricInfo;

/// The metrics on the main chart, in the objective's order.
pub(super) fn losses(metrics: &[MetricInfo]) -> Vec<String> {
    metrics
        .iter()
        .filter(|m| m.is_on_main_chart())
        .map(|m| m.name.clone())
        .collect()
}
