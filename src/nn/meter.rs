//! Metrics of updates, kept on the device until they are read: a read is a copy to the host, which waits for all work
//! so far.
//!
//! A meter also knows whether the training is lost, because a loss or a gradient was not finite. From then on no update
//! changes a weight and nothing is added, until the meter is cleared.

use candle_core::{Device, Result, Tensor, bail};

use super::backend;
use super::backend::on_device::{DeviceMeter, METER_CAPACITY, NonFiniteCheck, STATS};
use super::kernels;

/// Metrics of many updates, on a device that has kernels for them.
#[derive(Debug)]
pub struct Meter {
    /// The metric of each slot in use. A metric keeps its slot, because recorded updates continue to write there.
    names: Vec<&'static str>,
    device: Box<dyn DeviceMeter>,
    /// Zeroed memory of the same size.
    zeros: Tensor,
}

/// The values of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The metric.
    pub name: &'static str,
    /// Number of observations, at least 1.
    pub count: u64,
    /// The smallest; NaN if any was.
    pub min: f64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The largest; NaN if any was.
    pub max: f64,
    /// The newest.
    pub last: f64,
}

impl Meter {
    /// A meter on `device`; `None` if the device has none of our own kernels, or is the CPU, where every value is seen
    /// at once.
    ///
    /// # Errors
    /// When the device is out of memory.
    pub fn new(device: &Device) -> Result<Option<Self>> {
        let Some(device) = backend::of(device).device_meter(device)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            names: Vec::new(),
            zeros: device.memory().zeros_like()?,
            device,
        }))
    }

    /// Adds the values of one update, the loss first; the value with index `norms` holds the gradient's norm. The
    /// values stay on the device, and nothing waits.
    ///
    /// # Errors
    /// When there are more metrics than a meter can hold, or a value is not on its device.
    pub fn add(&mut self, observed: &[(&'static str, Tensor)], norms: usize) -> Result<()> {
        let slots = observed
            .iter()
            .map(|(name, value)| Ok((self.slot(name)?, value)))
            .collect::<Result<Vec<_>>>()?;
        self.device.observe(&slots, norms)
    }

    fn slot(&mut self, name: &'static str) -> Result<usize> {
        if let Some(slot) = self.names.iter().position(|n| *n == name) {
            return Ok(slot);
        }
        if self.names.len() == METER_CAPACITY {
            bail!("`{name}` does not fit: a meter holds {METER_CAPACITY} metrics");
        }
        self.names.push(name);
        Ok(self.names.len() - 1)
    }

    /// The metrics seen so far.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    /// The check for an update with this loss.
    #[must_use]
    pub fn check<'a>(&'a self, loss: &'a Tensor) -> NonFiniteCheck<'a> {
        NonFiniteCheck {
            loss,
            meter: self.device.memory(),
        }
    }

    /// Waits for the device. Returns the metrics observed since the last call, and whether the training is lost, now or
    /// before. Resets the metrics.
    ///
    /// # Errors
    /// Those of the device.
    pub fn take(&mut self) -> Result<(Vec<Reading>, bool)> {
        let values: Vec<f64> = self.device.memory().to_vec1()?;
        let readings = self.names.iter().zip(values.chunks(STATS));
        let readings = readings
            .filter(|(_, v)| v[0] > 0.0)
            .map(|(name, v)| Reading {
                name,
                count: v[0] as u64,
                min: v[1],
                mean: v[2],
                max: v[3],
                last: v[4],
            });
        let rest = METER_CAPACITY * STATS;
        kernels::copy(
            &self.device.memory().narrow(0, 0, rest)?,
            &self.zeros.narrow(0, 0, rest)?,
        )?;
        Ok((readings.collect(), values[rest] != 0.0))
    }

    /// Resets everything, including whether the training is lost.
    ///
    /// # Errors
    /// Those of the device.
    pub fn clear(&mut self) -> Result<()> {
        kernels::copy(self.device.memory(), &self.zeros)
    }
}
