//! The file system that holds the runs, its clock, and what `~` stands for. Other machines may share the file system; then
//! only a lock shows whether a run is alive.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::checks::{Check, Status};
use crate::paths;

/// A clock difference that makes file times misleading.
const APART: Duration = Duration::from_secs(10);

/// What is known about the directory of runs.
#[derive(Debug, Default)]
struct Found {
    /// The magic number of its file system.
    kind: Option<u64>,
    /// Difference between the file system's clock and this machine's.
    apart: Option<Duration>,
    home: Option<PathBuf>,
}

/// Checks the directory `runs`, or the one it would be created in.
pub(super) fn check(runs: &Path) -> Vec<Check> {
    let whole = std::path::absolute(runs).unwrap_or_else(|_| runs.to_owned());
    let folder = whole.ancestors().find(|path| path.is_dir());
    let mut found = folder.map_or_else(Found::default, look);
    found.home = paths::expand(Path::new("~")).ok();
    checks(&found)
}

fn look(folder: &Path) -> Found {
    let mut found = Found {
        kind: kind(folder),
        ..Found::default()
    };
    // Another check reports a directory that cannot be written.
    if let Ok(file) = tempfile::Builder::new()
        .prefix(".genai-tui-")
        .tempfile_in(folder)
    {
        let written = file.as_file().metadata().and_then(|m| m.modified());
        found.apart = written.ok().map(|then| {
            let now = SystemTime::now();
            now.duration_since(then)
                .unwrap_or_else(|error| error.duration())
        });
    }
    found
}

#[cfg(target_os = "linux")]
fn kind(folder: &Path) -> Option<u64> {
    // The numbers are of 32 bits, and some systems extend their sign.
    rustix::fs::statfs(folder)
        .ok()
        .map(|found| found.f_type as u64 & 0xffff_ffff)
}

#[cfg(not(target_os = "linux"))]
fn kind(_folder: &Path) -> Option<u64> {
    None
}

/// The name of a file system, and whether other machines may share it.
fn name_of(kind: u64) -> Option<(&'static str, bool)> {
    Some(match kind {
        0x6969 => ("NFS", true),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => ("SMB", true),
        0x0102_1997 => ("9p", true),
        0x5346_414f => ("AFS", true),
        0x00c3_6400 => ("Ceph", true),
        0x0bd0_0bd0 => ("Lustre", true),
        0x4750_4653 => ("GPFS", true),
        0x1983_0326 => ("BeeGFS", true),
        0x6573_5546 => ("FUSE (sshfs and the like)", true),
        0x0102_1994 => ("tmpfs, in memory", false),
        0x794c_7630 => ("overlay, of a container", false),
        _ => return None,
    })
}

fn checks(found: &Found) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some((name, shared)) = found.kind.and_then(name_of) {
        let check = Check::new("runs", "place", Status::Note, name);
        checks.push(if shared {
            check
                .why("other machines may share it")
                .advice(
                    "a run that died on another machine is recognised only by its silence: --resume and --resume-or-start \
                     wait up to two minutes",
                )
        } else {
            check
                .why("its content is not permanent")
                .advice("to keep runs, use --run-dir or start in another directory")
        });
    }
    if let Some(apart) = found.apart.filter(|apart| *apart > APART) {
        checks.push(
            Check::new(
                "runs",
                "clock",
                Status::Warn,
                format!("the file system's clock is off by {} s", apart.as_secs()),
            )
            .advice("locks use the file system's clock and are correct; the times that `runs` shows are not"),
        );
    }
    checks.push(match &found.home {
        Some(home) => Check::new(
            "runs",
            "home",
            Status::Ok,
            format!("~ is {}", home.display()),
        ),
        None => Check::new("runs", "home", Status::Warn, "unknown")
            .why("neither HOME nor the user database names it")
            .advice("write paths in full, without ~; set --data-dir for datasets"),
    });
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(found: &Found) -> Vec<(String, Status)> {
        let checks = checks(found);
        checks.into_iter().map(|c| (c.name, c.status)).collect()
    }

    #[test]
    fn only_notable_findings_are_reported() {
        let quiet = Found {
            kind: Some(0xef53),
            apart: Some(Duration::from_secs(1)),
            home: Some(PathBuf::from("/home/ada")),
        };
        assert_eq!(rows(&quiet), [("home".to_owned(), Status::Ok)]);
        let all = Found {
            kind: Some(0x6969),
            apart: Some(Duration::from_secs(90)),
            home: None,
        };
        let names: Vec<String> = rows(&all).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["place", "clock", "home"]);
    }

    #[test]
    fn an_existing_folder_is_inspected_and_not_changed() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let found = look(folder.path());
        assert!(found.apart.is_some());
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
