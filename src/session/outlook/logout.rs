//! Whether the system ends a user's processes when the user logs out: a run that was detached would go with them.

use std::fs;
use std::path::{Path, PathBuf};

/// What can be done about it.
pub const ADVICE: &str = "`loginctl enable-linger` lets your processes outlive your session";

/// Where systemd-logind is configured, most important first. Drop-ins go before the main file, and among drop-ins of one
/// name the folder that comes first here.
const FOLDERS: [&str; 4] = [
    "etc/systemd",
    "run/systemd",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
];

/// What happens to a user's processes when the user logs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// The setting that was found, where there is one: `KillUserProcesses=yes in /etc/systemd/logind.conf`.
    pub setting: Option<String>,
    /// Whether it ends them.
    pub kills: bool,
    /// Whether the user's processes are to outlive the session.
    pub lingers: bool,
}

/// That of `user` on the system below `root`; nothing where systemd does not see to logins.
#[must_use]
pub fn logout(root: &Path, user: &str) -> Option<Logout> {
    if !root.join("run/systemd/system").is_dir() {
        return None;
    }
    let found = setting(root);
    Some(Logout {
        // Of those of root's it says `KillExcludeUsers=root`, unless someone changed that.
        kills: user != "root" && found.as_ref().is_some_and(|(_, kills)| *kills),
        setting: found.map(|(file, kills)| {
            let file = file.strip_prefix(root).unwrap_or(&file);
            let word = if kills { "yes" } else { "no" };
            format!("KillUserProcesses={word} in /{}", file.display())
        }),
        lingers: !user.is_empty() && root.join("var/lib/systemd/linger").join(user).exists(),
    })
}

impl Logout {
    /// Returns whether a logout ends a process in this control group. Those that the user's own service manager
    /// started, as some desktops have their terminals do, go with it after the last session, whatever is set.
    #[must_use]
    pub fn ends(&self, cgroup: &str) -> bool {
        !self.lingers && (self.kills || is_of_manager(cgroup))
    }

    /// How that is known.
    #[must_use]
    pub fn why(&self) -> String {
        match &self.setting {
            Some(setting) if self.kills => setting.clone(),
            _ => "the user's service manager ends with the last session".to_owned(),
        }
    }
}

fn is_of_manager(cgroup: &str) -> bool {
    cgroup.lines().any(|line| line.contains("/user@"))
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

    const IN_SESSION: &str = "0::/user.slice/user-1000.slice/session-3.scope\n";
    const OF_MANAGER: &str =
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte.scope\n";

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
    fn a_system_that_ends_processes_at_logout_is_detected() -> std::io::Result<()> {
        const YES: &str = "[Login]\n#KillUserProcesses=no\nKillUserProcesses = yes\n";
        const NO: &str = "[Login]\nKillUserProcesses=no\n";
        const MAIN: &str = "etc/systemd/logind.conf";
        const EARLY: &str = "etc/systemd/logind.conf.d/10-a.conf";
        const LATE: &str = "usr/lib/systemd/logind.conf.d/90-b.conf";
        const SHADOWED: &str = "usr/lib/systemd/logind.conf.d/10-a.conf";
        const LINGER: (&str, &str) = ("var/lib/systemd/linger/ada", "");
        for (files, kills) in [
            (&[][..], false),
            (&[(MAIN, "[Login]\n#KillUserProcesses=yes\n")], false),
            (&[(MAIN, YES)], true),
            (&[(MAIN, NO)], false),
            (&[("usr/lib/systemd/logind.conf", YES)], true),
            (&[("usr/lib/systemd/logind.conf", YES), (MAIN, NO)], false),
            (&[(MAIN, NO), (EARLY, YES)], true),
            (&[(EARLY, YES), (LATE, NO)], false),
            (&[(SHADOWED, YES), (EARLY, NO)], false),
            (&[(MAIN, YES), LINGER], false),
        ] {
            let root = system(files)?;
            let found = logout(root.path(), "ada");
            let ends = found.as_ref().map(|logout| logout.ends(IN_SESSION));
            assert_eq!(ends, Some(kills), "{files:?}: {found:?}");
            let of_root = logout(root.path(), "root").map(|logout| logout.ends(IN_SESSION));
            assert_eq!(of_root, Some(false), "{files:?}");
        }
        Ok(())
    }

    #[test]
    fn services_of_the_users_manager_end_with_it() -> std::io::Result<()> {
        let root = system(&[])?;
        let ends = |user| logout(root.path(), user).map(|logout| logout.ends(OF_MANAGER));
        assert_eq!(ends("ada"), Some(true));
        fs::create_dir_all(root.path().join("var/lib/systemd/linger"))?;
        fs::write(root.path().join("var/lib/systemd/linger/ada"), "")?;
        assert_eq!(ends("ada"), Some(false));
        Ok(())
    }

    #[test]
    fn without_systemd_nothing_is_reported() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        assert_eq!(logout(root.path(), "ada"), None);
        Ok(())
    }
}
