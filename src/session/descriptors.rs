//! Descriptors that this process was started with: a wrapper's lock, a pipe of a CI runner, a shell's `3>`. While someone
//! waits for this process they belong to it as to any other; a host that has left its terminal keeps none of them, or the
//! lock would stay locked and the pipe open for as long as it trains.

use std::fs;
use std::os::fd::RawFd;
use std::path::Path;
use std::sync::OnceLock;

static INHERITED: OnceLock<Vec<RawFd>> = OnceLock::new();

/// Takes down which there are; before the first file is opened.
pub fn take_down() {
    INHERITED.get_or_init(|| found(Path::new("/proc/self")));
}

/// Closes them. Nothing here owns one: what is named as `/dev/fd/N` is opened again, and has been read by then.
pub(super) fn let_go() {
    for descriptor in INHERITED.get().into_iter().flatten() {
        // If it is closed already, that is fine.
        let _ = nix::unistd::close(*descriptor);
    }
}

/// All above the standard streams but those that would not outlive an exec: a library that was preloaded opened them.
/// Without /proc none are known.
fn found(process: &Path) -> Vec<RawFd> {
    let entries = fs::read_dir(process.join("fd"));
    let numbers: Vec<RawFd> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|descriptor| *descriptor > 2)
        .collect();
    // The descriptor that this list was read from is closed by now.
    let outlives = |descriptor: &RawFd| {
        let about = process.join("fdinfo").join(descriptor.to_string());
        fs::read_to_string(about).is_ok_and(|about| !is_closed_on_exec(&about))
    };
    numbers.into_iter().filter(outlives).collect()
}

fn is_closed_on_exec(about: &str) -> bool {
    const CLOEXEC: u32 = 0o2_000_000;
    let flags = about.lines().find_map(|line| line.strip_prefix("flags:"));
    flags
        .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
        .is_some_and(|flags| flags & CLOEXEC != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inherited_descriptors_count() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        for (descriptor, flags) in [
            ("0", "0100002"),
            ("3", "0100001"),
            ("4", "02100000"),
            ("7", "02"),
        ] {
            fs::create_dir_all(root.path().join("fd").join(descriptor))?;
            let about = root.path().join("fdinfo");
            fs::create_dir_all(&about)?;
            fs::write(
                about.join(descriptor),
                format!("pos:\t0\nflags:\t{flags}\nmnt_id:\t9\n"),
            )?;
        }
        // The list itself.
        fs::create_dir_all(root.path().join("fd/9"))?;
        let mut found = found(root.path());
        found.sort_unstable();
        assert_eq!(found, [3, 7]);
        Ok(())
    }
}
