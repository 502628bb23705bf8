//! What a step works on, and the outcome.

use crate::config::Preset;
use crate::data::Loader;
use crate::train::pixels::Pixels;
use crate::train::window::Window;

use super::Streams;

/// What a step works on besides the networks.
pub(in crate::train) struct StepContext<'a> {
    /// Its number in the run, from 1.
    pub step: u64,
    pub settings: &'a Preset,
    pub loader: &'a mut Loader,
    pub pixels: &'a Pixels,
    pub streams: &'a mut Streams,
    /// Receives every metric.
    pub window: &'a mut Window,
    /// The factor on the generator's learning rate; at 0 the generator is frozen.
    pub ramp: f64,
}

/// The outcome of a step's updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) struct Updated {
    /// Real images used.
    pub images: u64,
    /// Whether every loss and every gradient was finite, as far as the host knows: a device reports it when its window is
    /// read.
    pub finite: bool,
}
