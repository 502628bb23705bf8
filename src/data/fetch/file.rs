//! Downloads one file from one address into a part file, verifies it there, then renames it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::transfer::{Head, Transfer};
use crate::data::checksum::checksum;
use crate::data::error::DataError;
use crate::data::net::Network;
use crate::data::watch::Watch;
use crate::files;

/// Dataset files are not larger; this keeps others from filling the disk.
const LIMIT: u64 = 1 << 30;

/// A file to download.
pub(super) struct Job<'a> {
    /// The file's name at the mirror.
    pub name: &'a str,
    /// The part file, in which its bytes are collected.
    pub part: &'a Path,
    /// Its path once it is complete and verified.
    pub target: &'a Path,
    /// Its MD5.
    pub md5: &'static str,
}

/// Downloads a file, continuing an earlier part file; returns its size in bytes.
///
/// If the connection fails, the part file stays for the next attempt. If the content is wrong, it is deleted.
pub(super) fn download(
    url: &str,
    job: &Job<'_>,
    wait: Duration,
    network: &Network,
    watch: &mut Watch<'_>,
) -> Result<u64, DataError> {
    let mut have = fs::metadata(job.part).map_or(0, |part| part.len());
    // An earlier process may have ended after the last byte and before renaming.
    if have > 0 && checksum(job.part)? == job.md5 {
        return finish(job).map(|()| have);
    }
    loop {
        let what = format!(
            "{} {}",
            if have > 0 { "resuming" } else { "downloading" },
            job.name
        );
        watch.say(what.as_str());
        let (head, mut transfer) = Transfer::open(url, have, wait, network, watch)?;
        // A server may ignore the range requested and send everything.
        let kept = match head {
            Head { status: 200, .. } => 0,
            Head {
                status: 206,
                start: Some(start),
                ..
            } if start == have && have > 0 => have,
            // The part file is longer than the file, or the server sent another range: it is not a beginning of this
            // file.
            Head {
                status: 206 | 416, ..
            } if have > 0 => {
                have = 0;
                continue;
            }
            Head { status, .. } => {
                return Err(DataError::Status {
                    url: transfer.url().to_owned(),
                    status,
                });
            }
        };
        let total = head.length.map(|rest| kept + rest);
        let size = receive(&mut transfer, job, kept, total, &what, watch)?;
        let found = checksum(job.part)?;
        if found == job.md5 {
            return finish(job).map(|()| size);
        }
        fs::remove_file(job.part).map_err(DataError::io(job.part, "remove it"))?;
        if kept == 0 {
            return Err(DataError::WrongDownload {
                url: transfer.url().to_owned(),
                found,
                expected: job.md5,
            });
        }
        // The part file may have been wrong from the start: try once more from the first byte.
        have = 0;
    }
}

/// Appends what arrives to the first `kept` bytes of the part file and syncs it; returns the total size.
fn receive(
    transfer: &mut Transfer,
    job: &Job<'_>,
    kept: u64,
    total: Option<u64>,
    what: &str,
    watch: &mut Watch<'_>,
) -> Result<u64, DataError> {
    let open = || -> io::Result<File> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(job.part)?;
        file.set_len(kept)?;
        Ok(file)
    };
    let mut file = open().map_err(DataError::io(job.part, "create it"))?;
    let mut received = kept;
    let url = transfer.url().to_owned();
    let cut = |received, reason| DataError::Cut {
        url: url.clone(),
        received,
        expected: total,
        reason,
    };
    watch.count(what, received, total);
    loop {
        match transfer.next(watch)? {
            Ok(Some(bytes)) => {
                received += bytes.len() as u64;
                if received > LIMIT {
                    return Err(DataError::Oversized {
                        url: url.clone(),
                        limit: LIMIT,
                    });
                }
                file.write_all(&bytes)
                    .map_err(DataError::io(job.part, "write to it"))?;
                watch.count(what, received, total);
            }
            Ok(None) if total.is_some_and(|total| received < total) => {
                return Err(cut(received, String::new()));
            }
            Ok(None) => break,
            Err(reason) => return Err(cut(received, reason)),
        }
    }
    files::sync(&file).map_err(DataError::io(job.part, "flush it to the disk"))?;
    Ok(received)
}

/// Renames a complete, verified part file.
fn finish(job: &Job<'_>) -> Result<(), DataError> {
    fs::rename(job.part, job.target)
        .map_err(DataError::io(job.target, "rename the download to it"))?;
    // The rename must reach the disk too.
    files::sync_folder(files::folder_of(job.target))
        .map_err(DataError::io(job.target, "flush it to the disk"))
}
