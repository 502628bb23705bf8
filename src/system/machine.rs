//! Cores and memory, of the machine and of this process.

use std::time::Instant;

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

/// What is asked of the system at a time.
#[derive(Debug)]
pub(super) struct Machine {
    system: System,
    process: Option<Pid>,
    /// When it was looked at last, and the milliseconds of cores that this process had used by then.
    last: (Instant, u64),
}

/// How busy the machine is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Share of all cores that anyone used since the last look, 0 to 1.
    pub cpu: f64,
    /// Share of all cores that this process used since the last look, 0 to 1.
    pub run_cpu: f64,
    /// Cores, hyperthreads among them.
    pub cores: u64,
    /// Bytes in use.
    pub memory: u64,
    /// Bytes that there are, or that this container may have.
    pub memory_total: u64,
    /// Bytes that this process has in memory.
    pub run_memory: u64,
}

impl Machine {
    /// Loads are those between two looks: this is the first.
    pub fn new() -> Self {
        let mut machine = Self {
            system: System::new(),
            process: sysinfo::get_current_pid().ok(),
            last: (Instant::now(), 0),
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
        let cores = system.cpus().len().max(1);
        let (now, used) = (
            Instant::now(),
            process.map_or(0, Process::accumulated_cpu_time),
        );
        let (then, used_then) = std::mem::replace(&mut self.last, (now, used));
        let could = (now - then).as_secs_f64() * 1e3 * cores as f64;
        let run_cpu = used.saturating_sub(used_then) as f64 / could.max(1.0);
        let (mut memory, mut memory_total) = (system.used_memory(), system.total_memory());
        if let Some(limits) = system.cgroup_limits()
            && (1..memory_total).contains(&limits.total_memory)
        {
            memory_total = limits.total_memory;
            memory = memory_total.saturating_sub(limits.free_memory);
        }
        Load {
            cpu: f64::from(system.global_cpu_usage() / 100.0).clamp(0.0, 1.0),
            run_cpu: run_cpu.clamp(0.0, 1.0),
            cores: cores as u64,
            memory,
            memory_total,
            run_memory: process.map_or(0, Process::memory),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

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
        assert!(sum > 0 && load.cores > 0);
        // However busy others are, some of the time was this process's.
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
