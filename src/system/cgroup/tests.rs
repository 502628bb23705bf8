#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use super::*;

/// A system with these files.
fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    }
    root
}

const TWO: &str = "31 24 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";

#[test]
fn the_tightest_limit_up_the_tree_counts() {
    let root = system(&[
        ("proc/self/cgroup", "0::/pods/pod1/main"),
        ("proc/self/mountinfo", TWO),
        ("sys/fs/cgroup/pods/memory.max", "max"),
        ("sys/fs/cgroup/pods/pod1/memory.max", "2000000000"),
        ("sys/fs/cgroup/pods/pod1/memory.current", "900000000"),
        (
            "sys/fs/cgroup/pods/pod1/memory.stat",
            "anon 1\ninactive_file 100000000\nactive_file 5",
        ),
        ("sys/fs/cgroup/pods/pod1/main/memory.max", "3000000000"),
        ("sys/fs/cgroup/pods/pod1/main/memory.current", "7"),
        ("sys/fs/cgroup/pods/cpu.max", "800000 100000"),
        ("sys/fs/cgroup/pods/pod1/cpu.max", "150000 100000"),
        ("sys/fs/cgroup/pods/pod1/main/cpu.max", "max 100000"),
    ]);
    let group = Cgroup::of(root.path());
    let expected = MemoryLimit {
        limit: 2_000_000_000,
        used: 800_000_000,
    };
    assert_eq!(group.memory(), Some(expected));
    assert_eq!(group.quota(), Some(1.5));
}

#[test]
fn version_1_has_a_tree_for_each_resource_and_minus_1_means_no_quota() {
    let root = system(&[
        (
            "proc/self/cgroup",
            "9:memory:/a/b\n5:cpu,cpuacct:/a\n1:name=systemd:/x\n0::/x",
        ),
        (
            "proc/self/mountinfo",
            "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
             32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
             33 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
             34 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
        ),
        (
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
            "9223372036854771712",
        ),
        ("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "500000000"),
        ("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "600000000"),
        (
            "sys/fs/cgroup/memory/a/memory.stat",
            "inactive_file 1\ntotal_inactive_file 2",
        ),
        (
            "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
            "9223372036854771712",
        ),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"),
        ("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1"),
        ("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000"),
    ]);
    let group = Cgroup::of(root.path());
    let expected = MemoryLimit {
        limit: 500_000_000,
        used: 500_000_000,
    };
    assert_eq!(group.memory(), Some(expected));
    assert_eq!(group.quota(), None);
}

#[test]
fn in_a_container_the_tree_begins_at_its_own_group() {
    // Without a namespace of groups: the path is the host's, and so is what is mounted.
    let root = system(&[
        (
            "proc/self/cgroup",
            "4:memory:/docker/1a2b\n3:cpu:/docker/1a2b",
        ),
        (
            "proc/self/mountinfo",
            "33 31 0:32 /docker/1a2b /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
             34 31 0:33 /elsewhere /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu",
        ),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000"),
        ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000"),
        ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
    ]);
    let group = Cgroup::of(root.path());
    assert_eq!(
        group.memory(),
        Some(MemoryLimit {
            limit: 1000,
            used: 0
        })
    );
    assert_eq!(group.quota(), Some(0.5));
}

#[test]
fn without_groups_there_are_no_limits() {
    let group = Cgroup::of(system(&[]).path());
    assert_eq!((group.memory(), group.quota()), (None, None));
}
