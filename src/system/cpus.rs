//! The processors that this process may use, by its affinity (cpusets, `taskset`, Slurm), its cgroup quota, and the
//! allocation of a Slurm step without binding.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use super::cgroup::Cgroup;

/// The variable in which Slurm passes the number of processors per task.
const SLURM: &str = "SLURM_CPUS_PER_TASK";

/// What this process may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Cpus {
    /// The numbers of the processors it may run on, counting hyper-threads.
    pub allowed: Vec<usize>,
    /// Number of processors of the machine.
    pub online: usize,
    /// Number of physical cores among those allowed: two hyper-threads share the arithmetic units of a core.
    pub cores: usize,
    /// The cgroup's CPU quota, in processors.
    pub quota: Option<f64>,
    /// Processors per task, according to Slurm.
    pub slurm: Option<usize>,
}

impl Cpus {
    /// The processors of this process.
    #[must_use]
    pub fn here() -> Self {
        let online = num_cpus::get().max(1);
        let slurm = std::env::var(SLURM).ok();
        Self::of(
            Path::new("/"),
            &affinity().unwrap_or_default(),
            online,
            slurm.as_deref(),
        )
    }

    /// Those of a process with this affinity, on the system whose files are below `root`. Without an affinity, all.
    fn of(root: &Path, affinity: &[usize], online: usize, slurm: Option<&str>) -> Self {
        let allowed: Vec<usize> = if affinity.is_empty() {
            (0..online).collect()
        } else {
            affinity.to_vec()
        };
        let online = fs::read_to_string(root.join("sys/devices/system/cpu/online"))
            .ok()
            .and_then(|text| list(&text))
            .map_or(online, |list| list.len())
            .max(allowed.len());
        Self {
            cores: cores(root, &allowed).unwrap_or_else(num_cpus::get_physical),
            online,
            quota: Cgroup::of(root).quota(),
            slurm: slurm.and_then(|n| n.trim().parse().ok()).filter(|n| *n > 0),
            allowed,
        }
    }

    /// The maximum processor time it can get, in processors.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        let allowed = self.allowed.len().max(1) as f64;
        self.quota.map_or(allowed, |quota| quota.min(allowed))
    }

    /// The number of training threads: one per core, but no more than the quota allows.
    #[must_use]
    pub fn threads(&self) -> usize {
        let allowed = self.allowed.len();
        let quota = self.quota.map_or(allowed, |quota| quota as usize);
        let slurm = self.slurm.unwrap_or(allowed);
        self.cores.min(allowed).min(quota).min(slurm).max(1)
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allowed = self.allowed.len();
        if allowed < self.online {
            write!(f, "{allowed} of {} processors", self.online)?;
        } else {
            let s = if allowed == 1 { "" } else { "s" };
            write!(f, "{allowed} processor{s}")?;
        }
        if self.cores < allowed {
            let s = if self.cores == 1 { "" } else { "s" };
            write!(f, " ({} core{s})", self.cores)?;
        }
        if let Some(quota) = self.quota.filter(|quota| *quota < allowed as f64) {
            write!(f, ", time of {quota} by the cgroup's quota")?;
        }
        if let Some(slurm) = self.slurm.filter(|slurm| *slurm < allowed) {
            write!(f, ", {slurm} by {SLURM}")?;
        }
        Ok(())
    }
}

/// The number of physical cores of these processors, if known.
fn cores(root: &Path, allowed: &[usize]) -> Option<usize> {
    let siblings = |cpu: &usize| {
        let topology = root.join(format!("sys/devices/system/cpu/cpu{cpu}/topology"));
        ["core_cpus_list", "thread_siblings_list"]
            .iter()
            .find_map(|file| list(&fs::read_to_string(topology.join(file)).ok()?))
    };
    let cores: Option<BTreeSet<Vec<usize>>> = allowed.iter().map(siblings).collect();
    Some(cores?.len()).filter(|count| *count > 0)
}

/// Parses a kernel list: `0-3,8,10-11`.
fn list(text: &str) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for part in text.trim().split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        found.extend(from.parse::<usize>().ok()?..=to.parse().ok()?);
    }
    Some(found)
}

/// The processors that this thread may run on, if known.
#[cfg(target_os = "linux")]
fn affinity() -> Option<Vec<usize>> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let set = sched_getaffinity(None).ok()?;
    Some(
        (0..CpuSet::MAX_CPU)
            .filter(|cpu| set.is_set(*cpu))
            .collect(),
    )
}

#[cfg(not(target_os = "linux"))]
fn affinity() -> Option<Vec<usize>> {
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    /// Eight processors, of which n and n + 4 are one core.
    fn machine(quota: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |path: String, text: String| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for cpu in 0..8 {
            write(
                format!("sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"),
                format!("{},{}\n", cpu % 4, cpu % 4 + 4),
            );
        }
        write(
            "sys/devices/system/cpu/online".to_owned(),
            "0-7\n".to_owned(),
        );
        write("proc/self/cgroup".to_owned(), "0::/a\n".to_owned());
        write(
            "proc/self/mountinfo".to_owned(),
            "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n".to_owned(),
        );
        write("sys/fs/cgroup/a/cpu.max".to_owned(), format!("{quota}\n"));
        root
    }

    fn threads(affinity: &[usize], quota: &str, slurm: Option<&str>) -> usize {
        Cpus::of(machine(quota).path(), affinity, 8, slurm).threads()
    }

    #[test]
    fn each_core_has_one_thread_and_only_what_is_allowed_counts() {
        let free = "max 100000";
        assert_eq!(threads(&[], free, None), 4);
        assert_eq!(threads(&[0, 4], free, None), 1, "one core's two threads");
        assert_eq!(threads(&[0, 1, 4, 5], free, None), 2);
        assert_eq!(threads(&[0, 1, 2], free, None), 3);
    }

    #[test]
    fn a_quota_and_slurm_reduce_threads_but_never_to_zero() {
        assert_eq!(threads(&[], "250000 100000", None), 2);
        assert_eq!(threads(&[], "50000 100000", None), 1);
        assert_eq!(threads(&[], "max 100000", Some("3")), 3);
        assert_eq!(threads(&[], "max 100000", Some("many")), 4);
        let cpus = Cpus::of(machine("150000 100000").path(), &[1, 2, 5], 8, Some("1"));
        assert!((cpus.capacity() - 1.5).abs() < 1e-9);
        assert_eq!(
            cpus.to_string(),
            "3 of 8 processors (2 cores), time of 1.5 by the cgroup's quota, 1 by SLURM_CPUS_PER_TASK"
        );
    }

    #[test]
    fn lists_are_read_as_the_kernel_writes_them() {
        assert_eq!(list("0-2,8,10-11\n"), Some(vec![0, 1, 2, 8, 10, 11]));
        assert_eq!(list("3"), Some(vec![3]));
        assert_eq!(list(""), None);
    }

    #[test]
    fn this_process_may_use_a_processor() {
        let cpus = Cpus::here();
        assert!(cpus.threads() >= 1 && cpus.threads() <= cpus.allowed.len());
        assert!(cpus.capacity() > 0.0);
    }
}
