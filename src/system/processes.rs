//! A process and all that it started, also what has been left to another parent since.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// A process of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its number.
    pub pid: u32,
    /// The number of its parent.
    pub parent: u32,
    /// The number of its process group.
    pub group: u32,
    /// The number of its session.
    pub session: u32,
    /// Whether it has ended and waits to be collected by its parent.
    pub is_zombie: bool,
}

/// The process that is left out of families.
static LEFT_OUT: AtomicU32 = AtomicU32::new(0);

/// This child of this process is its own affair: no part of a family, also where this process takes in orphans.
pub fn leave_out(child: u32) {
    LEFT_OUT.store(child, Ordering::Relaxed);
}

/// The process `root` and its descendants; also processes of its group, and, where this process takes in orphans, those
/// that were left to it. Never this process itself, and not what it has left out. Empty where the system has no `/proc`.
#[must_use]
pub fn family(root: u32) -> Vec<Member> {
    #[cfg(target_os = "linux")]
    {
        let left_out = LEFT_OUT.load(Ordering::Relaxed);
        let mut all = processes();
        all.retain(|member| member.pid != left_out);
        let own = std::process::id();
        let mut found: BTreeMap<u32, Member> = BTreeMap::new();
        loop {
            let before = found.len();
            for member in &all {
                let belongs = member.pid == root
                    || member.group == root
                    || member.parent == own
                    || found.contains_key(&member.parent);
                if belongs && member.pid != own {
                    found.insert(member.pid, *member);
                }
            }
            if found.len() == before {
                return found.into_values().collect();
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = root;
        Vec::new()
    }
}

/// All processes. Empty where the system has no `/proc`.
#[must_use]
pub fn processes() -> Vec<Member> {
    #[cfg(target_os = "linux")]
    {
        let entries = std::fs::read_dir("/proc");
        let numbers = entries.into_iter().flatten().flatten().filter_map(|entry| {
            let name = entry.file_name();
            name.to_str()?.parse::<u32>().ok()
        });
        numbers.filter_map(member).collect()
    }
    #[cfg(not(target_os = "linux"))]
    {
        Vec::new()
    }
}

#[cfg(target_os = "linux")]
fn member(pid: u32) -> Option<Member> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before these may contain anything, including brackets and spaces.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    Some(Member {
        pid,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        session: fields.next()?.parse().ok()?,
        is_zombie: matches!(state, "Z" | "X"),
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::process::Command;

    use super::*;

    #[test]
    fn children_of_children_belong_to_the_family() {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "sleep 60 & wait"])
            .spawn()
            .unwrap();
        let is_there = || {
            let family = family(child.id());
            family.iter().any(|m| m.pid == child.id())
                && family.iter().any(|m| m.parent == child.id())
        };
        let since = std::time::Instant::now();
        while !is_there() && since.elapsed().as_secs() < 10 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(is_there());
        for member in family(child.id()).iter().filter(|m| m.parent == child.id()) {
            let pid = rustix::process::Pid::from_raw(member.pid.cast_signed()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
        child.wait().unwrap();
    }
}
