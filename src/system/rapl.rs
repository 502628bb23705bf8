//! The energy counters of Intel's and AMD's processors (RAPL), as Linux shows them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The counters of all processor packages.
#[derive(Debug)]
pub struct Rapl {
    packages: Vec<Package>,
}

#[derive(Debug)]
struct Package {
    counter: PathBuf,
    /// Microjoules at which the counter begins again.
    range: u64,
    last: u64,
}

impl Rapl {
    /// The counters below `root`. Sub-domains (cores, memory) are part of a package, so only packages count.
    ///
    /// # Errors
    /// Why there is nothing to read, for a person.
    pub fn open(root: &Path) -> Result<Self, String> {
        let zones =
            fs::read_dir(root).map_err(|_| "this system has no RAPL counters".to_owned())?;
        let mut packages = Vec::new();
        for zone in zones.flatten().map(|entry| entry.path()) {
            let is_package =
                fs::read_to_string(zone.join("name")).is_ok_and(|name| name.starts_with("package"));
            if !is_package {
                continue;
            }
            let counter = zone.join("energy_uj");
            let last = read(&counter).map_err(|error| {
                let hint = if error.kind() == io::ErrorKind::PermissionDenied {
                    "; the system keeps it for the administrator"
                } else {
                    ""
                };
                format!("{}: {error}{hint}", counter.display())
            })?;
            let range = read(&zone.join("max_energy_range_uj")).unwrap_or(u64::from(u32::MAX));
            packages.push(Package {
                counter,
                range,
                last,
            });
        }
        if packages.is_empty() {
            return Err("this system shows no RAPL counter of a processor package".to_owned());
        }
        Ok(Self { packages })
    }

    /// Joules since the last call; none if a counter cannot be read any more.
    pub fn joules(&mut self) -> Option<f64> {
        let mut sum = 0;
        for package in &mut self.packages {
            let now = read(&package.counter).ok()?;
            sum += if now >= package.last {
                now - package.last
            } else {
                // It began again, once: that takes minutes at the least.
                (package.range - package.last.min(package.range)) + now
            };
            package.last = now;
        }
        Some(sum as f64 / 1e6)
    }
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
        fs::write(zone.join("energy_uj"), format!("{microjoules}\n")).unwrap();
        zone.join("energy_uj")
    }

    #[test]
    fn packages_are_added_up_also_where_a_counter_begins_again() {
        let root = tempfile::tempdir().unwrap();
        let first = zone(root.path(), "intel-rapl:0", "package-0", 5_000_000);
        let second = zone(root.path(), "intel-rapl:1", "package-1", 999_000_000);
        let core = zone(root.path(), "intel-rapl:0:0", "core", 0);
        let mut rapl = Rapl::open(root.path()).unwrap();
        assert_eq!(rapl.joules(), Some(0.0));
        for (counter, now) in [
            (&first, 8_000_000),
            (&second, 1_000_000),
            (&core, 70_000_000),
        ] {
            fs::write(counter, format!("{now}\n")).unwrap();
        }
        assert_eq!(rapl.joules(), Some(3.0 + 2.0));
        fs::remove_file(&first).unwrap();
        assert_eq!(rapl.joules(), None);
    }

    #[test]
    fn what_is_missing_is_said() {
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
