//! From what a person writes after `--dataset` to a dataset in memory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::dataset::{Dataset, ImageSet};
use super::error::DataError;
use super::fetch::{self, Mirrors};
use super::folder::{data_dir, verified};
use super::idx;
use super::registry::{self, Entry, Origin, Published, REGISTRY, Split};
use super::watch::{Progress, Watch};

/// The spec that takes MNIST where it can be had, and the built-in digits where it cannot.
pub const AUTO: &str = "auto";

/// Where to look for data, and how hard.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The data directory, if one is given; see [`data_dir`].
    pub data_dir: Option<PathBuf>,
    /// Address of a folder to download from instead of the published mirrors.
    pub mirror: Option<String>,
    /// How long `auto` waits in total for a first answer from any mirror before it takes the built-in digits.
    pub patience: Duration,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            data_dir: None,
            mirror: None,
            patience: Duration::from_secs(5),
        }
    }
}

/// What a spec means.
enum Choice {
    Auto,
    Named(&'static Entry),
    File(PathBuf),
}

/// Loads the dataset that `spec` names: `auto`, a registry name, or the path of an idx file of 28×28 images (with a
/// labels file beside it, named in the usual way, if there is one).
///
/// `progress` hears what is being waited for; `cancelled` is asked often, and ends the waiting within a tenth of a second.
/// A dataset named outright is that dataset or an error. `auto` is MNIST if it is in the data directory; else it is
/// downloaded; else, the built-in digits with a notice. A damaged MNIST is an error even then.
///
/// # Errors
/// When the spec means nothing, a file is not what it should be, a download fails, or the waiting was cancelled.
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

/// Whether `spec` names something: a registry name, `auto`, or a file that is there. Reads nothing.
///
/// # Errors
/// When it names nothing; the message lists what it could be.
pub fn check(spec: &str) -> Result<(), DataError> {
    parse(spec).map(|_| ())
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
    let near = names()
        .map(|name| (strsim::jaro_winkler(&spec.to_lowercase(), name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Err(DataError::Unknown {
        found: spec.to_owned(),
        expected: format!(
            "{} or the path of an idx file",
            names().collect::<Vec<_>>().join(", ")
        ),
        hint: near
            .map(|(_, name)| format!("; did you mean \"{name}\"?"))
            .unwrap_or_default(),
    })
}

fn named(
    entry: &Entry,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    match &entry.origin {
        Origin::Generated(draw) => {
            watch.say(format!("drawing the {}", entry.title));
            Ok(draw(entry))
        }
        Origin::Published(published) => {
            let folder = data_dir(options.data_dir.as_deref())?.path.join(entry.name);
            if !complete(entry, published, &folder, watch)? {
                let mut mirrors = Mirrors::new(published, options.mirror.as_deref(), None)?;
                fetch::missing(entry, published, &folder, &mut mirrors, watch)?;
            }
            read(entry, published, &folder, watch)
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
    // A mirror that is no address is a slip of the person who gave it, not a lack of network.
    let mut mirrors = Mirrors::new(published, options.mirror.as_deref(), Some(options.patience))?;
    let Ok(dir) = data_dir(options.data_dir.as_deref()) else {
        return fallback(preferred, None, &DataError::NoDataDir, options, watch);
    };
    let folder = dir.path.join(preferred.name);
    if !complete(preferred, published, &folder, watch)? {
        match fetch::missing(preferred, published, &folder, &mut mirrors, watch) {
            Ok(_) => {}
            // Broken files and a change of mind are no reason to train on something else.
            Err(error @ (DataError::Cancelled | DataError::WrongChecksum { .. })) => {
                return Err(error);
            }
            Err(error) => return fallback(preferred, Some(&folder), &error, options, watch),
        }
    }
    read(preferred, published, &folder, watch)
}

/// The dataset that needs nothing, with a notice that says why and how to get the preferred one.
fn fallback(
    preferred: &Entry,
    folder: Option<&Path>,
    error: &DataError,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    let entry = registry::FALLBACK;
    let mut dataset = named(entry, options, watch)?;
    let title = preferred.title;
    let why = match folder {
        Some(folder) if error.is_offline() => {
            format!("no network, and {title} is not in {}", folder.display())
        }
        _ => format!("{title} could not be had ({error})"),
    };
    let how = format!(
        "to get {title}, run `genai-tui data fetch {}`",
        preferred.name
    );
    dataset.notice = Some(format!("{why}: using the {}; {how}", entry.title));
    Ok(dataset)
}

/// Whether every file is there and is the published one.
fn complete(
    entry: &Entry,
    published: &Published,
    folder: &Path,
    watch: &mut Watch<'_>,
) -> Result<bool, DataError> {
    watch.say(format!(
        "looking for {} in {}",
        entry.title,
        folder.display()
    ));
    let mut complete = true;
    // All are looked at, so that a damaged file is found before anything is downloaded.
    for file in published.files() {
        watch.check()?;
        complete &= verified(entry, file, folder)?.is_some();
    }
    Ok(complete)
}

/// Reads a published dataset that is complete.
fn read(
    entry: &Entry,
    published: &Published,
    folder: &Path,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    watch.say(format!("reading {}", entry.title));
    let split = |split: &Split| -> Result<ImageSet, DataError> {
        watch.check()?;
        let [images, labels] = [&split.images, &split.labels].map(|file| {
            let packed = folder.join(file.packed_name());
            if packed.exists() {
                packed
            } else {
                folder.join(file.name)
            }
        });
        image_set(&images, Some(&labels), Some(entry.classes.len()))
    };
    let (train, test) = (split(&published.train)?, split(&published.test)?);
    Ok(Dataset {
        name: entry.name.to_owned(),
        title: entry.title.to_owned(),
        train,
        test: Some(test),
        notice: None,
    })
}

/// Reads an idx file somebody brought.
fn file(spec: &str, path: &Path, watch: &mut Watch<'_>) -> Result<Dataset, DataError> {
    watch.say(format!("reading {}", path.display()));
    watch.check()?;
    let train = image_set(path, labels_beside(path).as_deref(), None)?;
    let title = path.file_name().map_or_else(
        || spec.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok(Dataset {
        name: spec.to_owned(),
        title,
        train,
        test: None,
        notice: None,
    })
}

/// Reads images and their labels, and holds them against each other.
fn image_set(
    images: &Path,
    labels: Option<&Path>,
    classes: Option<usize>,
) -> Result<ImageSet, DataError> {
    let set = ImageSet {
        pixels: idx::read_images(images)?.into(),
        labels: None,
    };
    let Some(labels_path) = labels else {
        return Ok(set);
    };
    let labels = idx::read_labels(labels_path)?;
    if labels.len() != set.len() {
        return Err(DataError::LengthsDiffer {
            images_path: images.to_owned(),
            labels_path: labels_path.to_owned(),
            images: set.len() as u64,
            labels: labels.len() as u64,
        });
    }
    if let Some(classes) = classes
        && let Some((index, &found)) = labels
            .iter()
            .enumerate()
            .find(|(_, label)| usize::from(**label) >= classes)
    {
        return Err(DataError::LabelOutOfRange {
            path: labels_path.to_owned(),
            index,
            found,
            classes,
        });
    }
    Ok(ImageSet {
        labels: Some(labels.into()),
        ..set
    })
}

/// The labels file that belongs to an images file by its name: `x-images-idx3-ubyte.gz` has `x-labels-idx1-ubyte`,
/// packed or not.
fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let labels = stem.replace("images", "labels").replace("idx3", "idx1");
    if labels == stem {
        return None;
    }
    [format!("{labels}.gz"), labels]
        .into_iter()
        .map(|name| images.with_file_name(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
