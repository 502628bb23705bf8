//! Samples from a checkpoint, outside of any run.

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::preview;
use crate::data::ImageSet;
use crate::metric::{Networks, names, objectives};
use crate::nn::{Network, kernels};
use crate::objective::{self, Aim, Family, Likelihood};
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::shape::ImageShape;
use crate::train::checkpoints::{file_of, read_sampler};
use crate::train::classes::with_classes;
use crate::train::{RunState, TrainError};

/// Which weights generate samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weights {
    /// The averaged ones where the run keeps an average, else the trained ones.
    #[default]
    Best,
    /// The averaged ones.
    Average,
    /// The trained ones.
    Raw,
}

/// Which classes a conditional generator is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfClass<'a> {
    /// Each class as often as in the data.
    AsInData,
    /// One class after another, from the first on.
    InTurn,
    /// The class of this name or number.
    Only(&'a str),
}

/// Generated images.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The images.
    pub images: ImageGrid,
    /// The class of each, where the generator is conditional.
    pub labels: Option<Vec<u16>>,
    /// Names of the classes, where the generator is conditional.
    pub classes: Vec<String>,
}

/// Generates `count` images with the generator of a checkpoint, from latents of `seed`.
///
/// # Errors
/// When the checkpoint cannot be read or is of another format, has no averaged weights where those are asked for, or no class
/// where one is.
pub fn sample_generator(
    checkpoint: &Path,
    weights: Weights,
    (count, of): (usize, OfClass<'_>),
    seed: u64,
) -> Result<Generated, TrainError> {
    let (generator, state) = read_generator(checkpoint, weights)?;
    let classes = state.identity.classes.as_ref();
    let labels = match (classes, of) {
        (None, OfClass::Only(class)) => {
            return Err(TrainError::Setting(format!(
                "--class {class}: the run is not conditional; expected one that was trained with --conditional"
            )));
        }
        (None, _) => None,
        (Some(classes), OfClass::Only(class)) => {
            let found = classes.find(class).ok_or_else(|| {
                TrainError::Setting(format!(
                    "--class {class}: found no such class, expected one of {}",
                    classes.names().join(", ")
                ))
            })?;
            Some(vec![found as u16; count])
        }
        (Some(classes), OfClass::InTurn) => {
            Some((0..count).map(|i| (i % classes.len()) as u16).collect())
        }
        (Some(classes), OfClass::AsInData) => {
            let mut stream = Stream::new(seed, "samples of classes");
            Some(
                (0..count)
                    .map(|_| classes.draw(&mut stream) as u16)
                    .collect(),
            )
        }
    };
    let mut stream = Stream::new(seed, "samples");
    let images = preview::generate(
        &generator,
        &state.identity.architecture(),
        (count, labels.as_deref()),
        &mut stream,
    )?;
    Ok(Generated {
        images,
        labels,
        classes: classes.map_or_else(Vec::new, |classes| classes.names().to_vec()),
    })
}

/// The shape of the images that the generator of a checkpoint generates.
///
/// # Errors
/// When the checkpoint cannot be read or is of another format.
pub fn image_shape(checkpoint: &Path) -> Result<ImageShape, TrainError> {
    let (state, _) = read_sampler(checkpoint, true)?;
    Ok(state.identity.image_shape)
}

/// The generator of a checkpoint, and the state that it belongs to.
///
/// # Errors
/// Those of [`sample_generator`].
pub fn read_generator(
    checkpoint: &Path,
    weights: Weights,
) -> Result<(Network, RunState), TrainError> {
    let (state, file) = read_sampler(checkpoint, weights == Weights::Raw)?;
    let broken = |reason: String| TrainError::Checkpoint {
        path: file.clone(),
        reason,
    };
    if weights == Weights::Average && state.learner.average_steps.is_none() {
        return Err(broken(
            "the run keeps no average of its weights (`ema.decay` is 0)".to_owned(),
        ));
    }
    let mut generator = state
        .identity
        .architecture()
        .frozen_generator(&Device::Cpu)?;
    let loaded = generator.params_mut().load_values(&file);
    loaded.map_err(|e| broken(e.to_string()))?;
    Ok((generator, state))
}

/// The encoder of a checkpoint; `None` if it is not of a VAE.
pub(in crate::train) fn read_encoder(
    checkpoint: &Path,
    state: &RunState,
) -> Result<Option<Network>, TrainError> {
    let objective = objectives::find(&state.learner.settings.objective);
    let Some(networks @ Networks::Variational) = objective.map(|o| o.networks) else {
        return Ok(None);
    };
    let [_, encoder] = networks.names();
    let file = checkpoint.join(file_of(encoder));
    let mut encoder = state.identity.architecture().encoder(&Device::Cpu)?;
    match encoder.params_mut().load_values(&file) {
        Ok(()) => Ok(Some(encoder)),
        Err(error) => Err(TrainError::Checkpoint {
            path: file,
            reason: error.to_string(),
        }),
    }
}

/// The evidence lower bound of a VAE on images that it has not seen, in nats per image: means, with one latent for each image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elbo {
    /// The negative evidence lower bound: the two that follow, added. An upper bound of -ln p(x).
    pub negative: f64,
    /// The reconstruction error over all values: cross-entropy for grey images, that of a normal distribution for colours.
    pub recon: f64,
    /// Divergence of the image's code from N(0, 1).
    pub kl: f64,
    /// How many images.
    pub images: usize,
}

/// The ELBO of images by the encoder and decoder of a checkpoint, as they were trained, with latents from `seed`.
/// Nothing for a checkpoint of other networks.
///
/// # Errors
/// When the checkpoint cannot be read or is of another format.
pub fn elbo(checkpoint: &Path, images: &ImageSet, seed: u64) -> Result<Option<Elbo>, TrainError> {
    const ROWS: usize = 250;
    let (generator, state) = read_generator(checkpoint, Weights::Raw)?;
    let objective = objective::find(&state.learner.settings.objective);
    let Some(Family::Variational(loss)) = objective.map(objective::Objective::family) else {
        return Ok(None);
    };
    let Some(encoder) = read_encoder(checkpoint, &state)? else {
        return Ok(None);
    };
    let sizes = state.identity.architecture();
    let mut stream = Stream::new(seed, "codes");
    let (mut recon, mut kl) = (0.0, 0.0);
    let all: Vec<u32> = (0..images.len() as u32).collect();
    for indices in all.chunks(ROWS) {
        let rows = indices.len();
        let room = |width: usize| Tensor::zeros((rows, width), DType::F32, &Device::Cpu);
        let (batch, noise) = (room(sizes.image.values())?, room(sizes.latent_dim)?);
        kernels::fill(&batch, |batch| images.batch_into(indices, batch))?;
        kernels::fill(&noise, |noise| stream.fill_normal(noise))?;
        let mut up = encoder.activations(rows)?;
        let mut down = generator.activations_to_logits(rows)?;
        let labels = images.labels_of(indices);
        let labels = labels.as_deref();
        encoder.forward(&with_classes(&batch, labels, sizes.inputs())?, &mut up)?;
        let code = loss.code(up.output(), &noise)?;
        generator.forward(
            &with_classes(&code.latents, labels, sizes.inputs())?,
            &mut down,
        )?;
        let aim = Aim {
            images: &batch,
            likelihood: Likelihood::of(sizes.image),
            beta: 1.0,
        };
        let side = loss.decoder(down.output(), &code, aim)?;
        for (name, value) in side.observed {
            let sum = f64::from(value.to_scalar::<f32>()?) * rows as f64;
            match name {
                names::RECONSTRUCTION => recon += sum,
                names::DIVERGENCE => kl += sum,
                _ => {}
            }
        }
    }
    let n = images.len().max(1) as f64;
    Ok(Some(Elbo {
        negative: (recon + kl) / n,
        recon: recon / n,
        kl: kl / n,
        images: images.len(),
    }))
}
