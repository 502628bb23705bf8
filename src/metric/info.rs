//! A metric: its name, and how to read, chart and judge it.

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::role::{Network, Role};

/// The panel of the metrics on the main chart.
pub const MAIN_PANEL: &str = "loss";

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

/// The description of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInfo {
    /// Name in events, in conditions and on the command line: `d_loss`.
    pub name: String,
    /// Short title for a legend: `D(x)`.
    pub title: String,
    /// Unit, empty for a pure number.
    pub unit: String,
    /// What it measures.
    #[serde(default)]
    pub role: Role,
    /// The network it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network: Option<Network>,
    /// Which way is better.
    pub good: Good,
    /// The least and the greatest value there can be, where a chart should always show all of that range.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub range: Option<(f64, f64)>,
    /// One sentence a person can learn from.
    pub about: String,
    /// Metrics with the same panel name belong on one chart: `loss`, `scores`, `gradients`, `rates`. Those without one are
    /// not drawn.
    pub panel: String,
    /// Whether it is measured only where a setting asks for it. Viewers leave it out until it was measured.
    #[serde(skip_serializing_if = "is_false", default)]
    pub is_optional: bool,
    /// How it is judged while a run trains; `None` if it is not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub check: Option<Check>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl MetricInfo {
    /// A metric without unit, role, range and check, which is always measured.
    #[must_use]
    pub fn new(panel: &str, name: &str, title: &str, good: Good, about: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            unit: String::new(),
            role: Role::Other,
            network: None,
            good,
            range: None,
            about: about.to_owned(),
            panel: panel.to_owned(),
            is_optional: false,
            check: None,
        }
    }

    /// The same metric with a role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The same metric, about one network.
    #[must_use]
    pub fn of(mut self, network: Network) -> Self {
        self.network = Some(network);
        self
    }

    /// The same metric with a range.
    #[must_use]
    pub fn range(mut self, least: f64, greatest: f64) -> Self {
        self.range = Some((least, greatest));
        self
    }

    /// The same metric with a check.
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// The same metric, measured only where a setting asks for it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Returns whether it is on the main chart.
    #[must_use]
    pub fn is_on_main_chart(&self) -> bool {
        self.panel == MAIN_PANEL
    }

    /// Takes over what records of earlier versions lack from the description that this version has.
    pub(super) fn complete(&mut self, known: &Self) {
        if self.role == Role::Other && self.check.is_none() {
            self.role = known.role;
            self.network = known.network;
            self.range = known.range;
            self.check.clone_from(&known.check);
        }
    }
}
