//! Downloads published datasets. A file under its final name is always complete and verified: bytes are collected in a
//! `.part` file, which the next attempt continues and which is renamed once its checksum is right.
//!
//! `transfer` does HTTP on its own thread, so that the caller never blocks on the network; `file` stores what arrives;
//! `lock` keeps two processes from downloading the same dataset at once.

mod file;
mod lock;
mod redirect;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ureq::http::Uri;

use super::error::DataError;
use super::folder::data_dir;
use super::locate::locate;
use super::net::{BadVariable, Network};
use super::options::LoadOptions;
use super::registry::{Entry, Published};
use super::watch::{Progress, Watch};
use file::Job;
use lock::FolderLock;

/// Time limit for one mirror's answer if nothing else limits it.
const ANSWER: Duration = Duration::from_secs(15);
/// The minimum time given to a mirror, however little is left: enough for a nearby server.
const LEAST: Duration = Duration::from_millis(100);

/// The result of [`fetch`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The dataset's folder; `None` for a dataset without files.
    pub folder: Option<PathBuf>,
    /// The downloaded files with their sizes in bytes; empty when everything was there and verified.
    pub files: Vec<(String, u64)>,
}

/// Makes sure that a dataset is in the data directory: verifies existing files and downloads missing ones.
///
/// # Errors
/// When an existing file is damaged, no mirror has a missing one, the disk refuses, or it was cancelled.
pub fn fetch(
    entry: &Entry,
    options: &LoadOptions,
    progress: &mut dyn FnMut(Progress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Fetched, DataError> {
    let Some((entry, published)) = entry.published() else {
        return Ok(Fetched {
            folder: None,
            files: Vec::new(),
        });
    };
    let mut watch = Watch {
        progress,
        cancelled,
    };
    let dir = data_dir(options.data_dir.as_deref())?;
    let mut mirrors = Mirrors::new(published, options, None)?;
    let located = locate(entry, published, &dir.path, &mut watch)?;
    if let Some(places) = located.complete() {
        return Ok(Fetched {
            folder: places[0].path.parent().map(Path::to_owned),
            files: Vec::new(),
        });
    }
    let files = missing(entry, published, &dir.path, &mut mirrors, &mut watch)?;
    Ok(Fetched {
        folder: Some(dir.path.join(entry.name)),
        files,
    })
}

/// The mirrors of a dataset, best first, and their time limit.
pub(super) struct Mirrors {
    urls: Vec<String>,
    network: Network,
    /// Time until some mirror must have answered; `None` if there is no limit, or one has answered.
    patience: Option<Duration>,
    /// Time of the first request.
    started: Option<Instant>,
}

impl Mirrors {
    /// The published mirrors, or the only one that the options name. `patience` is the time for the first answer, over
    /// all mirrors.
    pub fn new(
        published: &Published,
        options: &LoadOptions,
        patience: Option<Duration>,
    ) -> Result<Self, DataError> {
        let urls = match options.mirror.as_deref() {
            Some(url) => vec![checked(url)?],
            None => published
                .mirrors
                .iter()
                .map(|&url| url.to_owned())
                .collect(),
        };
        Ok(Self {
            urls,
            network: options.network.clone(),
            patience,
            started: None,
        })
    }

    /// Checks the variables that affect the way to the mirrors.
    fn check_network(&self) -> Result<(), BadVariable> {
        for uri in self.urls.iter().filter_map(|url| url.parse::<Uri>().ok()) {
            self.network.proxies().for_uri(&uri)?;
            if uri.scheme_str() == Some("https") {
                self.network.roots()?;
            }
        }
        Ok(())
    }

    /// Time limit for the next request, with `left` mirrors to try, including this one.
    fn wait(&mut self, left: usize) -> Duration {
        let Some(patience) = self.patience else {
            return ANSWER;
        };
        let spent = self.started.get_or_insert_with(Instant::now).elapsed();
        (patience.saturating_sub(spent) / left.max(1) as u32).max(LEAST)
    }

    /// Downloads one file from the first mirror that has it. Later downloads try that mirror first.
    fn download(&mut self, job: &Job<'_>, watch: &mut Watch<'_>) -> Result<u64, DataError> {
        let mut attempts = Vec::new();
        for i in 0..self.urls.len() {
            let wait = self.wait(self.urls.len() - i);
            let url = format!("{}{}", self.urls[i], job.name);
            let result = file::download(&url, job, wait, &self.network, watch);
            if !matches!(&result, Err(error) if error.is_offline()) {
                self.patience = None;
            }
            match result {
                Ok(bytes) => {
                    self.urls[..=i].rotate_right(1);
                    return Ok(bytes);
                }
                Err(error) if error.is_download() => attempts.push(error),
                Err(error) => return Err(error),
            }
        }
        Err(DataError::NoMirror {
            file: job.name.to_owned(),
            attempts,
        })
    }
}

/// A mirror's address, checked and with a `/` at its end.
fn checked(url: &str) -> Result<String, DataError> {
    let uri: Option<Uri> = url.parse().ok();
    match uri.as_ref().map(|uri| (uri.scheme_str(), uri.host())) {
        Some((Some("http" | "https"), Some(_))) => Ok(format!("{}/", url.trim_end_matches('/'))),
        _ => Err(DataError::BadMirror {
            found: url.to_owned(),
        }),
    }
}

/// Downloads the files of a dataset that are nowhere below the data directory into its folder; returns their names and
/// sizes.
pub(super) fn missing(
    entry: &Entry,
    published: &Published,
    data_dir: &Path,
    mirrors: &mut Mirrors,
    watch: &mut Watch<'_>,
) -> Result<Vec<(String, u64)>, DataError> {
    mirrors.check_network()?;
    let folder = data_dir.join(entry.name);
    fs::create_dir_all(&folder).map_err(DataError::io(&folder, "create the folder"))?;
    let lock = FolderLock::take(&folder, entry.title, watch)?;
    let mut fetched = Vec::new();
    // Look again: the process that held the lock may have downloaded them.
    for file in locate(entry, published, data_dir, watch)?.missing(published) {
        watch.check()?;
        let name = file.packed_name();
        let target = folder.join(&name);
        let part = lock.part(&target);
        let job = Job {
            name: &name,
            part: &part,
            target: &target,
            md5: file.md5_gz,
        };
        let result = mirrors.download(&job, watch);
        if result.is_err() && !lock.is_exclusive() {
            // Only this process knows the name of this part file, so it cannot be resumed. It does no harm if it stays.
            let _ = fs::remove_file(&part);
        }
        fetched.push((name.clone(), result?));
    }
    Ok(fetched)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_mirror_is_a_web_address_and_ends_in_a_slash() {
        assert_eq!(
            checked("http://127.0.0.1:80/x").unwrap(),
            "http://127.0.0.1:80/x/"
        );
        assert_eq!(
            checked("https://example.org//").unwrap(),
            "https://example.org/"
        );
        for bad in [
            "",
            "mnist",
            "ftp://example.org",
            "https://",
            "/tmp/mnist",
            "http:/x",
        ] {
            assert!(
                matches!(checked(bad), Err(DataError::BadMirror { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_time_limit_is_shared_by_the_mirrors() {
        let mut mirrors = Mirrors {
            urls: Vec::new(),
            network: Network::direct(),
            patience: Some(Duration::from_secs(4)),
            started: None,
        };
        assert!(mirrors.wait(2) <= Duration::from_secs(2));
        mirrors.started = Instant::now().checked_sub(Duration::from_secs(60));
        assert_eq!(mirrors.wait(1), LEAST);
        mirrors.patience = None;
        assert_eq!(mirrors.wait(1), ANSWER);
    }
}
