//! NVIDIA GPUs, queried through the management library (NVML), which is loaded at run time.

use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;

use crate::protocol::GpuUse;

/// The device that a run trains on.
#[derive(Debug)]
pub struct Gpu {
    nvml: Nvml,
    index: u32,
    name: String,
    /// The last reading of its energy counter in millijoules, if it has one.
    last: Option<u64>,
}

impl Gpu {
    /// The device that CUDA calls `number`, among those that `CUDA_VISIBLE_DEVICES` leaves.
    ///
    /// # Errors
    /// Why it cannot be queried, in words.
    pub fn open(number: u32) -> Result<Self, String> {
        let nvml = Nvml::init().map_err(|error| format!("no NVML: {error}"))?;
        let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        let index = index(number, visible.as_deref(), |uuid| {
            let device = nvml.device_by_uuid(uuid).ok()?;
            // A MIG slice has no counters, so those of the whole device are read.
            let whole = match device.mig_is_mig_device_handle() {
                Ok(true) => device.mig_parent_device().ok()?,
                _ => device,
            };
            whole.index().ok()
        })
        .ok_or_else(|| format!("NVML does not know which device cuda:{number} is"))?;
        let device = nvml
            .device_by_index(index)
            .map_err(|error| format!("NVML, device {index}: {error}"))?;
        let name = device.name().map_err(|e| format!("NVML: {e}"))?;
        let last = device.total_energy_consumption().ok();
        Ok(Self {
            nvml,
            index,
            name,
            last,
        })
    }

    /// Returns whether there is a GPU that can be queried.
    #[must_use]
    pub fn is_possible() -> bool {
        Nvml::init().is_ok_and(|nvml| nvml.device_count().is_ok_and(|count| count > 0))
    }

    /// The first device on which one of these processes computes; `None` if none does, or if the numbers of processes are
    /// those of another container.
    #[must_use]
    pub fn used_by(processes: &[u32]) -> Option<Self> {
        let nvml = Nvml::init().ok()?;
        let computes = |index: &u32| {
            let device = nvml.device_by_index(*index).ok();
            let running = device.and_then(|device| device.running_compute_processes().ok());
            let mut running = running.into_iter().flatten();
            running.any(|process| processes.contains(&process.pid))
        };
        let index = (0..nvml.device_count().ok()?).find(computes)?;
        let device = nvml.device_by_index(index).ok()?;
        let (name, last) = (device.name().ok()?, device.total_energy_consumption().ok());
        Some(Self {
            nvml,
            index,
            name,
            last,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its load, and the energy in joules of the last `seconds`.
    pub fn look(&mut self, seconds: f64) -> (Option<GpuUse>, Option<f64>) {
        let Ok(device) = self.nvml.device_by_index(self.index) else {
            return (None, None);
        };
        let joules = match (self.last, device.total_energy_consumption().ok()) {
            (Some(last), Some(now)) => {
                self.last = Some(now);
                Some(now.saturating_sub(last) as f64 / 1e3)
            }
            // Before Volta there is no energy counter, only the current power.
            _ => device
                .power_usage()
                .ok()
                .map(|milliwatts| f64::from(milliwatts) / 1e3 * seconds),
        };
        let (Ok(busy), Ok(memory)) = (device.utilization_rates(), device.memory_info()) else {
            return (None, joules);
        };
        let seen = GpuUse {
            name: self.name.clone(),
            busy: f64::from(busy.gpu) / 100.0,
            memory: memory.used,
            memory_total: memory.total,
            celsius: device
                .temperature(TemperatureSensor::Gpu)
                .ok()
                .map(u64::from),
        };
        (Some(seen), joules)
    }
}

/// The NVML index of CUDA's device `number`: NVML ignores `CUDA_VISIBLE_DEVICES`.
fn index(number: u32, visible: Option<&str>, by_uuid: impl Fn(&str) -> Option<u32>) -> Option<u32> {
    let Some(visible) = visible else {
        return Some(number);
    };
    // CUDA reads the list up to the first invalid entry, such as -1; an empty list hides all devices.
    let mut devices = visible
        .split(',')
        .map(str::trim)
        .map_while(|entry| entry.parse().ok().or_else(|| by_uuid(entry)));
    devices.nth(number as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_devices_are_counted() {
        let none = |_: &str| None;
        assert_eq!(index(1, None, none), Some(1));
        assert_eq!(index(0, Some(""), none), None);
        assert_eq!(index(0, Some("-1,0"), none), None);
        assert_eq!(index(1, Some("2,-1,0"), none), None);
        assert_eq!(index(1, Some("3, 5"), none), Some(5));
        assert_eq!(index(2, Some("3,5"), none), None);
        let by_uuid = |uuid: &str| (uuid == "GPU-1b").then_some(7);
        assert_eq!(index(0, Some("GPU-1b"), by_uuid), Some(7));
    }
}
