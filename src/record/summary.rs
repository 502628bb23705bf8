//! `summary.json`: how a run ended, with what a reader needs to tell it from others.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::protocol::{Energy, Summary};

/// The content of `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run's name.
    pub name: String,
    /// The dataset's name or path; `None` if the run ended before it was loaded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dataset: Option<String>,
    /// When training began, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started: Option<Timestamp>,
    /// When the run ended.
    pub ended: Timestamp,
    /// What it cost, if the machine was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub energy: Option<RunEnergy>,
    /// How it ended.
    #[serde(flatten)]
    pub summary: Summary,
}

/// What a run cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnergy {
    /// In all, and how that is known.
    #[serde(flatten)]
    pub total: Energy,
    /// Watt-hours per 1,000 images that D was shown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub watt_hours_per_1000_images: Option<f64>,
}
