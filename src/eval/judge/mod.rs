//! The frozen judge: a small classifier of a dataset's images whose features the measures compare.
//!
//! It takes no part in training generators. A judge only works for the images it was trained for, because its features of
//! others would mean nothing. The judge for MNIST is part of this program, and looks at each channel of Stacked MNIST; those of
//! other labelled datasets are trained by `genai-tui eval train-judge` ([`train`]) and kept in the cache directory by the digest
//! of the images. Images without labels are compared by random features.

mod card;
mod network;
mod random;
mod train;

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use directories::ProjectDirs;
use rayon::prelude::*;

use super::{BUILT_IN_DATASET, EvalError, Matrix, Set};
use crate::data::{Dataset, ImageSet};
use crate::files::md5_hex;
use crate::protocol::ImageGrid;
use crate::shape::ImageShape;
use card::File;
use network::{ARCHITECTURE, Network};

pub use card::{Card, Kind};
pub use network::FEATURES;
pub use train::{Progress, TrainOptions, train};

/// The dataset whose channels are images of the built-in judge.
const STACKED_DATASET: &str = "stacked-mnist";

/// The judge that is part of this program.
const BUILT_IN: &[u8] = include_bytes!("../../../assets/judge-mnist.safetensors");

/// Images processed at a time: few enough that intermediate values stay in the cache.
const AT_ONCE: usize = 100;

/// The same for inference, which may run next to a training that needs the memory.
const JUDGED_AT_ONCE: usize = 20;

/// Names of the tensors by which features are shifted and scaled.
const MEAN: &str = "features.mean";
const DEVIATION: &str = "features.deviation";

/// Channels of an image whose channels are judged by themselves.
const CHANNELS: usize = 3;

/// A judge.
#[derive(Debug)]
pub struct Judge {
    card: Card,
    network: Network,
    /// Mean of the features over the training images, `[64]`. Features are standardised to mean 0 and deviation 1
    /// there, so that all have equal weight.
    mean: Tensor,
    deviation: Tensor,
}

impl Judge {
    /// The judge for a dataset: the built-in one for MNIST and for the channels of Stacked MNIST; for others with labels the
    /// one in the folder of judges; for those without, random features.
    ///
    /// # Errors
    /// When there is none for these images, or it cannot be used; the message says how to train one.
    pub fn for_dataset(dataset: &Dataset) -> Result<Self, EvalError> {
        let judge = match Found::of(dataset)? {
            Found::BuiltIn => Self::built_in()?,
            Found::Channels => {
                let mut judge = Self::built_in()?;
                judge.card.kind = Kind::Channels;
                judge
            }
            Found::File(path) => Self::load(&path)?,
            Found::Random => random::judge(dataset)?,
        };
        judge.check(dataset)?;
        Ok(judge)
    }

    fn built_in() -> Result<Self, EvalError> {
        Self::decode(BUILT_IN).map_err(|e| unusable(Path::new("built-in judge"), &e))
    }

    /// Loads a judge from its file.
    ///
    /// # Errors
    /// When it cannot be read, or is not a judge's file.
    pub fn load(path: &Path) -> Result<Self, EvalError> {
        let bytes = fs::read(path).map_err(|e| unusable(path, &e))?;
        Self::decode(&bytes).map_err(|e| unusable(path, &e))
    }

    /// Decodes a judge from the bytes of its file.
    ///
    /// # Errors
    /// The reason, when the bytes are not a judge's, or have another architecture.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let file = File::decode(bytes)?;
        let found = file.card.architecture;
        if found != ARCHITECTURE {
            return Err(format!(
                "expected architecture {ARCHITECTURE}, found {found}"
            ));
        }
        Self::of(file)
    }

    /// The judge with these weights.
    fn of(file: File) -> Result<Self, String> {
        let tensors = file.tensors.into_iter().collect();
        let (channels, classes) = (file.card.channels, file.card.classes);
        let network = Network::new(&tensors, channels, classes).map_err(|e| e.to_string())?;
        let moment = |name: &str| match tensors.get(name) {
            Some(tensor) if tensor.dims() == [FEATURES] => Ok(tensor.clone()),
            _ => Err(format!("expected a tensor `{name}` of {FEATURES} values")),
        };
        Ok(Self {
            network,
            mean: moment(MEAN)?,
            deviation: moment(DEVIATION)?,
            card: file.card,
        })
    }

    /// The facts about it.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Number of classes that it tells apart; 0 without any.
    #[must_use]
    pub fn classes(&self) -> usize {
        match self.card.kind {
            Kind::Trained => self.card.classes,
            Kind::Channels => self.card.classes.pow(CHANNELS as u32),
            Kind::Random => 0,
        }
    }

    /// Checks that it was trained for these images.
    ///
    /// # Errors
    /// When it was trained for others, whatever their name.
    pub fn check(&self, dataset: &Dataset) -> Result<(), EvalError> {
        let same = match self.card.kind {
            Kind::Trained => {
                self.card.data == dataset.digest()
                    || self.card.data == md5_hex(dataset.train.pixels())
            }
            Kind::Channels => dataset.name == STACKED_DATASET,
            Kind::Random => true,
        };
        if same {
            Ok(())
        } else {
            Err(EvalError::WrongJudge {
                judge: self.card.dataset.clone(),
                dataset: dataset.name.clone(),
            })
        }
    }

    /// Computes features and logits of images, which are first brought to the size that it looks at. It works on the rayon
    /// threads it is called on; results do not depend on their number.
    ///
    /// # Errors
    /// When there are too few of them, or a number is not finite.
    pub fn judge(&self, images: &ImageSet) -> Result<Set, EvalError> {
        let n = images.len();
        let seen = match self.card.kind {
            Kind::Channels => apart(images),
            _ => images.clone(),
        }
        .fitted(self.network.shape());
        let parts = seen
            .pixels()
            .par_chunks(JUDGED_AT_ONCE * self.network.shape().values())
            .map(|pixels| self.some(pixels))
            .collect::<candle_core::Result<Vec<_>>>()?;
        let (mut features, mut logits) = (Vec::new(), Vec::new());
        for part in parts {
            features.extend(part.0);
            logits.extend(part.1);
        }
        let classes = self.card.classes;
        let set = match self.card.kind {
            Kind::Trained => Set::new(Matrix::from_vec(FEATURES, n, features))?
                .with_logits(Matrix::from_vec(classes, n, logits))?,
            // The features of an image are those of its channels, one after the other.
            Kind::Channels => {
                let features = Matrix::from_vec(CHANNELS * FEATURES, n, features);
                let taken_for = Matrix::from_vec(classes, CHANNELS * n, logits);
                let digits: Vec<usize> = taken_for.column_iter().map(|c| c.imax()).collect();
                let numbers = digits.chunks_exact(CHANNELS);
                let number = |digits: &[usize]| digits.iter().fold(0, |all, d| all * classes + d);
                Set::new(features)?.with_classes(numbers.map(number).collect(), self.classes())
            }
            Kind::Random => Set::new(Matrix::from_vec(FEATURES, n, features))?.of_random(),
        };
        Ok(set.with_labels(images.labels()))
    }

    fn some(&self, pixels: &[u8]) -> candle_core::Result<(Vec<f64>, Vec<f64>)> {
        let (features, logits) = self.network.infer(pixels)?;
        let features = features
            .broadcast_sub(&self.mean)?
            .broadcast_div(&self.deviation)?;
        let values = |tensor: Tensor| -> candle_core::Result<Vec<f64>> {
            let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
            Ok(values.into_iter().map(f64::from).collect())
        };
        Ok((values(features)?, values(logits)?))
    }
}

/// The channels of each image as grey images, one after the other.
fn apart(images: &ImageSet) -> ImageSet {
    let shape = images.shape();
    let mut pixels = Vec::with_capacity(images.pixels().len());
    for image in images.pixels().chunks_exact(shape.values()) {
        for channel in 0..shape.channels() {
            pixels.extend(image.iter().skip(channel).step_by(shape.channels()));
        }
    }
    let grey = ImageShape::new(1, shape.height(), shape.width()).unwrap_or(shape);
    ImageGrid::new(grey, pixels).into()
}

/// Where the judge of a dataset is.
enum Found {
    /// The judge of this program.
    BuiltIn,
    /// The same, for each channel.
    Channels,
    /// A file.
    File(PathBuf),
    /// Random features will do.
    Random,
}

impl Found {
    fn of(dataset: &Dataset) -> Result<Self, EvalError> {
        let shape = dataset.train.shape();
        match dataset.name.as_str() {
            BUILT_IN_DATASET if shape == network::shape(1) => return Ok(Self::BuiltIn),
            STACKED_DATASET if shape == network::shape(CHANNELS) => return Ok(Self::Channels),
            _ => {}
        }
        match judge_path(dataset).filter(|path| path.exists()) {
            Some(path) => Ok(Self::File(path)),
            None if dataset.train.labels().is_none() => Ok(Self::Random),
            None => Err(EvalError::no_judge(dataset)),
        }
    }
}

/// Checks whether images of this dataset can be evaluated, as far as possible without reading them. Returns how their judge
/// comes by its features.
///
/// # Errors
/// When there is no judge for it.
pub fn check_judged(dataset: &Dataset) -> Result<Kind, EvalError> {
    Ok(match Found::of(dataset)? {
        Found::BuiltIn | Found::File(_) => Kind::Trained,
        Found::Channels => Kind::Channels,
        Found::Random => Kind::Random,
    })
}

/// The path of the judge of these images. `None` if the system has no cache directory.
#[must_use]
pub fn judge_path(dataset: &Dataset) -> Option<PathBuf> {
    let dirs = ProjectDirs::from("", "", "genai-tui")?;
    let name = format!("judge-{}.safetensors", dataset.digest());
    Some(dirs.cache_dir().join("judges").join(name))
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> EvalError {
    EvalError::Judge {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
