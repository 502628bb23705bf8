//! Updates that a device may record the second time they are done, and launch as one from then on.
//!
//! What is recorded must not depend on the host: no value of the host's may go into it that may change without changing
//! its [`Key`], and none may come out of it. So an update first brings to the device everything that comes from the host (a
//! batch, latents, the optimizer's constants), and then does all its work there.

use candle_core::{Device, Result};

use super::backend;
use super::backend::on_device::{Carried, Key, Recorder};

/// The updates that were recorded.
#[derive(Debug)]
pub struct Replays(Option<Box<dyn Recorder>>);

impl Replays {
    /// No recordings yet of updates on `device`.
    #[must_use]
    pub fn new(device: &Device) -> Self {
        Self(backend::of(device).recorder(device))
    }

    /// Does `work`, or launches a recording of it, which gives `replayed`.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn run<R>(
        &mut self,
        key: Key,
        mut work: impl FnMut() -> Result<R>,
        replayed: R,
    ) -> Result<R> {
        // Where there is no recorder there is nothing to replay.
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

    /// Whether some update was recorded.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.0.as_ref().is_some_and(|r| r.is_replaying())
    }

    /// Why updates cannot be recorded, if that was found out; returned once.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.0.as_mut()?.take_refusal()
    }
}
