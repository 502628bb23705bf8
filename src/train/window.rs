//! The metrics of the steps since the last step event.

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::objective::Observed;
use crate::protocol::{Metrics, Stat};

/// A window that is still open, as a checkpoint keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenWindow {
    /// Its first step.
    pub from_step: u64,
    /// Epoch, and batches drawn in it, where it began.
    pub position: (u64, u64),
    /// Values so far.
    pub metrics: Metrics,
}

/// Collects metric values. On a device other than the CPU they stay there until someone needs them, so that no step waits
/// for a copy.
#[derive(Debug, Default)]
pub(super) struct Window {
    metrics: Metrics,
    on_device: Vec<(&'static str, Tensor)>,
    /// What the newest step measured, each update by itself.
    of_step: Vec<(&'static str, Measured)>,
}

/// A value that is known, or one that is still on the device.
#[derive(Debug)]
enum Measured {
    Known(f64),
    OnDevice(Tensor),
}

impl Window {
    /// A step begins.
    pub fn begin_step(&mut self) {
        self.of_step.clear();
    }

    /// What the newest step measured of the metrics that are `wanted`, in the order in which it did: of several updates of
    /// D the last counts. Waits for the device where such a value is on one.
    pub fn of_step(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<(&'static str, f64)>> {
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

    /// Adds what one update observed.
    pub fn observe(&mut self, observed: Observed) -> Result<()> {
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
    pub fn restore(&mut self, metrics: Metrics) {
        *self = Self {
            metrics,
            ..Self::default()
        };
    }

    /// What there is so far.
    pub fn peek(&mut self) -> Result<&Metrics> {
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

    /// What there is, leaving nothing.
    pub fn take(&mut self) -> Result<Metrics> {
        self.peek()?;
        Ok(std::mem::take(&mut self.metrics))
    }
}
