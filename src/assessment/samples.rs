//! RUN|FILE: the source of samples.

use std::path::{Path, PathBuf};

use super::error::AssessmentError;
use crate::config::{self, Sources};
use crate::data::{self, Dataset, ImageSet};
use crate::eval::some;
use crate::files::Kind;
use crate::record::reference::{Checkpoint, ReferenceError, resolve};
use crate::record::{CONFIG, RUNS_DIR};
use crate::rng::Stream;
use crate::shape::Fit;
use crate::train::{Elbo, Generated, OfClass, TrainError, Weights, elbo, sample_generator};

/// The source of samples.
#[derive(Debug, Clone)]
pub enum Samples {
    /// The generator of a checkpoint generates them.
    Run(Checkpoint),
    /// A file holds them.
    File(PathBuf),
}

/// Samples.
#[derive(Debug)]
pub struct Taken {
    /// The images.
    pub images: ImageSet,
    /// What they are, in words.
    pub words: String,
}

impl Samples {
    /// What `reference` names: a file, or a run.
    ///
    /// # Errors
    /// When it names neither.
    pub fn find(reference: &str) -> Result<Self, AssessmentError> {
        let path = Path::new(reference);
        match Kind::of(path) {
            Ok(Kind::File) => return Ok(Self::File(path.to_owned())),
            Ok(found @ (Kind::Pipe | Kind::Socket | Kind::Device)) => {
                return Err(AssessmentError::NotAFile {
                    path: path.to_owned(),
                    found,
                });
            }
            Ok(Kind::Folder) | Err(_) => {}
        }
        match resolve(reference, Path::new(RUNS_DIR)) {
            Ok(checkpoint) => Ok(Self::Run(checkpoint)),
            Err(source @ ReferenceError::NoRun { .. }) if looks_like_file(path) => {
                Err(AssessmentError::NoFile {
                    path: path.to_owned(),
                    source,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The dataset that a run was trained on, and what it made of its images.
    pub(super) fn dataset(&self) -> Result<Option<(String, Fit)>, AssessmentError> {
        let Self::Run(checkpoint) = self else {
            return Ok(None);
        };
        let recorded = checkpoint.run_dir.join(CONFIG);
        let resolved = config::resolve(Sources::file(&recorded))?;
        Ok(Some((resolved.config.dataset, resolved.config.images)))
    }

    /// The ELBO of the held-out images of `dataset` for a VAE; `None` for other runs and files.
    pub(super) fn elbo(
        &self,
        dataset: &Dataset,
        seed: u64,
    ) -> Result<Option<Elbo>, AssessmentError> {
        let (Self::Run(checkpoint), Some(held_out)) = (self, &dataset.test) else {
            return Ok(None);
        };
        elbo(&checkpoint.dir, held_out, seed).map_err(unusable(checkpoint))
    }

    /// Generates or reads `n` images, or `most` (or all of a file, if that is less).
    pub(super) fn take(
        &self,
        n: Option<usize>,
        most: usize,
        weights: Weights,
        seed: u64,
    ) -> Result<Taken, AssessmentError> {
        match self {
            Self::Run(checkpoint) => {
                let n = n.unwrap_or(most);
                let of = (n, OfClass::AsInData);
                let Generated { images, labels, .. } =
                    sample_generator(&checkpoint.dir, weights, of, seed)
                        .map_err(unusable(checkpoint))?;
                let images = ImageSet::from(images);
                let (run, step) = (&checkpoint.run, checkpoint.step);
                Ok(Taken {
                    images: match labels {
                        Some(labels) => images.with_labels(labels),
                        None => images,
                    },
                    words: format!("{n} samples of run {run}, step {step}"),
                })
            }
            Self::File(path) => {
                let images = data::read_images(path)?;
                let found = images.len();
                let n = n.unwrap_or(most.min(found));
                if n > found {
                    return Err(AssessmentError::TooFew {
                        path: path.clone(),
                        n,
                        found,
                    });
                }
                Ok(Taken {
                    images: some(&images, n, &mut Stream::new(seed, "samples of a file")),
                    words: format!("{n} of {found} images of {}", path.display()),
                })
            }
        }
    }
}

fn unusable(checkpoint: &Checkpoint) -> impl FnOnce(TrainError) -> AssessmentError + use<'_> {
    |source| AssessmentError::Checkpoint {
        checkpoint: checkpoint.dir.clone(),
        source,
    }
}

/// The extension, in lower case, `.gz` left out.
fn extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    if extension == "gz" {
        return extension_of_stem(path);
    }
    Some(extension)
}

fn extension_of_stem(path: &Path) -> Option<String> {
    let stem = Path::new(path.file_stem()?);
    Some(stem.extension()?.to_string_lossy().to_lowercase())
}

/// Returns whether a name looks like a file's rather than a run's.
fn looks_like_file(path: &Path) -> bool {
    extension(path).is_some_and(|extension| ["idx", "npy", "npz"].contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_of_a_packed_file_follows_from_its_name() {
        let of = |name: &str| extension(Path::new(name)).unwrap_or_default();
        assert_eq!(of("a.npy"), "npy");
        assert_eq!(of("a.b.NPY.gz"), "npy");
        assert_eq!(of("t10k-images-idx3-ubyte.gz"), "");
        assert_eq!(of("a.idx"), "idx");
        assert!(looks_like_file(Path::new("a.idx.gz")) && !looks_like_file(Path::new("run-1")));
    }
}
