//! Images that took time to decode, kept in files that are mapped into memory: a set that is larger than memory trains from
//! there, and the next run begins at once.
//!
//! A file holds the images to train on, those held out, their labels (little-endian, two bytes each), what there is to know of
//! them as JSON, the length of that, and a magic text at the very end: a file that was cut has none. It is named by a sum of all
//! that decided its content. Beside it, small files remember which of them belongs to which sources, by a stamp of names, sizes
//! and times, so that sources that did not change are not read.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::image_set::{ImageSet, ImageSets};
use super::pixels::Pixels;
use crate::files;
use crate::shape::ImageShape;

/// Below the data directory.
const FOLDER: &str = "prepared";
/// How names of files on their way begin.
const DRAFT: &str = ".draft-";
/// A draft to which nothing was written for so long is of a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);
/// At the end of each file.
const MAGIC: &[u8; 16] = b"genai-tui img 1\n";
/// Bytes of the length before it.
const LENGTH: usize = 8;

/// What is known of prepared images beside their pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The shape of each image.
    pub shape: ImageShape,
    /// Number of images to train on.
    pub train: usize,
    /// Number of images held out.
    pub test: usize,
    /// Whether there are labels.
    pub labelled: bool,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// MD5 of the images to train on, in hexadecimal.
    pub digest: String,
    /// What a person should know of them.
    pub notices: Vec<String>,
    /// Files that were left out, and why.
    pub left_out: Vec<String>,
}

/// Prepared images.
#[derive(Debug)]
pub(super) struct Prepared {
    pub sets: ImageSets,
    pub facts: Facts,
}

/// Where prepared images are kept.
#[derive(Debug, Clone)]
pub(super) struct Store {
    /// `None` if there is no place for it.
    folder: Option<PathBuf>,
}

impl Store {
    /// The store below a data directory, which need not exist.
    pub fn below(data_dir: Option<&Path>) -> Self {
        Self {
            folder: data_dir.map(|dir| dir.join(FOLDER)),
        }
    }

    /// What was prepared from sources with this stamp.
    pub fn by_stamp(&self, stamp: &str) -> Option<Prepared> {
        let key = fs::read_to_string(self.file(stamp, "at")?).ok()?;
        self.by_key(key.trim())
    }

    /// What was prepared under this key.
    pub fn by_key(&self, key: &str) -> Option<Prepared> {
        let is_key = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        let path = self.file(key, "images").filter(|_| is_key)?;
        open(&File::open(path).ok()?).ok()
    }

    /// Remembers that sources with this stamp lead to `key`. If it fails, they are read again the next time.
    pub fn remember(&self, stamp: &str, key: &str) {
        if let Some(path) = self.file(stamp, "at") {
            let _ = files::write(&path, key.as_bytes());
        }
    }

    fn file(&self, name: &str, extension: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{name}.{extension}")))
    }

    /// Begins to write images. Where they cannot be kept, they go into a temporary file, and the reason is told.
    ///
    /// # Errors
    /// When there is no place for a temporary file either.
    pub fn begin(&self) -> io::Result<(Draft, Option<String>)> {
        let kept = match &self.folder {
            None => Err("there is no data directory".to_owned()),
            Some(folder) => fs::create_dir_all(folder)
                .inspect(|()| tidy(folder))
                .and_then(|()| files::draft(folder, DRAFT))
                .map_err(|error| format!("{}: {error}", folder.display())),
        };
        let (file, reason) = match kept {
            Ok(file) => (file, None),
            Err(reason) => (
                files::draft(&std::env::temp_dir(), "genai-tui-")?,
                Some(reason),
            ),
        };
        let draft = Draft {
            file: BufWriter::with_capacity(1 << 20, file),
            is_kept: reason.is_none(),
        };
        Ok((draft, reason))
    }
}

/// Removes drafts of processes that were killed: those that nobody has written to for long.
fn tidy(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_draft = entry.file_name().to_string_lossy().starts_with(DRAFT);
        let written = entry.metadata().and_then(|meta| meta.modified());
        let age = written.ok().and_then(|written| written.elapsed().ok());
        if is_draft && age.is_some_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Images on their way into a file, which vanishes if it is not finished.
pub(super) struct Draft {
    file: BufWriter<NamedTempFile>,
    is_kept: bool,
}

impl Draft {
    /// Where it is written, for errors.
    pub fn path(&self) -> &Path {
        self.file.get_ref().path()
    }

    /// Appends the bytes of images.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn add(&mut self, pixels: &[u8]) -> io::Result<()> {
        self.file.write_all(pixels)
    }

    /// Completes the file with the labels of all images and the facts, puts it in its place, and maps it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(
        mut self,
        key: &str,
        labels: &[u16],
        facts: &Facts,
        store: &Store,
    ) -> io::Result<Prepared> {
        for label in labels {
            self.file.write_all(&label.to_le_bytes())?;
        }
        let json = serde_json::to_vec(facts)?;
        self.file.write_all(&json)?;
        self.file.write_all(&(json.len() as u64).to_le_bytes())?;
        self.file.write_all(MAGIC)?;
        let draft = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let file = draft.reopen()?;
        if self.is_kept
            && let Some(path) = store.file(key, "images")
        {
            files::sync_data(draft.as_file())?;
            files::replace(draft.into_temp_path(), &path).map_err(|refused| refused.error)?;
        }
        open(&file)
    }
}

/// Maps a file of prepared images.
fn open(file: &File) -> io::Result<Prepared> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let length = file.metadata()?.len() as usize;
    let mut reader = file;
    let mut end = [0; LENGTH + MAGIC.len()];
    let body = length.checked_sub(end.len()).ok_or_else(wrong)?;
    reader.seek(SeekFrom::Start(body as u64))?;
    reader.read_exact(&mut end)?;
    let (json, magic) = end.split_at(LENGTH);
    let json = json
        .iter()
        .rev()
        .fold(0, |all, &byte| all << 8 | u64::from(byte));
    let at = body.checked_sub(usize::try_from(json).map_err(|_| wrong())?);
    let at = at.filter(|_| magic == MAGIC).ok_or_else(wrong)?;
    reader.seek(SeekFrom::Start(at as u64))?;
    let mut text = vec![0; body - at];
    reader.read_exact(&mut text)?;
    let facts: Facts = serde_json::from_slice(&text)?;
    let size = facts.shape.values();
    let count = facts.train.checked_add(facts.test).ok_or_else(wrong)?;
    let pixels = count.checked_mul(size).ok_or_else(wrong)?;
    let labels = if facts.labelled { 2 * count } else { 0 };
    if facts.train == 0 || pixels.checked_add(labels) != Some(at) {
        return Err(wrong());
    }
    // These files are written once, under a temporary name, and never changed after that; a newer one replaces them by a rename.
    let all = Pixels::of(files::map(file)?);
    let labels = all.part(pixels..at);
    let set = |from: usize, to: usize| {
        let set = ImageSet::of(facts.shape, all.part(from * size..to * size));
        if !facts.labelled {
            return set;
        }
        let pairs = labels[2 * from..2 * to].chunks_exact(2);
        set.with_labels(
            pairs
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect::<Vec<_>>(),
        )
    };
    let sets = ImageSets {
        train: set(0, facts.train),
        test: (facts.test > 0).then(|| set(facts.train, count)),
    };
    Ok(Prepared { sets, facts })
}
