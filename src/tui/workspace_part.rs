//! The parts of the workspace's screen, and which of them are shown.

/// What the workspace shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// The list, and charts of the selected runs.
    #[default]
    Both,
    /// The list alone.
    List,
    /// The charts alone.
    Charts,
    /// The settings in which the selected runs differ.
    Differences,
    /// Samples of the selected runs beside each other.
    Samples,
}

impl Part {
    /// All of them, in the order of their keys from 1.
    pub const ALL: [Self; 5] = [
        Self::Both,
        Self::List,
        Self::Charts,
        Self::Differences,
        Self::Samples,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "runs",
            Self::List => "list",
            Self::Charts => "charts",
            Self::Differences => "differences",
            Self::Samples => "samples",
        }
    }

    /// What the help says of it.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Both => "the list and the charts",
            Self::List => "the list alone, with more columns",
            Self::Charts => "the charts alone, larger",
            Self::Differences => "the settings in which the selected runs differ",
            Self::Samples => "samples of the selected runs, side by side at the same step",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|part| *part == self);
        let next = at.map_or(0, |at| (at + 1) % Self::ALL.len());
        Self::ALL.get(next).copied().unwrap_or_default()
    }
}
