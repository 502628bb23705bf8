//! Finds the files of a published dataset below the data directory: in its own folder under their original names, or as
//! other programs, archives and browsers leave them. Only content counts: a file is accepted if its content is what was
//! published, whatever its name and packing.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::checksum::{checksum, checksum_of};
use super::error::DataError;
use super::format::foreign;
use super::npz::{self, Archive};
use super::registry::{Entry, Published, PublishedFile};
use super::source::Source;
use super::watch::{Progress, Watch};

/// The four arrays of an archive of Keras, in the order of [`Published::files`].
const ARRAYS: [&str; 4] = ["x_train", "y_train", "x_test", "y_test"];

/// The location of a published file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Its packing.
    pub packing: Packing,
}

/// How the content of a published file is packed; displays as users would write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Gzipped, identical to the published file.
    Published,
    /// Gzipped by another program.
    Repacked,
    /// Not packed.
    Unpacked,
    /// An array of this name in an npz archive.
    Array(&'static str),
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Published => "as published",
            Self::Repacked => "repacked",
            Self::Unpacked => "unpacked",
            Self::Array(_) => "an npz archive",
        })
    }
}

/// The files found of a published dataset.
#[derive(Debug)]
pub struct Located {
    /// In the order of [`Published::files`].
    places: Vec<Option<Place>>,
    /// Files with the right names in other folders, and why they were rejected.
    pub passed_over: Vec<DataError>,
}

impl Located {
    /// The places of all files; `None` if one is missing.
    #[must_use]
    pub fn complete(&self) -> Option<Vec<&Place>> {
        self.places.iter().map(Option::as_ref).collect()
    }

    /// The missing files.
    pub(super) fn missing<'a>(&self, published: &'a Published) -> Vec<&'a PublishedFile> {
        let all = published.files().into_iter().zip(&self.places);
        all.filter(|(_, place)| place.is_none())
            .map(|(file, _)| file)
            .collect()
    }
}

/// Whether a dataset is available without a network.
#[derive(Debug)]
pub enum Presence {
    /// It needs no files.
    BuiltIn,
    /// All files exist and have the published content.
    Verified {
        /// The folder, or the archive, of the first file.
        place: PathBuf,
        /// How the first file is packed.
        packing: Packing,
    },
    /// These files are missing. `all`, if that is the whole dataset.
    Missing {
        /// Names without `.gz`.
        files: Vec<&'static str>,
        /// Whether all files are missing.
        all: bool,
        /// Why files with the right names in other folders were rejected.
        passed_over: Vec<DataError>,
    },
    /// A file exists but cannot be used.
    Damaged(DataError),
}

/// Looks for a dataset below `data_dir` and verifies the files found. Reads every file once.
#[must_use]
pub fn presence(entry: &Entry, data_dir: &Path) -> Presence {
    let Some((entry, published)) = entry.published() else {
        return Presence::BuiltIn;
    };
    let mut quiet = |_: Progress| {};
    let mut watch = Watch {
        progress: &mut quiet,
        cancelled: &|| false,
    };
    let located = match locate(entry, published, data_dir, &mut watch) {
        Ok(located) => located,
        Err(error) => return Presence::Damaged(error),
    };
    if let Some(first) = located
        .complete()
        .and_then(|places| places.first().copied())
    {
        let place = match first.packing {
            Packing::Array(_) => Some(first.path.as_path()),
            _ => first.path.parent(),
        };
        return Presence::Verified {
            place: place.unwrap_or(data_dir).to_owned(),
            packing: first.packing,
        };
    }
    let files: Vec<_> = located.missing(published).iter().map(|f| f.name).collect();
    Presence::Missing {
        all: files.len() == located.places.len(),
        files,
        passed_over: located.passed_over,
    }
}

/// Looks for the files of a dataset, in its own folder first. If no right file is found, a wrong one in the dataset's
/// own folder is an error; wrong files in other folders are passed over.
///
/// # Errors
/// When a file in the dataset's own folder is damaged, wrong or unreadable, or loading was cancelled.
pub(super) fn locate(
    entry: &Entry,
    published: &Published,
    data_dir: &Path,
    watch: &mut Watch<'_>,
) -> Result<Located, DataError> {
    let own = data_dir.join(entry.name);
    let folders: Vec<PathBuf> = std::iter::once(own.clone())
        .chain(published.folders.iter().map(|folder| match *folder {
            "." => data_dir.to_owned(),
            folder => data_dir.join(folder),
        }))
        .collect();
    let mut located = Located {
        places: vec![None; published.files().len()],
        passed_over: Vec::new(),
    };
    let mut own_fault = None;
    for (file, place) in published.files().into_iter().zip(&mut located.places) {
        let mut fault = None;
        for folder in &folders {
            for path in candidates(folder, file.name) {
                watch.check()?;
                match verify(entry, file, &path) {
                    Ok(packing) => *place = Some(Place { path, packing }),
                    Err(error) if *folder == own => fault = fault.or(Some(error)),
                    Err(error) => located.passed_over.push(error),
                }
                if place.is_some() {
                    break;
                }
            }
            if place.is_some() {
                break;
            }
        }
        if place.is_none() {
            own_fault = own_fault.or(fault);
        }
    }
    if located.complete().is_none()
        && let Some(name) = published.archive
    {
        let archives = folders.iter().map(|folder| folder.join(name));
        for path in archives.filter(|path| path.is_file()) {
            watch.check()?;
            match verify_archive(entry, published, &path) {
                Ok(()) => {
                    let place = |array| Place {
                        path: path.clone(),
                        packing: Packing::Array(array),
                    };
                    located.places = ARRAYS.map(|array| Some(place(array))).to_vec();
                    return Ok(located);
                }
                Err(error) => located.passed_over.push(error),
            }
        }
    }
    own_fault.map_or(Ok(located), Err)
}

/// The files in `folder` with the name of a published file or a variant of it; the original names first.
fn candidates(folder: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut named: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| has_name(path, name))
        .collect();
    let rank = |path: &PathBuf| {
        let own = path.file_name().and_then(|own| own.to_str());
        match own {
            Some(own) if own.strip_suffix(".gz") == Some(name) => 0,
            Some(own) if own == name => 1,
            _ => 2,
        }
    };
    named.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
    let (folders, mut files): (Vec<_>, Vec<_>) = named.into_iter().partition(|path| path.is_dir());
    // An archive that was unpacked into a folder named after it.
    for folder in folders {
        let inner = fs::read_dir(folder).into_iter().flatten().flatten();
        let inner = inner.map(|entry| entry.path());
        files.extend(inner.filter(|path| !path.is_dir() && has_name(path, name)));
    }
    files
}

/// Returns whether a file's name is `name`, ignoring case, separators and packing.
fn has_name(path: &Path, name: &str) -> bool {
    let Some(own) = path.file_name().and_then(|own| own.to_str()) else {
        return false;
    };
    let own = own.to_ascii_lowercase().replace(['.', '_', ' '], "-");
    // The number that browsers append to a second download.
    let own = own.split("-(").next().unwrap_or_default();
    let packed = [
        "-gz", "-gzip", "-zip", "-xz", "-bz2", "-zst", "-lz4", "-7z", "-z",
    ];
    let stem = packed.iter().find_map(|ending| own.strip_suffix(ending));
    stem.unwrap_or(own) == name
}

/// Determines how a file is packed, if its content is that of the published `file`.
fn verify(entry: &Entry, file: &PublishedFile, path: &Path) -> Result<Packing, DataError> {
    let unusable = |source: DataError| match source {
        DataError::TruncatedGzip { .. } | DataError::DamagedGzip { .. } => DataError::Unusable {
            source: Box::new(source),
            dataset: entry.name,
        },
        other => other,
    };
    let mut source = Source::open(path).map_err(unusable)?;
    let mut found = checksum(path)?;
    if found == file.md5_gz {
        return Ok(Packing::Published);
    }
    if file.md5 == Some(found.as_str()) {
        return Ok(Packing::Unpacked);
    }
    if let Some(format) = foreign(source.start()) {
        return Err(DataError::Unusable {
            source: Box::new(DataError::foreign(path, format)),
            dataset: entry.name,
        });
    }
    if source.is_gzip() && file.md5.is_some() {
        found = checksum_of(&[], &mut source).map_err(unusable)?;
        if file.md5 == Some(found.as_str()) {
            return Ok(Packing::Repacked);
        }
    }
    // The MD5 of the content, like the one that was found.
    let expected = file.md5.unwrap_or(file.md5_gz);
    Err(DataError::WrongChecksum {
        path: path.to_owned(),
        found,
        expected: expected.to_owned(),
        dataset: entry.name,
    })
}

/// Checks that an archive of arrays holds the whole dataset: each array, with the header of its idx file, is that file.
fn verify_archive(entry: &Entry, published: &Published, path: &Path) -> Result<(), DataError> {
    let mut archive = Archive::open(path)?;
    for (file, array) in published.files().into_iter().zip(ARRAYS) {
        let found = archive.checksum_as_idx(array)?;
        if file.md5 != Some(found.as_str()) {
            return Err(DataError::WrongChecksum {
                path: npz::inside(path, array),
                found,
                expected: file.md5.unwrap_or_default().to_owned(),
                dataset: entry.name,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs_and_browsers_are_recognised() {
        let name = "train-images-idx3-ubyte";
        for own in [
            "train-images-idx3-ubyte",
            "train-images-idx3-ubyte.gz",
            "train-images.idx3-ubyte",
            "train-images.idx3-ubyte.gz",
            "TRAIN-IMAGES-IDX3-UBYTE.GZ",
            "train_images_idx3_ubyte.gz",
            "train-images-idx3-ubyte.xz",
            "train-images-idx3-ubyte (1).gz",
        ] {
            assert!(has_name(Path::new(own), name), "{own}");
        }
        for own in [
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "train-images-idx3-ubyte.gz.part",
            "emnist-train-images-idx3-ubyte",
            ".lock",
        ] {
            assert!(!has_name(Path::new(own), name), "{own}");
        }
    }
}
