//! The inputs that measures need.

/// The inputs that a measure needs besides the features of both sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing, as long as the features were learned.
    Features,
    /// Features of an untrained network.
    Random,
    /// Logits of the samples, and the data's prior.
    Logits,
    /// Classes of the samples, and the data's prior.
    Classes,
    /// Classes of the samples, and those that they were generated as.
    Labels,
    /// Pixels of training and held-out images.
    Images,
}
