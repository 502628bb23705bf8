//! The verdict on a signal.

/// The verdict on a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Not measured yet.
    Waiting,
    /// Measured, but says nothing about the training yet.
    Early,
    /// Within its limits.
    Healthy,
    /// Beyond a limit; the training may still be fine.
    Watch,
    /// So far beyond its limits that the training is failing.
    Failing,
}

impl Verdict {
    /// A short word for tables; problems are in capitals, for screens without colours.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Early => "early",
            Self::Healthy => "ok",
            Self::Watch => "WATCH",
            Self::Failing => "FAILING",
        }
    }

    /// The same verdict for training as a whole.
    #[must_use]
    pub fn of_training(self) -> &'static str {
        match self {
            Self::Waiting => "not known yet",
            Self::Early => "too early to judge",
            Self::Healthy => "healthy",
            Self::Watch => "needs watching",
            Self::Failing => "failing",
        }
    }
}
