//! The size of the discriminator's logits, which a switch of objective may have to correct.

use candle_core::{DType, Device, Result, Tensor};

use crate::nn::kernels;

/// Mean square of D's logits in its newest update.
#[derive(Debug)]
pub(super) struct LogitSquare {
    /// `[1]`.
    value: Tensor,
    /// Whether there was an update.
    is_known: bool,
}

impl LogitSquare {
    pub fn new(device: &Device) -> Result<Self> {
        Ok(Self {
            value: Tensor::zeros(1, DType::F32, device)?,
            is_known: false,
        })
    }

    /// The device's memory of it, for an update to write.
    pub fn value(&self) -> &Tensor {
        &self.value
    }

    /// An update has written it.
    pub fn is_written(&mut self) {
        self.is_known = true;
    }

    pub fn get(&self) -> Result<Option<f32>> {
        let square = || self.value.get(0)?.to_scalar();
        self.is_known.then(square).transpose()
    }

    pub fn set(&mut self, value: Option<f32>) -> Result<()> {
        self.is_known = value.is_some();
        kernels::fill(&self.value, |square| {
            square.fill(value.unwrap_or_default());
        })
    }
}
