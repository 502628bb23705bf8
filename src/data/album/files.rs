//! Where the files of an album lie: in a folder, a zip archive or a tar archive. All of them are read in one order, one after
//! the other.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;
use zip::ZipArchive;

use crate::data::error::DataError;
use crate::data::format::Packed;
use crate::data::gzip::unpacked;
use crate::data::watch::Watch;
use crate::files::Sum;

/// The most files that an album may have: a million is more than `ImageNet`'s largest class list.
const MOST_FILES: usize = 1_500_000;
/// The largest file that is read.
const LARGEST: u64 = 256 << 20;
/// Files that are held at once: some for each thread, but no more than fit beside what else is in memory.
const AT_ONCE: usize = 128;
/// Bytes of files that are held at once.
const BYTES_AT_ONCE: usize = 64 << 20;
/// How many files pass between two looks at the clock and at a cancellation.
const OFTEN: usize = 2000;

/// Files in the order in which they are read.
pub(super) enum Files {
    /// Below a folder, by name.
    Folder {
        root: PathBuf,
        /// Paths below the root.
        names: Vec<PathBuf>,
        /// Of what their names, sizes and times are the sum.
        stamp: Sum,
    },
    /// In an archive.
    Archive { path: PathBuf, packed: Packed },
}

/// One file, read.
pub(super) struct FileRead {
    /// Its number among all files of the album.
    pub number: usize,
    pub name: PathBuf,
    /// Its bytes, or why it cannot be read.
    pub content: Result<Vec<u8>, String>,
}

/// Links below a folder that lead back to a folder above them.
pub(super) type Loops = Vec<PathBuf>;

impl Files {
    /// The files below a folder, hidden ones left out. Links are followed; those that lead in a circle are returned.
    pub fn of_folder(root: &Path, watch: &mut Watch<'_>) -> Result<(Self, Loops), DataError> {
        let what = format!("looking through {}", root.display());
        let (mut names, mut loops, mut stamp) = (Vec::new(), Vec::new(), Sum::default());
        // The same folder is the same album however it is called.
        let place = fs::canonicalize(root).map_err(DataError::io(root, "read the folder"))?;
        stamp.add(place.as_os_str().as_encoded_bytes());
        let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
        for entry in walk
            .into_iter()
            .filter_entry(|e| e.depth() == 0 || !is_hidden(e.path()))
        {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.loop_ancestor().is_some() => {
                    loops.extend(error.path().map(Path::to_owned));
                    continue;
                }
                // A link that leads nowhere is no file.
                Err(error)
                    if error
                        .path()
                        .is_some_and(|path| path.is_symlink() && !path.exists()) =>
                {
                    continue;
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    return Err(DataError::io(path, "read the folder")(error.into()));
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            if names.len() == MOST_FILES {
                return Err(DataError::TooManyFiles {
                    path: root.to_owned(),
                    most: MOST_FILES,
                });
            }
            if names.len().is_multiple_of(OFTEN) {
                watch.check()?;
                watch.count_files(&what, names.len(), None);
            }
            let Ok(name) = entry.path().strip_prefix(root) else {
                continue;
            };
            let meta = entry
                .metadata()
                .map_err(|error| DataError::io(entry.path(), "look at it")(error.into()))?;
            add_stamp(&mut stamp, name, &meta);
            names.push(name.to_owned());
        }
        let files = Self::Folder {
            root: root.to_owned(),
            names,
            stamp,
        };
        Ok((files, loops))
    }

    /// The files in an archive.
    pub fn of_archive(path: &Path, packed: Packed) -> Self {
        Self::Archive {
            path: path.to_owned(),
            packed,
        }
    }

    /// Changes whenever a file is added, renamed, removed or written: a sum of names, sizes and times.
    pub fn stamp(&self) -> Result<Sum, DataError> {
        match self {
            Self::Folder { stamp, .. } => Ok(stamp.clone()),
            Self::Archive { path, .. } => {
                let place = fs::canonicalize(path).map_err(DataError::io(path, "open it"))?;
                let meta = fs::metadata(path).map_err(DataError::io(path, "look at it"))?;
                let mut stamp = Sum::default();
                add_stamp(&mut stamp, &place, &meta);
                Ok(stamp)
            }
        }
    }

    /// How many there are, where that is known before they are read.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Folder { names, .. } => Some(names.len()),
            Self::Archive { .. } => None,
        }
    }

    /// Reads the files that are `wanted` by their numbers, in order, and calls `visit` with some of them at a time, so that they can
    /// share all threads.
    pub fn each(
        &self,
        wanted: &dyn Fn(usize) -> bool,
        visit: &mut dyn FnMut(Vec<FileRead>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let (mut held, mut bytes) = (Vec::new(), 0);
        let mut take = |file: FileRead| {
            bytes += file.content.as_ref().map_or(0, Vec::len);
            held.push(file);
            if held.len() < AT_ONCE && bytes < BYTES_AT_ONCE {
                return Ok(());
            }
            bytes = 0;
            visit(std::mem::take(&mut held))
        };
        match self {
            Self::Folder { root, names, .. } => {
                for (number, name) in names.iter().enumerate().filter(|(i, _)| wanted(*i)) {
                    take(FileRead {
                        number,
                        name: name.clone(),
                        content: content_of(&root.join(name)),
                    })?;
                }
            }
            Self::Archive {
                path,
                packed: Packed::Zip,
            } => each_in_zip(path, wanted, &mut take)?,
            Self::Archive { path, .. } => each_in_tar(path, wanted, &mut take)?,
        }
        visit(held)
    }
}

fn add_stamp(stamp: &mut Sum, name: &Path, meta: &fs::Metadata) {
    let time = meta.modified().ok();
    let time = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    stamp.add(name.as_os_str().as_encoded_bytes());
    stamp.add(&[0]);
    stamp.add(&meta.len().to_le_bytes());
    stamp.add(&time.map_or(0, |time| time.as_nanos()).to_le_bytes());
}

/// Files that systems leave in folders and archives.
fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(b".") || name == b"__MACOSX" || name == b"Thumbs.db"
}

fn is_hidden_anywhere(name: &Path) -> bool {
    name.ancestors()
        .any(|part| part.file_name().is_some() && is_hidden(part))
}

fn content_of(path: &Path) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    up_to_largest(file)
}

fn up_to_largest(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    reader
        .take(LARGEST + 1)
        .read_to_end(&mut content)
        .map_err(|error| error.to_string())?;
    if content.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    Ok(content)
}

fn each_in_zip(
    path: &Path,
    wanted: &dyn Fn(usize) -> bool,
    take: &mut dyn FnMut(FileRead) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let broken = |error: &zip::result::ZipError| DataError::BrokenArchive {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(path).map_err(DataError::io(path, "open it"))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
    let mut names: Vec<(PathBuf, usize)> = (0..zip.len())
        .filter_map(|i| Some((PathBuf::from(zip.name_for_index(i)?.ok()?.into_owned()), i)))
        .filter(|(name, _)| !name.as_os_str().as_encoded_bytes().ends_with(b"/"))
        .filter(|(name, _)| !is_hidden_anywhere(name))
        .collect();
    names.sort();
    check_count(path, names.len())?;
    for (number, (name, i)) in names.iter().enumerate().filter(|(n, _)| wanted(*n)) {
        let content = match zip.by_index(*i) {
            Ok(entry) => up_to_largest(entry),
            Err(error) => Err(error.to_string()),
        };
        take(FileRead {
            number,
            name: name.clone(),
            content,
        })?;
    }
    Ok(())
}

fn each_in_tar(
    path: &Path,
    wanted: &dyn Fn(usize) -> bool,
    take: &mut dyn FnMut(FileRead) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let broken = |error: std::io::Error| DataError::BrokenArchive {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut tar = tar::Archive::new(unpacked(path)?);
    let mut number = 0;
    for entry in tar.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.into_owned();
        if !entry.header().entry_type().is_file() || is_hidden_anywhere(&name) {
            continue;
        }
        check_count(path, number)?;
        if wanted(number) {
            // What cannot be read of one file cannot be read of those after it.
            let content = up_to_largest(entry);
            take(FileRead {
                number,
                name,
                content,
            })?;
        }
        number += 1;
    }
    Ok(())
}

fn check_count(path: &Path, count: usize) -> Result<(), DataError> {
    if count > MOST_FILES {
        return Err(DataError::TooManyFiles {
            path: path.to_owned(),
            most: MOST_FILES,
        });
    }
    Ok(())
}
