//! Everything that can be wrong with a dataset. Each message names the file or address, what was found and what was
//! expected, so that it can be shown as it is.

use std::io;
use std::path::{Path, PathBuf};

use ureq::http::Uri;

use super::format::Foreign;
use super::net::{BadVariable, Failure};
use crate::files::Kind;

/// Why a dataset cannot be loaded.
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
        /// What could have been asked for: `auto, mnist, … or the path of an idx, npy or npz file`.
        expected: String,
        /// `; did you mean "mnist"?`, or nothing.
        hint: String,
    },
    /// A path leads to something other than a file: a folder, a pipe, a device, a socket.
    #[error("{}: found {found}, expected an idx, npy or npz file of 28×28 images", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: Kind,
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
    /// The environment names a folder as only a shell would understand it.
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
    /// Another format than those that are read.
    #[error("{}: found {found}, expected an idx, npy or npz file{}", path.display(), unpack(*is_packed))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is: `an xz archive`.
        found: &'static str,
        /// Whether images may be inside.
        is_packed: bool,
    },
    /// More than fits into memory.
    #[error("{}: found more than {} GiB of values, expected images that fit into memory", path.display(), most >> 30)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: u64,
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
    /// A label that is not a class.
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

    /// A file of a published dataset that cannot be read.
    #[error("{source}; move it away and run `genai-tui data fetch {dataset}`")]
    Unusable {
        /// Why it cannot.
        source: Box<DataError>,
        /// Registry name of its dataset.
        dataset: &'static str,
    },
    /// Not the file that was published.
    #[error(
        "{}: found MD5 {found}, expected {expected}: the file is damaged or another one; move it away and run `genai-tui data fetch {dataset}`",
        path.display()
    )]
    WrongChecksum {
        /// The file.
        path: PathBuf,
        /// The MD5 of what is in it, unpacked.
        found: String,
        /// The published one.
        expected: String,
        /// Registry name of its dataset.
        dataset: &'static str,
    },

    /// Files that were there are not any more.
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
        /// What was given.
        found: String,
    },
    /// A variable of the environment that names no proxy, or no certificates.
    #[error(transparent)]
    Variable(#[from] BadVariable),
    /// No connection, or one that broke before the answer.
    #[error("{url}: no connection: {failure}")]
    Unreachable {
        /// The address, and the proxy on the way to it.
        url: String,
        /// Why not.
        failure: Failure,
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

    /// That a file is of another format.
    pub(super) fn foreign(path: &Path, format: &Foreign) -> Self {
        Self::Foreign {
            path: path.to_owned(),
            found: format.name,
            is_packed: format.is_packed,
        }
    }

    /// Whether a wrong magic number is said to be of something known.
    pub(super) fn names_the_magic(&self) -> bool {
        matches!(self, Self::WrongMagic { found, .. } if !magic_hint(*found).is_empty())
    }

    /// The same with the reason first and the servers' names instead of addresses, for the middle of a sentence.
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

    /// The address that a download failed at.
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

    /// Whether no server answered at all: there is probably no network.
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

/// Addresses by the reason for which they failed: they mostly fail alike, but for the names of the servers.
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

/// The server in an address as errors name it.
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
