//! The metrics of the steps since the last step event.

use candle_core::{Device, Result, Tensor};

use crate::nn::{Meter, NonFiniteCheck, Reading};
use crate::objective::Observed;
use crate::protocol::{Metrics, Stat};

/// Collects metric values. On a device other than the CPU they stay there until someone needs them, so that no step waits
/// for a copy: summed up in a meter where the device has one, else one by one.
#[derive(Debug)]
pub(super) struct Window {
    metrics: Metrics,
    meter: Option<Meter>,
    on_device: Vec<(&'static str, Tensor)>,
    /// What the newest step measured, each update by itself.
    of_step: Vec<(&'static str, Measured)>,
    /// Whether the newest step left G alone.
    g_is_frozen: bool,
    /// Whether the meter has reported a loss or gradient that was not finite.
    lost: bool,
}

/// A value on the host, or still on the device.
#[derive(Debug)]
enum Measured {
    Known(f64),
    OnDevice(Tensor),
}

impl Window {
    /// A window for what is observed on `device`.
    pub fn new(device: &Device) -> Result<Self> {
        Ok(Self {
            metrics: Metrics::new(),
            meter: Meter::new(device)?,
            on_device: Vec::new(),
            of_step: Vec::new(),
            g_is_frozen: false,
            lost: false,
        })
    }

    /// A step begins, in which G learns unless it is frozen.
    pub fn begin_step(&mut self, g_is_frozen: bool) -> Result<()> {
        // A meter does not record in which step it saw a value last: G's values must not pass for this step's.
        if g_is_frozen && !self.g_is_frozen {
            self.peek()?;
        }
        self.g_is_frozen = g_is_frozen;
        self.of_step.clear();
        Ok(())
    }

    /// What the newest step measured of the metrics that are `wanted`, in the order in which it did: of several updates of
    /// D the last counts. Waits for the device where such a value is on one.
    pub fn of_step(&mut self, wanted: impl Fn(&str) -> bool) -> Result<Vec<(&'static str, f64)>> {
        if (self.meter.as_ref()).is_some_and(|meter| meter.names().any(&wanted)) {
            self.peek()?;
        }
        let of_step = || self.of_step.iter().filter(|(name, _)| wanted(name));
        let waiting: Vec<&Tensor> = of_step()
            .filter_map(|(_, value)| match value {
                Measured::Known(_) => None,
                Measured::OnDevice(tensor) => Some(tensor),
            })
            .collect();
        let mut copied = if waiting.is_empty() {
            Vec::new()
        } else {
            Tensor::stack(&waiting, 0)?.to_vec1::<f32>()?
        }
        .into_iter();
        let values = of_step().filter_map(|(name, value)| {
            let value = match value {
                Measured::Known(value) => *value,
                Measured::OnDevice(_) => f64::from(copied.next()?),
            };
            Some((*name, value))
        });
        Ok(values.collect())
    }

    /// What an update with this loss checks before it changes a weight, where the host does not check.
    pub fn check<'a>(&'a self, loss: &'a Tensor) -> Option<NonFiniteCheck<'a>> {
        self.meter.as_ref().map(|meter| meter.check(loss))
    }

    /// Adds what one update observed, the loss first; from `norms` on it is what the optimizer gave.
    pub fn observe(&mut self, observed: Observed, norms: usize) -> Result<()> {
        if let Some(meter) = &mut self.meter {
            return meter.add(&observed, norms);
        }
        for (name, value) in observed {
            if value.device().is_cpu() {
                self.push(name, f64::from(value.to_scalar::<f32>()?));
            } else {
                self.of_step.push((name, Measured::OnDevice(value.clone())));
                self.on_device.push((name, value));
            }
        }
        Ok(())
    }

    /// Adds one value.
    pub fn push(&mut self, name: &'static str, value: f64) {
        self.of_step.push((name, Measured::Known(value)));
        self.add(name, value);
    }

    fn add(&mut self, name: &str, value: f64) {
        match self.metrics.get_mut(name) {
            Some(stat) => stat.push(value),
            None => {
                self.metrics.insert(name.to_owned(), Stat::of(value));
            }
        }
    }

    /// Starts over with these values.
    pub fn restore(&mut self, metrics: Metrics) -> Result<()> {
        if let Some(meter) = &mut self.meter {
            meter.clear()?;
        }
        self.metrics = metrics;
        self.on_device.clear();
        self.of_step.clear();
        self.lost = false;
        Ok(())
    }

    /// Returns whether every loss and gradient was finite that the host did not check itself, since the last
    /// [`Window::restore`].
    pub fn is_finite(&mut self) -> Result<bool> {
        self.peek()?;
        Ok(!self.lost)
    }

    /// What there is so far.
    pub fn peek(&mut self) -> Result<&Metrics> {
        if let Some(meter) = &mut self.meter {
            let (readings, lost) = meter.take()?;
            self.lost |= lost;
            for reading in readings {
                self.merge(reading);
            }
        }
        if !self.on_device.is_empty() {
            let pending = std::mem::take(&mut self.on_device);
            let values: Vec<&Tensor> = pending.iter().map(|(_, v)| v).collect();
            // One copy for all of them.
            for ((name, _), value) in pending
                .iter()
                .zip(Tensor::stack(&values, 0)?.to_vec1::<f32>()?)
            {
                self.add(name, f64::from(value));
            }
        }
        Ok(&self.metrics)
    }

    fn merge(&mut self, reading: Reading) {
        self.of_step
            .push((reading.name, Measured::Known(reading.last)));
        let stat = Stat {
            count: reading.count,
            min: reading.min,
            mean: reading.mean,
            max: reading.max,
            last: reading.last,
        };
        match self.metrics.get_mut(reading.name) {
            Some(before) => before.merge(&stat),
            None => {
                self.metrics.insert(reading.name.to_owned(), stat);
            }
        }
    }

    /// What there is, leaving nothing.
    pub fn take(&mut self) -> Result<Metrics> {
        self.peek()?;
        Ok(std::mem::take(&mut self.metrics))
    }
}
