//! The factors of a matrix product.

use candle_core::{Result, Tensor};

/// Whether a factor is used as it is stored or transposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orientation {
    AsIs,
    Transposed,
}

/// One factor of a product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factor<'a> {
    pub matrix: &'a Tensor,
    pub orientation: Orientation,
}

impl<'a> Factor<'a> {
    /// The matrix itself.
    pub fn as_is(matrix: &'a Tensor) -> Self {
        Self {
            matrix,
            orientation: Orientation::AsIs,
        }
    }

    /// The matrix's transpose.
    pub fn transposed(matrix: &'a Tensor) -> Self {
        Self {
            matrix,
            orientation: Orientation::Transposed,
        }
    }

    /// The factor as a tensor: a view that need not be contiguous.
    pub fn view(self) -> Result<Tensor> {
        match self.orientation {
            Orientation::AsIs => Ok(self.matrix.clone()),
            Orientation::Transposed => self.matrix.t(),
        }
    }
}

/// What happens to the previous content of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accumulation {
    /// It is overwritten.
    Overwrite,
    /// The result is added to it.
    Add,
}
