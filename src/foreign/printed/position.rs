//! Where a line says that the training is.

/// What a line says of its position.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Position {
    /// What a bar counts: its description without numbers. Empty for lines.
    pub of: String,
    /// The epoch, as printed, and how many there are.
    pub epoch: Option<u64>,
    pub epochs: Option<u64>,
    /// Whether the epoch is one under way, of which any number of lines are printed.
    pub is_within: bool,
    /// The step, as printed, and how many there are.
    pub step: Option<u64>,
    pub steps: Option<u64>,
    /// Whether the step is known to count over all epochs.
    pub is_global: bool,
}
