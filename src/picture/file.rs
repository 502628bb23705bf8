//! Saving images to files, atomically.

use std::io;
use std::path::{Path, PathBuf};

use super::{Layout, Notes, compose, encode_png, write_idx, write_npy};
use crate::files::Output;
use crate::protocol::ImageGrid;

/// A file format for images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A PNG grid of all images.
    Png,
    /// The idx3 format of MNIST.
    Idx,
    /// A `NumPy` array.
    Npy,
}

/// Why images were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file name has no known extension.
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
    /// The image cannot be encoded.
    #[error("`{}`: cannot be encoded", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: image::ImageError,
    },
    /// The file cannot be written.
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

    /// The format of a file name.
    ///
    /// # Errors
    /// [`SaveError::Extension`] for unknown extensions.
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

    /// The format of an output, by its name. A pipe or a device takes PNG.
    ///
    /// # Errors
    /// [`SaveError::Extension`] for a file with an unknown extension.
    pub fn of_output(output: &Output) -> Result<Self, SaveError> {
        match Self::of(output.path()) {
            Err(_) if output.is_stream() => Ok(Self::Png),
            format => format,
        }
    }

    fn extensions() -> String {
        Self::ALL
            .map(|format| format!(".{}", format.extension()))
            .join(", ")
    }
}

/// Saves `images` in `format`. `layout` and `notes` apply to PNG only.
///
/// # Errors
/// When there is no image, or it cannot be written. An existing file is then unchanged.
pub fn save(
    output: &Output,
    format: Format,
    images: &ImageGrid,
    layout: &Layout,
    notes: Notes<'_>,
) -> Result<(), SaveError> {
    let path = || output.path().to_owned();
    if images.count() == 0 {
        return Err(SaveError::Empty { path: path() });
    }
    let written = match format {
        Format::Png => {
            let bytes = encode_png(&compose(images, layout), notes).map_err(|source| {
                SaveError::Encode {
                    path: path(),
                    source,
                }
            })?;
            output.write(|out| out.write_all(&bytes))
        }
        Format::Idx => output.write(|mut out| write_idx(images, &mut out)),
        Format::Npy => output.write(|mut out| write_npy(images, &mut out)),
    };
    written.map_err(|source| SaveError::Write {
        path: path(),
        source,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::shape::ImageShape;

    fn digits(count: usize) -> ImageGrid {
        ImageGrid::new(
            ImageShape::MNIST,
            (0..count * 784).map(|i| i as u8).collect(),
        )
    }

    fn saved(path: &Path, count: usize) -> Result<(), SaveError> {
        let output = Output::named(path).unwrap();
        let format = Format::of_output(&output)?;
        save(&output, format, &digits(count), &Layout::default(), &[])
    }

    #[test]
    fn the_format_follows_from_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str| {
            let path = folder.path().join(name);
            saved(&path, 5).unwrap();
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
    fn standard_output_is_png_but_a_file_needs_an_extension() {
        let format = |name: &str| Format::of_output(&Output::named(Path::new(name)).unwrap()).ok();
        assert_eq!(format("-"), Some(Format::Png));
        assert_eq!(format("noext"), None);
    }

    #[test]
    fn without_images_there_is_an_error_and_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = saved(&folder.path().join("a.png"), 0).unwrap_err();
        assert!(matches!(error, SaveError::Empty { .. }));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
