//! The processor's model name.

use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// The model name of this machine's processor, if known.
#[must_use]
pub fn processor() -> Option<String> {
    let what = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(what);
    let brand = system.cpus().first()?.brand().trim();
    (!brand.is_empty()).then(|| brand.to_owned())
}
