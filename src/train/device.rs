//! Which device trains, and why.

use candle_core::Device;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::TrainError;
#[cfg(feature = "cuda")]
use crate::nn;
use crate::nn::{first_line, kernels};
use crate::protocol::DeviceInfo;
use crate::system::Cpus;

/// The back ends of this build, and for each whether it can be used: `Ok`, or the reason why not.
#[must_use]
pub fn available_backends() -> Vec<(&'static str, Result<(), String>)> {
    vec![
        ("cpu", Ok(())),
        ("cuda", cuda(0).map(|_| ())),
        ("metal", metal().map(|_| ())),
    ]
}

fn cuda(ordinal: usize) -> Result<Device, String> {
    if !cfg!(feature = "cuda") {
        return Err("this build has no CUDA: build with `--features cuda`".to_owned());
    }
    #[cfg(feature = "cuda")]
    return nn::cuda::device(ordinal).map_err(|e| first_line(&e));
    #[cfg(not(feature = "cuda"))]
    Device::new_cuda(ordinal).map_err(|e| first_line(&e))
}

/// Of a build with CUDA on a machine where it works: how its steps are computed. `Ok` when by kernels of this program's own,
/// or the reason why not; `None` without CUDA.
#[must_use]
pub fn cuda_kernels() -> Option<Result<(), String>> {
    let device = cuda(0).ok()?;
    Some(kernels::why_not_compiled(&device).map_or(Ok(()), Err))
}

fn metal() -> Result<Device, String> {
    if !cfg!(feature = "metal") {
        return Err("this build has no Metal: build with `--features metal`".to_owned());
    }
    Device::new_metal(0).map_err(|e| first_line(&e))
}

/// The threads that train: `threads` of them, or with 0 one for each physical core that this process may use, since two
/// threads of one core share its arithmetic units. Training runs on a thread of the pool (`install`), so that no product
/// has to be handed over. Threads without work sleep.
///
/// # Errors
/// When the system refuses threads.
pub fn thread_pool(threads: usize) -> Result<ThreadPool, TrainError> {
    let threads = if threads > 0 {
        threads
    } else {
        Cpus::here().threads()
    };
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("train-{i}"))
        .build()
        .map_err(|e| TrainError::Threads(e.to_string()))
}

/// The device for `asked`: `auto`, `cpu`, `cuda`, `cuda:N` or `metal`. `auto` takes the fastest that works and says why
/// the others did not; a device that is named is that device or an error.
///
/// # Errors
/// When the device cannot be used, or does not exist.
pub fn select_device(asked: &str, threads: usize) -> Result<(Device, DeviceInfo), TrainError> {
    let refused = |reason: String| TrainError::Device {
        asked: asked.to_owned(),
        reason,
    };
    let (device, name, reason) = match asked {
        "cpu" => (Device::Cpu, "cpu".to_owned(), "asked for".to_owned()),
        "metal" => (
            metal().map_err(refused)?,
            "metal".to_owned(),
            "asked for".to_owned(),
        ),
        "auto" => match (cuda(0), metal()) {
            (Ok(device), _) => (
                device,
                "cuda:0".to_owned(),
                "a CUDA device was found".to_owned(),
            ),
            (_, Ok(device)) => (
                device,
                "metal".to_owned(),
                "a Metal device was found".to_owned(),
            ),
            (Err(reason), Err(_)) => (Device::Cpu, "cpu".to_owned(), reason),
        },
        _ => {
            let ordinal = match asked.strip_prefix("cuda") {
                Some("") => Some(0),
                Some(rest) => rest.strip_prefix(':').and_then(|n| n.parse().ok()),
                None => None,
            }
            .ok_or_else(|| refused("expected auto, cpu, cuda, cuda:N or metal".to_owned()))?;
            (
                cuda(ordinal).map_err(refused)?,
                format!("cuda:{ordinal}"),
                "asked for".to_owned(),
            )
        }
    };
    Ok((
        device,
        DeviceInfo {
            name,
            reason,
            threads,
        },
    ))
}
