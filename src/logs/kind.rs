//! What a file is, by its beginning; its name is at most a hint.

use std::io::Read as _;
use std::path::Path;

use super::about::Format;
use super::{csv, json_lines, own, tail, tensorboard, trainer_state, wandb};
use crate::files;

/// Bytes at the beginning of a file that tell what it is.
const HEAD: u64 = 64 * 1024;

/// The same of a text whose first line is longer than that; lines of JSON may be as long as they are read at all.
const LONG_HEAD: u64 = 4 * 1024 * 1024;

/// Extensions of files that are no logs: they are not opened.
const NO_LOG: [&str; 60] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "bmp",
    "tif",
    "tiff",
    "svg",
    "pdf",
    "mp4",
    "avi",
    "wav",
    "mp3",
    "pt",
    "pth",
    "ckpt",
    "bin",
    "safetensors",
    "onnx",
    "npy",
    "npz",
    "h5",
    "hdf5",
    "pkl",
    "pickle",
    "idx",
    "parquet",
    "arrow",
    "feather",
    "db",
    "sqlite",
    "zip",
    "tar",
    "gz",
    "bz2",
    "xz",
    "zst",
    "whl",
    "so",
    "a",
    "o",
    "py",
    "pyc",
    "ipynb",
    "rs",
    "c",
    "cc",
    "cpp",
    "h",
    "js",
    "ts",
    "css",
    "html",
    "md",
    "yaml",
    "yml",
    "toml",
    "lock",
    "sh",
];

/// What a file is, by its beginning; its name counts where the beginning is damaged.
pub(super) fn detect(path: &Path, head: &[u8]) -> Option<Format> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    if tensorboard::begins(head) == Some(true) {
        return Some(Format::TensorBoard);
    }
    // A file that was just made.
    if head.len() < 12 && tensorboard::is_named(&name) {
        return Some(Format::TensorBoard);
    }
    // A file with such a name that is damaged is a log that says so.
    if wandb::begins(head) || extension == "wandb" {
        return Some(Format::Wandb);
    }
    if trainer_state::begins(head) || name == trainer_state::NAME {
        return Some(Format::TrainerState);
    }
    let is_named = extension == "jsonl" || extension == "ndjson";
    if json_lines::begins(head, is_named) && !own::begins(head) {
        return Some(Format::JsonLines);
    }
    csv::begins(head, extension == "csv" || extension == "tsv").then_some(Format::Csv)
}

pub(super) fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut file = files::open(path)?.take(HEAD);
    file.read_to_end(&mut head)?;
    // A table may have thousands of columns.
    let is_text = !head.contains(&0) && !head.contains(&b'\n');
    if is_text && head.len() as u64 == HEAD {
        let longest = match named(path) {
            Some(Format::JsonLines) => tail::LINE as u64 + 1,
            _ => LONG_HEAD,
        };
        file.set_limit(longest - HEAD);
        file.read_to_end(&mut head)?;
    }
    Ok(head)
}

/// What a file without a known format begins with.
pub(super) fn in_words(head: &[u8]) -> String {
    if head.is_empty() {
        return "an empty file".to_owned();
    }
    match std::str::from_utf8(head.get(..32).unwrap_or(head)) {
        Ok(text) if !text.contains('\0') => {
            format!(
                "a file that begins with {:?}",
                text.lines().next().unwrap_or("")
            )
        }
        _ => format!(
            "a file that begins with the bytes {:02x?}",
            head.get(..8).unwrap_or(head)
        ),
    }
}

/// What a file is by its name alone.
pub(super) fn named(path: &Path) -> Option<Format> {
    if path.ends_with(trainer_state::NAME) {
        return Some(Format::TrainerState);
    }
    let extension = path.extension()?.to_ascii_lowercase();
    match extension.to_str()? {
        "csv" | "tsv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "wandb" => Some(Format::Wandb),
        _ => None,
    }
}

/// Whether a file is named as a log of text.
pub(super) fn is_text_log(path: &Path) -> bool {
    matches!(named(path), Some(Format::Csv | Format::JsonLines))
}

pub(super) fn is_no_log(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    NO_LOG.iter().any(|known| extension == *known)
}
