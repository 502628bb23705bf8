//! Which words are the name of a metric, and how it is written.

/// The longest name, in characters.
const LONGEST: usize = 64;

/// Words that are never metrics: what a program is, where and when it runs, how it was set up.
const NEVER: &[&str] = &[
    "at",
    "date",
    "day",
    "device",
    "elapsed",
    "eta",
    "exit_code",
    "file",
    "gpu",
    "gpus",
    "id",
    "job",
    "line",
    "local_rank",
    "local_time",
    "node",
    "pid",
    "port",
    "process",
    "rank",
    "remaining",
    "seed",
    "thread",
    "time_left",
    "timestamp",
    "total_time",
    "ts",
    "uptime",
    "v_num",
    "version",
    "worker",
    "world_size",
];

/// Ends of files and of hosts.
const ENDS: &[&str] = &[
    ".bin",
    ".c",
    ".cc",
    ".ckpt",
    ".com",
    ".cpp",
    ".csv",
    ".h5",
    ".ipynb",
    ".js",
    ".json",
    ".log",
    ".npy",
    ".npz",
    ".org",
    ".pkl",
    ".png",
    ".pt",
    ".pth",
    ".py",
    ".rs",
    ".safetensors",
    ".sh",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
];

/// Writes a name with letters, digits, `_`, `.`, `/` and `-` alone; `None` if it is no name of a metric.
pub(super) fn metric(printed: &str) -> Option<String> {
    let printed = printed.trim_matches(|c: char| c.is_whitespace() || "\"'`*.-".contains(c));
    if !printed.starts_with(char::is_alphabetic) || printed.chars().count() > LONGEST {
        return None;
    }
    let mut name = String::with_capacity(printed.len());
    for c in printed.chars() {
        if c.is_alphanumeric() || ".-/".contains(c) {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(name.trim_end_matches(['_', '/', '.', '-']).len());
    let last = name.rsplit('/').next().unwrap_or(&name);
    let is_word = |word: &&str| word.len() == last.len() && word.eq_ignore_ascii_case(last);
    let ends_with = |end: &&str| {
        let from = name.len().checked_sub(end.len());
        from.and_then(|from| name.get(from..))
            .is_some_and(|last| last.eq_ignore_ascii_case(end))
    };
    let is_never = NEVER.iter().any(is_word)
        || name.contains('.') && ENDS.iter().any(ends_with)
        || name.contains('/') && name.contains("//");
    (!is_never && !name.is_empty()).then_some(name)
}

/// Whether a number of this name is a moment: seconds or milliseconds since 1970.
pub(super) fn is_moment(name: &str, value: f64) -> bool {
    let seconds = 1e9..2.2e9;
    let mut units = [1.0, 1e3, 1e6, 1e9].iter();
    if !units.any(|unit| seconds.contains(&(value / unit))) {
        return false;
    }
    let lower = name.to_lowercase();
    ["time", "stamp", "date", "created"]
        .iter()
        .any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_conditions() {
        for (printed, name) in [
            ("d_loss", "d_loss"),
            ("D loss", "D_loss"),
            ("D(x)", "D_x"),
            ("D(G(z))", "D_G_z"),
            ("acc.", "acc"),
            ("Acc@1", "Acc_1"),
            ("val/accuracy", "val/accuracy"),
            ("'loss'", "loss"),
            ("valid_0's l2", "valid_0_s_l2"),
            ("größe", "größe"),
        ] {
            assert_eq!(metric(printed).as_deref(), Some(name), "{printed}");
        }
        for printed in [
            "",
            "12",
            "train.py",
            "ETA",
            "eta",
            "v_num",
            "/tmp/x",
            "perf/seed",
            "localhost.org",
        ] {
            assert_eq!(metric(printed), None, "{printed}");
        }
    }

    #[test]
    fn moments_are_no_metrics() {
        assert!(is_moment("timestamp", 1.7e9) && is_moment("created_at", 1.7e12));
        assert!(!is_moment("time", 0.35) && !is_moment("loss", 1.7e9));
    }
}
