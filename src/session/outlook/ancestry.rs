//! The processes that this one came from, and which of them end when it does.

use std::fs;
use std::path::Path;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// Its name: the first 15 characters of its file's.
    pub name: String,
    /// Its arguments, the program's name included.
    pub arguments: Vec<String>,
}

/// What becomes of a process when the child ends that it was started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It ends, too: it does nothing but wait.
    Ends,
    /// It continues with its script, which most likely ends there.
    Script,
    /// It waits for a person's next command.
    Prompt,
    /// Nothing that is known.
    Stays,
}

/// Programs that run another one and wait for it, the small first processes of containers among them.
const WRAPPERS: &[&str] = &[
    "tini",
    "tini-static",
    "docker-init",
    "dumb-init",
    "catatonit",
    "podman-init",
    "bwrap",
    "firejail",
    "appinit",
    "sinit",
    "unshare",
    "nsenter",
    "sudo",
    "su",
    "doas",
    "runuser",
    "timeout",
    "time",
    "flock",
    "script",
    "strace",
    "ltrace",
    "perf",
    "xvfb-run",
    "systemd-inhibit",
];
const SHELLS: &[&str] = &[
    "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh", "busybox",
];
/// Options of shells that take a file, and leave them interactive.
const START_FILES: [&str; 2] = ["--rcfile", "--init-file"];

impl Process {
    pub(super) fn then(&self) -> Then {
        if WRAPPERS.contains(&self.name.as_str()) {
            return Then::Ends;
        }
        if !SHELLS.contains(&self.name.as_str()) {
            return Then::Stays;
        }
        let mut arguments = self.arguments.iter().skip(1);
        if self.name == "busybox" {
            arguments.next();
        }
        while let Some(argument) = arguments.next() {
            let is_option = argument.starts_with(['-', '+']);
            if START_FILES.contains(&argument.as_str()) {
                arguments.next();
            } else if !is_option || (!argument.starts_with("--") && argument.contains('c')) {
                return Then::Script;
            }
        }
        Then::Prompt
    }

    /// How it was started, as far as a line can bear it.
    pub(super) fn in_words(&self) -> String {
        const LONGEST: usize = 40;
        let whole = self.arguments.join(" ");
        let whole = if whole.is_empty() { &self.name } else { &whole };
        let line: String = whole.chars().filter(|c| !c.is_control()).collect();
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// The process `pid` and those that it came from, as far as they can be seen, the nearest first; and whether beyond the
/// last one there is none in this namespace.
pub(super) fn of(pid: i32, proc: &Path) -> (Vec<Process>, bool) {
    let (mut found, mut next) = (Vec::new(), pid);
    while let Some((process, parent)) = look(next, proc) {
        found.push(process);
        if parent == 0 {
            return (found, true);
        }
        next = parent;
    }
    (found, false)
}

/// A process and the id of its parent.
pub(super) fn look(pid: i32, proc: &Path) -> Option<(Process, i32)> {
    let folder = proc.join(pid.to_string());
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name may hold anything, brackets and spaces too.
    let (before, after) = stat.rsplit_once(") ")?;
    let name = before.split_once(" (")?.1.to_owned();
    let parent = after.split(' ').nth(1)?.parse().ok()?;
    let line = fs::read(folder.join("cmdline")).unwrap_or_default();
    let arguments = line
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .collect::<Vec<_>>();
    // What ends with a zero byte has nothing behind it.
    let arguments = match arguments.split_last() {
        Some((last, all)) if last.is_empty() => all.to_vec(),
        _ => arguments,
    };
    Some((
        Process {
            pid,
            name,
            arguments,
        },
        parent,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_ends_with_its_script_or_with_its_user() {
        for (line, then) in [
            ("bash", Then::Prompt),
            ("-bash", Then::Prompt),
            ("bash --norc -i", Then::Prompt),
            ("bash --init-file /tmp/x -i", Then::Prompt),
            ("zsh -l", Then::Prompt),
            ("sh -c genai-tui", Then::Script),
            ("bash -lc genai-tui", Then::Script),
            ("bash -e /entrypoint.sh", Then::Script),
            ("tini -- genai-tui", Then::Ends),
            ("timeout 1h genai-tui", Then::Ends),
            ("tmux new", Then::Stays),
            ("sshd", Then::Stays),
        ] {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let process = Process {
                pid: 7,
                name: arguments[0].trim_start_matches('-').to_owned(),
                arguments,
            };
            assert_eq!(process.then(), then, "{line}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_found_with_its_parent() {
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        let (found, _) = of(own, Path::new("/proc"));
        assert_eq!(found.first().map(|p| p.pid), Some(own));
        assert!(found.len() > 1, "{found:?}");
    }
}
