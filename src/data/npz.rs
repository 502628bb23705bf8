//! Reads npz files: zip archives of npy files, stored or deflated, as `numpy.savez` and Keras write them.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::checksum::checksum_of;
use super::error::DataError;
use super::npy;
use super::source::Source;
use crate::protocol::ImageGrid;

/// Names of training images and of their labels, most specific first.
const TRAIN: &[(&str, &[&str])] = &[
    ("x_train", &["y_train"]),
    ("train_images", &["train_labels"]),
    ("images", &["labels"]),
    ("x", &["y"]),
    ("samples", &["labels"]),
    ("data", &["labels", "target"]),
    ("arr_0", &["arr_1"]),
];

/// The same for held-out images.
const TEST: &[(&str, &[&str])] = &[
    ("x_test", &["y_test"]),
    ("test_images", &["test_labels"]),
    ("x_val", &["y_val"]),
];

/// Returns whether a zip archive holds arrays.
///
/// # Errors
/// When it cannot be read.
pub(super) fn is_archive_of_arrays(path: &Path) -> Result<bool, DataError> {
    let file = File::open(path).map_err(DataError::io(path, "open it"))?;
    let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(path, &error))?;
    let mut names = zip.file_names().filter_map(Result::ok);
    Ok(names.any(|name| name.ends_with(".npy")))
}

/// An open archive.
pub(super) struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
    /// Arrays by name, without `.npy`.
    arrays: Vec<String>,
}

impl Archive {
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path).map_err(DataError::io(path, "open it"))?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(path, &error))?;
        let arrays: Vec<String> = zip
            .file_names()
            .filter_map(|name| Some(name.ok()?.strip_suffix(".npy")?.to_owned()))
            .collect();
        if arrays.is_empty() {
            return Err(DataError::Foreign {
                path: path.to_owned(),
                found: "a zip archive without arrays",
                is_packed: true,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            zip,
            arrays,
        })
    }

    /// Calls `read` with one of its arrays.
    fn with<T>(
        &mut self,
        array: &str,
        read: impl FnOnce(&mut Source<'_>) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let path = inside(&self.path, array);
        let entry = self
            .zip
            .by_name(&format!("{array}.npy"))
            .map_err(|error| broken(&path, &error))?;
        read(&mut Source::of(&path, entry))
    }

    /// The MD5 of the idx file with the values of an array.
    pub fn checksum_as_idx(&mut self, array: &str) -> Result<String, DataError> {
        let is_images = array.starts_with('x');
        let (words, bytes) = if is_images {
            let images = self.images(array)?;
            let shape = images.shape();
            let sizes = [images.count(), shape.height(), shape.width()].map(|n| n as u32);
            ([&[0x803], &sizes[..]].concat(), images.into_pixels())
        } else {
            // idx has a byte for each; the MD5 of others is that of no published file.
            let labels = self.labels(array)?.into_iter().map(|label| label as u8);
            let labels: Vec<u8> = labels.collect();
            (vec![0x801, labels.len() as u32], labels)
        };
        let head: Vec<u8> = words
            .iter()
            .flat_map(|word: &u32| word.to_be_bytes())
            .collect();
        checksum_of(
            &head,
            &mut Source::of(&inside(&self.path, array), &bytes[..]),
        )
    }

    /// The images of an array.
    pub fn images(&mut self, array: &str) -> Result<ImageGrid, DataError> {
        self.with(array, npy::images_of)
    }

    /// The labels of an array.
    pub fn labels(&mut self, array: &str) -> Result<Vec<u16>, DataError> {
        self.with(array, npy::labels_of)
    }

    /// The arrays to train on: images, and their labels if there are any. Images are found by name, or because there is
    /// only one array of images.
    pub fn train(&mut self) -> Result<(String, Option<String>), DataError> {
        if let Some(found) = self.pair(TRAIN)? {
            return Ok(found);
        }
        let mut of_images = Vec::new();
        for array in self.arrays.clone() {
            if self.is_of_images(&array)? {
                of_images.push(array);
            }
        }
        match &mut of_images[..] {
            [only] => Ok((std::mem::take(only), None)),
            _ => Err(DataError::Npy {
                path: self.path.clone(),
                found: format!("the arrays {}", self.arrays.join(", ")),
                expected: "one of N×H×W or N×H×W×3 pixels, or one that is called x_train, images, x or arr_0",
            }),
        }
    }

    /// The arrays of held-out images and their labels, if there are any.
    pub fn test(&mut self) -> Result<Option<(String, Option<String>)>, DataError> {
        self.pair(TEST)
    }

    /// The first pair of names of which the first is an array of images.
    fn pair(
        &mut self,
        names: &[(&str, &[&str])],
    ) -> Result<Option<(String, Option<String>)>, DataError> {
        for (images, labels) in names {
            let Some(images) = self.named(images) else {
                continue;
            };
            if self.is_of_images(&images)? {
                let labels = labels.iter().find_map(|labels| self.named(labels));
                return Ok(Some((images, labels)));
            }
        }
        Ok(None)
    }

    /// The array of that name, ignoring case.
    fn named(&self, name: &str) -> Option<String> {
        let mut arrays = self.arrays.iter();
        arrays
            .find(|array| array.eq_ignore_ascii_case(name))
            .cloned()
    }

    /// Arrays of objects, records and texts are not images, whatever else is wrong with them.
    fn is_of_images(&mut self, array: &str) -> Result<bool, DataError> {
        match self.with(array, npy::is_of_images) {
            Err(DataError::Npy { .. }) => Ok(false),
            found => found,
        }
    }
}

/// The name of an array in errors.
pub(super) fn inside(path: &Path, array: &str) -> PathBuf {
    path.join(format!("{array}.npy"))
}

fn broken(path: &Path, error: &zip::result::ZipError) -> DataError {
    DataError::Npy {
        path: path.to_owned(),
        found: format!("a zip archive that cannot be read ({error})"),
        expected: "a complete npz file or archive of pictures",
    }
}
