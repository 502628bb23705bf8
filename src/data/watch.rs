//! How one who waits for data watches it coming, and calls it off.

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

/// The two wires to the one who waits.
pub(super) struct Watch<'a> {
    pub progress: &'a mut dyn FnMut(Progress),
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// Says what is being done, where there is nothing to count.
    pub fn say(&mut self, what: impl Into<String>) {
        (self.progress)(Progress {
            what: what.into(),
            done: None,
            total: None,
        });
    }

    /// Says how far it is.
    pub fn count(&mut self, what: &str, done: u64, total: Option<u64>) {
        (self.progress)(Progress {
            what: what.to_owned(),
            done: Some(done),
            total,
        });
    }

    /// Ends what is being done if nobody wants it any more.
    pub fn check(&self) -> Result<(), DataError> {
        if (self.cancelled)() {
            Err(DataError::Cancelled)
        } else {
            Ok(())
        }
    }
}
