//! Updates that a device may record the second time they are done, and launch as one from then on.
//!
//! What is recorded must not depend on the host: no value of the host's may go into it that may change without changing
//! its [`Key`], and none may come out of it. So an update first brings to the device what the host has to say (a batch,
//! latents, the optimizer's constants), and then does all its work there.

use candle_core::{Device, Result};

#[cfg(feature = "cuda")]
use super::cuda::Graphs;

/// What an update is the same update by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Of which network: `critic`, `generator`.
    pub network: &'static str,
    /// The objective.
    pub objective: &'static str,
    /// Rows of the batch.
    pub rows: usize,
    /// Whether weights are clipped.
    pub clips: bool,
    /// Whether images are moved, and whether they are changed at all, before D sees them.
    pub changes: [bool; 2],
    /// Numbers of the settings that go into the work itself: the weights of its losses, what labels lack.
    pub constants: [f64; 2],
}

/// The updates that were recorded.
#[derive(Default)]
pub struct Replays {
    #[cfg(feature = "cuda")]
    graphs: Graphs,
}

impl Replays {
    /// Does `work`, which is done on `device`; on a CUDA device with kernels of ours it may be a record of `work` that is
    /// launched, which gives `replayed`.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn run<R>(
        &mut self,
        device: &Device,
        key: Key,
        mut work: impl FnMut() -> Result<R>,
        replayed: R,
    ) -> Result<R> {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(cuda) = device
            && super::kernels::are_compiled(device)
        {
            return self.graphs.run(cuda, key, work, replayed);
        }
        // Everywhere else there is nothing to replay.
        let _ = (device, key, replayed);
        work()
    }

    /// Whether some update was recorded.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        #[cfg(feature = "cuda")]
        return self.graphs.is_replaying();
        #[cfg(not(feature = "cuda"))]
        false
    }

    /// Why updates cannot be recorded, if that was found out; said once.
    pub fn take_refusal(&mut self) -> Option<String> {
        #[cfg(feature = "cuda")]
        return self.graphs.take_refusal();
        #[cfg(not(feature = "cuda"))]
        None
    }
}
