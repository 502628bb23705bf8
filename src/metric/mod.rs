//! Descriptions of objectives and metrics: plain data that says how to read, chart and judge a number.
//!
//! What trains refers to these descriptions, and what shows a run reads them: neither needs to know the other.

mod info;
mod limits;
mod objective;

pub use info::{Good, MetricInfo};
pub use limits::HealthLimits;
pub use objective::{ObjectiveChoice, ObjectiveInfo, Reference};
