//! Shuffled batches: each image once per epoch; the last batch is short if the size does not divide evenly.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::image_set::ImageSet;
use crate::rng::Stream;

/// Yields shuffled batches, epoch after epoch.
#[derive(Debug, Clone)]
pub struct Loader {
    order: Vec<u32>,
    labels: Option<Arc<[u16]>>,
    batch_size: usize,
    /// Number of images of the current epoch that were used.
    drawn: usize,
    epoch: u64,
    batch: u64,
    /// The stream before the current epoch was shuffled, and now.
    epoch_start: Stream,
    stream: Stream,
}

/// A loader's position, small enough for a checkpoint: the order is shuffled again from the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoaderState {
    drawn: usize,
    epoch: u64,
    batch: u64,
    epoch_start: Stream,
}

impl Loader {
    /// A loader over a set of images (at least one) that takes `batch_size` (at least one) at a time.
    #[must_use]
    pub fn new(images: &ImageSet, batch_size: usize, stream: Stream) -> Self {
        let mut loader = Self {
            order: (0..images.len().max(1) as u32).collect(),
            labels: images.shared_labels(),
            batch_size: batch_size.max(1),
            drawn: 0,
            epoch: 1,
            batch: 0,
            epoch_start: stream.clone(),
            stream,
        };
        loader.shuffle();
        loader
    }

    fn shuffle(&mut self) {
        self.epoch_start = self.stream.clone();
        for (i, index) in self.order.iter_mut().enumerate() {
            *index = i as u32;
        }
        self.stream.shuffle(&mut self.order);
    }

    /// Batches in an epoch, including the short last one.
    #[must_use]
    pub fn batches_per_epoch(&self) -> u64 {
        self.order.len().div_ceil(self.batch_size) as u64
    }

    /// Epoch (from 1) and number of batches taken in it.
    #[must_use]
    pub fn position(&self) -> (u64, u64) {
        (self.epoch, self.batch)
    }

    /// Returns whether the newest batch was the last of its epoch.
    #[must_use]
    pub fn at_epoch_end(&self) -> bool {
        self.drawn == self.order.len()
    }

    /// The next batch; begins a new epoch, in a new order, when the current one is used up.
    pub fn next_batch(&mut self) -> Batch<'_> {
        if self.at_epoch_end() {
            self.shuffle();
            self.drawn = 0;
            self.epoch += 1;
            self.batch = 0;
        }
        let end = (self.drawn + self.batch_size).min(self.order.len());
        let indices = &self.order[self.drawn..end];
        self.drawn = end;
        self.batch += 1;
        Batch {
            indices,
            labels: self.labels.as_deref(),
            epoch: self.epoch,
            batch: self.batch,
        }
    }

    /// The position, for a checkpoint.
    #[must_use]
    pub fn state(&self) -> LoaderState {
        LoaderState {
            drawn: self.drawn,
            epoch: self.epoch,
            batch: self.batch,
            epoch_start: self.epoch_start.clone(),
        }
    }

    /// Restores a saved position of a loader over the same number of images.
    pub fn restore(&mut self, state: &LoaderState) {
        self.stream = state.epoch_start.clone();
        self.shuffle();
        self.drawn = state.drawn.min(self.order.len());
        self.epoch = state.epoch;
        self.batch = state.batch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ImageGrid;
    use crate::shape::ImageShape;

    /// Ten images without labels.
    fn unlabelled() -> ImageSet {
        let shape = ImageShape::default();
        ImageGrid::new(shape, vec![0; 10 * shape.values()]).into()
    }

    /// Ten images, each with its own label.
    fn ten_images() -> ImageSet {
        unlabelled().with_labels((100..110).collect::<Vec<u16>>())
    }

    #[test]
    fn every_image_keeps_its_label_through_shuffling() {
        let mut loader = Loader::new(&ten_images(), 4, Stream::new(1, "shuffle"));
        for _ in 0..7 {
            let batch = loader.next_batch();
            let expected: Vec<u16> = batch.indices.iter().map(|i| 100 + *i as u16).collect();
            assert_eq!(batch.labels().map(Iterator::collect), Some(expected));
        }
        let mut loader = Loader::new(&unlabelled(), 4, Stream::new(1, "shuffle"));
        assert!(loader.next_batch().labels().is_none());
    }

    #[test]
    fn an_epoch_has_every_image_once_and_ends_with_the_short_batch() {
        let mut loader = Loader::new(&ten_images(), 4, Stream::new(0, "shuffle"));
        assert_eq!(loader.batches_per_epoch(), 3);
        let mut sizes = Vec::new();
        let mut seen = Vec::new();
        for _ in 0..3 {
            let batch = loader.next_batch();
            sizes.push(batch.indices.len());
            seen.extend_from_slice(batch.indices);
        }
        assert_eq!(sizes, [4, 4, 2]);
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<u32>>());
        assert!(loader.at_epoch_end());
        let batch = loader.next_batch();
        assert_eq!((batch.epoch, batch.batch), (2, 1));
    }

    #[test]
    fn a_restored_loader_yields_the_same_batches() {
        let mut loader = Loader::new(&ten_images(), 4, Stream::new(0, "shuffle"));
        for _ in 0..4 {
            let _ = loader.next_batch();
        }
        let state = loader.state();
        let ahead: Vec<Vec<u32>> = (0..5)
            .map(|_| loader.next_batch().indices.to_vec())
            .collect();
        let mut back = Loader::new(&ten_images(), 4, Stream::new(9, "other"));
        back.restore(&state);
        let again: Vec<Vec<u32>> = (0..5).map(|_| back.next_batch().indices.to_vec()).collect();
        assert_eq!(ahead, again);
    }
}
