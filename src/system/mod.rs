//! What the machine does and what the run costs: cores, memory, graphics processor, energy.
//!
//! Asked about once a second, by a thread that does not train. What a machine does not tell is absent, with the reason.

mod energy;
mod gpu;
mod machine;
mod processor;
mod rapl;

use std::path::Path;
use std::time::Instant;

use crate::protocol::SystemUse;

pub use energy::{Costs, Meter};
pub use gpu::Gpu;
pub use processor::processor;
pub use rapl::Rapl;

use machine::Machine;

/// Where Linux shows the energy counters of processors.
pub const POWERCAP: &str = "/sys/class/powercap";

/// Asks the machine.
#[derive(Debug)]
pub struct Sampler {
    machine: Machine,
    /// Of the device that the run trains on.
    gpu: Option<Gpu>,
    rapl: Option<Rapl>,
    meter: Meter,
    looked: Instant,
}

impl Sampler {
    /// One for a run on `device` (`cpu`, `cuda:0`), which has used `watt_hours` before.
    #[must_use]
    pub fn new(device: &str, costs: Costs, watt_hours: f64) -> Self {
        let number = device
            .strip_prefix("cuda:")
            .and_then(|n| n.parse::<u32>().ok());
        Self {
            machine: Machine::new(),
            gpu: number.and_then(|number| Gpu::open(number).ok()),
            rapl: Rapl::open(Path::new(POWERCAP)).ok(),
            meter: Meter::new(costs, watt_hours),
            looked: Instant::now(),
        }
    }

    /// What happens now; loads and energy are those since the last call.
    pub fn sample(&mut self) -> SystemUse {
        let now = Instant::now();
        let seconds = (now - self.looked).as_secs_f64();
        self.looked = now;
        let load = self.machine.load();
        let package = self.rapl.as_mut().and_then(Rapl::joules);
        let (gpu, gpu_joules) = match self.gpu.as_mut().map(|gpu| gpu.look(seconds)) {
            Some((gpu, joules)) => (gpu, joules),
            None => (None, None),
        };
        let energy = self.meter.take(seconds, &load, package, gpu_joules);
        SystemUse {
            cpu: load.cpu,
            run_cpu: load.run_cpu,
            cores: load.cores,
            memory: load.memory,
            memory_total: load.memory_total,
            run_memory: load.run_memory,
            gpu,
            energy,
            keep: false,
        }
    }
}
