//! Descriptions of objectives and metrics: plain data that says how to read, chart and judge a number.
//!
//! What trains refers to these descriptions, and what shows a run reads them: neither needs to know the other. A metric's
//! [`Role`] says what it measures, its [`Check`] between which limits it is healthy, what it means to be beyond them and
//! what may help. So a new metric is its description, and the code that computes it.
//!
//! | file | describes |
//! |---|---|
//! | `objectives/` | every objective, with its metrics |
//! | `common.rs` | what the trainer measures under every objective |
//! | `quality.rs` | what evaluations measure of samples |
//! | `names.rs` | the name of each metric that training measures |
//! | `limits.rs` | the limits that the configuration can change, and their defaults |

mod check;
mod common;
mod description;
mod info;
mod limits;
pub mod names;
mod objective;
pub mod objectives;
pub mod quality;
mod recorded;
mod role;

pub use check::{Bound, Check, Edge};
pub use common::{common_metrics, diversity};
pub use description::{Description, Networks};
pub use info::{Good, MAIN_PANEL, MetricInfo};
pub use limits::{HEALTH_SETTINGS, HealthLimits, HealthSetting};
pub use names::{DIVERSITY, IMAGES_PER_S, STEPS_PER_S};
pub use objective::{ObjectiveChoice, ObjectiveInfo, Reference};
pub use recorded::{read_measures, read_new_objective, read_objective};
pub use role::{Network, Role};
