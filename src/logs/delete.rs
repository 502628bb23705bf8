//! Deleting a run: the files of its log and nothing else. Directories go only when nothing is left in them; that of an own run, and the
//! one that W&B made for a run, are the run's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::about::Format;
use super::find::{Found, files};
use crate::files::folder_of;

/// What W&B puts beside a run's file.
const OF_WANDB: [&str; 4] = ["files", "logs", "tmp", "wandb-summary.json"];

/// What [`delete`] takes away: files, and directories with all that is in them.
#[must_use]
pub fn belongings(found: &Found) -> Vec<PathBuf> {
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|kind| kind.is_symlink());
    if found.format == Format::Own || is_link(&found.path) {
        return vec![found.path.clone()];
    }
    let mut all = files(found);
    if found.format == Format::Wandb && is_of_wandb(folder_of(&found.path)) {
        let beside = OF_WANDB.map(|name| folder_of(&found.path).join(name));
        all.extend(beside);
        let synced = format!("{}.synced", found.path.display());
        all.push(PathBuf::from(synced));
    }
    all.retain(|path| fs::symlink_metadata(path).is_ok());
    all
}

/// Deletes the files of a run, and directories that are empty then.
///
/// # Errors
/// When the system refuses.
pub fn delete(found: &Found) -> io::Result<()> {
    let all = belongings(found);
    for path in &all {
        if fs::symlink_metadata(path)?.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    // From the deepest on; one that has something else in it stays.
    let mut dirs: Vec<&Path> = all.iter().map(|path| folder_of(path)).collect();
    if found.path.is_dir() {
        let within = |dir: &&Path| dir.starts_with(&found.path);
        let above = dirs.clone().into_iter().flat_map(Path::ancestors);
        dirs = above.filter(within).collect();
    } else if !is_of_wandb(folder_of(&found.path)) {
        dirs.clear();
    }
    dirs.sort_by_key(|dir| std::cmp::Reverse(dir.components().count()));
    for dir in dirs {
        let _ = fs::remove_dir(dir);
    }
    Ok(())
}

/// Whether W&B made this directory for one run.
fn is_of_wandb(dir: &Path) -> bool {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("run-") || name.starts_with("offline-run-")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::logs::find;

    /// What is left after the run at `path` was deleted.
    fn left(files: &[(&str, &[u8])], path: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(folder_of(&path)).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let all = find(dir.path()).unwrap().runs;
        let found = all.iter().find(|found| found.path == dir.path().join(path));
        delete(found.unwrap()).unwrap();
        let mut left = Vec::new();
        let mut open = vec![dir.path().to_path_buf()];
        while let Some(here) = open.pop() {
            for entry in fs::read_dir(here).unwrap().flatten() {
                let below = entry.path();
                let name = below.strip_prefix(dir.path()).unwrap();
                left.push(name.display().to_string());
                if below.is_dir() {
                    open.push(below);
                }
            }
        }
        left.sort();
        left
    }

    #[test]
    fn what_lies_beside_a_log_stays() {
        let events = include_bytes!("../../tests/logs/tf1/events.out.tfevents.1700000000.host.1.0");
        let name = "events.out.tfevents.1.h";
        let main = format!("r/{name}");
        let settings = format!("r/1700000002.5/{name}");
        let other = format!("r/b/{name}");
        let table = &b"step,loss\n1,1\n"[..];
        assert_eq!(
            left(
                &[
                    (&main, events),
                    (&settings, events),
                    (&other, events),
                    ("r/a/m.csv", table),
                    ("r/thesis.tex", b"x"),
                ],
                "r"
            ),
            ["r", "r/a", "r/a/m.csv", "r/b", &other, "r/thesis.tex"]
        );
        assert_eq!(left(&[(&main, events)], "r"), Vec::<String>::new());
        let state = br#"{"global_step": 1, "log_history": [{"step": 1, "loss": 1}]}"#;
        assert_eq!(
            left(
                &[
                    ("ck/checkpoint-1/trainer_state.json", state),
                    ("ck/checkpoint-1/weights.bin", b"x"),
                ],
                "ck"
            ),
            ["ck", "ck/checkpoint-1", "ck/checkpoint-1/weights.bin"]
        );
        assert_eq!(
            left(&[("a.csv", table), ("b.csv", table)], "a.csv"),
            ["b.csv"]
        );
    }

    #[test]
    fn the_directory_of_a_run_of_wandb_is_its_own() {
        let magic = &b":W&B\xe1\xbe\x00"[..];
        assert_eq!(
            left(
                &[
                    ("wandb/offline-run-1-a/run-a.wandb", magic),
                    ("wandb/offline-run-1-a/files/config.yaml", b"x"),
                    ("wandb/offline-run-2-b/run-b.wandb", magic),
                ],
                "wandb/offline-run-1-a/run-a.wandb"
            ),
            [
                "wandb",
                "wandb/offline-run-2-b",
                "wandb/offline-run-2-b/run-b.wandb"
            ]
        );
    }
}
