//! The type of a setting's value, as data; `check_value.rs` holds values to it.

/// The type of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueType {
    /// The name of an objective.
    Objective,
    /// The name of an optimizer.
    Optimizer,
    /// `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
    Device,
    /// A non-empty text, described by what it stands for.
    Text(&'static str),
    /// The same, where it may be a path.
    Path(&'static str),
    /// The size of images: `64`, `48x64`.
    ImageSize,
    /// The channels of images: 1 or 3.
    Channels,
    /// A whole number within these bounds.
    Whole {
        /// The least.
        min: i64,
        /// The greatest; `None` means what 64 bits hold.
        max: Option<i64>,
    },
    /// A number above 0.
    Positive,
    /// A learning rate: a number above 0, at most 1.
    Rate,
    /// A number of at least 0.
    NotNegative,
    /// A number from 0 to this.
    UpTo(f64),
    /// A number from 0 up to, but not including, 1.
    Fraction,
    /// true or false.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A duration.
    Time {
        /// Whether zero is allowed.
        zero: bool,
    },
    /// A list of `STEP:COMMAND`.
    Script,
    /// A list of conditions.
    Conditions,
    /// A list of rules: conditions, each with what it triggers.
    Rules,
}
