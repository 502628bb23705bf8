//! Checks of device, data and runs. Pure, except for the run directory.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// The device that `--device auto` takes, and the back ends it was chosen from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceReport {
    /// `cpu`, `cuda:0`, `metal`.
    pub chosen: String,
    /// Why it was chosen.
    pub reason: String,
    /// Every back end of the program.
    pub backends: Vec<BackendReport>,
}

/// One back end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendReport {
    /// `cpu`, `cuda`, `metal`.
    pub name: String,
    /// Whether this build has it.
    pub compiled: bool,
    /// Whether it works on this machine.
    pub usable: bool,
    /// What was found: "2 cores, AVX2", "not in this build", "no driver".
    pub reason: String,
}

/// A dataset and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataReport {
    /// Its name.
    pub dataset: String,
    /// The folder or archive that holds it, or the folder where it would be.
    pub path: PathBuf,
    /// Whether it exists.
    pub present: bool,
    /// Its packing, or why it cannot be used.
    pub why: Option<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing to improve.
    Ok,
    /// Worth knowing; nothing to fix.
    Note,
    /// Something to improve.
    Warn,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its group: `device`, `terminal`, `data`, `runs`.
    pub group: &'static str,
    /// What was checked.
    pub name: String,
    /// The result.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// How it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Check {
    pub(super) fn new(
        group: &'static str,
        name: impl Into<String>,
        status: Status,
        found: impl Into<String>,
    ) -> Self {
        Self {
            group,
            name: name.into(),
            status,
            found: found.into(),
            why: None,
            advice: None,
        }
    }

    pub(super) fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// Ok or a warning.
pub(super) fn good(fine: bool) -> Status {
    if fine { Status::Ok } else { Status::Warn }
}

/// The device and the back ends.
pub(super) fn device(report: &DeviceReport) -> Vec<Check> {
    let chosen = Check::new("device", "chosen", Status::Ok, &report.chosen).why(&report.reason);
    let backends = report.backends.iter().map(|backend| {
        let status = match (backend.compiled, backend.usable) {
            (false, _) => Status::Note,
            (true, usable) => good(usable),
        };
        let found = match (backend.compiled, backend.usable) {
            (_, true) => "works",
            (true, false) => "does not work here",
            (false, false) => "not in this build",
        };
        let check = Check::new("device", &backend.name, status, found);
        if backend.reason.is_empty() || backend.reason == found {
            check
        } else {
            check.why(&backend.reason)
        }
    });
    std::iter::once(chosen).chain(backends).collect()
}

/// The datasets. A missing one is a warning only if all are missing.
pub(super) fn data(reports: &[DataReport]) -> Vec<Check> {
    let any = reports.iter().any(|report| report.present);
    let check = |report: &DataReport| {
        let place = report.path.display();
        let with_why = |check: Check| match &report.why {
            Some(why) => check.why(why),
            None => check,
        };
        if report.present {
            let found = Check::new("data", &report.dataset, Status::Ok, format!("{place}"));
            return with_why(found);
        }
        let status = if any && report.why.is_none() {
            Status::Note
        } else {
            Status::Warn
        };
        let missing = Check::new("data", &report.dataset, status, format!("not in {place}"));
        with_why(missing).advice(format!(
            "download it with `genai-tui data fetch {}`",
            report.dataset
        ))
    };
    reports.iter().map(check).collect()
}

/// Whether runs can be written below `runs`, or where that would be created.
pub(super) fn runs(runs: &Path) -> Check {
    let whole = std::path::absolute(runs).unwrap_or_else(|_| runs.to_owned());
    let exists = whole.exists();
    let folder = if exists {
        Some(whole.as_path())
    } else {
        whole.parent()
    };
    let tried = folder.map_or_else(
        || Err(std::io::ErrorKind::NotFound.into()),
        tempfile::tempfile_in,
    );
    let found = format!(
        "{}{}",
        whole.display(),
        if exists { "" } else { " (will be made)" }
    );
    match tried {
        Ok(_) => Check::new("runs", "writable", Status::Ok, found),
        Err(error) => Check::new("runs", "writable", Status::Warn, found)
            .why(error.to_string())
            .advice("runs cannot be recorded here: start elsewhere, or use --run-dir"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_back_end_that_was_built_but_fails_is_a_warning() {
        let backend = |name: &str, compiled, usable| BackendReport {
            name: name.to_owned(),
            compiled,
            usable,
            reason: "because".to_owned(),
        };
        let report = DeviceReport {
            chosen: "cpu".to_owned(),
            reason: "no usable GPU".to_owned(),
            backends: vec![
                backend("cpu", true, true),
                backend("cuda", true, false),
                backend("metal", false, false),
            ],
        };
        let checks = device(&report);
        let statuses: Vec<Status> = checks.iter().map(|check| check.status).collect();
        assert_eq!(
            statuses,
            [Status::Ok, Status::Ok, Status::Warn, Status::Note]
        );
    }

    #[test]
    fn missing_data_is_a_warning_only_if_no_dataset_is_present() {
        let report = |dataset: &str, present| DataReport {
            dataset: dataset.to_owned(),
            path: PathBuf::from("/data").join(dataset),
            present,
            why: None,
        };
        let both = data(&[report("mnist", true), report("fashion-mnist", false)]);
        assert_eq!(
            both.iter().map(|c| c.status).collect::<Vec<_>>(),
            [Status::Ok, Status::Note]
        );
        let none = data(&[report("mnist", false)]);
        assert_eq!(none[0].status, Status::Warn);
        assert!(
            none[0]
                .advice
                .as_deref()
                .is_some_and(|advice| advice.contains("data fetch mnist"))
        );
    }

    #[test]
    fn a_run_directory_that_is_a_file_is_a_warning() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("file"), "")?;
        assert_eq!(runs(&folder.path().join("file")).status, Status::Warn);
        assert_eq!(runs(&folder.path().join("runs")).status, Status::Ok);
        assert!(!folder.path().join("runs").exists());
        Ok(())
    }
}
