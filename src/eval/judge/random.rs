//! Random features, for images without labels: those of the judge's network with its initial weights.
//!
//! They say less than features that were learned, but what they tell apart is apart: sets of the same distribution have the same
//! random features (Ulyanov et al. 2018, Deep Image Prior, show how much of images the structure of such a network holds). Their
//! Fréchet distance is a quantity of its own, and is never called FID.

use super::card::{Card, File, Kind};
use super::network::{ARCHITECTURE, Network, shape};
use super::train::moments;
use super::{DEVIATION, EvalError, Judge, MEAN};
use crate::data::Dataset;
use crate::rng::Stream;

/// The weights are the same for every dataset, so that values can be compared.
const SEED: u64 = 0;

/// Training images by which features are standardised.
const STANDARD: usize = 5000;

/// A judge that was not trained. Only the shift and the scale of its features are those of the dataset.
pub(super) fn judge(dataset: &Dataset) -> Result<Judge, EvalError> {
    /// Of the layer of classes, which nobody reads.
    const CLASSES: usize = 1;
    let channels = dataset.train.shape().channels();
    let variables = Network::variables(channels, CLASSES, &mut Stream::new(SEED, "random judge"))?;
    let tensors: Vec<_> = variables
        .into_iter()
        .map(|(name, var)| (name, var.as_detached_tensor()))
        .collect();
    let network = Network::new(&tensors.iter().cloned().collect(), channels, CLASSES)?;
    let some = dataset.train.part(0..STANDARD).fitted(shape(channels));
    let (mean, deviation) = moments(&network, &some)?;
    let mut file = File {
        card: Card {
            architecture: ARCHITECTURE,
            kind: Kind::Random,
            dataset: dataset.short_name().to_owned(),
            data: dataset.digest().to_owned(),
            channels,
            classes: CLASSES,
            accuracy: 0.0,
            held_out: 0,
            epochs: 0,
            seed: SEED,
            weights: String::new(),
        },
        tensors,
    };
    file.tensors.push((MEAN.to_owned(), mean));
    file.tensors.push((DEVIATION.to_owned(), deviation));
    file.card.weights = file.sum()?;
    Judge::of(file).map_err(|reason| EvalError::Judge {
        path: "random features".into(),
        reason,
    })
}
