//! Which files in a run's directory are the run's own. The directory may hold others, which are left alone.

use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use super::run_dir::{CARD, CHECKPOINTS, CONFIG, CUT_OFF, EVENTS, SAMPLES, SUMMARY};
use crate::protocol::OUTPUT;

/// The output of a run without a terminal, in its directory.
pub const HOST_LOG: &str = "host.log";
/// The states that a checkpoint may hold besides its own.
const EARLIER: [&str; 2] = ["before-switch", "last-good"];
/// What a checkpoint holds besides its tensors.
const OF_CHECKPOINT: [&str; 2] = ["state.json", "checksums.md5"];
/// Folders of sockets, which a process that was killed leaves, and what is in them.
const SOCKETS: [&str; 2] = ["control", "trainer"];
const OF_SOCKET: [&str; 2] = ["socket", "address"];
/// Digits of a step in the name of a checkpoint or a picture, at least.
const DIGITS: usize = 8;

/// What a run wrote into its directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belongings {
    /// Its files; those without which there is no run come last.
    pub files: Vec<PathBuf>,
    /// The folders that it made in the directory, innermost first.
    pub folders: Vec<PathBuf>,
}

impl Belongings {
    /// What the run in `dir` wrote there. No link is followed: what it leads to may be somebody else's.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        let mut found = Self::default();
        found.take(dir);
        found
    }

    fn take(&mut self, dir: &Path) {
        let here = entries(dir);
        let named = |name: &str| here.iter().find(|entry| entry.name == name);
        for cut_off in here.iter().filter(|e| e.is_folder && e.is_cut_off()) {
            self.take(&cut_off.path);
            self.folders.push(cut_off.path.clone());
        }
        if let Some(folder) = named(CHECKPOINTS).filter(|entry| entry.is_folder) {
            for checkpoint in entries(&folder.path) {
                if checkpoint.is_folder && checkpoint.is_checkpoint() {
                    self.take_checkpoint(&checkpoint.path);
                }
            }
            self.folders.push(folder.path.clone());
        }
        if let Some(folder) = named(SAMPLES).filter(|entry| entry.is_folder) {
            let pictures = entries(&folder.path).into_iter();
            let pictures = pictures.filter(|e| e.is_file && e.is_picture());
            self.files.extend(pictures.map(|picture| picture.path));
            self.folders.push(folder.path.clone());
        }
        let events = here.iter().filter(|e| e.is_file && e.is_event_file());
        self.files.extend(events.map(|entry| entry.path.clone()));
        let sockets = here
            .iter()
            .filter(|e| e.is_folder && SOCKETS.contains(&e.name.as_str()));
        for folder in sockets {
            let inside = entries(&folder.path).into_iter();
            let inside = inside.filter(|e| !e.is_folder && OF_SOCKET.contains(&e.name.as_str()));
            self.files.extend(inside.map(|entry| entry.path));
            self.folders.push(folder.path.clone());
        }
        for name in [OUTPUT, HOST_LOG, CARD, SUMMARY, EVENTS, CONFIG] {
            let file = named(name).filter(|entry| entry.is_file);
            self.files.extend(file.map(|entry| entry.path.clone()));
        }
    }

    fn take_checkpoint(&mut self, dir: &Path) {
        for entry in entries(dir) {
            if entry.is_folder && EARLIER.contains(&entry.name.as_str()) {
                self.take_checkpoint(&entry.path);
            } else if entry.is_file
                && (entry.name.ends_with(".safetensors")
                    || OF_CHECKPOINT.contains(&entry.name.as_str()))
            {
                self.files.push(entry.path);
            }
        }
        self.folders.push(dir.to_path_buf());
    }
}

/// What lies in a folder.
struct Entry {
    path: PathBuf,
    name: String,
    is_file: bool,
    is_folder: bool,
}

/// What lies in a folder, by name. Links are neither files nor folders.
fn entries(folder: &Path) -> Vec<Entry> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<Entry> = all
        .map(|entry| {
            let kind = entry.file_type().ok();
            Entry {
                path: entry.path(),
                name: entry.file_name().to_string_lossy().into_owned(),
                is_file: kind.as_ref().is_some_and(FileType::is_file),
                is_folder: kind.as_ref().is_some_and(FileType::is_dir),
            }
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

impl Entry {
    /// `cut-off-1`.
    fn is_cut_off(&self) -> bool {
        self.name.strip_prefix(CUT_OFF).is_some_and(is_number)
    }

    /// `step-00000500`, or `.step-00000500.partial` where it was not finished.
    fn is_checkpoint(&self) -> bool {
        let name = self.name.strip_prefix('.').unwrap_or(&self.name);
        let step = name.strip_prefix("step-");
        step.and_then(|rest| rest.split('.').next())
            .is_some_and(is_step)
    }

    /// `step-00000500.png`, `NAME-00000500.png`.
    fn is_picture(&self) -> bool {
        let stem = self.name.strip_suffix(".png");
        stem.and_then(|stem| stem.rsplit_once('-'))
            .is_some_and(|(_, step)| is_step(step))
    }

    /// An event file of TensorBoard that this program wrote; a trainer of one's own may have written others.
    fn is_event_file(&self) -> bool {
        self.name.starts_with("events.out.tfevents.") && self.name.contains(".genai-tui.")
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_step(text: &str) -> bool {
    text.len() >= DIGITS && is_number(text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_a_run_did_not_write_is_not_its_own() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("run");
        let own = [
            "checkpoints/step-00000500/generator.safetensors",
            "checkpoints/step-00000500/last-good/state.json",
            "checkpoints/.step-00000900.partial/checksums.md5",
            "samples/step-00000500.png",
            "samples/real-00000500.png",
            "cut-off-1/events.jsonl",
            "events.out.tfevents.1795952058.genai-tui.00000",
            "control/address",
            "output.log",
            "host.log",
            "summary.json",
            "events.jsonl",
            "config.toml",
        ];
        let others = [
            "thesis.tex",
            "checkpoints/notes.txt",
            "checkpoints/step-00000500/thoughts.md",
            "checkpoints/best/generator.safetensors",
            "samples/figure-1.png",
            "cut-off-1/thesis.tex",
            "events.out.tfevents.1795952058.host.1.0",
            "sub/events.jsonl",
            "control/notes.txt",
        ];
        for file in own.iter().chain(&others) {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        // What a link leads to is somebody else's.
        let far = root.path().join("far");
        fs::create_dir(&far).unwrap();
        fs::write(far.join("state.json"), "x").unwrap();
        std::os::unix::fs::symlink(&far, dir.join("checkpoints/step-00000600")).unwrap();
        let found = Belongings::of(&dir);
        let mut files: Vec<PathBuf> = found.files.clone();
        assert_eq!(files.last(), Some(&dir.join("config.toml")));
        files.sort();
        let mut expected: Vec<PathBuf> = own.iter().map(|file| dir.join(file)).collect();
        expected.sort();
        assert_eq!(files, expected);
        let inner = found.folders.iter().position(|f| f.ends_with("last-good"));
        let outer = found
            .folders
            .iter()
            .position(|f| f.ends_with("checkpoints"));
        assert!(inner < outer, "{:?}", found.folders);
    }
}
