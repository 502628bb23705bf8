//! Names of runs: the default one, and which a person may give. A name is one folder below `runs/`.

use jiff::civil::DateTime;

/// Longest name, in bytes: file systems take 255, and temporary names need some of them.
const LONGEST: usize = 200;

/// The default name of a run: what it trains, on what, and when it began, as in `gan-mnist-20261123-221530`.
///
/// `time` is what the clock on the wall shows. Runs begun within one second share a name: who makes the directory must
/// tell them apart.
#[must_use]
pub fn default_run_name(objective: &str, dataset: &str, time: DateTime) -> String {
    let time = time.strftime("%Y%m%d-%H%M%S");
    // What `auto` will come to is not known yet.
    match dataset {
        "auto" => format!("{objective}-{time}"),
        _ => format!("{objective}-{}-{time}", slug(dataset)),
    }
}

/// Accepts a name for a run.
///
/// # Errors
/// What was expected and what was found.
pub fn check_run_name(name: &str) -> Result<(), String> {
    let problem = if name.trim().is_empty() {
        "found nothing".to_owned()
    } else if name == "." || name == ".." {
        format!("`{name}` is a folder that exists already")
    } else if name.len() > LONGEST {
        format!("found {} bytes, more than {LONGEST}", name.len())
    } else if let Some(bad) = name.chars().find(|c| "/\\@".contains(*c) || c.is_control()) {
        format!("found {bad:?} in {name:?}")
    } else if name.starts_with('-') || name.trim() != name {
        format!("{name:?} begins with a dash, or has a space at an end")
    } else {
        return Ok(());
    };
    Err(format!(
        "expected a name for a folder below runs/, without slashes and `@` (--run-dir takes a path); {problem}"
    ))
}

/// A dataset's name, or the last part of its path, as part of a file name: letters, digits, `-`, `_`, `.`.
fn slug(dataset: &str) -> String {
    const LONGEST: usize = 40;
    let last = dataset
        .trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default();
    let last = last.strip_suffix(".gz").unwrap_or(last);
    let mut slug = String::new();
    for c in last.chars().take(LONGEST) {
        let c = if c.is_ascii_alphanumeric() || "_.".contains(c) {
            c.to_ascii_lowercase()
        } else {
            '-'
        };
        if c != '-' || !slug.ends_with('-') {
            slug.push(c);
        }
    }
    let slug = slug.trim_matches(['-', '.']);
    if slug.is_empty() {
        "data".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_default_name_has_objective_dataset_and_time() {
        let time = date(2026, 11, 23).at(22, 15, 30, 0);
        for (dataset, expected) in [
            ("mnist", "gan-mnist-20261123-221530"),
            (
                "/data/My Digits/train images--idx3-ubyte.gz",
                "gan-train-images-idx3-ubyte-20261123-221530",
            ),
            (r"C:\data\digits.idx", "gan-digits.idx-20261123-221530"),
            ("folder/", "gan-folder-20261123-221530"),
            ("../..", "gan-data-20261123-221530"),
            ("数字@é", "gan-data-20261123-221530"),
        ] {
            let name = default_run_name("gan", dataset, time);
            assert_eq!(name, expected);
            assert_eq!(check_run_name(&name), Ok(()));
        }
        let long = default_run_name("wgan-gp", &"x".repeat(300), time);
        assert_eq!(check_run_name(&long), Ok(()), "{long}");
    }

    #[test]
    fn a_name_is_one_folder() {
        for name in ["first", "gan 2", "über.1", "..."] {
            assert_eq!(check_run_name(name), Ok(()), "{name}");
        }
        for (name, found) in [
            ("", "found nothing"),
            ("  ", "found nothing"),
            (".", "`.` is a folder"),
            ("..", "`..` is a folder"),
            ("a/b", "found '/'"),
            (r"a\b", r"found '\\'"),
            ("run@best", "found '@'"),
            ("a\nb", r"found '\n'"),
            ("-x", "begins with a dash"),
            ("x ", "space at an end"),
            (&"x".repeat(201), "found 201 bytes"),
        ] {
            let problem = check_run_name(name).err().unwrap_or_default();
            assert!(
                problem.starts_with("expected a name") && problem.contains(found),
                "{name:?}: {problem}"
            );
        }
    }
}
