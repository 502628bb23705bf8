//! Everything that can be wrong with a dataset. Each message names the file or address, what was found and what was
//! expected, and can be shown to users as it is.

use std::io;
use std::path::{Path, PathBuf};

use ureq::http::Uri;

use super::format::Foreign;
use super::net::{BadVariable, Failure};
use crate::files::Kind;
use crate::shape::{ImageShape, ShapeError};
use crate::text::number::thousands;

/// Why a dataset cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither a name nor a file.
    #[error(
        "dataset \"{found}\": found neither a dataset of that name nor such a file or folder; expected {expected}{hint}"
    )]
    Unknown {
        /// The value given.
        found: String,
        /// Accepted values: `auto, mnist, … or the path of an idx, npy or npz file`.
        expected: String,
        /// `; did you mean "mnist"?`, or nothing.
        hint: String,
    },
    /// A path leads to something other than a file: a folder, a pipe, a device, a socket.
    #[error("{}: found {found}, expected a folder, an archive or an idx, npy or npz file of images", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: Kind,
    },
    /// A system call failed.
    #[error("{}: could not {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The failed action: `read it`.
        action: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// A variable of the environment names a folder in a way that only a shell would understand.
    #[error("GENAI_TUI_DATA_DIR: {0}")]
    Place(#[from] crate::paths::PathProblem),
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
        /// Unpacked bytes before the end.
        unpacked: u64,
    },
    /// The compressed stream is invalid.
    #[error("{}: the gzip stream is damaged after {unpacked} unpacked bytes ({reason})", path.display())]
    DamagedGzip {
        /// The file.
        path: PathBuf,
        /// Unpacked bytes before the error.
        unpacked: u64,
        /// The decoder's message.
        reason: String,
    },
    /// A known format that is not supported.
    #[error("{}: found {found}, expected an idx, npy or npz file{}", path.display(), unpack(*is_packed))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its description: `an xz archive`.
        found: &'static str,
        /// Whether it may contain images.
        is_packed: bool,
    },
    /// More than fits into memory.
    #[error("{}: found more than {} GiB of values, expected images that fit into memory", path.display(), most >> 30)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The maximum number of bytes.
        most: u64,
    },
    /// Shorter than a header.
    #[error("{}: found {found} bytes, expected an idx header of {expected}", path.display())]
    ShortHeader {
        /// The file.
        path: PathBuf,
        /// Bytes found.
        found: u64,
        /// Bytes of a header.
        expected: u64,
    },
    /// The wrong kind of idx file.
    #[error("{}: found magic number {found:#010x}{}, expected {expected:#010x} ({wanted})", path.display(), magic_hint(*found))]
    WrongMagic {
        /// The file.
        path: PathBuf,
        /// Its magic number.
        found: u32,
        /// The expected magic number.
        expected: u32,
        /// What the expected number stands for.
        wanted: &'static str,
    },
    /// Images of an impossible size.
    #[error("{}: {source}", path.display())]
    WrongSize {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ShapeError,
    },
    /// Training and held-out images of different shapes.
    #[error(
        "{}: found held-out images of {test}, expected the shape of the training images, {train}",
        path.display()
    )]
    ShapesDiffer {
        /// The file.
        path: PathBuf,
        /// The shape of the training images.
        train: ImageShape,
        /// The shape of the held-out images.
        test: ImageShape,
    },
    /// No images or labels.
    #[error("{}: found 0 {items}, expected at least one", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        items: &'static str,
    },
    /// Less data than the header says.
    #[error("{}: the header counts {count} {items}, which takes {expected} bytes; found only {found}", path.display())]
    TooFewBytes {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        items: &'static str,
        /// The count in the header.
        count: u64,
        /// Bytes after the header.
        found: u64,
        /// Bytes needed for the count.
        expected: u64,
    },
    /// More data than the header says.
    #[error("{}: the header counts {count} {items}, which takes {expected} bytes; found more", path.display())]
    TooManyBytes {
        /// The file.
        path: PathBuf,
        /// `images` or `labels`.
        items: &'static str,
        /// The count in the header.
        count: u64,
        /// Bytes needed for the count.
        expected: u64,
    },
    /// The numbers of images and labels differ.
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
    /// A label is not a class.
    #[error("{}: label {index} is {found}, expected less than {classes}", path.display())]
    LabelOutOfRange {
        /// The file.
        path: PathBuf,
        /// Index of the label.
        index: usize,
        /// Its value.
        found: u16,
        /// Number of classes.
        classes: usize,
    },
    /// Not a suitable array.
    #[error("{}: found {found}, expected {expected}", path.display())]
    Npy {
        /// The file.
        path: PathBuf,
        /// Its content.
        found: String,
        /// The expected content.
        expected: &'static str,
    },

    /// A folder or an archive without pictures.
    #[error(
        "{}: found {found}; expected PNG, JPEG, WebP or GIF pictures, in a sub-folder for each class where there are classes",
        path.display()
    )]
    NoPictures {
        /// The folder or archive.
        path: PathBuf,
        /// What is there instead.
        found: String,
    },
    /// More files than a dataset may have.
    #[error("{}: found more than {} files, expected fewer: name a folder that holds a part of them", path.display(), thousands(*most as u64))]
    TooManyFiles {
        /// The folder or archive.
        path: PathBuf,
        /// The most it may have.
        most: usize,
    },
    /// Pictures with and without colours, and no word on which to make of them.
    #[error(
        "{}: found {grey} grey and {colour} colour pictures, expected --channels 1 or --channels 3 to say which to train on",
        path.display()
    )]
    MixedChannels {
        /// The folder or archive.
        path: PathBuf,
        /// Number of grey pictures.
        grey: usize,
        /// Number of pictures in colour.
        colour: usize,
    },
    /// Too many broken pictures.
    #[error(
        "{}: {broken} of {of} pictures cannot be read, expected at most one in ten ({named})",
        path.display()
    )]
    TooManyBroken {
        /// The folder or archive.
        path: PathBuf,
        /// Number of broken pictures.
        broken: usize,
        /// Number of pictures.
        of: usize,
        /// The first of them, and why.
        named: String,
    },
    /// A zip or tar archive that cannot be read.
    #[error("{}: the archive cannot be read ({reason}); expected a complete zip or tar archive", path.display())]
    BrokenArchive {
        /// The archive.
        path: PathBuf,
        /// The decoder's message.
        reason: String,
    },

    /// A file of a published dataset that cannot be read.
    #[error("{source}; move it away and run `genai-tui data fetch {dataset}`")]
    Unusable {
        /// The cause.
        source: Box<DataError>,
        /// Registry name of its dataset.
        dataset: &'static str,
    },
    /// Not the published file.
    #[error(
        "{}: found MD5 {found}, expected {expected}: the file is damaged or another one; move it away and run `genai-tui data fetch {dataset}`",
        path.display()
    )]
    WrongChecksum {
        /// The file.
        path: PathBuf,
        /// The MD5 of its unpacked content.
        found: String,
        /// The published MD5.
        expected: String,
        /// Registry name of its dataset.
        dataset: &'static str,
    },

    /// Files have disappeared since they were found.
    #[error(
        "the files of {dataset} disappeared while they were being read; expected them to stay in place"
    )]
    Vanished {
        /// Registry name of the dataset.
        dataset: &'static str,
    },

    /// Not an address to download from.
    #[error("mirror \"{found}\": expected a URL that begins with https:// or http://")]
    BadMirror {
        /// The value given.
        found: String,
    },
    /// A variable of the environment is not a valid proxy, or names no certificates.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// No connection, or the connection broke before the answer.
    #[error("{url}: no connection: {failure}")]
    Unreachable {
        /// The address, and the proxy used.
        url: String,
        /// The cause.
        failure: Failure,
    },
    /// No answer in time.
    #[error("{url}: no answer within {seconds:.1} seconds")]
    NoAnswer {
        /// The address.
        url: String,
        /// The time limit.
        seconds: f64,
    },
    /// An HTTP status other than success.
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
        /// Bytes of the file on disk, including those of earlier attempts.
        received: u64,
        /// The expected size, if the server reported it.
        expected: Option<u64>,
        /// The network error, if any.
        reason: String,
    },
    /// The body is larger than any dataset file.
    #[error("{url}: found more than {limit} bytes, expected a dataset file")]
    Oversized {
        /// The address.
        url: String,
        /// The size limit.
        limit: u64,
    },
    /// The server's file is not the published one.
    #[error(
        "{url}: found MD5 {found}, expected {expected}: the server has another file; it was not kept"
    )]
    WrongDownload {
        /// The address.
        url: String,
        /// MD5 of the downloaded file.
        found: String,
        /// The published MD5.
        expected: &'static str,
    },
    /// No mirror has the file.
    #[error("could not download {file}: {}", join(attempts))]
    NoMirror {
        /// The file's name.
        file: String,
        /// The error at each mirror, in the order they were tried.
        attempts: Vec<DataError>,
    },
    /// The caller cancelled the operation.
    #[error("cancelled")]
    Cancelled,
}

impl DataError {
    /// For `map_err`: the system refused to do `action` to `path`.
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

    /// The error for a file of another format.
    pub(super) fn foreign(path: &Path, format: &Foreign) -> Self {
        Self::Foreign {
            path: path.to_owned(),
            found: format.name,
            is_packed: format.is_packed,
        }
    }

    /// Returns whether a wrong magic number is one that the message can name.
    pub(super) fn names_the_magic(&self) -> bool {
        matches!(self, Self::WrongMagic { found, .. } if !magic_hint(*found).is_empty())
    }

    /// The error for the middle of a sentence: the reason first, and server names instead of addresses.
    #[must_use]
    pub fn in_short(&self) -> String {
        let Self::NoMirror { attempts, .. } = self else {
            return self.to_string();
        };
        let tell = |(urls, reason): (Vec<String>, String)| {
            let hosts: Vec<String> = urls.iter().filter_map(|url| host(url)).collect();
            format!("{reason} [{}]", hosts.join(", "))
        };
        let reasons: Vec<String> = by_reason(attempts).into_iter().map(tell).collect();
        reasons.join("; ")
    }

    /// The address at which a download failed.
    fn url(&self) -> Option<&str> {
        match self {
            Self::Unreachable { url, .. }
            | Self::NoAnswer { url, .. }
            | Self::Status { url, .. }
            | Self::Cut { url, .. }
            | Self::Oversized { url, .. }
            | Self::WrongDownload { url, .. } => Some(url),
            _ => None,
        }
    }

    /// Returns whether the input is at fault (exit code 2) rather than the network or the disk (exit code 1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Cancelled | Self::NoDataDir => false,
            other => !other.is_download(),
        }
    }

    /// Returns whether a download failed for a reason outside of this machine.
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

    /// Returns whether no server answered at all: there is probably no network.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoAnswer { .. } => true,
            Self::NoMirror { attempts, .. } => attempts.iter().all(Self::is_offline),
            _ => false,
        }
    }
}

/// The most likely meaning of a wrong magic number.
fn magic_hint(found: u32) -> &'static str {
    match found {
        0x0000_0801 => " (labels)",
        0x0000_0803 => " (images)",
        0x0000_0804 => " (images with channels)",
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

/// Groups addresses by the reason of their failure: reasons are mostly the same except for server names.
fn by_reason(attempts: &[DataError]) -> Vec<(Vec<String>, String)> {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for attempt in attempts {
        let url = attempt.url().unwrap_or_default();
        let text = attempt.to_string();
        let reason = text.strip_prefix(url).unwrap_or(&text);
        let mut reason = reason.strip_prefix(": ").unwrap_or(reason).to_owned();
        if let Some(host) = host(url) {
            reason = reason.replace(&host, "the server");
        }
        match groups.iter_mut().find(|(_, known)| *known == reason) {
            Some((urls, _)) => urls.push(url.to_owned()),
            None => groups.push((vec![url.to_owned()], reason)),
        }
    }
    groups
}

/// The server of an address, as shown in errors.
fn host(url: &str) -> Option<String> {
    let uri = url.split([',', ' ']).next()?.parse::<Uri>().ok()?;
    Some(uri.host()?.to_owned())
}

fn join(attempts: &[DataError]) -> String {
    let tell = |(urls, reason): (Vec<String>, String)| format!("{}: {reason}", urls.join(" and "));
    let reasons: Vec<String> = by_reason(attempts).into_iter().map(tell).collect();
    reasons.join("; ")
}

fn unpack(is_packed: bool) -> &'static str {
    if is_packed {
        ", plain or gzipped: unpack it first"
    } else {
        ""
    }
}
