//! What training would use: its device and its data.

use super::{BackendReport, DataReport, DeviceReport};
use crate::cli::Failure;
use crate::data::{self, REGISTRY};
use crate::train::{available_backends, cuda_kernels, select_device};

/// The device that `auto` takes, and why.
pub(super) fn device() -> Result<DeviceReport, Failure> {
    let (_, chosen) = select_device("auto", 0).map_err(Failure::run)?;
    let kernels = cuda_kernels().map(|compiled| BackendReport {
        name: "cuda kernels".to_owned(),
        compiled: true,
        usable: compiled.is_ok(),
        reason: compiled.err().unwrap_or_default(),
    });
    let backends = available_backends()
        .into_iter()
        .map(|(name, usable)| BackendReport {
            name: name.to_owned(),
            compiled: name == "cpu"
                || (name == "cuda" && cfg!(feature = "cuda"))
                || (name == "metal" && cfg!(feature = "metal")),
            usable: usable.is_ok(),
            reason: usable.err().unwrap_or_default(),
        })
        .chain(kernels)
        .collect();
    Ok(DeviceReport {
        chosen: chosen.name,
        reason: chosen.reason,
        backends,
    })
}

/// Every dataset of the registry that is a set of files, and whether they are there.
pub(super) fn data() -> Result<Vec<DataReport>, Failure> {
    let dir = data::data_dir(None)?;
    Ok(REGISTRY
        .iter()
        .filter(|entry| !matches!(entry.origin, data::Origin::Generated(_)))
        .map(|entry| DataReport {
            dataset: entry.name.to_owned(),
            path: dir.path.join(entry.name),
            present: !matches!(
                data::presence(entry, &dir.path),
                data::Presence::Missing { .. }
            ),
        })
        .collect())
}
