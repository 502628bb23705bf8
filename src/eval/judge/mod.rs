//! The frozen judge: a small classifier of a dataset's images whose features the measures compare.
//!
//! It takes no part in training generators. A judge only works for the dataset it was trained for, because its features
//! of other images would mean nothing. The judge for MNIST is part of this program; others are trained by `genai-tui
//! eval train-judge` ([`train`]) and stored in the cache directory.

mod card;
mod network;
mod train;

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use directories::ProjectDirs;
use rayon::prelude::*;

use super::{BUILT_IN_DATASET, EvalError, Matrix, Set};
use crate::data::{self, Dataset, ImageSet};
use crate::files::md5_hex;
use card::File;
use network::{ARCHITECTURE, Network};

pub use card::Card;
pub use network::{FEATURES, SHAPE};
pub use train::{Progress, TrainOptions, train};

/// The judge that is part of this program.
const BUILT_IN: &[u8] = include_bytes!("../../../assets/judge-mnist.safetensors");

/// Images processed at a time: few enough that intermediate values stay in the cache.
const AT_ONCE: usize = 100;

/// The same for inference, which may run next to a training that needs the memory.
const JUDGED_AT_ONCE: usize = 20;

/// Names of the tensors by which features are shifted and scaled.
const MEAN: &str = "features.mean";
const DEVIATION: &str = "features.deviation";

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
    /// The judge for a dataset: the built-in one for MNIST, for others the one in the folder of judges.
    ///
    /// # Errors
    /// When there is none for this dataset, or it cannot be used; the message says how to train one.
    pub fn for_dataset(dataset: &Dataset) -> Result<Self, EvalError> {
        let judge = if dataset.name == BUILT_IN_DATASET {
            Self::decode(BUILT_IN).map_err(|e| unusable(Path::new("built-in judge"), &e))?
        } else {
            let path = judge_path(&dataset.name).filter(|path| path.exists());
            Self::load(&path.ok_or_else(|| EvalError::no_judge(&dataset.name))?)?
        };
        judge.check(dataset)?;
        Ok(judge)
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
        let tensors = file.tensors.into_iter().collect();
        let network = Network::new(&tensors, file.card.classes).map_err(|e| e.to_string())?;
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

    /// Checks that it was trained for this dataset.
    ///
    /// # Errors
    /// When the dataset has another name, or other images under the same name.
    pub fn check(&self, dataset: &Dataset) -> Result<(), EvalError> {
        let same =
            self.card.dataset == dataset.name && self.card.data == md5_hex(dataset.train.pixels());
        if same {
            Ok(())
        } else {
            Err(EvalError::WrongJudge {
                judge: self.card.dataset.clone(),
                dataset: dataset.name.clone(),
            })
        }
    }

    /// Computes features and logits of images. It works on the rayon threads it is called on; results do not depend on their
    /// number.
    ///
    /// # Errors
    /// When they have another shape than [`SHAPE`], there are too few of them, or a number is not finite.
    pub fn judge(&self, images: &ImageSet) -> Result<Set, EvalError> {
        check_shape(images, || "the images to be judged".to_owned())?;
        let parts = images
            .pixels()
            .par_chunks(JUDGED_AT_ONCE * SHAPE.values())
            .map(|pixels| self.some(pixels))
            .collect::<candle_core::Result<Vec<_>>>()?;
        let (mut features, mut logits) = (Vec::new(), Vec::new());
        for part in parts {
            features.extend(part.0);
            logits.extend(part.1);
        }
        let n = images.len();
        Set::new(Matrix::from_vec(FEATURES, n, features))?.with_logits(Matrix::from_vec(
            self.card.classes,
            n,
            logits,
        ))
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

/// Checks whether images of this dataset can be evaluated, as far as possible without reading them.
///
/// # Errors
/// When there is no judge for it, or nothing to compare with.
pub fn check_judged(dataset: &Dataset) -> Result<(), EvalError> {
    check_shape(&dataset.train, || named(dataset))?;
    check_judge_of(&dataset.name)?;
    match dataset.test {
        Some(_) => Ok(()),
        None => Err(EvalError::NothingHeldOut {
            dataset: dataset.name.clone(),
        }),
    }
}

/// Checks that a judge can look at images, which `what` describes.
fn check_shape(images: &ImageSet, what: impl FnOnce() -> String) -> Result<(), EvalError> {
    if images.shape() == SHAPE {
        return Ok(());
    }
    Err(EvalError::OtherShape {
        what: what(),
        found: images.shape(),
        expected: SHAPE,
    })
}

/// A dataset in the messages of [`check_shape`].
fn named(dataset: &Dataset) -> String {
    format!("the dataset \"{}\"", dataset.name)
}

/// Checks whether there is a judge for the dataset of this name.
///
/// # Errors
/// When there is none.
pub fn check_judge_of(dataset: &str) -> Result<(), EvalError> {
    let is_there = || judge_path(dataset).is_some_and(|path| path.exists());
    if dataset == BUILT_IN_DATASET || is_there() {
        Ok(())
    } else {
        Err(EvalError::no_judge(dataset))
    }
}

/// The path of the judge of a dataset of this name. `None` for MNIST, for datasets without a name, and if the system
/// has no cache directory.
#[must_use]
pub fn judge_path(dataset: &str) -> Option<PathBuf> {
    data::find(dataset).filter(|entry| entry.name != BUILT_IN_DATASET)?;
    let dirs = ProjectDirs::from("", "", "genai-tui")?;
    let name = format!("judge-{dataset}.safetensors");
    Some(dirs.cache_dir().join("judges").join(name))
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> EvalError {
    EvalError::Judge {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
