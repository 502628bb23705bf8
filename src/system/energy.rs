//! Energy and emissions.

use super::machine::Load;
use crate::protocol::{Energy, EnergySource};

/// Configuration of the energy estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Watts of a core at full load, used if there is no counter.
    pub watts_per_core: f64,
    /// Power usage effectiveness (PUE): total power of the building over that of its computers; 1 means no overhead.
    pub pue: f64,
    /// Grid emissions in grams of CO₂ equivalent per kilowatt-hour.
    pub grams_per_kwh: f64,
}

/// Accumulates energy.
#[derive(Debug, Clone)]
pub struct Meter {
    costs: Costs,
    joules: f64,
    /// Whether part of the processors' energy was measured and part estimated.
    measured: bool,
    estimated: bool,
}

const JOULES_PER_WH: f64 = 3600.0;

impl Meter {
    /// For a run that has already used `watt_hours`.
    #[must_use]
    pub fn new(costs: Costs, watt_hours: f64) -> Self {
        Self {
            costs,
            joules: watt_hours * JOULES_PER_WH,
            measured: false,
            estimated: false,
        }
    }

    /// Adds the last `seconds`: the joules reported by the counters of CPU and GPU, or an estimate from the load.
    pub(super) fn take(
        &mut self,
        seconds: f64,
        load: &Load,
        package: Option<f64>,
        gpu: Option<f64>,
    ) -> Energy {
        let expected = load.run_cpu * load.cores * self.costs.watts_per_core * seconds;
        let joules = package.unwrap_or(expected) + gpu.unwrap_or(0.0);
        self.joules += joules;
        self.measured |= package.is_some() || gpu.is_some();
        self.estimated |= package.is_none();
        let watt_hours = self.joules / JOULES_PER_WH;
        Energy {
            watts: if seconds > 0.0 { joules / seconds } else { 0.0 },
            watt_hours,
            grams_co2e: watt_hours / 1e3 * self.costs.pue * self.costs.grams_per_kwh,
            energy_source: match (self.measured, self.estimated) {
                (true, false) => EnergySource::Measured,
                (true, true) => EnergySource::PartlyEstimated,
                (false, _) => EnergySource::Estimated,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs {
        watts_per_core: 10.0,
        pue: 1.5,
        grams_per_kwh: 400.0,
    };
    const LOAD: Load = Load {
        cpu: 1.0,
        run_cpu: 0.5,
        cores: 8.0,
        memory: 0,
        memory_total: 1,
        run_memory: 0,
    };

    #[test]
    fn load_becomes_energy_and_energy_emissions() {
        let mut meter = Meter::new(COSTS, 1.0);
        // Half of eight cores at 10 W for 90 s is 1 Wh.
        let energy = meter.take(90.0, &LOAD, None, None);
        let expected = Energy {
            watts: 40.0,
            watt_hours: 2.0,
            grams_co2e: 2.0 / 1e3 * 1.5 * 400.0,
            energy_source: EnergySource::Estimated,
        };
        assert_eq!(energy, expected);
        assert_eq!(energy.watt_hours_per_1000(4000), Some(0.5));
        assert_eq!(energy.watt_hours_per_1000(0), None);
    }

    /// Watts and watt-hours.
    fn total(energy: &Energy) -> (u64, u64) {
        (energy.watts as u64, energy.watt_hours as u64)
    }

    #[test]
    fn measured_energy_replaces_the_estimate() {
        let mut meter = Meter::new(COSTS, 0.0);
        let energy = meter.take(10.0, &LOAD, Some(3000.0), Some(600.0));
        assert_eq!(total(&energy), (360, 1));
        assert_eq!(energy.energy_source, EnergySource::Measured);
        let energy = meter.take(10.0, &LOAD, None, Some(3200.0));
        assert_eq!(total(&energy), (360, 2));
        assert_eq!(energy.energy_source, EnergySource::PartlyEstimated);
        // The first sample covers no time.
        assert!(meter.take(0.0, &LOAD, None, None).watts.abs() < f64::EPSILON);
    }
}
