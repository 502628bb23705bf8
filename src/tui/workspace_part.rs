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
    /// Of a sweep: its trials, their curves, the samples of the best.
    Trials,
    /// Of a sweep: the metric against each parameter.
    Parameters,
    /// Of a sweep: each trial as a line through its parameters.
    Parallel,
}

impl Part {
    /// All of them, in the order of their keys from 1.
    pub const ALL: [Self; 8] = [
        Self::Both,
        Self::List,
        Self::Charts,
        Self::Differences,
        Self::Samples,
        Self::Trials,
        Self::Parameters,
        Self::Parallel,
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
            Self::Trials => "trials",
            Self::Parameters => "parameters",
            Self::Parallel => "parallel",
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
            Self::Trials => "of a sweep: its trials, their curves, the samples of the best",
            Self::Parameters => {
                "of a sweep: the metric against each parameter, and their importance"
            }
            Self::Parallel => "of a sweep: each trial as a line through its parameters",
        }
    }

    /// Whether only a sweep has it.
    #[must_use]
    pub const fn is_of_sweep(self) -> bool {
        matches!(self, Self::Trials | Self::Parameters | Self::Parallel)
    }

    /// Those that there are with a sweep, or without one.
    pub fn with(sweep: bool) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |p| sweep || !p.is_of_sweep())
    }

    /// The next one of these.
    #[must_use]
    pub fn next(self, sweep: bool) -> Self {
        let mut after = Self::with(sweep).skip_while(|part| *part != self).skip(1);
        after.next().unwrap_or_default()
    }
}
