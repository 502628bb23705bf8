//! Trains a judge: a few epochs of cross-entropy on shifted images, from a seed.
//!
//! On a CPU the same seed gives the same bits, with any number of threads.

use candle_core::{D, DType, Device, Tensor, Var};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW, loss};

use super::card::{Card, File, Kind};
use super::network::{ARCHITECTURE, FEATURES, Network, shape};
use super::{AT_ONCE, DEVIATION, EvalError, MEAN};
use crate::data::{Dataset, ImageSet};
use crate::rng::Stream;
use crate::shape::ImageShape;

/// Images in a batch.
const BATCH: usize = 100;

/// Learning rate of Adam at the start; it falls to zero along a half cosine.
const LEARNING_RATE: f64 = 2e-3;

/// Maximum shift in pixels: a judge that has seen digits in one position only is easily fooled.
const SHIFT: usize = 2;

/// Options for training a judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainOptions {
    /// Number of epochs.
    pub epochs: usize,
    /// Seed of the initial weights, and of the order and shifts of the images.
    pub seed: u64,
}

/// Progress of training at the end of an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Epochs done.
    pub epoch: usize,
    /// Mean cross-entropy of the epoch, in nats.
    pub loss: f64,
    /// Accuracy on held-out images.
    pub accuracy: f64,
}

/// Trains a judge for a labelled dataset; returns its card and its file. `progress` is called after every epoch. Where there are
/// no labelled images that are held out, one in ten of the training images tells how good it is.
///
/// # Errors
/// When the dataset has no labels, only one class or too few images, or the numbers stop being finite.
pub fn train(
    dataset: &Dataset,
    options: TrainOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Card, Vec<u8>), EvalError> {
    let unfit = |reason| EvalError::Unfit {
        dataset: dataset.name.clone(),
        reason,
    };
    let channels = dataset.train.shape().channels();
    let fitted = |images: &ImageSet| images.fitted(shape(channels));
    let labelled = dataset.test.as_ref().filter(|test| test.labels().is_some());
    let (train, held_out) = match labelled {
        Some(test) => (fitted(&dataset.train), fitted(test)),
        None => parted(&fitted(&dataset.train)),
    };
    if train.labels().is_none() {
        return Err(unfit("its images have no labels"));
    }
    if train.len() < BATCH || held_out.is_empty() {
        return Err(unfit("it has too few images"));
    }
    let classes = dataset.classes.len();
    if classes < 2 {
        return Err(unfit("all its images are of one class"));
    }
    let mut stream = Stream::new(options.seed, "judge");
    let variables = Network::variables(channels, classes, &mut stream)?;
    let network = network(&variables, channels, classes)?;
    let mut optimizer = AdamW::new(
        variables.iter().map(|(_, var)| var.clone()).collect(),
        ParamsAdamW {
            lr: LEARNING_RATE,
            weight_decay: 0.0,
            ..ParamsAdamW::default()
        },
    )?;
    let batches = train.len() / BATCH;
    let steps = (options.epochs * batches) as f64;
    let mut order: Vec<u32> = (0..train.len() as u32).collect();
    let mut accuracy = 0.0;
    for epoch in 0..options.epochs {
        stream.shuffle(&mut order);
        let mut total = 0.0;
        for (number, indices) in order.chunks_exact(BATCH).enumerate() {
            let done = (epoch * batches + number) as f64 / steps;
            let falling = f64::midpoint(1.0, (std::f64::consts::PI * done).cos());
            optimizer.set_learning_rate(LEARNING_RATE * falling);
            let (pixels, labels) = batch(&train, indices, &mut stream)?;
            let (_, logits) = network.forward(&pixels)?;
            let loss = loss::cross_entropy(&logits, &labels)?;
            optimizer.backward_step(&loss)?;
            total += f64::from(loss.to_scalar::<f32>()?);
        }
        let loss = total / batches as f64;
        if !loss.is_finite() {
            return Err(unfit("the loss stopped being finite"));
        }
        accuracy = share_right(&network, &held_out)?;
        progress(Progress {
            epoch: epoch + 1,
            loss,
            accuracy,
        });
    }
    let mut file = File {
        card: Card {
            architecture: ARCHITECTURE,
            kind: Kind::Trained,
            dataset: dataset.short_name().to_owned(),
            data: dataset.digest().to_owned(),
            channels,
            classes,
            accuracy,
            held_out: held_out.len(),
            epochs: options.epochs,
            seed: options.seed,
            weights: String::new(),
        },
        tensors: variables
            .into_iter()
            .map(|(name, var)| (name, var.as_detached_tensor()))
            .collect(),
    };
    let (mean, deviation) = moments(&network, &train)?;
    file.tensors.push((MEAN.to_owned(), mean));
    file.tensors.push((DEVIATION.to_owned(), deviation));
    file.card.weights = file.sum()?;
    let bytes = file.encode().map_err(|reason| EvalError::Judge {
        path: "new judge".into(),
        reason,
    })?;
    Ok((file.card, bytes))
}

/// Images to train on, and one in ten to find out how good it is, for a dataset that has none for that. Always the same ones.
fn parted(images: &ImageSet) -> (ImageSet, ImageSet) {
    let mut order: Vec<u32> = (0..images.len() as u32).collect();
    Stream::new(0, "judge's held-out images").shuffle(&mut order);
    let (held_out, train) = order.split_at(images.len() / 10);
    (images.select(train), images.select(held_out))
}

/// A network that follows updates of these variables.
fn network(
    variables: &[(String, Var)],
    channels: usize,
    classes: usize,
) -> candle_core::Result<Network> {
    let tensors = variables
        .iter()
        .map(|(name, var)| (name.clone(), var.as_tensor().clone()))
        .collect();
    Network::new(&tensors, channels, classes)
}

/// The images of these indices, each shifted at random, and their labels.
fn batch(
    images: &ImageSet,
    indices: &[u32],
    stream: &mut Stream,
) -> candle_core::Result<(Vec<u8>, Tensor)> {
    let shape = images.shape();
    let mut pixels = vec![0; indices.len() * shape.values()];
    let mut labels = Vec::with_capacity(indices.len());
    for (&index, to) in indices.iter().zip(pixels.chunks_exact_mut(shape.values())) {
        let index = index as usize;
        let mut shift = || stream.below(2 * SHIFT + 1);
        let by = (shift(), shift());
        shifted(shape, images.image(index).unwrap_or_default(), by, to);
        labels.push(u32::from(images.label(index).unwrap_or_default()));
    }
    Ok((pixels, Tensor::new(labels, &Device::Cpu)?))
}

/// Copies an image, moved down and to the right by `by` minus [`SHIFT`] pixels; new pixels are background.
fn shifted(shape: ImageShape, from: &[u8], by: (usize, usize), to: &mut [u8]) {
    let (width, height, channels) = (shape.row(), shape.height(), shape.channels());
    for (row, to) in to.chunks_exact_mut(width).enumerate() {
        let Some(row) = (row + SHIFT).checked_sub(by.0).filter(|row| *row < height) else {
            continue;
        };
        let from = &from[row * width..(row + 1) * width];
        for (column, to) in to.iter_mut().enumerate() {
            let column = (column + SHIFT * channels).checked_sub(by.1 * channels);
            if let Some(value) = column.and_then(|column| from.get(column)) {
                *to = *value;
            }
        }
    }
}

/// The network's accuracy on these images.
fn share_right(network: &Network, images: &ImageSet) -> candle_core::Result<f64> {
    let labels = images.labels().unwrap_or_default();
    let mut right = 0;
    for (pixels, labels) in images
        .pixels()
        .chunks(AT_ONCE * network.shape().values())
        .zip(labels.chunks(AT_ONCE))
    {
        let (_, logits) = network.forward(pixels)?;
        let named: Vec<u32> = logits.argmax(D::Minus1)?.to_vec1()?;
        right += named
            .iter()
            .zip(labels)
            .filter(|(named, label)| **named == u32::from(**label))
            .count();
    }
    Ok(right as f64 / images.len() as f64)
}

/// Mean and deviation of each feature over the images. A constant feature gets deviation 1.
pub(super) fn moments(
    network: &Network,
    images: &ImageSet,
) -> candle_core::Result<(Tensor, Tensor)> {
    let (mut sums, mut squares) = ([0.0; FEATURES], [0.0; FEATURES]);
    for pixels in images.pixels().chunks(AT_ONCE * network.shape().values()) {
        let (features, _) = network.forward(pixels)?;
        for row in features.to_dtype(DType::F64)?.to_vec2::<f64>()? {
            for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
                *sum += value;
                *square += value * value;
            }
        }
    }
    let n = images.len() as f64;
    let mean = sums.map(|sum| sum / n);
    let mut deviation = [1.0_f32; FEATURES];
    for ((to, mean), square) in deviation.iter_mut().zip(mean).zip(squares) {
        let variance = (square / n - mean * mean).max(0.0);
        if variance > 1e-12 {
            *to = variance.sqrt() as f32;
        }
    }
    let tensor = |values: [f32; FEATURES]| Tensor::new(&values[..], &Device::Cpu);
    Ok((tensor(mean.map(|m| m as f32))?, tensor(deviation)?))
}
