//! The cgroup limits of this process: memory and CPU time.
//!
//! A limit applies to all groups below it, so the tightest limit between this process's group and the root counts. In a
//! container the hierarchy starts at the container's own group, and groups above are not visible. Version 1 has one
//! hierarchy per resource, version 2 a single one; a machine may have both.

use std::fs;
use std::path::{Path, PathBuf};

/// From this number of bytes on there is no limit: version 1 reports a value near 2⁶³ for none.
const NO_LIMIT: u64 = 1 << 60;

/// The groups of this process, as far as visible.
#[derive(Debug, Clone, Default)]
pub(super) struct Cgroup {
    memory: Option<Tree>,
    cpu: Option<Tree>,
}

/// The group of one resource.
#[derive(Debug, Clone)]
struct Tree {
    /// Mount point of the hierarchy's root.
    top: PathBuf,
    /// The group's folder, below it.
    leaf: PathBuf,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Memory limit and use of a group, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit {
    /// The limit.
    pub limit: u64,
    /// Memory in use, without what can be reclaimed at once: inactive file cache.
    pub used: u64,
}

impl MemoryLimit {
    /// The memory limit of this process, if its groups have one.
    #[must_use]
    pub fn here() -> Option<Self> {
        Cgroup::of(Path::new("/")).memory()
    }
}

impl Cgroup {
    /// The groups of this process, as the system below `root` shows them.
    pub fn of(root: &Path) -> Self {
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
        let (groups, mounts) = (read("proc/self/cgroup"), read("proc/self/mountinfo"));
        let tree = |controller| tree(root, &groups, &mounts, controller);
        Self {
            memory: tree("memory"),
            cpu: tree("cpu"),
        }
    }

    /// The tightest memory limit and the use of its group; `None` if there is no limit.
    pub fn memory(&self) -> Option<MemoryLimit> {
        let tree = self.memory.as_ref()?;
        let (limit, group) = tree
            .up()
            .filter_map(|group| Some((tree.memory_limit(group)?, group)))
            .min_by_key(|(limit, _)| *limit)?;
        Some(MemoryLimit {
            limit,
            used: tree.memory_used(group).unwrap_or(0).min(limit),
        })
    }

    /// The tightest CPU quota, in processors.
    pub fn quota(&self) -> Option<f64> {
        let tree = self.cpu.as_ref()?;
        tree.up()
            .filter_map(|group| tree.quota(group))
            .min_by(f64::total_cmp)
    }
}

impl Tree {
    /// The group and all its ancestors.
    fn up(&self) -> impl Iterator<Item = &Path> {
        self.leaf
            .ancestors()
            .take_while(|group| group.starts_with(&self.top))
    }

    fn memory_limit(&self, group: &Path) -> Option<u64> {
        let file = match self.version {
            Version::One => "memory.limit_in_bytes",
            Version::Two => "memory.max",
        };
        number(&group.join(file)).filter(|limit| (1..NO_LIMIT).contains(limit))
    }

    fn memory_used(&self, group: &Path) -> Option<u64> {
        let (file, reclaimable) = match self.version {
            Version::One => ("memory.usage_in_bytes", "total_inactive_file "),
            Version::Two => ("memory.current", "inactive_file "),
        };
        let used = number(&group.join(file))?;
        let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
        let idle = stat
            .lines()
            .find_map(|line| line.strip_prefix(reclaimable)?.trim().parse().ok());
        Some(used.saturating_sub(idle.unwrap_or(0)))
    }

    fn quota(&self, group: &Path) -> Option<f64> {
        let (quota, period) = match self.version {
            Version::One => (
                number(&group.join("cpu.cfs_quota_us"))?,
                number(&group.join("cpu.cfs_period_us"))?,
            ),
            Version::Two => {
                let text = fs::read_to_string(group.join("cpu.max")).ok()?;
                let (quota, period) = text.trim().split_once(' ')?;
                (quota.parse().ok()?, period.parse().ok()?)
            }
        };
        (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
    }
}

/// Reads a file with one number; `None` for `max` and -1.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The group that limits a resource. If both versions are mounted, version 1 has the active controllers.
fn tree(root: &Path, groups: &str, mounts: &str, controller: &str) -> Option<Tree> {
    let group = |is_it: &dyn Fn(&str, &str) -> bool| {
        groups.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':');
            let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            is_it(number, controllers).then(|| path.to_owned())
        })
    };
    let has = |list: &str| list.split(',').any(|c| c == controller);
    let one = || {
        let path = group(&|_, controllers| has(controllers))?;
        let mount = mount(mounts, |kind, options| kind == "cgroup" && has(options))?;
        Some((path, mount, Version::One))
    };
    let two = || {
        let path = group(&|number, controllers| number == "0" && controllers.is_empty())?;
        let mount = mount(mounts, |kind, _| kind == "cgroup2")?;
        Some((path, mount, Version::Two))
    };
    let (path, (mounted, point), version) = one().or_else(two)?;
    let top = root.join(point.strip_prefix('/').unwrap_or(&point));
    // The mount may start below the hierarchy's root. A path outside of it belongs to another namespace.
    let below = Path::new(&path).strip_prefix(&mounted).ok();
    let leaf = below.map_or_else(|| top.clone(), |below| top.join(below));
    let leaf = if leaf.is_dir() { leaf } else { top.clone() };
    Some(Tree { top, leaf, version })
}

/// Root and mount point of the first file system whose type and options satisfy `is_it`.
fn mount(mounts: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<(String, String)> {
    mounts.lines().find_map(|line| {
        let (mount, system) = line.split_once(" - ")?;
        let mut system = system.split(' ');
        let (kind, _, options) = (system.next()?, system.next()?, system.next()?);
        let mut mount = mount.split(' ').skip(3);
        let (mounted, point) = (mount.next()?, mount.next()?);
        is_it(kind, options).then(|| (unescaped(mounted), unescaped(point)))
    })
}

/// Spaces in paths are escaped in octal.
fn unescaped(path: &str) -> String {
    path.replace(r"\040", " ")
        .replace(r"\011", "\t")
        .replace(r"\134", r"\")
}

#[cfg(test)]
mod tests;
