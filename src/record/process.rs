//! What the operating system knows of hosts, boots and processes.

/// What is known of a process id.
pub enum Life {
    /// There is no such process.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix can tell"))]
    Gone,
    /// There is one, since this many ticks after the boot.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux can tell")
    )]
    Since(u64),
    /// There may be one.
    Unknown,
}

/// The name of this machine.
#[must_use]
pub fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// An id that changes with every boot.
pub fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// A number that processes share whose ids are counted together: those of one container.
#[cfg(target_os = "linux")]
pub fn pid_namespace() -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    Some(std::fs::metadata("/proc/self/ns/pid").ok()?.ino())
}

#[cfg(not(target_os = "linux"))]
pub fn pid_namespace() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
pub fn life(pid: u32) -> Life {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return if exists(pid) {
            Life::Unknown
        } else {
            Life::Gone
        };
    };
    // "PID (NAME) STATE PPID …": the name may hold anything, so count from its last parenthesis. The start time is
    // field 22, the state field 3.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    match (
        fields.first(),
        fields.get(19).and_then(|ticks| ticks.parse().ok()),
    ) {
        // Dead, but not yet collected by its parent.
        (Some(&("Z" | "X")), _) => Life::Gone,
        (_, Some(ticks)) => Life::Since(ticks),
        _ => Life::Unknown,
    }
}

/// Returns whether a process is there but held, by Ctrl-Z or `kill -STOP`. Where the system does not tell, it is not.
pub fn is_suspended(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    let state = stat.rsplit(')').next().unwrap_or("");
    state.trim_start().starts_with(['T', 't'])
}

#[cfg(not(target_os = "linux"))]
pub fn life(pid: u32) -> Life {
    if exists(pid) {
        Life::Unknown
    } else {
        Life::Gone
    }
}

fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}
