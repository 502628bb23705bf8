//! Turns the value of `--dataset` into a dataset in memory.

use std::path::{Path, PathBuf};

use super::dataset::Dataset;
use super::error::DataError;
use super::fetch::{self, Mirrors};
use super::folder::data_dir;
use super::idx;
use super::image_set::{ImageSet, ImageSets};
use super::images;
use super::locate::{Located, Packing, Place, locate};
use super::npz::Archive;
use super::options::{AUTO, LoadOptions};
use super::registry::{self, Entry, Origin, Published, REGISTRY};
use super::watch::{Progress, Watch};
use crate::protocol::ImageGrid;
use crate::text::nearest;

/// The meaning of a spec.
enum Choice {
    Auto,
    Named(&'static Entry),
    File(PathBuf),
}

/// Loads the dataset that `spec` names: `auto`, a registry name, or the path of an idx, npy or npz file of images (with a
/// labels file next to it, named in the usual way, if there is one).
///
/// `progress` is called with what is being waited for; `cancelled` is called often, and ends the waiting within a tenth
/// of a second. A spec that names a dataset gives that dataset or an error. `auto` is MNIST if it is in the data
/// directory or can be downloaded; otherwise the built-in digits, with a notice. A damaged MNIST is an error even then.
///
/// # Errors
/// When the spec means nothing, a file is not as expected, a download fails, or it was cancelled.
pub fn load(
    spec: &str,
    options: &LoadOptions,
    progress: &mut dyn FnMut(Progress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Dataset, DataError> {
    let mut watch = Watch {
        progress,
        cancelled,
    };
    match parse(spec)? {
        Choice::Auto => auto(registry::PREFERRED, options, &mut watch),
        Choice::Named(entry) => named(entry, options, &mut watch),
        Choice::File(path) => file(spec, &path, &mut watch),
    }
}

/// Checks that `spec` is a registry name, `auto`, or an existing file. Reads nothing.
///
/// # Errors
/// When it is none of these; the message lists what it could be.
pub fn check(spec: &str) -> Result<(), DataError> {
    parse(spec).map(|_| ())
}

/// The file that `spec` means, if it is an existing file.
#[must_use]
pub fn file_of(spec: &str) -> Option<PathBuf> {
    match parse(spec) {
        Ok(Choice::File(path)) => Some(path),
        _ => None,
    }
}

fn parse(spec: &str) -> Result<Choice, DataError> {
    if spec == AUTO {
        return Ok(Choice::Auto);
    }
    if let Some(entry) = registry::find(spec) {
        return Ok(Choice::Named(entry));
    }
    let path = PathBuf::from(spec);
    if path.exists() {
        return Ok(Choice::File(path));
    }
    let names = || std::iter::once(AUTO).chain(REGISTRY.iter().map(|entry| entry.name));
    Err(DataError::Unknown {
        found: spec.to_owned(),
        expected: format!(
            "{} or the path of an idx, npy or npz file",
            names().collect::<Vec<_>>().join(", ")
        ),
        hint: nearest(spec, names())
            .map(|name| format!("; did you mean \"{name}\"?"))
            .unwrap_or_default(),
    })
}

fn named(
    entry: &Entry,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    match &entry.origin {
        Origin::Generated(generate) => {
            watch.say(format!("generating the {}", entry.title));
            let ImageSets { train, test } = generate(entry);
            Ok(Dataset {
                name: entry.name.to_owned(),
                title: entry.title.to_owned(),
                train,
                test,
                notice: None,
            })
        }
        Origin::Published(published) => {
            let dir = data_dir(options.data_dir.as_deref())?.path;
            let mut located = look(entry, published, &dir, watch)?;
            if located.complete().is_none() {
                let mut mirrors = Mirrors::new(published, options, None)?;
                fetch::missing(entry, published, &dir, &mut mirrors, watch)?;
                located = look(entry, published, &dir, watch)?;
            }
            read(entry, &located, watch)
        }
    }
}

fn auto(
    preferred: &Entry,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    let Origin::Published(published) = &preferred.origin else {
        return named(preferred, options, watch);
    };
    // A mirror that is not an address is a mistake of the user, not a lack of network.
    let mut mirrors = Mirrors::new(published, options, Some(options.patience))?;
    let Ok(dir) = data_dir(options.data_dir.as_deref()) else {
        return fallback(preferred, &DataError::NoDataDir, options, watch);
    };
    let mut located = look(preferred, published, &dir.path, watch)?;
    if located.complete().is_none() {
        match fetch::missing(preferred, published, &dir.path, &mut mirrors, watch) {
            Ok(_) => {}
            // Broken files and cancellation do not justify training on something else.
            Err(
                error @ (DataError::Cancelled
                | DataError::WrongChecksum { .. }
                | DataError::Unusable { .. }),
            ) => {
                return Err(error);
            }
            Err(error) => return fallback(preferred, &error, options, watch),
        }
        located = look(preferred, published, &dir.path, watch)?;
    }
    read(preferred, &located, watch)
}

/// The built-in dataset, with a notice that says why, how to get the preferred one, and how to insist on it.
fn fallback(
    preferred: &Entry,
    error: &DataError,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    let entry = registry::FALLBACK;
    let mut dataset = named(entry, options, watch)?;
    let (title, name) = (preferred.title, preferred.name);
    dataset.notice = Some(format!(
        "{title} is not here and could not be downloaded: {}. Using the {} instead; `genai-tui data fetch {name}` tries \
         again, and `--dataset {name}` makes this an error",
        error.in_short(),
        entry.title
    ));
    Ok(dataset)
}

/// Looks for the files of a published dataset.
fn look(
    entry: &Entry,
    published: &Published,
    data_dir: &Path,
    watch: &mut Watch<'_>,
) -> Result<Located, DataError> {
    watch.say(format!(
        "looking for {} in {}",
        entry.title,
        data_dir.join(entry.name).display()
    ));
    // All files are checked, so that a damaged one is found before anything is downloaded.
    locate(entry, published, data_dir, watch)
}

/// Reads a complete published dataset.
fn read(entry: &Entry, located: &Located, watch: &mut Watch<'_>) -> Result<Dataset, DataError> {
    let Some([train_images, train_labels, test_images, test_labels]) = located.complete() else {
        // A file that was there a moment ago is gone.
        return Err(DataError::Vanished {
            dataset: entry.name,
        });
    };
    watch.say(format!("reading {}", entry.title));
    let split = |images: &Place, labels: &Place| -> Result<ImageSet, DataError> {
        watch.check()?;
        let found = images_at(images)?;
        let values = labels_at(labels)?;
        within(&labels.path, &values, entry.classes.len())?;
        images::set(&images.path, found, Some((labels.path.clone(), values)))
    };
    let train = split(train_images, train_labels)?;
    let test = split(test_images, test_labels)?;
    let ImageSets { train, test } = ImageSets::new(train, Some(test), &test_images.path)?;
    Ok(Dataset {
        name: entry.name.to_owned(),
        title: entry.title.to_owned(),
        train,
        test,
        notice: None,
    })
}

fn images_at(place: &Place) -> Result<ImageGrid, DataError> {
    match place.packing {
        Packing::Array(array) => Archive::open(&place.path)?.images(array),
        _ => idx::read_images(&place.path),
    }
}

fn labels_at(place: &Place) -> Result<Vec<u8>, DataError> {
    match place.packing {
        Packing::Array(array) => Archive::open(&place.path)?.labels(array),
        _ => idx::read_labels(&place.path),
    }
}

/// Checks that each label is a class.
fn within(path: &Path, labels: &[u8], classes: usize) -> Result<(), DataError> {
    let mut labels = labels.iter().enumerate();
    match labels.find(|(_, label)| usize::from(**label) >= classes) {
        None => Ok(()),
        Some((index, &found)) => Err(DataError::LabelOutOfRange {
            path: path.to_owned(),
            index,
            found,
            classes,
        }),
    }
}

/// Reads a user's file.
fn file(spec: &str, path: &Path, watch: &mut Watch<'_>) -> Result<Dataset, DataError> {
    watch.say(format!("reading {}", path.display()));
    watch.check()?;
    let ImageSets { train, test } = images::read(path)?;
    let title = path.file_name().map_or_else(
        || spec.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok(Dataset {
        name: spec.to_owned(),
        notice: dim(&train).map(|what| format!("{title}: {what}")),
        title,
        train,
        test,
    })
}

/// A notice about images that are almost uniform.
fn dim(images: &ImageSet) -> Option<&'static str> {
    let brightest = images.pixels().iter().max().copied().unwrap_or_default();
    let darkest = images.pixels().iter().min().copied().unwrap_or_default();
    if brightest == darkest {
        Some("all pixels of all images are the same; there is nothing to learn")
    } else if brightest == 1 {
        Some(
            "the brightest pixel is 1 of 255; whole numbers are grey levels, and black and white is 0 and 255, or an array of \
             bool or float",
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
