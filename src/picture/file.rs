//! Pictures as files, whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{Layout, Notes, compose, encode_png, write_idx, write_npy};
use crate::protocol::ImageGrid;

/// A file format for images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One PNG picture of all images.
    Png,
    /// The idx3 format of MNIST.
    Idx,
    /// A `NumPy` array.
    Npy,
}

/// Why a picture was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The name does not say a format.
    #[error("`{}`: expected a file name that ends in {}, found {found}", path.display(), Format::extensions())]
    Extension {
        /// The file.
        path: PathBuf,
        /// Its extension in words.
        found: String,
    },
    /// There is nothing to save.
    #[error("`{}`: expected at least one image to save, found none", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The folder is not there, or is none.
    #[error("`{}`: there is no folder `{}` to write it into", path.display(), folder.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// The picture has no encoding.
    #[error("`{}`: cannot be encoded", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: image::ImageError,
    },
    /// The disk refused.
    #[error("`{}`: cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Png, Self::Idx, Self::Npy];

    /// The extension of its files, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Idx => "idx",
            Self::Npy => "npy",
        }
    }

    /// The format that the name of a file says.
    ///
    /// # Errors
    /// [`SaveError::Extension`] when it says none.
    pub fn of(path: &Path) -> Result<Self, SaveError> {
        let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
        Self::ALL
            .into_iter()
            .find(|format| {
                extension
                    .as_deref()
                    .is_some_and(|e| e.eq_ignore_ascii_case(format.extension()))
            })
            .ok_or_else(|| SaveError::Extension {
                path: path.to_owned(),
                found: extension.map_or_else(|| "no extension".to_owned(), |e| format!("`.{e}`")),
            })
    }

    fn extensions() -> String {
        Self::ALL
            .map(|format| format!(".{}", format.extension()))
            .join(", ")
    }
}

/// Saves `images` in the format that the name of `path` says. `layout` and `notes` matter to PNG alone.
///
/// # Errors
/// When the name says no format, there is no image, or the file cannot be written. An existing file then stays as it was.
pub fn save(
    path: &Path,
    images: &ImageGrid,
    layout: &Layout,
    notes: Notes<'_>,
) -> Result<Format, SaveError> {
    let format = Format::of(path)?;
    if images.count() == 0 {
        return Err(SaveError::Empty {
            path: path.to_owned(),
        });
    }
    match format {
        Format::Png => {
            let bytes = encode_png(&compose(images, layout), notes).map_err(|source| {
                SaveError::Encode {
                    path: path.to_owned(),
                    source,
                }
            })?;
            write_atomically(path, |out| out.write_all(&bytes))
        }
        Format::Idx => write_atomically(path, |out| write_idx(images, out)),
        Format::Npy => write_atomically(path, |out| write_npy(images, out)),
    }?;
    Ok(format)
}

/// Makes the file `path` with what `write` writes: into a temporary file beside it, flushed to the disk, then renamed.
/// A reader sees the old file or the new one, never half of one.
///
/// # Errors
/// When the folder is not there or the disk refuses.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> Result<(), SaveError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(SaveError::Folder {
            path: path.to_owned(),
            folder: folder.to_owned(),
        });
    }
    rename_into(path, folder, write).map_err(|source| SaveError::Write {
        path: path.to_owned(),
        source,
    })
}

fn rename_into(
    path: &Path,
    folder: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut temporary = temporary_in(folder)?;
    let mut out = BufWriter::new(temporary.as_file_mut());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    // The rename itself is on the disk once the folder is; not every system lets a folder be opened.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A temporary file that, once renamed, is as readable as any file its owner makes.
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".genai-tui-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn digits(count: usize) -> ImageGrid {
        ImageGrid::digits((0..count * 784).map(|i| i as u8).collect())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_name_says_the_format() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str| {
            let path = folder.path().join(name);
            save(&path, &digits(5), &Layout::default(), &[]).unwrap();
            std::fs::read(path).unwrap()
        };
        assert!(bytes("a.png").starts_with(b"\x89PNG"));
        assert!(bytes("b.IDX").starts_with(&[0, 0, 8, 3]));
        assert!(bytes("c.npy").starts_with(b"\x93NUMPY"));
    }

    #[test]
    fn an_unknown_extension_is_named_with_the_known_ones() {
        let message = |name: &str| Format::of(Path::new(name)).unwrap_err().to_string();
        assert_eq!(
            message("out/a.jpg"),
            "`out/a.jpg`: expected a file name that ends in .png, .idx, .npy, found `.jpg`"
        );
        assert!(message("noext").ends_with("found no extension"));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.idx");
        std::fs::write(&path, "old").unwrap();
        let failed = write_atomically(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("full"))
        });
        assert!(matches!(failed, Err(SaveError::Write { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.idx"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = save(
            &folder.path().join("no/a.png"),
            &digits(1),
            &Layout::default(),
            &[],
        )
        .unwrap_err();
        assert!(error.to_string().contains("there is no folder"), "{error}");
    }

    #[test]
    fn no_image_is_an_error_and_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = save(
            &folder.path().join("a.png"),
            &digits(0),
            &Layout::default(),
            &[],
        )
        .unwrap_err();
        assert!(matches!(error, SaveError::Empty { .. }));
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_lets_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            std::fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        std::fs::write(folder.path().join("plain"), "").unwrap();
        save(
            &folder.path().join("a.png"),
            &digits(1),
            &Layout::default(),
            &[],
        )
        .unwrap();
        assert_eq!(mode("a.png"), mode("plain"));
    }
}
