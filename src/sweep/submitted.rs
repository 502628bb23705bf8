//! What was handed to a scheduler: remembered in the directory of the sweep, so that its workers can be asked for, ended and started
//! again later, from any host.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{Disk, Local};
use super::error::SweepError;

/// Who starts workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Slurm: an array job.
    Slurm,
    /// Kubernetes: an indexed Job.
    Kubernetes,
}

/// A job that was submitted: `jobs/slurm-1234.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// To whom.
    pub engine: Engine,
    /// How they call it: a number, a name.
    pub id: String,
    /// How many workers it is.
    pub workers: u32,
    /// What they were given.
    pub text: String,
}

impl Submitted {
    /// Those of a sweep, the oldest first. A file that is not whole is passed over.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn all(sweep: &Path) -> Result<Vec<Self>, SweepError> {
        let folder = folder(sweep);
        let names = Local.names(&folder);
        let mut names = names.map_err(SweepError::io("read it", &folder))?;
        let number = |name: &str| -> u64 {
            let digits: String = name.chars().filter(char::is_ascii_digit).collect();
            digits.parse().unwrap_or_default()
        };
        names.sort_by_key(|name| (number(name), name.clone()));
        let mut all = Vec::new();
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            let path = folder.join(name);
            let read = Local.read(&path);
            let content = read.map_err(SweepError::io("read it", &path))?;
            all.extend(content.and_then(|content| serde_json::from_slice(&content).ok()));
        }
        Ok(all)
    }

    /// Remembers it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, sweep: &Path) -> Result<(), SweepError> {
        let engine = match self.engine {
            Engine::Slurm => "slurm",
            Engine::Kubernetes => "kubernetes",
        };
        let path = folder(sweep).join(format!("{engine}-{}.json", self.id));
        let text = serde_json::to_string(self).unwrap_or_default() + "\n";
        let written = Local.write_once(&path, &text);
        written
            .map(|_| ())
            .map_err(SweepError::io("write it", &path))
    }
}

fn folder(sweep: &Path) -> PathBuf {
    sweep.join("jobs")
}

/// What Slurm calls the job that this process is of: `1234_5` in an array.
pub(super) fn of_this_worker() -> Option<String> {
    let of = |variable| std::env::var(variable).ok().filter(|id| !id.is_empty());
    let in_array = of("SLURM_ARRAY_JOB_ID").zip(of("SLURM_ARRAY_TASK_ID"));
    in_array
        .map(|(job, task)| format!("{job}_{task}"))
        .or_else(|| of("SLURM_JOB_ID"))
}
