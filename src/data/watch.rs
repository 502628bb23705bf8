//! Progress and cancellation of loading.

use super::error::DataError;

/// What is being waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// In words: `downloading train-images-idx3-ubyte.gz`.
    pub what: String,
    /// Bytes done, where that is what is counted.
    pub done: Option<u64>,
    /// Bytes in all, if known.
    pub total: Option<u64>,
}

/// The connection to the caller who waits.
pub(super) struct Watch<'a> {
    pub progress: &'a mut dyn FnMut(Progress),
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// Reports what is being done, where there is nothing to count.
    pub fn say(&mut self, what: impl Into<String>) {
        (self.progress)(Progress {
            what: what.into(),
            done: None,
            total: None,
        });
    }

    /// Reports how far it is.
    pub fn count(&mut self, what: &str, done: u64, total: Option<u64>) {
        (self.progress)(Progress {
            what: what.to_owned(),
            done: Some(done),
            total,
        });
    }

    /// Ends what is being done if it was cancelled.
    pub fn check(&self) -> Result<(), DataError> {
        if (self.cancelled)() {
            Err(DataError::Cancelled)
        } else {
            Ok(())
        }
    }
}
