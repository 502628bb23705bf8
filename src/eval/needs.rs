//! What measures need of images.

/// What a measure needs besides features of both sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Features,
    /// Logits of the samples, and the data's prior.
    Classes,
    /// Images themselves: what was trained on, and what was held out.
    Images,
}
