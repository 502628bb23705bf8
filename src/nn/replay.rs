//! Updates that a device may record when they run for the second time, and launch as one from then on.
//!
//! A recording must not depend on the host: it must contain no host value that may change without changing its [`Key`],
//! and must return no value to the host. So an update first uploads everything that comes from the host (a batch,
//! latents, the optimizer's constants), and then does all its work on the device.

use candle_core::{Device, Result};

use super::backend;
use super::backend::on_device::{Carried, Key, Recorder};

/// The recorded updates.
#[derive(Debug)]
pub struct Replays(Option<Box<dyn Recorder>>);

impl Replays {
    /// Without recordings yet, for updates on `device`.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        Self(backend::of(device).recorder(device))
    }

    /// Runs `work`, or launches a recording of it and returns `replayed`.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn run<R>(
        &mut self,
        key: Key,
        mut work: impl FnMut() -> Result<R>,
        replayed: R,
    ) -> Result<R> {
        // Without a recorder there is nothing to replay.
        let Some(recorder) = &mut self.0 else {
            return work();
        };
        let mut result = None;
        let carried = recorder.run(key, &mut || {
            result = Some(work()?);
            Ok(())
        })?;
        Ok(match carried {
            Carried::Out => result.unwrap_or(replayed),
            Carried::Replayed => replayed,
        })
    }

    /// Returns whether some update was recorded.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.0.as_ref().is_some_and(|r| r.is_replaying())
    }

    /// Why updates cannot be recorded, if so; returned once.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.0.as_mut()?.take_refusal()
    }
}
