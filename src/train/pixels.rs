//! The images trained on, where the step reads them.

use candle_core::{Device, Result, Tensor};

use crate::data::ImageSet;
use crate::nn::kernels;

/// Images on the host, and on a device with kernels of ours there too: uploaded once, as bytes, so that a batch is a handful
/// of indices.
pub(super) struct Pixels {
    images: ImageSet,
    resident: Option<Tensor>,
}

impl Pixels {
    /// The images of a set, to be trained on by `device`.
    pub fn new(images: ImageSet, device: &Device) -> Result<Self> {
        let resident = kernels::are_compiled(device).then(|| {
            let dims = (images.len(), images.shape().values());
            Tensor::from_slice(images.pixels(), dims, device)
        });
        Ok(Self {
            resident: resident.transpose()?,
            images,
        })
    }

    /// The images on the host.
    pub fn images(&self) -> &ImageSet {
        &self.images
    }

    /// Writes the images of these indices into `out` as rows of values in [-1, 1].
    pub fn write(&self, indices: &[u32], out: &Tensor) -> Result<()> {
        match &self.resident {
            Some(resident) => kernels::gather(out, resident, indices),
            None => kernels::fill(out, |out| self.images.batch_into(indices, out)),
        }
    }
}
