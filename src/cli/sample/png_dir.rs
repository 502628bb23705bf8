//! A folder of PNG files, one for each image, as programs take them that compute published measures.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use rayon::prelude::*;

use crate::cli::Failure;
use crate::files::folder_of;
use crate::picture::{Canvas, Notes, encode_png};
use crate::text::shell_word;
use crate::train::Generated;

/// Checks that a folder can be made at `path`: there is nothing, or an empty folder.
///
/// # Errors
/// When something is there.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(false) => Err(Failure::Input(anyhow!(
            "--png-dir {}: found a folder with files in it, expected a new or an empty one",
            path.display()
        ))),
        Err(error) => Err(Failure::Input(anyhow!(
            "--png-dir {}: expected a new or an empty folder: {error}",
            path.display()
        ))),
    }
}

/// Writes `00000.png` and so on into the folder, which appears when all of them are written; of a conditional run into a folder
/// for each class in it.
///
/// # Errors
/// When the system refuses; the folder is then as it was.
pub(super) fn write(path: &Path, found: &Generated, notes: Notes<'_>) -> Result<(), Failure> {
    let result = (|| {
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        let draft = tempfile::Builder::new()
            .prefix(".png-dir-")
            .tempdir_in(folder)?;
        let images = &found.images;
        let names: Vec<_> = found.classes.iter().map(|name| as_folder(name)).collect();
        for name in &names {
            fs::create_dir_all(draft.path().join(name))?;
        }
        let class = |i: usize| Some(usize::from(*found.labels.as_ref()?.get(i)?));
        let digits = images.count().to_string().len().max(5);
        let all: Vec<&[u8]> = images.images().collect();
        all.par_iter().enumerate().try_for_each(|(i, image)| {
            let canvas = Canvas::of(images.shape(), image);
            let bytes = encode_png(&canvas, notes).map_err(io::Error::other)?;
            let name = class(i).and_then(|class| names.get(class));
            let folder = name.map_or_else(|| draft.path().to_owned(), |n| draft.path().join(n));
            fs::write(folder.join(format!("{i:0digits$}.png")), bytes)
        })?;
        if path.exists() {
            fs::remove_dir(path)?;
        }
        fs::rename(draft.keep(), path)
    })();
    result
        .with_context(|| format!("{}: cannot be written", path.display()))
        .map_err(Failure::Run)
}

/// The name of a class as that of a folder.
fn as_folder(class: &str) -> String {
    let plain: String = class
        .chars()
        .map(|c| if c == '/' || c == '\0' { '_' } else { c })
        .collect();
    if plain.is_empty() || plain.starts_with('.') {
        format!("_{plain}")
    } else {
        plain
    }
}

/// How others compute the published measures of these files. `REAL` is for the user to fill in.
pub(super) fn how_to_measure(path: &Path) -> [String; 2] {
    let here = shell_word(path);
    let quoted = path
        .to_string_lossy()
        .replace('\\', "\\\\")
        .replace('\'', "\\'");
    [
        format!("torch-fidelity: fidelity --fid --isc --input1 {here} --input2 REAL"),
        format!(
            "clean-fid: python -c {}",
            shell_word(format!(
                "from cleanfid import fid; print(fid.compute_fid('{quoted}', 'REAL'))"
            ))
        ),
    ]
}
