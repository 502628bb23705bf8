//! Cores and memory, of the machine and of this process.

use std::path::Path;
use std::time::Duration;

use sysinfo::{Cpu, Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

use super::cgroup::Cgroup;
use super::cpus::Cpus;
use crate::awake;

/// The sources of the measurements.
#[derive(Debug)]
pub(super) struct Machine {
    system: System,
    process: Option<Pid>,
    cgroup: Cgroup,
    cpus: Cpus,
    /// Time of the last sample, and the process's CPU milliseconds at that time.
    last: (Duration, u64),
}

/// How busy the machine is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Share of the cores available to this process that was in use since the last sample, by any process; 0 to 1.
    pub cpu: f64,
    /// Share of them that this process used since the last sample; 0 to 1.
    pub run_cpu: f64,
    /// Processor time available to this process, in processors, counting hyper-threads.
    pub cores: f64,
    /// Bytes in use, by the machine or by the cgroup that limits this process.
    pub memory: u64,
    /// Bytes in total, or the cgroup's limit.
    pub memory_total: u64,
    /// Resident bytes of this process.
    pub run_memory: u64,
}

impl Machine {
    /// Takes the first sample: loads are measured between two samples.
    pub fn new() -> Self {
        let mut machine = Self {
            system: System::new(),
            process: sysinfo::get_current_pid().ok(),
            cgroup: Cgroup::of(Path::new("/")),
            cpus: Cpus::here(),
            last: (awake::now(), 0),
        };
        machine.load();
        machine
    }

    pub fn load(&mut self) -> Load {
        let system = &mut self.system;
        system.refresh_cpu_usage();
        system.refresh_memory();
        if let Some(pid) = self.process {
            let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        }
        let process = self.process.and_then(|pid| system.process(pid));
        let cores = self.cpus.capacity();
        let (now, used) = (
            awake::now(),
            process.map_or(0, Process::accumulated_cpu_time),
        );
        let (then, used_then) = std::mem::replace(&mut self.last, (now, used));
        let could = now.saturating_sub(then).as_secs_f64() * 1e3 * cores;
        let run_cpu = (used.saturating_sub(used_then) as f64 / could.max(1.0)).clamp(0.0, 1.0);
        let cpu = if cores < self.cpus.allowed.len() as f64 {
            // The quota belongs to this group alone, so the load of other processes does not count.
            run_cpu
        } else {
            busy(system.cpus(), &self.cpus.allowed)
        };
        let (mut memory, mut memory_total) = (system.used_memory(), system.total_memory());
        if let Some(group) = self.cgroup.memory().filter(|g| g.limit < memory_total) {
            (memory, memory_total) = (group.used, group.limit);
        }
        Load {
            cpu,
            run_cpu,
            cores,
            memory,
            memory_total,
            run_memory: process.map_or(0, Process::memory),
        }
    }
}

/// Share of these processors' time that was used by any process.
fn busy(all: &[Cpu], allowed: &[usize]) -> f64 {
    let number = |cpu: &Cpu| cpu.name().strip_prefix("cpu")?.parse::<usize>().ok();
    let is_allowed = |cpu: &&Cpu| number(cpu).is_none_or(|n| allowed.contains(&n));
    let (sum, count) = all
        .iter()
        .filter(is_allowed)
        .fold((0.0, 0), |(sum, count), cpu| {
            (sum + f64::from(cpu.cpu_usage()), count + 1)
        });
    (sum / 100.0 / f64::from(count.max(1))).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_busy_process_is_seen() {
        let mut machine = Machine::new();
        let since = Instant::now();
        let mut sum = 0_u64;
        while since.elapsed() < Duration::from_millis(300) {
            sum = sum.wrapping_add(std::hint::black_box(since.elapsed().as_nanos() as u64));
        }
        let load = machine.load();
        assert!(sum > 0 && load.cores > 0.0);
        // At least this process's own share.
        assert!(load.run_cpu > 0.0 && load.run_cpu <= 1.0, "{load:?}");
        assert!(
            load.run_memory > 1 << 20 && load.run_memory < load.memory_total,
            "{load:?}"
        );
        assert!(
            load.memory > 0 && load.memory <= load.memory_total,
            "{load:?}"
        );
    }
}
