//! A batch of training images.

/// One batch: which images, and their labels where the dataset has them.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Which images.
    pub indices: &'a [u32],
    /// The labels of all images.
    pub(super) labels: Option<&'a [u16]>,
    /// Epoch, from 1.
    pub epoch: u64,
    /// Batch within the epoch, from 1.
    pub batch: u64,
}

impl<'a> Batch<'a> {
    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Returns whether it is empty, which never happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The label of each image, in the order of the batch; `None` where the dataset has no labels.
    #[must_use]
    pub fn labels(&self) -> Option<impl Iterator<Item = u16> + 'a> {
        let (labels, indices) = (self.labels?, self.indices);
        Some(indices.iter().map(|index| labels[*index as usize]))
    }
}
