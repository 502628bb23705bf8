//! Everything that can be wrong with a dataset. Each message names the file or address, what was found and what was
//! expected, so that it can be shown as it is.

use std::io;
use std::path::PathBuf;

/// Why there is no dataset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither a name nor a file.
    #[error(
        "dataset \"{found}\": found neither a dataset of that name nor such a file; expected {expected}{hint}"
    )]
    Unknown {
        /// What was asked for.
        found: String,
        /// What could have been asked for: `auto, mnist, … or the path of an idx file`.
        expected: String,
        /// `; did you mean "mnist"?`, or nothing.
        hint: String,
    },
    /// A path names something that is no regular file: a pipe, a device, a socket.
    #[error("{path}: is no regular file; expected an idx file, gzipped or not", path = path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// A path that is no file.
    #[error("{}: found a folder, expected an idx file of 28×28 images", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: could not {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `read it`.
        action: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// No folder to keep datasets in.
    #[error(
        "found no cache directory on this system; expected --data-dir or GENAI_TUI_DATA_DIR to name a folder"
    )]
    NoDataDir,

    /// The compressed stream ends too early.
    #[error("{}: the gzip stream ends too early, after {unpacked} unpacked bytes; expected a complete file", path.display())]
    TruncatedGzip {
        /// The file.
        path: PathBuf,
        /// Bytes that came out of it.
        unpacked: u64,
    },
    /// The compressed stream makes no sense.
    #[error("{}: the gzip stream is damaged after {unpacked} unpacked bytes ({reason})", path.display())]
    DamagedGzip {
        /// The file.
        path: PathBuf,
        /// Bytes that came out of it.
        unpacked: u64,
        /// What the decoder says.
        reason: String,
    },
    /// Not even a header.
    #[error("{}: found {found} bytes, expected an idx header of {expected}", path.display())]
    ShortHeader {
        /// The file.
        path: PathBuf,
        /// Bytes there are.
        found: u64,
        /// Bytes a header has.
        expected: u64,
    },
    /// Not the kind of idx file that is needed.
    #[error("{}: found magic number {found:#010x}{}, expected {expected:#010x} ({wanted})", path.display(), magic_hint(*found))]
    WrongMagic {
        /// The file.
        path: PathBuf,
        /// Its first four bytes.
        found: u32,
        /// What they should be.
        expected: u32,
        /// What that means.
        wanted: &'static str,
    },
    /// Images of another size.
    #[error("{}: found images of {rows}×{columns} pixels, expected 28×28", path.display())]
    WrongSize {
        /// The file.
        path: PathBuf,
        /// Height in pixels.
        rows: u32,
        /// Width in pixels.
        columns: u32,
    },
    /// No images at all.
    #[error("{}: found 0 {items}, expected at least one", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        items: &'static str,
    },
    /// The header promises more than there is.
    #[error("{}: the header counts {count} {items}, which takes {expected} bytes; found only {found}", path.display())]
    TooFewBytes {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        items: &'static str,
        /// What the header says.
        count: u64,
        /// Bytes after the header.
        found: u64,
        /// Bytes the count needs.
        expected: u64,
    },
    /// There is more than the header says.
    #[error("{}: the header counts {count} {items}, which takes {expected} bytes; found more", path.display())]
    TooManyBytes {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        items: &'static str,
        /// What the header says.
        count: u64,
        /// Bytes the count needs.
        expected: u64,
    },
    /// Labels that belong to other images.
    #[error(
        "{} holds {images} images, but {} holds {labels} labels; expected as many",
        images_path.display(),
        labels_path.display()
    )]
    LengthsDiffer {
        /// The images' file.
        images_path: PathBuf,
        /// The labels' file.
        labels_path: PathBuf,
        /// Number of images.
        images: u64,
        /// Number of labels.
        labels: u64,
    },
    /// A label that is no class.
    #[error("{}: label {index} is {found}, expected less than {classes}", path.display())]
    LabelOutOfRange {
        /// The file.
        path: PathBuf,
        /// Which label, from 0.
        index: usize,
        /// Its value.
        found: u8,
        /// Number of classes.
        classes: usize,
    },
    /// Not the array that is needed.
    #[error("{}: found {found}, expected {expected}", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },

    /// Not the file that was published.
    #[error(
        "{}: found MD5 {found}, expected {expected}: the file is damaged or another one; move it away and run `genai-tui data fetch {dataset}`",
        path.display()
    )]
    WrongChecksum {
        /// The file.
        path: PathBuf,
        /// Its MD5.
        found: String,
        /// The published one.
        expected: String,
        /// Registry name of its dataset.
        dataset: &'static str,
    },

    /// Not an address to download from.
    #[error("mirror \"{found}\": expected a URL that begins with https:// or http://")]
    BadMirror {
        /// What was given.
        found: String,
    },
    /// No connection, or one that broke before the answer.
    #[error("{url}: no connection ({reason})")]
    Unreachable {
        /// The address.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// Nothing came back in time.
    #[error("{url}: no answer within {seconds:.1} seconds")]
    NoAnswer {
        /// The address.
        url: String,
        /// How long was waited.
        seconds: f64,
    },
    /// An answer that is not the file.
    #[error("{url}: found HTTP status {status}, expected 200")]
    Status {
        /// The address.
        url: String,
        /// The status: 404.
        status: u16,
    },
    /// The connection ended in the middle of the file.
    #[error("{url}: the connection was cut after {received} bytes{}{}", of_total(*expected), because(reason))]
    Cut {
        /// The address.
        url: String,
        /// Bytes of the file there are now, those of an earlier attempt included.
        received: u64,
        /// Bytes it should have, if the server said so.
        expected: Option<u64>,
        /// What the network says, if anything.
        reason: String,
    },
    /// A body without end.
    #[error("{url}: found more than {limit} bytes, expected a dataset file")]
    Oversized {
        /// The address.
        url: String,
        /// What no dataset file exceeds.
        limit: u64,
    },
    /// The server's file is not the published one.
    #[error(
        "{url}: found MD5 {found}, expected {expected}: the server has another file; it was not kept"
    )]
    WrongDownload {
        /// The address.
        url: String,
        /// MD5 of what came.
        found: String,
        /// The published one.
        expected: &'static str,
    },
    /// No mirror had it.
    #[error("could not download {file}: {}", join(attempts))]
    NoMirror {
        /// The file's name.
        file: String,
        /// What went wrong at each mirror, in the order they were tried.
        attempts: Vec<DataError>,
    },
    /// Someone does not want it any more.
    #[error("cancelled")]
    Cancelled,
}

impl DataError {
    /// For `map_err`: the operating system refused to do `action` to `path`.
    pub(super) fn io(
        path: impl Into<PathBuf>,
        action: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            path,
            action,
            source,
        }
    }

    /// Whether what was given is at fault (exit code 2) and not the network or the disk (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Cancelled | Self::NoDataDir => false,
            other => !other.is_download(),
        }
    }

    /// Whether a download failed for a reason that lies outside this machine.
    #[must_use]
    pub fn is_download(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoAnswer { .. }
                | Self::Status { .. }
                | Self::Cut { .. }
                | Self::Oversized { .. }
                | Self::WrongDownload { .. }
                | Self::NoMirror { .. }
        )
    }

    /// Whether no server answered at all: there is no network, as far as one can tell.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoAnswer { .. } => true,
            Self::NoMirror { attempts, .. } => attempts.iter().all(Self::is_offline),
            _ => false,
        }
    }
}

/// What a wrong magic number most likely is.
fn magic_hint(found: u32) -> &'static str {
    match found {
        0x0000_0801 => " (labels)",
        0x0000_0803 => " (images)",
        0x8950_4e47 => " (a PNG file)",
        0x504b_0304 => " (a zip file)",
        _ => "",
    }
}

fn of_total(expected: Option<u64>) -> String {
    expected
        .map(|total| format!(" of {total}"))
        .unwrap_or_default()
}

fn because(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(" ({reason})")
    }
}

fn join(attempts: &[DataError]) -> String {
    attempts
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
