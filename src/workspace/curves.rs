//! What of a run is drawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::history::{Clock, Series, Times};
use crate::protocol::ImageGrid;

/// The series of a run that are drawn.
#[derive(Debug, Clone, Default)]
pub struct Curves {
    /// When its steps were in its training.
    pub clock: Clock,
    /// When they were by the clock on the wall.
    pub times: Times,
    /// The series, by metric.
    pub series: BTreeMap<String, Series>,
}

/// The pictures of a run at one step.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// Their tag.
    pub tag: String,
    /// Their step.
    pub step: u64,
    /// Their pixels, or why there are none.
    pub images: Result<Arc<ImageGrid>, String>,
    /// Columns of classes; 0: there are none.
    pub columns: usize,
}
