//! Progress and cancellation of loading.

use super::error::DataError;

/// What is being waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// A description: `downloading train-images-idx3-ubyte.gz`.
    pub what: String,
    /// Units done, if they are counted.
    pub done: Option<u64>,
    /// Units in total, if known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: Unit,
}

/// What progress is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Bytes.
    #[default]
    Bytes,
    /// Files.
    Files,
}

/// The connection to the caller.
pub(super) struct Watch<'a> {
    pub progress: &'a mut dyn FnMut(Progress),
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// Reports an activity without a count.
    pub fn say(&mut self, what: impl Into<String>) {
        (self.progress)(Progress {
            what: what.into(),
            done: None,
            total: None,
            unit: Unit::default(),
        });
    }

    /// Reports progress in bytes.
    pub fn count(&mut self, what: &str, done: u64, total: Option<u64>) {
        (self.progress)(Progress {
            what: what.to_owned(),
            done: Some(done),
            total,
            unit: Unit::Bytes,
        });
    }

    /// Reports progress in files.
    pub fn count_files(&mut self, what: &str, done: usize, total: Option<usize>) {
        (self.progress)(Progress {
            what: what.to_owned(),
            done: Some(done as u64),
            total: total.map(|total| total as u64),
            unit: Unit::Files,
        });
    }

    /// Fails if the operation was cancelled.
    pub fn check(&self) -> Result<(), DataError> {
        if (self.cancelled)() {
            Err(DataError::Cancelled)
        } else {
            Ok(())
        }
    }
}
