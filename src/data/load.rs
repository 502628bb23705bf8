//! Turns the value of `--dataset` into a dataset in memory.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::album;
use super::cifar;
use super::dataset::Dataset;
use super::error::DataError;
use super::fetch::{self, Mirrors};
use super::folder::data_dir;
use super::format::{Packed, ZIP, is_tar};
use super::idx;
use super::image_set::{ImageSet, ImageSets};
use super::images;
use super::locate::{Located, Packing, Place, Presence, locate, presence};
use super::npz::{self, Archive};
use super::options::{AUTO, LoadOptions};
use super::prepared::{Prepared, Store};
use super::registry::{self, Content, Entry, Origin, Published, REGISTRY};
use super::source::Source;
use super::watch::{Progress, Watch};
use crate::shape::Fit;
use crate::text::nearest;

/// The meaning of a spec.
enum Choice {
    Auto,
    Named(&'static Entry),
    Path(PathBuf),
}

/// Loads the dataset that `spec` names: `auto`, a registry name, or a path: of a folder, a zip or a tar archive of pictures; of an
/// idx, npy or npz file of images (with a labels file next to it, named in the usual way, if there is one); of CIFAR-10's
/// binary version.
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
        Choice::Path(path) => at_path(spec, &path, options, &mut watch),
    }
}

/// Checks that `spec` is a registry name, `auto`, or an existing file or folder. Reads nothing.
///
/// # Errors
/// When it is none of these; the message lists what it could be.
pub fn check(spec: &str) -> Result<(), DataError> {
    parse(spec).map(|_| ())
}

/// The name that `auto` stands for on this machine, as far as that can be told without a network.
#[must_use]
pub fn auto_here(data_dir: &Path) -> &'static str {
    match presence(registry::PREFERRED, data_dir) {
        Presence::BuiltIn | Presence::Verified { .. } => registry::PREFERRED.name,
        Presence::Missing { .. } | Presence::Damaged(_) => registry::FALLBACK.name,
    }
}

/// The file or folder that `spec` means, if it is an existing one.
#[must_use]
pub fn file_of(spec: &str) -> Option<PathBuf> {
    match parse(spec) {
        Ok(Choice::Path(path)) => Some(path),
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
        return Ok(Choice::Path(path));
    }
    let names = || std::iter::once(AUTO).chain(REGISTRY.iter().map(|entry| entry.name));
    Err(DataError::Unknown {
        found: spec.to_owned(),
        expected: format!(
            "{} or the path of a folder, an archive or an idx, npy or npz file of images",
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
            Ok(of_entry(entry, generate(entry), None, options.fit))
        }
        Origin::Published(published) => {
            let dir = data_dir(options.data_dir.as_deref())?.path;
            let mut located = look(entry, published, &dir, watch)?;
            if located.complete().is_none() {
                let mut mirrors = Mirrors::new(published, options, None)?;
                fetch::missing(entry, published, &dir, &mut mirrors, watch)?;
                located = look(entry, published, &dir, watch)?;
            }
            let sets = read(entry, published, &located, watch)?;
            Ok(of_entry(entry, sets, Some(published), options.fit))
        }
        Origin::Made { of, make } => {
            let raw = LoadOptions {
                fit: Fit::default(),
                ..options.clone()
            };
            let Dataset { train, test, .. } = named(of, &raw, watch)?;
            watch.say(format!("making {}", entry.title));
            let sets = make(entry, &ImageSets { train, test });
            Ok(of_entry(entry, sets, None, options.fit))
        }
    }
}

/// A dataset of the registry, brought to the shape asked for.
fn of_entry(entry: &Entry, sets: ImageSets, published: Option<&Published>, fit: Fit) -> Dataset {
    let published = published.filter(|_| fit == Fit::default());
    let ImageSets { train, test } = fit.sets(sets);
    Dataset {
        name: entry.name.to_owned(),
        title: entry.title.to_owned(),
        train,
        test,
        classes: entry.classes.names(),
        notice: None,
        known_digest: published
            .map(Published::digest)
            .map_or_else(OnceLock::new, OnceLock::from),
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
    let sets = read(preferred, published, &located, watch)?;
    Ok(of_entry(preferred, sets, Some(published), options.fit))
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
fn read(
    entry: &Entry,
    published: &Published,
    located: &Located,
    watch: &mut Watch<'_>,
) -> Result<ImageSets, DataError> {
    let places = located.complete();
    watch.say(format!("reading {}", entry.title));
    match (&published.content, places.as_deref()) {
        (Content::Cifar(_), Some([archive])) => cifar::read_archive(&archive.path, watch),
        (Content::Idx { .. }, Some([train_images, train_labels, test_images, test_labels])) => {
            let split = |images: &Place, labels: &Place| -> Result<ImageSet, DataError> {
                watch.check()?;
                let found = images_at(images)?;
                let values = labels_at(labels)?;
                within(&labels.path, &values, entry.classes.count())?;
                images::set(&images.path, found, Some((labels.path.clone(), values)))
            };
            let train = split(train_images, train_labels)?;
            let test = split(test_images, test_labels)?;
            ImageSets::new(train, Some(test), &test_images.path)
        }
        // A file that was there a moment ago is gone.
        _ => Err(DataError::Vanished {
            dataset: entry.name,
        }),
    }
}

fn images_at(place: &Place) -> Result<ImageSet, DataError> {
    match place.packing {
        Packing::Array(array) => Ok(Archive::open(&place.path)?.images(array)?.into()),
        _ => idx::read_images(&place.path),
    }
}

fn labels_at(place: &Place) -> Result<Vec<u16>, DataError> {
    match place.packing {
        Packing::Array(array) => Archive::open(&place.path)?.labels(array),
        _ => idx::read_labels(&place.path),
    }
}

/// Checks that each label is a class.
fn within(path: &Path, labels: &[u16], classes: usize) -> Result<(), DataError> {
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

/// Reads what a user's path leads to.
fn at_path(
    spec: &str,
    path: &Path,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Dataset, DataError> {
    watch.check()?;
    let own = Own {
        spec,
        title: title_of(path),
        options,
    };
    if path.is_dir() {
        if cifar::is_in(path) {
            watch.say(format!("reading {}", path.display()));
            return Ok(own.of_cifar(cifar::read_folder(path, watch)?));
        }
        return own.of_album(path, None, watch);
    }
    match packed(path)? {
        Some(Packed::Tar) if cifar::is_packed_in(path) => {
            watch.say(format!("reading {}", path.display()));
            Ok(own.of_cifar(cifar::read_archive(path, watch)?))
        }
        Some(packed) => own.of_album(path, Some(packed), watch),
        None => {
            watch.say(format!("reading {}", path.display()));
            Ok(own.of_arrays(images::read(path)?))
        }
    }
}

/// How an archive of pictures is packed; `None` for other files.
fn packed(path: &Path) -> Result<Option<Packed>, DataError> {
    let source = Source::open(path)?;
    if source.start().starts_with(ZIP) && !source.is_gzip() {
        return Ok((!npz::is_archive_of_arrays(path)?).then_some(Packed::Zip));
    }
    Ok(is_tar(source.start()).then_some(Packed::Tar))
}

/// The last part of a path, also of `.` and `..`.
fn title_of(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().or_else(|| whole.file_name());
    name.map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// A dataset of the user's own.
struct Own<'a> {
    spec: &'a str,
    title: String,
    options: &'a LoadOptions,
}

impl Own<'_> {
    fn of_album(
        self,
        path: &Path,
        packed: Option<Packed>,
        watch: &mut Watch<'_>,
    ) -> Result<Dataset, DataError> {
        let folder = data_dir(self.options.data_dir.as_deref()).ok();
        let store = Store::below(folder.as_ref().map(|folder| folder.path.as_path()));
        let Prepared { sets, facts } = album::read(path, packed, &self.options.fit, &store, watch)?;
        let notice = (!facts.notices.is_empty())
            .then(|| format!("{}: {}", self.title, facts.notices.join("; ")));
        Ok(Dataset {
            name: self.spec.to_owned(),
            title: self.title,
            train: sets.train,
            test: sets.test,
            classes: facts.classes,
            notice,
            known_digest: facts.digest.into(),
        })
    }

    fn of_cifar(self, sets: ImageSets) -> Dataset {
        let classes = cifar::CLASSES.iter().map(|&class| class.to_owned());
        self.of_sets(sets, classes.collect())
    }

    /// Arrays say nothing of their classes but their numbers.
    fn of_arrays(self, sets: ImageSets) -> Dataset {
        let labels = sets.train.labels().unwrap_or_default().iter();
        let classes = labels.max().map_or(0, |most| usize::from(*most) + 1);
        self.of_sets(sets, (0..classes).map(|class| class.to_string()).collect())
    }

    fn of_sets(self, sets: ImageSets, classes: Vec<String>) -> Dataset {
        let ImageSets { train, test } = self.options.fit.sets(sets);
        Dataset {
            name: self.spec.to_owned(),
            notice: dim(&train).map(|what| format!("{}: {what}", self.title)),
            title: self.title,
            train,
            test,
            classes,
            known_digest: OnceLock::new(),
        }
    }
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
