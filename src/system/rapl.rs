//! The energy counters of Intel and AMD processors (RAPL), as exposed by Linux.
//!
//! A counter may be exposed twice: through registers (`intel-rapl`) and through memory (`intel-rapl-mmio`). Each
//! package counts once. Its sub-zones `core` and `uncore` are part of it; `dram`, its memory, is not. `psys` covers the
//! whole machine, but only if the manufacturer calibrated it, which cannot be determined, so it is ignored.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A higher reading means that the counter was reset.
const MOST_WATTS: f64 = 2000.0;

/// The counters of all processor packages and of their memory.
#[derive(Debug)]
pub struct Rapl {
    counters: Vec<Counter>,
}

#[derive(Debug)]
struct Counter {
    path: PathBuf,
    /// Microjoules at which it wraps around.
    range: u64,
    last: u64,
}

/// What a counter measures: the package, and whether it is its memory.
type Meter = (String, bool);

impl Rapl {
    /// The counters below `root`.
    ///
    /// # Errors
    /// Why there are no counters, in words.
    pub fn open(root: &Path) -> Result<Self, String> {
        let zones = zones(root).map_err(|_| "this system has no RAPL counters".to_owned())?;
        let mut counters = Vec::new();
        for zones in zones.into_values() {
            counters.push(first_readable(&zones)?);
        }
        if counters.is_empty() {
            return Err("this system exposes no RAPL counter of a processor package".to_owned());
        }
        Ok(Self { counters })
    }

    /// Number of counters of packages and of their memory.
    #[must_use]
    pub fn count(&self) -> usize {
        self.counters.len()
    }

    /// Joules since the last call, `seconds` ago; `None` if a counter can no longer be read, or if no counter changes, as
    /// in virtual machines.
    pub fn joules(&mut self, seconds: f64) -> Option<f64> {
        let mut sum = 0;
        for counter in &mut self.counters {
            sum += counter.advance(seconds).ok()?;
        }
        (sum > 0).then_some(sum as f64 / 1e6)
    }
}

impl Counter {
    /// Microjoules since the last call.
    fn advance(&mut self, seconds: f64) -> io::Result<u64> {
        let now = read(&self.path)?;
        let last = std::mem::replace(&mut self.last, now);
        if now >= last {
            return Ok(now - last);
        }
        // The counter wrapped around, which takes minutes at least, or was reset to 0, as some are when a machine is
        // suspended.
        let rest = self.range.saturating_sub(last) + now;
        let is_likely = rest as f64 / 1e6 <= MOST_WATTS * seconds.max(1.0);
        Ok(if is_likely { rest } else { 0 })
    }
}

/// The zones of each meter, those read through registers first.
fn zones(root: &Path) -> io::Result<BTreeMap<Meter, Vec<PathBuf>>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    let is_through_memory = |path: &PathBuf| path.to_string_lossy().contains("-mmio");
    paths.sort_by_key(|path| (is_through_memory(path), path.clone()));
    let name = |zone: &Path| {
        Some(
            fs::read_to_string(zone.join("name"))
                .ok()?
                .trim()
                .to_owned(),
        )
    };
    let mut zones = BTreeMap::<Meter, Vec<PathBuf>>::new();
    for zone in paths {
        // `intel-rapl:1:0` is a part of `intel-rapl:1`.
        let whole = zone.to_string_lossy().into_owned();
        let meter = match name(&zone) {
            Some(package) if package.starts_with("package") => (package, false),
            Some(part) if part == "dram" => {
                let parent = whole
                    .rsplit_once(':')
                    .map(|(parent, _)| PathBuf::from(parent));
                match parent.and_then(|parent| name(&parent)) {
                    Some(package) => (package, true),
                    None => continue,
                }
            }
            _ => continue,
        };
        zones.entry(meter).or_default().push(zone);
    }
    Ok(zones)
}

fn first_readable(zones: &[PathBuf]) -> Result<Counter, String> {
    let mut refused = None;
    for zone in zones {
        let path = zone.join("energy_uj");
        match read(&path) {
            Ok(last) => {
                let range = read(&zone.join("max_energy_range_uj")).unwrap_or(u64::from(u32::MAX));
                return Ok(Counter { path, range, last });
            }
            Err(error) => {
                let hint = if error.kind() == io::ErrorKind::PermissionDenied {
                    "; the system keeps it for the administrator"
                } else {
                    ""
                };
                refused.get_or_insert(format!("{}: {error}{hint}", path.display()));
            }
        }
    }
    Err(refused.unwrap_or_default())
}

fn read(path: &Path) -> io::Result<u64> {
    fs::read_to_string(path)?
        .trim()
        .parse()
        .map_err(|_| io::Error::other("expected a number"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    fn zone(root: &Path, name: &str, kind: &str, microjoules: u64) -> PathBuf {
        let zone = root.join(name);
        fs::create_dir_all(&zone).unwrap();
        fs::write(zone.join("name"), format!("{kind}\n")).unwrap();
        fs::write(zone.join("max_energy_range_uj"), "1000000000\n").unwrap();
        set(&zone.join("energy_uj"), microjoules);
        zone.join("energy_uj")
    }

    fn set(counter: &Path, microjoules: u64) {
        fs::write(counter, format!("{microjoules}\n")).unwrap();
    }

    #[test]
    fn packages_are_summed_even_if_a_counter_wraps_around() {
        let root = tempfile::tempdir().unwrap();
        let first = zone(root.path(), "intel-rapl:0", "package-0", 5_000_000);
        let second = zone(root.path(), "intel-rapl:1", "package-1", 999_000_000);
        let core = zone(root.path(), "intel-rapl:0:0", "core", 0);
        let mut rapl = Rapl::open(root.path()).unwrap();
        assert_eq!(rapl.joules(1.0), None, "none moves");
        set(&first, 8_000_000);
        set(&second, 1_000_000);
        set(&core, 70_000_000);
        assert_eq!(rapl.joules(1.0), Some(3.0 + 2.0));
        fs::remove_file(&first).unwrap();
        assert_eq!(rapl.joules(1.0), None);
    }

    #[test]
    fn a_package_exposed_twice_counts_once() {
        let root = tempfile::tempdir().unwrap();
        let memory_mapped = zone(root.path(), "intel-rapl-mmio:0", "package-0", 0);
        let registers = zone(root.path(), "intel-rapl:0", "package-0", 0);
        let other_die = zone(root.path(), "intel-rapl:1", "package-0-die-1", 0);
        let psys = zone(root.path(), "intel-rapl:2", "psys", 0);
        let mut rapl = Rapl::open(root.path()).unwrap();
        assert_eq!(rapl.count(), 2);
        for counter in [&memory_mapped, &registers, &other_die, &psys] {
            set(counter, 3_000_000);
        }
        assert_eq!(rapl.joules(1.0), Some(6.0));
        // Through memory if the registers cannot be read.
        fs::remove_file(&registers).unwrap();
        assert_eq!(Rapl::open(root.path()).unwrap().count(), 2);
    }

    #[test]
    fn memory_counts_once_in_addition_to_its_package() {
        let root = tempfile::tempdir().unwrap();
        zone(root.path(), "intel-rapl:0", "package-0", 0);
        zone(root.path(), "intel-rapl-mmio:0", "package-0", 0);
        let memory = zone(root.path(), "intel-rapl:0:1", "dram", 0);
        let same = zone(root.path(), "intel-rapl-mmio:0:0", "dram", 0);
        let mut rapl = Rapl::open(root.path()).unwrap();
        set(&memory, 2_000_000);
        set(&same, 2_000_000);
        assert_eq!(rapl.joules(1.0), Some(2.0));
    }

    #[test]
    fn a_reset_counter_adds_nothing() {
        let root = tempfile::tempdir().unwrap();
        let counter = zone(root.path(), "intel-rapl:0", "package-0", 500_000_000);
        let still = zone(root.path(), "intel-rapl:1", "package-1", 0);
        let range = root.path().join("intel-rapl:0/max_energy_range_uj");
        set(&range, 262_143_328_850);
        let mut rapl = Rapl::open(root.path()).unwrap();
        set(&counter, 4_000_000);
        set(&still, 1);
        // It cannot have counted from 500 J to its range of 262,143 J within a second.
        assert_eq!(rapl.joules(1.0), Some(1e-6));
        set(&counter, 5_000_000);
        assert_eq!(rapl.joules(1.0), Some(1.0));
    }

    #[test]
    fn missing_counters_are_reported() {
        let root = tempfile::tempdir().unwrap();
        let reason = |path: &Path| Rapl::open(path).unwrap_err();
        assert_eq!(
            reason(&root.path().join("none")),
            "this system has no RAPL counters"
        );
        zone(root.path(), "intel-rapl:0:0", "core", 0);
        assert!(reason(root.path()).contains("no RAPL counter of a processor package"));
        let counter = zone(root.path(), "intel-rapl:0", "package-0", 0);
        fs::write(counter, "much").unwrap();
        assert!(reason(root.path()).contains("energy_uj: expected a number"));
    }
}
