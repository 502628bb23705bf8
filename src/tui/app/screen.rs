//! The screens: what fills the terminal between header and keys.

/// Which screen is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Screen {
    /// The losses, the samples, the newest values, the newest events.
    #[default]
    Dashboard,
    /// Every metric.
    Charts,
    /// What the generator draws, as large as it gets.
    Samples,
    /// All that happened.
    Events,
    /// How the training goes, signal by signal.
    Health,
}

impl Screen {
    /// All of them, in the order of their keys from 1.
    pub const ALL: [Self; 5] = [
        Self::Dashboard,
        Self::Charts,
        Self::Samples,
        Self::Events,
        Self::Health,
    ];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Charts => "charts",
            Self::Samples => "samples",
            Self::Events => "events",
            Self::Health => "health",
        }
    }
}
