//! Updates recorded as CUDA graphs: one launch instead of about eighty.
//!
//! The first time, an update is simply carried out, which creates buffers, kernels and candle's table of parameters.
//! The second time, the stream records it instead of running it, and the recording is launched, then and from then on.
//! That is sound because a recorded update only reads memory that stays in place: the networks, the buffers of its
//! batch size, the constants of the optimizer and the meter. Tensors that candle creates in between are memory of the
//! graph itself, and are freed when the recording ends. If a recording fails for whatever reason, updates run as
//! before, and the reason is kept.

use std::sync::Arc;

use candle_core::cuda::cudarc::driver::{CudaGraph, CudaStream, sys};
use candle_core::{CudaDevice, Result, bail};

use super::launch::failed;
use crate::nn::backend::on_device::{Carried, Key, Recorder};
use crate::nn::first_line;

/// The recorded updates of one run.
#[derive(Debug)]
pub struct Graphs {
    device: CudaDevice,
    met: Vec<(Key, State)>,
    refused: Option<String>,
}

/// The state of one of them.
#[derive(Debug)]
enum State {
    /// Carried out once.
    Done,
    /// Recorded.
    Recorded(Recorded),
}

/// A graph that may move to another thread with its run.
struct Recorded(CudaGraph);

#[expect(
    unsafe_code,
    reason = "a graph may be used from any thread, by one at a time"
)]
// SAFETY: CUDA only requires that a graph is not used by two threads at once, and it is behind `&mut`.
unsafe impl Send for Recorded {}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorded")
    }
}

impl Graphs {
    /// Without recordings yet, for updates on a device.
    pub fn new(device: &CudaDevice) -> Self {
        Self {
            device: device.clone(),
            met: Vec::new(),
            refused: None,
        }
    }
}

impl Recorder for Graphs {
    fn is_replaying(&self) -> bool {
        let recorded = |(_, state): &(Key, State)| matches!(state, State::Recorded(_));
        self.met.iter().any(recorded)
    }

    fn take_refusal(&mut self) -> Option<String> {
        self.refused
            .as_mut()
            .filter(|r| !r.is_empty())
            .map(std::mem::take)
    }

    fn run(&mut self, key: Key, work: &mut dyn FnMut() -> Result<()>) -> Result<Carried> {
        let device = &self.device;
        if self.refused.is_some() {
            work()?;
            return Ok(Carried::Out);
        }
        // Shapes and strides that candle uploads are cached from here on, because nothing can be uploaded while
        // recording.
        let _kept = device.enable_cuda_graph_htod_cache();
        let Some(at) = self.met.iter().position(|(met, _)| *met == key) else {
            work()?;
            self.met.push((key, State::Done));
            return Ok(Carried::Out);
        };
        if matches!(self.met[at].1, State::Done) {
            match record(&device.cuda_stream(), work) {
                Ok(graph) => self.met[at].1 = State::Recorded(Recorded(graph)),
                Err(error) => {
                    self.refused = Some(first_line(&error));
                    // Earlier recordings may still be running.
                    device.cuda_stream().synchronize().map_err(failed)?;
                    self.met.clear();
                    // Nothing of it was carried out.
                    work()?;
                    return Ok(Carried::Out);
                }
            }
        }
        if let State::Recorded(Recorded(graph)) = &self.met[at].1 {
            graph.launch().map_err(failed)?;
        }
        Ok(Carried::Replayed)
    }
}

/// Records `work` without running it.
fn record(stream: &Arc<CudaStream>, work: &mut dyn FnMut() -> Result<()>) -> Result<CudaGraph> {
    // Other threads may call the driver meanwhile.
    let mode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
    stream.begin_capture(mode).map_err(failed)?;
    let worked = work();
    // Errors of dropped tensors: left there, they would be returned by the next call.
    let dropped = stream.context().check_err();
    // End it in any case: a stream that keeps recording does no more work.
    let graph = stream.end_capture(sys::CUgraphInstantiate_flags(0));
    worked?;
    dropped.map_err(failed)?;
    match graph.map_err(failed)? {
        Some(graph) => Ok(graph),
        None => bail!("nothing was recorded"),
    }
}
