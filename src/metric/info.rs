//! A metric: its name, and how to read it.

use serde::{Deserialize, Serialize};

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
    /// Best near the reference value: a balance of two players.
    Balance,
    /// Neither: a fact about the run, such as a learning rate.
    Neutral,
}

/// A metric as its objective declares it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInfo {
    /// Name in events, in conditions and on the command line: `d_loss`.
    pub name: String,
    /// Short title for a legend: `D(x)`.
    pub title: String,
    /// Unit, empty for a pure number.
    pub unit: String,
    /// Which way is better.
    pub good: Good,
    /// One sentence a person can learn from.
    pub about: String,
    /// Metrics with the same panel name belong on one chart: `loss`, `scores`, `gradients`, `rates`.
    pub panel: String,
}
