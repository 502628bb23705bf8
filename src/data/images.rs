//! Reads users' images in any supported format, recognised by the file's first bytes rather than by its name.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::format::{NPY, ZIP};
use super::image_set::{ImageSet, ImageSets};
use super::npz::Archive;
use super::source::Source;
use super::{idx, npy};

/// Reads the images of an idx, npy or npz file. From an archive with several sets, those to train on.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_images(path: &Path) -> Result<ImageSet, DataError> {
    let mut source = Source::open(path)?;
    if source.start().starts_with(NPY) {
        return Ok(npy::images_of(&mut source)?.into());
    }
    if source.start().starts_with(ZIP) && !source.is_gzip() {
        let mut archive = Archive::open(path)?;
        let (images, _) = archive.train()?;
        return Ok(archive.images(&images)?.into());
    }
    idx::images_of(&mut source)
}

/// Reads a file with the labels in it, or in a file next to it.
pub(super) fn read(path: &Path) -> Result<ImageSets, DataError> {
    let source = Source::open(path)?;
    if source.start().starts_with(ZIP) && !source.is_gzip() {
        return archive(path);
    }
    let is_npy = source.start().starts_with(NPY);
    drop(source);
    let labels = match labels_next_to(path, is_npy) {
        None => None,
        Some(beside) if is_npy => {
            let labels = npy::labels_of(&mut Source::open(&beside)?)?;
            Some((beside, labels))
        }
        Some(beside) => {
            let labels = idx::read_labels(&beside)?;
            Some((beside, labels))
        }
    };
    ImageSets::new(set(path, read_images(path)?, labels)?, None, path)
}

fn archive(path: &Path) -> Result<ImageSets, DataError> {
    let mut archive = Archive::open(path)?;
    let train = archive.train()?;
    let test = archive.test()?;
    let mut read = |(images, labels): (String, Option<String>)| {
        let found = archive.images(&images)?;
        let labels = match labels {
            None => None,
            Some(array) => {
                let labels = archive.labels(&array)?;
                Some((super::npz::inside(path, &array), labels))
            }
        };
        set(&super::npz::inside(path, &images), found.into(), labels)
    };
    let (train, test) = (read(train)?, test.map(read).transpose()?);
    ImageSets::new(train, test, path)
}

/// Images and their labels, with the files' names. Their numbers must be equal.
pub(super) fn set(
    path: &Path,
    mut set: ImageSet,
    labels: Option<(PathBuf, Vec<u16>)>,
) -> Result<ImageSet, DataError> {
    if let Some((labels_path, labels)) = labels {
        if labels.len() != set.len() {
            return Err(DataError::LengthsDiffer {
                images_path: path.to_owned(),
                labels_path,
                images: set.len() as u64,
                labels: labels.len() as u64,
            });
        }
        set = set.with_labels(labels);
    }
    Ok(set)
}

/// The labels file that belongs to an images file by its name: `x-labels-idx1-ubyte`, packed or not, for
/// `x-images-idx3-ubyte.gz`; for npy files also `y_train.npy` for `x_train.npy`.
fn labels_next_to(images: &Path, is_npy: bool) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let mut labels = stem.replace("images", "labels").replace("idx3", "idx1");
    if labels == stem && is_npy {
        labels = match stem.split_at_checked(1)? {
            ("x", rest) => format!("y{rest}"),
            ("X", rest) => format!("Y{rest}"),
            _ => return None,
        };
    }
    if labels == stem {
        return None;
    }
    let lower = labels.to_lowercase();
    [format!("{labels}.gz"), labels, lower]
        .into_iter()
        .map(|name| images.with_file_name(name))
        .find(|path| path.is_file())
}
