//! Load of the machine and cost of the run: cores, memory, GPU, energy.
//!
//! Sampled about once a second by a thread that does not train. What a machine does not report is absent, with the reason.

mod cgroup;
mod cpus;
mod energy;
mod gpu;
mod machine;
mod processes;
mod processor;
mod rapl;
mod subject;

use std::path::Path;
use std::time::Duration;

use crate::awake;
use crate::protocol::SystemUse;

pub use cgroup::MemoryLimit;
pub use cpus::Cpus;
pub use energy::{Costs, Meter};
pub use gpu::Gpu;
pub use processes::{Member, family, leave_out, processes};
pub use processor::processor;
pub use rapl::Rapl;
pub use subject::Subject;

use machine::Machine;

/// Where Linux exposes the energy counters of processors.
pub const POWERCAP: &str = "/sys/class/powercap";

/// Samples the machine.
#[derive(Debug)]
pub struct Sampler {
    machine: Machine,
    /// The GPU that the run trains on.
    gpu: Option<Gpu>,
    /// Whether a program may yet begin to use a GPU.
    looks_for_gpu: bool,
    rapl: Option<Rapl>,
    meter: Meter,
    looked: Duration,
    /// Time during which the process could not run, as of the last sample.
    missed: Duration,
    /// Watts of CPU and GPU at the last sample, from their counters.
    watts: (Option<f64>, Option<f64>),
}

impl Sampler {
    /// For a run by `subject` that has already used `watt_hours`.
    #[must_use]
    pub fn new(subject: Subject, costs: Costs, watt_hours: f64) -> Self {
        let number = match &subject {
            Subject::OwnProcess { device } => device.strip_prefix("cuda:"),
            Subject::Program { .. } => None,
        };
        let number = number.and_then(|n| n.parse::<u32>().ok());
        Self {
            looks_for_gpu: matches!(subject, Subject::Program { .. }) && Gpu::is_possible(),
            machine: Machine::new(subject),
            gpu: number.and_then(|number| Gpu::open(number).ok()),
            rapl: Rapl::open(Path::new(POWERCAP)).ok(),
            meter: Meter::new(costs, watt_hours),
            looked: awake::now(),
            missed: awake::missed(),
            watts: (None, None),
        }
    }

    /// Takes a sample; loads and energy are those since the last call.
    pub fn sample(&mut self) -> SystemUse {
        let now = awake::now();
        let seconds = now.saturating_sub(self.looked).as_secs_f64();
        self.looked = now;
        let load = self.machine.load();
        if self.looks_for_gpu && self.gpu.is_none() {
            self.gpu = Gpu::used_by(self.machine.processes());
        }
        let (mut package, (gpu, mut gpu_joules)) = (
            self.rapl.as_mut().and_then(|rapl| rapl.joules(seconds)),
            match self.gpu.as_mut() {
                Some(gpu) => gpu.look(seconds),
                None => (None, None),
            },
        );
        let missed = std::mem::replace(&mut self.missed, awake::missed());
        if self.missed > missed {
            // Energy used while this process was suspended does not belong to the run; the previous power is the best
            // estimate.
            let as_before = |watts: Option<f64>| watts.map(|watts| watts * seconds);
            (package, gpu_joules) = (as_before(self.watts.0), as_before(self.watts.1));
        } else if seconds > 0.0 {
            let watts = |joules: Option<f64>| joules.map(|joules| joules / seconds);
            self.watts = (watts(package), watts(gpu_joules));
        }
        let energy = self.meter.take(seconds, &load, package, gpu_joules);
        SystemUse {
            cpu: load.cpu,
            run_cpu: load.run_cpu,
            cores: load.cores.ceil() as u64,
            memory: load.memory,
            memory_total: load.memory_total,
            run_memory: load.run_memory,
            gpu,
            energy,
        }
    }
}
