//! Caches the features of real images in a file: computing them takes a second at each start of a run.
//!
//! The name of the file identifies its content: the dataset, the judge, the images and their number. A file that is
//! damaged or cannot be read is written again.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::judge::{FEATURES, Kind};
use super::{EvalError, Judge, Matrix, Set};
use crate::data::ImageSet;
use crate::files::{self, md5, md5_hex};

/// The beginning of a file: magic and format version.
const MAGIC: &[u8; 16] = b"genai-features-2";

/// Bytes of a checksum.
const SUM: usize = 16;

/// The folder of these files, if the system has a cache directory.
#[must_use]
pub fn features_folder() -> Option<PathBuf> {
    let dirs = ProjectDirs::from("", "", "genai-tui")?;
    Some(dirs.cache_dir().join("features"))
}

/// Features and logits that `judge` computes for these images: read from the file in `folder`, or computed.
///
/// # Errors
/// When the judge cannot compute them.
pub(super) fn features(
    judge: &Judge,
    images: &ImageSet,
    folder: Option<PathBuf>,
) -> Result<Set, EvalError> {
    let n = images.len();
    let card = judge.card();
    let Some(folder) = folder.filter(|_| card.kind == Kind::Trained) else {
        return judge.judge(images);
    };
    let name = format!(
        "{}-{}-{}-{n}.bin",
        card.dataset,
        &card.weights[..card.weights.len().min(12)],
        &md5_hex(images.pixels())[..12],
    );
    let path = folder.join(name);
    if let Some(mut values) = read(&path, (FEATURES + card.classes) * n) {
        let logits = Matrix::from_vec(card.classes, n, values.split_off(FEATURES * n));
        let seen = Set::new(Matrix::from_vec(FEATURES, n, values))?.with_logits(logits)?;
        return Ok(seen.with_labels(images.labels()));
    }
    let seen = judge.judge(images)?;
    let logits = seen.logits().map_or(&[][..], Matrix::as_slice);
    // An error only means that the next start is slower.
    let _ = write(
        &folder,
        &path,
        &[seen.features().as_slice(), logits].concat(),
    );
    Ok(seen)
}

/// The values in a file, if it is intact and has `count` of them.
fn read(path: &Path, count: usize) -> Option<Vec<f64>> {
    let bytes = fs::read(path).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?;
    let (sum, values) = rest.split_at_checked(SUM)?;
    if values.len() != count * 8 || md5(values)[..] != *sum {
        return None;
    }
    let (values, _) = values.as_chunks::<8>();
    Some(values.iter().map(|v| f64::from_le_bytes(*v)).collect())
}

/// Writes a file atomically.
fn write(folder: &Path, path: &Path, values: &[f64]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    files::write_with(path, |out| {
        out.write_all(MAGIC)?;
        out.write_all(&md5(&bytes))?;
        out.write_all(&bytes)
    })
}
