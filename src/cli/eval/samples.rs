//! RUN|FILE: where samples come from.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::cli::Failure;
use crate::config::{self, Sources};
use crate::data::{self, Dataset, IMAGE_BYTES};
use crate::eval::some;
use crate::files::Kind;
use crate::record::RUNS_DIR;
use crate::record::reference::{Checkpoint, resolve};
use crate::rng::Stream;
use crate::train::{Elbo, Weights, elbo, sample_generator};

/// Where samples come from.
pub(super) enum Samples {
    /// A generator draws them.
    Run(Checkpoint),
    /// They are there.
    File(PathBuf),
}

impl Samples {
    /// What `reference` names: a file, or a run.
    pub fn find(reference: &str) -> Result<Self, Failure> {
        let path = Path::new(reference);
        match Kind::of(path) {
            Ok(Kind::File) => return Ok(Self::File(path.to_owned())),
            Ok(found @ (Kind::Pipe | Kind::Socket | Kind::Device)) => {
                return Err(Failure::Input(anyhow!(
                    "`{reference}` is {found}: expected a run, or a file of samples"
                )));
            }
            Ok(Kind::Folder) | Err(_) => {}
        }
        match resolve(reference, Path::new(RUNS_DIR)) {
            Ok(checkpoint) => Ok(Self::Run(checkpoint)),
            Err(error) if looks_like_file(path) => {
                let found = format!("{}: there is no such file", path.display());
                Err(Failure::Input(anyhow!(error).context(found)))
            }
            Err(error) => Err(Failure::input(error)),
        }
    }

    /// The dataset that a run was trained on.
    pub fn dataset(&self) -> Result<Option<String>, Failure> {
        let Self::Run(checkpoint) = self else {
            return Ok(None);
        };
        let recorded = checkpoint.run_dir.join("config.toml");
        let resolved = config::resolve(Sources::file(&recorded)).map_err(Failure::input)?;
        Ok(Some(resolved.config.dataset))
    }

    /// What a VAE makes of the held-out images of `dataset`; nothing for other runs, and files.
    pub fn elbo(&self, dataset: &Dataset, seed: u64) -> Result<Option<Elbo>, Failure> {
        let (Self::Run(checkpoint), Some(held_out)) = (self, &dataset.test) else {
            return Ok(None);
        };
        elbo(&checkpoint.dir, held_out, seed)
            .with_context(|| format!("cannot draw from `{}`", checkpoint.dir.display()))
            .map_err(Failure::Input)
    }

    /// `n` images, or `most` (what a file has, if that is less), and what they are, in words.
    pub fn take(
        &self,
        n: Option<usize>,
        most: usize,
        weights: Weights,
        seed: u64,
    ) -> Result<(Vec<u8>, String), Failure> {
        match self {
            Self::Run(checkpoint) => {
                let n = n.unwrap_or(most);
                let images = sample_generator(&checkpoint.dir, weights, n, seed)
                    .with_context(|| format!("cannot draw from `{}`", checkpoint.dir.display()))
                    .map_err(Failure::Input)?;
                let (run, step) = (&checkpoint.run, checkpoint.step);
                Ok((
                    images.pixels,
                    format!("{n} samples of run {run}, step {step}"),
                ))
            }
            Self::File(path) => {
                let images = read(path)?;
                let there = images.len() / IMAGE_BYTES;
                let n = n.unwrap_or(most.min(there));
                if n > there {
                    return Err(Failure::Input(anyhow!(
                        "--n {n}: {} has {there} images",
                        path.display()
                    )));
                }
                let images = some(&images, n, &mut Stream::new(seed, "samples of a file"));
                Ok((
                    images,
                    format!("{n} of {there} images of {}", path.display()),
                ))
            }
        }
    }
}

/// Reads images in any format that a dataset may have.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(data::read_images(path)?)
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

/// Whether a name is more likely meant as a file's than as a run's.
fn looks_like_file(path: &Path) -> bool {
    extension(path).is_some_and(|extension| ["idx", "npy", "npz"].contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format_also_of_a_packed_file() {
        let of = |name: &str| extension(Path::new(name)).unwrap_or_default();
        assert_eq!(of("a.npy"), "npy");
        assert_eq!(of("a.b.NPY.gz"), "npy");
        assert_eq!(of("t10k-images-idx3-ubyte.gz"), "");
        assert_eq!(of("a.idx"), "idx");
        assert!(looks_like_file(Path::new("a.idx.gz")) && !looks_like_file(Path::new("run-1")));
    }
}
