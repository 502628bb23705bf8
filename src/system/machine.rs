//! Cores and memory, of the machine and of this process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sysinfo::{Cpu, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::cgroup::Cgroup;
use super::cpus::Cpus;
use super::processes::family;
use super::subject::Subject;
use crate::awake;

/// The sources of the measurements.
#[derive(Debug)]
pub(super) struct Machine {
    system: System,
    subject: Subject,
    /// The processes that belong to the run, as of the last sample.
    processes: Vec<u32>,
    cgroup: Cgroup,
    cpus: Cpus,
    /// Time of the last sample, and the CPU milliseconds of each of the run's processes at that time.
    last: (Duration, BTreeMap<Pid, u64>),
}

/// How busy the machine is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Share of the cores available to this process that was in use since the last sample, by any process; 0 to 1.
    pub cpu: f64,
    /// Share of them that the run's processes used since the last sample; 0 to 1.
    pub run_cpu: f64,
    /// Processor time available to this process, in processors, counting hyper-threads.
    pub cores: f64,
    /// Bytes in use, by the machine or by the cgroup that limits this process.
    pub memory: u64,
    /// Bytes in total, or the cgroup's limit.
    pub memory_total: u64,
    /// Resident bytes of the run's processes.
    pub run_memory: u64,
}

impl Machine {
    /// Takes the first sample: loads are measured between two samples.
    pub fn new(subject: Subject) -> Self {
        let mut machine = Self {
            system: System::new(),
            subject,
            processes: Vec::new(),
            cgroup: Cgroup::of(Path::new("/")),
            cpus: Cpus::here(),
            last: (awake::now(), BTreeMap::new()),
        };
        machine.load();
        machine
    }

    /// The processes that belong to the run, as of the last sample.
    pub fn processes(&self) -> &[u32] {
        &self.processes
    }

    pub fn load(&mut self) -> Load {
        let system = &mut self.system;
        system.refresh_cpu_usage();
        system.refresh_memory();
        self.processes = match self.subject {
            Subject::OwnProcess { .. } => vec![std::process::id()],
            Subject::Program { process } => {
                let family = family(process).into_iter();
                let living = family.filter(|member| !member.is_zombie);
                let living: Vec<u32> = living.map(|member| member.pid).collect();
                if living.is_empty() {
                    vec![process]
                } else {
                    living
                }
            }
        };
        let pids: Vec<Pid> = self
            .processes
            .iter()
            .map(|pid| Pid::from_u32(*pid))
            .collect();
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
        // Those that have ended are dropped.
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, what);
        let processes = || {
            pids.iter()
                .filter_map(|pid| Some((*pid, system.process(*pid)?)))
        };
        let cores = self.cpus.capacity();
        let now = awake::now();
        let used: BTreeMap<Pid, u64> = processes()
            .map(|(pid, process)| (pid, process.accumulated_cpu_time()))
            .collect();
        let run_memory = processes().map(|(_, process)| process.memory()).sum();
        let (then, used_then) = std::mem::replace(&mut self.last, (now, used));
        // What has ended in between is not known any more; what is new has used all that it did since then.
        let since = self
            .last
            .1
            .iter()
            .map(|(pid, used)| used.saturating_sub(used_then.get(pid).copied().unwrap_or(0)));
        let could = now.saturating_sub(then).as_secs_f64() * 1e3 * cores;
        let run_cpu = (since.sum::<u64>() as f64 / could.max(1.0)).clamp(0.0, 1.0);
        let cpu = if cores < self.cpus.allowed.len() as f64 {
            // The quota belongs to this group alone, so the load of other processes does not count.
            run_cpu
        } else {
            busy(self.system.cpus(), &self.cpus.allowed)
        };
        let (mut memory, mut memory_total) =
            (self.system.used_memory(), self.system.total_memory());
        if let Some(group) = self.cgroup.memory().filter(|g| g.limit < memory_total) {
            (memory, memory_total) = (group.used, group.limit);
        }
        Load {
            cpu,
            run_cpu,
            cores,
            memory,
            memory_total,
            run_memory,
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
        let mut machine = Machine::new(Subject::OwnProcess {
            device: "cpu".to_owned(),
        });
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
