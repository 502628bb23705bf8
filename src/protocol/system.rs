//! What a run uses of its machine: the content of `system` events.

use serde::{Deserialize, Serialize};

use super::number;

/// What the machine does now, and what the run has cost so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemUse {
    /// Share of all cores that the run may use that anyone uses, 0 to 1.
    #[serde(with = "number")]
    pub cpu: f64,
    /// Share of them that the run uses, 0 to 1.
    #[serde(with = "number")]
    pub run_cpu: f64,
    /// Cores that the run may use, hyperthreads counted each; a quota of part of one counts as one.
    pub cores: u64,
    /// Bytes of memory that anyone uses, or this container.
    pub memory: u64,
    /// Bytes of memory that there are, or that this container may have.
    pub memory_total: u64,
    /// Bytes of memory that the run uses (resident).
    pub run_memory: u64,
    /// The graphics processor that the run trains on, if it does and can be asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gpu: Option<GpuUse>,
    /// What it costs.
    #[serde(flatten)]
    pub energy: Energy,
}

/// The load of a graphics processor, by all processes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GpuUse {
    /// Its name: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// Share of the last moments in which a kernel ran, 0 to 1.
    #[serde(with = "number")]
    pub busy: f64,
    /// Bytes of its memory that anyone uses.
    pub memory: u64,
    /// Bytes of its memory.
    pub memory_total: u64,
    /// Degrees Celsius.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub celsius: Option<u64>,
}

/// What a run costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// Power now, in watts.
    #[serde(with = "number")]
    pub watts: f64,
    /// Watt-hours since the run began, before it was resumed included.
    #[serde(with = "number")]
    pub watt_hours: f64,
    /// The same as grams of carbon dioxide, by the grid's intensity and the building's overhead as configured.
    #[serde(with = "number")]
    pub grams_co2e: f64,
    /// How the energy is known.
    pub energy_source: EnergySource,
}

/// How energy is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnergySource {
    /// By counters of the processors, their memory and the graphics processor: all that they did, for whomever.
    Measured,
    /// In part by counters (the graphics processor's, or the processors' for some of the time), the rest from the load.
    PartlyEstimated,
    /// From the load of the cores that the run used.
    Estimated,
}

impl Energy {
    /// Watt-hours per 1,000 images, once there were some.
    #[must_use]
    pub fn watt_hours_per_1000(&self, images: u64) -> Option<f64> {
        (images > 0).then(|| self.watt_hours * 1000.0 / images as f64)
    }
}
