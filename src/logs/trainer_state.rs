//! `trainer_state.json` of Hugging Face's Trainer: the whole history in one file, written again at each checkpoint, into
//! the folder of the checkpoint. The folder that holds the checkpoints is the run.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::about::{About, Format};
use super::error::LogError;
use super::json;
use super::source::{Point, Reached, Sink, Source};
use super::tail::Tail;
use crate::files;

/// The name of the file.
pub(super) const NAME: &str = "trainer_state.json";
/// The longest file that is read.
const LONGEST: u64 = 512 * 1024 * 1024;

/// A run.
#[derive(Debug)]
pub(super) struct TrainerState {
    about: About,
    place: PathBuf,
    /// The file that was read, as it was then.
    read: Option<Tail>,
}

impl TrainerState {
    /// The run in a folder, or of a single file.
    pub fn new(path: &Path, name: &str) -> Self {
        Self {
            about: About::new(name, Format::TrainerState, path.to_path_buf()),
            place: path.to_path_buf(),
            read: None,
        }
    }

    /// The newest file.
    fn newest(&self) -> Option<PathBuf> {
        if !self.place.is_dir() {
            return Some(self.place.clone());
        }
        files_in(&self.place)
            .into_iter()
            .filter_map(|path| {
                Some((
                    fs::metadata(&path).ok()?.modified().ok()?,
                    step_of(&path),
                    path,
                ))
            })
            .max()
            .map(|(_, _, path)| path)
    }

    fn tell(&mut self, state: &Value, sink: &mut dyn Sink) {
        let about = &mut self.about;
        for key in [
            "num_train_epochs",
            "train_batch_size",
            "logging_steps",
            "eval_steps",
            "save_steps",
            "max_steps",
        ] {
            if let Some(value) = state.get(key).filter(|value| value.is_number()) {
                about.set_json(key, value);
            }
        }
        for key in ["trial_name", "trial_params"] {
            if let Some(value) = state.get(key).filter(|value| !value.is_null()) {
                about.set_json(key, value);
            }
        }
        if let Some(best) = state.get("best_metric").and_then(json::number) {
            about.results.insert("best_metric".to_owned(), best);
        }
        about.target = state
            .get("max_steps")
            .and_then(Value::as_u64)
            .filter(|n| *n > 0);
        let rows = state.get("log_history").and_then(Value::as_array);
        let mut odd = 0;
        for row in rows.into_iter().flatten() {
            let Some(step) = row.get("step").and_then(Value::as_u64) else {
                odd += 1;
                continue;
            };
            json::flat(row, '/', &mut |key, value| {
                if key != "step"
                    && let Some(value) = json::number(value)
                {
                    sink.point(
                        key,
                        Point {
                            step,
                            time: None,
                            value,
                        },
                    );
                }
            });
        }
        if odd > 0 {
            about
                .notes
                .push(format!("{odd} entries without a step were skipped"));
        }
    }
}

/// The files of a folder of checkpoints.
pub(super) fn files_in(dir: &Path) -> Vec<PathBuf> {
    let checkpoints = fs::read_dir(dir).into_iter().flatten().flatten();
    let named = checkpoints
        .filter(|entry| checkpoint(&entry.file_name().to_string_lossy()).is_some())
        .map(|entry| entry.path().join(NAME));
    named.chain([dir.join(NAME)]).collect()
}

/// The step in the name of a checkpoint's folder: `checkpoint-500`.
pub(super) fn checkpoint(name: &str) -> Option<u64> {
    name.strip_prefix("checkpoint-")?.parse().ok()
}

fn step_of(path: &Path) -> u64 {
    let folder = path.parent().and_then(Path::file_name);
    folder
        .and_then(|name| checkpoint(&name.to_string_lossy()))
        .unwrap_or(u64::MAX)
}

/// Whether the beginning of a file is that of such a state.
pub(super) fn begins(head: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(head, key).is_some();
    head.trim_ascii_start().starts_with(b"{") && has(b"\"log_history\"") && has(b"\"global_step\"")
}

impl Source for TrainerState {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, _budget: u64, sink: &mut dyn Sink) -> Result<Reached, LogError> {
        let Some(path) = self.newest() else {
            let gone = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(LogError::io(&self.place.join(NAME))(gone));
        };
        // Any change of the file is another state.
        let mut seen = Tail::new(&path);
        seen.look()?;
        let is_known = self.read.as_ref().is_some_and(|read| {
            read.path() == path && (read.modified(), read.left()) == (seen.modified(), seen.left())
        });
        if is_known {
            return Ok(Reached::End);
        }
        self.about.touched = seen.modified();
        if seen.left() > LONGEST {
            self.about.notes = vec![format!("{} is too long to be read", path.display())];
            return Ok(Reached::End);
        }
        let bytes = files::read(&path).map_err(LogError::io(&path))?;
        // A file that is being written is no JSON yet: what was told before stays.
        match json::parse(&bytes) {
            Ok(state) if !state.get("log_history").is_some_and(Value::is_array) => {
                let problem = "found no list `log_history`".to_owned();
                return Err(LogError::Damaged { path, problem });
            }
            Ok(state) => {
                if self.read.is_some() {
                    sink.restart();
                }
                self.about.notes.clear();
                self.tell(&state, sink);
                self.read = Some(seen);
            }
            Err(error) => {
                let problem = format!("no readable JSON: {error}");
                // Of one that is written again, what was told before stays.
                if self.read.is_none() {
                    return Err(LogError::Damaged { path, problem });
                }
                self.about.notes = vec![format!("{}: {problem}", path.display())];
            }
        }
        Ok(Reached::End)
    }
}
