//! How long a trial is trained.

/// How long a trial is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So many steps.
    Steps(u64),
    /// So many training images, which are fewer steps for a larger batch.
    Images(u64),
    /// So many seconds of training, which are more steps on a faster machine.
    Seconds(u64),
}

impl Budget {
    /// Its number, and its unit in words.
    #[must_use]
    pub fn parts(self) -> (u64, &'static str) {
        match self {
            Self::Steps(steps) => (steps, "steps"),
            Self::Images(images) => (images, "images"),
            Self::Seconds(seconds) => (seconds, "seconds"),
        }
    }

    /// Steps that `amount` in this unit are for batches of this size; nothing can be said of time.
    #[must_use]
    pub fn steps(self, amount: u64, batch_size: usize) -> Option<u64> {
        match self {
            Self::Steps(_) => Some(amount),
            Self::Images(_) => Some(amount.div_ceil((batch_size as u64).max(1))),
            Self::Seconds(_) => None,
        }
    }
}
