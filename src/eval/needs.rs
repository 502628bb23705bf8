//! The inputs that measures need.

/// The inputs that a measure needs besides the features of both sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Features,
    /// Logits of the samples, and the data's prior.
    Classes,
    /// Pixels of training and held-out images.
    Images,
}
