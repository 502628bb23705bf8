//! What training would use: its device and its data.

use std::path::{Path, PathBuf};

use super::{BackendReport, Check, DataReport, DeviceReport, Status};
use crate::cli::Failure;
use crate::data::{self, Presence, REGISTRY};
use crate::system::{Gpu, POWERCAP, Rapl};
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

/// The energy counters.
pub(super) fn energy() -> [Check; 2] {
    let check = |name: &str, found: Result<String, String>, without: &str| match found {
        Ok(found) => Check::new("energy", name, Status::Ok, found),
        Err(reason) => Check::new("energy", name, Status::Note, "not available")
            .why(reason)
            .advice(without),
    };
    let rapl = Rapl::open(Path::new(POWERCAP)).map(|rapl| match rapl.count() {
        1 => "1 RAPL counter, for the whole package".to_owned(),
        n => format!("{n} RAPL counters, for whole packages"),
    });
    let gpu = Gpu::open(0).map(|gpu| format!("NVML reports {}", gpu.name()));
    [
        check(
            "processor",
            rapl,
            "energy is estimated from the load (`system.watts_per_core` per busy core) and marked as an estimate",
        ),
        check("gpu", gpu, "a run on a GPU shows neither load nor energy"),
    ]
}

/// The datasets of the registry that consist of files, and whether they exist.
pub(super) fn data() -> Result<Vec<DataReport>, Failure> {
    let dir = data::data_dir(None)?;
    Ok(REGISTRY
        .iter()
        .filter(|entry| !matches!(entry.origin, data::Origin::Generated(_)))
        .map(|entry| {
            let report = |path: PathBuf, present, why| DataReport {
                dataset: entry.name.to_owned(),
                path,
                present,
                why,
            };
            let own = dir.path.join(entry.name);
            match data::presence(entry, &dir.path) {
                Presence::BuiltIn => report(own, true, None),
                Presence::Verified { place, packing } => {
                    report(place, true, Some(packing.to_string()))
                }
                Presence::Missing { passed_over, .. } => {
                    let why = passed_over
                        .first()
                        .map(|fault| format!("passed over: {fault}"));
                    report(own, false, why)
                }
                Presence::Damaged(error) => report(own, false, Some(error.to_string())),
            }
        })
        .collect())
}
