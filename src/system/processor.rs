//! What the processor calls itself.

use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// The model of this machine's processor, as it names itself; none where the system does not tell.
#[must_use]
pub fn processor() -> Option<String> {
    let what = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
    let system = System::new_with_specifics(what);
    let brand = system.cpus().first()?.brand().trim();
    (!brand.is_empty()).then(|| brand.to_owned())
}
