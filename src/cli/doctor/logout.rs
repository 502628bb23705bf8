//! Whether the system ends a user's processes when the user logs out: a run that was detached would go with them.

use std::fs;
use std::path::{Path, PathBuf};

use super::checks::{Check, Status};

/// Where systemd-logind is configured, most important first. Drop-ins go before the main file, and among drop-ins of one
/// name the folder that comes first here.
const FOLDERS: [&str; 4] = [
    "etc/systemd",
    "run/systemd",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
];

/// The check for `user` on the system below `root`; nothing where systemd does not see to logins.
pub(super) fn check(root: &Path, user: &str) -> Option<Check> {
    if !root.join("run/systemd/system").is_dir() {
        return None;
    }
    let check = |status, found: &str| Check::new("runs", "logout", status, found);
    let Some((file, kills)) = setting(root) else {
        return Some(check(Status::Ok, "detached runs go on"));
    };
    if !kills {
        return Some(check(Status::Ok, "detached runs go on").why(why(&file, root, "no")));
    }
    let why = why(&file, root, "yes");
    if !user.is_empty() && root.join("var/lib/systemd/linger").join(user).exists() {
        let why = format!("{why}, but lingering is enabled for {user}");
        return Some(check(Status::Ok, "detached runs go on").why(why));
    }
    Some(
        check(Status::Warn, "ends detached runs")
            .why(why)
            .advice("`loginctl enable-linger` lets your processes outlive your session"),
    )
}

fn why(file: &Path, root: &Path, value: &str) -> String {
    let file = file.strip_prefix(root).unwrap_or(file);
    format!("KillUserProcesses={value} in /{}", file.display())
}

/// What holds, and the file that says so.
fn setting(root: &Path) -> Option<(PathBuf, bool)> {
    let mut drop_ins: Vec<PathBuf> = Vec::new();
    for folder in FOLDERS {
        let found = fs::read_dir(root.join(folder).join("logind.conf.d"));
        for path in found.into_iter().flatten().flatten().map(|e| e.path()) {
            let is_new = drop_ins.iter().all(|p| p.file_name() != path.file_name());
            if path.extension().is_some_and(|e| e == "conf") && is_new {
                drop_ins.push(path);
            }
        }
    }
    // By name, wherever they lie; the last one wins.
    drop_ins.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
    let main = FOLDERS.map(|folder| root.join(folder).join("logind.conf"));
    let main = main.into_iter().find(|path| path.exists());
    drop_ins
        .into_iter()
        .chain(main)
        .find_map(|path| Some((value(&fs::read_to_string(&path).ok()?)?, path)))
        .map(|(kills, path)| (path, kills))
}

/// The value in a file; the last one wins.
fn value(text: &str) -> Option<bool> {
    let mut values = text.lines().rev().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "KillUserProcesses").then(|| value.trim().to_ascii_lowercase())
    });
    match values.next()?.as_str() {
        "yes" | "y" | "true" | "t" | "on" | "1" => Some(true),
        "no" | "n" | "false" | "f" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> std::io::Result<tempfile::TempDir> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("run/systemd/system"))?;
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(root.path()))?;
            fs::write(path, text)?;
        }
        Ok(root)
    }

    #[test]
    fn a_system_that_ends_processes_at_logout_is_a_warning() -> std::io::Result<()> {
        const YES: &str = "[Login]\n#KillUserProcesses=no\nKillUserProcesses = yes\n";
        const NO: &str = "[Login]\nKillUserProcesses=no\n";
        const MAIN: &str = "etc/systemd/logind.conf";
        const EARLY: &str = "etc/systemd/logind.conf.d/10-a.conf";
        const LATE: &str = "usr/lib/systemd/logind.conf.d/90-b.conf";
        const SHADOWED: &str = "usr/lib/systemd/logind.conf.d/10-a.conf";
        const LINGER: (&str, &str) = ("var/lib/systemd/linger/ada", "");
        for (files, status) in [
            (&[][..], Status::Ok),
            (&[(MAIN, "[Login]\n#KillUserProcesses=yes\n")], Status::Ok),
            (&[(MAIN, YES)], Status::Warn),
            (&[(MAIN, NO)], Status::Ok),
            (&[("usr/lib/systemd/logind.conf", YES)], Status::Warn),
            (
                &[("usr/lib/systemd/logind.conf", YES), (MAIN, NO)],
                Status::Ok,
            ),
            (&[(MAIN, NO), (EARLY, YES)], Status::Warn),
            (&[(EARLY, YES), (LATE, NO)], Status::Ok),
            (&[(SHADOWED, YES), (EARLY, NO)], Status::Ok),
            (&[(MAIN, YES), LINGER], Status::Ok),
        ] {
            let root = system(files)?;
            let found = check(root.path(), "ada");
            assert_eq!(found.as_ref().map(|c| c.status), Some(status), "{files:?}");
            let advice = found.and_then(|c| c.advice).unwrap_or_default();
            assert_eq!(advice.contains("enable-linger"), status == Status::Warn);
        }
        Ok(())
    }

    #[test]
    fn without_systemd_there_is_nothing_to_say() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        assert_eq!(check(root.path(), "ada"), None);
        Ok(())
    }
}
