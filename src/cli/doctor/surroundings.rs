//! The environment: clusters, containers, network shares.

use std::path::Path;

use super::checks::{Check, Status};
use crate::files::{Abilities, Lack, probe};
use crate::system::{Cpus, MemoryLimit};
use crate::text::number::bytes;

/// Bytes for a checkpoint, the one before it and the record.
const ENOUGH: u64 = 300_000_000;
/// Number of these files.
const ENOUGH_FILES: u64 = 100;

/// The findings.
pub(super) struct Found {
    pub cpus: Cpus,
    pub memory: Option<MemoryLimit>,
    /// Variables of Kubernetes services or Docker links that share this program's name.
    pub service_links: Vec<String>,
    pub cuda_visible_devices: Option<String>,
    /// What the file system of the runs supports; `None` if it cannot be written, which another check reports.
    pub runs: Option<Abilities>,
}

impl Found {
    /// Collects it; runs are or will be below `runs`.
    pub fn here(runs: &Path) -> Self {
        let folder = std::path::absolute(runs).unwrap_or_else(|_| runs.to_owned());
        let folder = folder.ancestors().find(|folder| folder.is_dir());
        Self {
            cpus: Cpus::here(),
            memory: MemoryLimit::here(),
            service_links: crate::config::service_links(std::env::vars_os()),
            cuda_visible_devices: std::env::var("CUDA_VISIBLE_DEVICES").ok(),
            runs: folder.and_then(|folder| probe(folder).ok()),
        }
    }
}

/// The checks of the machine.
pub(super) fn machine(found: &Found) -> Vec<Check> {
    let mut checks = vec![processors(&found.cpus)];
    checks.extend(found.memory.as_ref().map(memory));
    checks.extend(found.cuda_visible_devices.as_deref().map(visible));
    checks.extend(service_links(&found.service_links));
    checks
}

/// The checks of the runs' file system.
pub(super) fn runs(found: &Found) -> Vec<Check> {
    let checks = found.runs.as_ref().map(file_system).into_iter();
    checks.chain(found.runs.as_ref().and_then(room)).collect()
}

fn processors(cpus: &Cpus) -> Check {
    let threads = cpus.threads();
    let s = if threads == 1 { "" } else { "s" };
    Check::new("machine", "processors", Status::Ok, cpus.to_string())
        .why(format!("--threads 0 trains on {threads} thread{s}"))
}

fn memory(memory: &MemoryLimit) -> Check {
    let tight = memory.limit.saturating_sub(memory.used) < 1_000_000_000;
    let status = if tight { Status::Warn } else { Status::Ok };
    let found = format!("{} of {} in use", bytes(memory.used), bytes(memory.limit));
    let check = Check::new("machine", "memory", status, found).why("the limit of its cgroup");
    if tight {
        check.advice("training needs about half a gigabyte: request a higher limit, or keep fewer states (rewind.keep)")
    } else {
        check
    }
}

fn visible(devices: &str) -> Check {
    let (status, found) = match devices.trim() {
        "" | "-1" => (Status::Note, "no device is visible to CUDA"),
        _ => (Status::Ok, "some devices are visible to CUDA"),
    };
    Check::new("machine", "gpus", status, found).why(format!("CUDA_VISIBLE_DEVICES=\"{devices}\""))
}

fn service_links(variables: &[String]) -> Option<Check> {
    let [first, rest @ ..] = variables else {
        return None;
    };
    let found = match rest.len() {
        0 => format!("{first} is not a setting of this program"),
        more => format!("{first} and {more} more are not settings of this program"),
    };
    let check = Check::new("machine", "variables", Status::Note, found)
        .why("set by Kubernetes or Docker for a service of that name; ignored")
        .advice("to avoid them, set `enableServiceLinks: false` in the pod specification");
    Some(check)
}

fn file_system(found: &Abilities) -> Check {
    let in_words = |lack: &Lack| match lack {
        Lack::FolderSync => "syncing folders (new files may be lost in a power cut)",
        Lack::Links => "hard links (a lock may be seen half-written)",
        Lack::Modes => "file modes (permissions are set by the mount)",
        Lack::Sockets => "sockets (a run's socket is created in another directory)",
    };
    let lacks: Vec<&str> = found.lacks.iter().map(in_words).collect();
    if lacks.is_empty() {
        return Check::new(
            "runs",
            "file system",
            Status::Ok,
            "supports everything a run needs",
        );
    }
    Check::new(
        "runs",
        "file system",
        Status::Note,
        format!("lacks {}", lacks.join(", ")),
    )
    .why("tried; runs do without")
}

fn room(found: &Abilities) -> Option<Check> {
    let few_files = found.free_files.filter(|files| *files < ENOUGH_FILES);
    let little = found.free.filter(|free| *free < ENOUGH);
    let (found, what) = match (little, few_files) {
        (Some(free), _) => (format!("{} free", bytes(free)), "space"),
        (None, Some(files)) => (format!("room for {files} more files"), "files"),
        (None, None) => {
            let free = found.free?;
            let found = format!("{} free", bytes(free));
            return Some(Check::new("runs", "room", Status::Ok, found));
        }
    };
    Some(
        Check::new("runs", "room", Status::Warn, found).advice(format!(
            "a checkpoint takes up to 75 MB and ten files; without {what} a run continues unsaved, with a warning"
        )),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Abilities {
        Abilities {
            lacks: Vec::new(),
            free: Some(9_000_000_000),
            free_files: None,
        }
    }

    fn found() -> Found {
        Found {
            cpus: Cpus {
                allowed: vec![0, 1],
                online: 64,
                cores: 1,
                quota: None,
                slurm: None,
            },
            memory: None,
            service_links: Vec::new(),
            cuda_visible_devices: None,
            runs: Some(good()),
        }
    }

    fn checks(found: &Found) -> Vec<Check> {
        [machine(found), runs(found)].concat()
    }

    fn said(found: &Found, name: &str) -> Option<(Status, String)> {
        let check = checks(found).into_iter().find(|check| check.name == name)?;
        Some((check.status, check.found))
    }

    #[test]
    fn processors_are_those_that_the_program_may_use() {
        let check = processors(&found().cpus);
        assert_eq!(check.found, "2 of 64 processors (1 core)");
        assert_eq!(check.why.as_deref(), Some("--threads 0 trains on 1 thread"));
    }

    #[test]
    fn missing_parts_are_not_mentioned() {
        for name in ["memory", "gpus", "variables"] {
            assert_eq!(said(&found(), name), None);
        }
        assert!(checks(&found()).iter().all(|c| c.status == Status::Ok));
    }

    #[test]
    fn limits_links_and_hidden_devices_are_mentioned() {
        let found = Found {
            memory: Some(MemoryLimit {
                limit: 2_000_000_000,
                used: 1_500_000_000,
            }),
            service_links: vec!["GENAI_TUI_PORT".to_owned(), "GENAI_TUI_NAME".to_owned()],
            cuda_visible_devices: Some(String::new()),
            ..found()
        };
        let memory = (Status::Warn, "1.5 GB of 2.0 GB in use".to_owned());
        assert_eq!(said(&found, "memory"), Some(memory));
        assert_eq!(said(&found, "gpus").map(|s| s.0), Some(Status::Note));
        let variables = said(&found, "variables").map(|s| s.1).unwrap_or_default();
        assert!(
            variables.starts_with("GENAI_TUI_PORT and 1 more"),
            "{variables}"
        );
    }

    #[test]
    fn a_poor_file_system_is_a_note_and_a_full_one_a_warning() {
        let with = |runs| Found {
            runs: Some(runs),
            ..found()
        };
        let poor = Abilities {
            lacks: vec![Lack::FolderSync, Lack::Sockets],
            ..good()
        };
        let (status, text) =
            said(&with(poor), "file system").unwrap_or((Status::Ok, String::new()));
        assert_eq!(status, Status::Note);
        assert!(
            text.contains("syncing folders") && text.contains("sockets"),
            "{text}"
        );
        for full in [
            Abilities {
                free: Some(1_000_000),
                ..good()
            },
            Abilities {
                free_files: Some(3),
                ..good()
            },
        ] {
            assert_eq!(said(&with(full), "room").map(|s| s.0), Some(Status::Warn));
        }
    }
}
