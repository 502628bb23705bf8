//! Location of unit tests: at the end of their file while they are short, otherwise in `tests.rs` in the module's
//! folder.

use std::fs;
use std::path::{Path, PathBuf};

/// Maximum lines of a test module at the end of its file.
const INLINE: usize = 130;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn unit_tests_are_where_the_convention_says() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 300, "the sources were found");
    let mut wrong = Vec::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display();
        if text
            .lines()
            .any(|line| line.trim_start().starts_with("#[path"))
        {
            wrong.push(format!(
                "{name}: a module is where its name says, without #[path]"
            ));
        }
        if path
            .file_stem()
            .is_some_and(|stem| stem.to_string_lossy().ends_with("_tests"))
        {
            wrong.push(format!("{name}: tests of x.rs are x/tests.rs"));
        }
        let inline = text
            .lines()
            .skip_while(|line| *line != "mod tests {")
            .count();
        if inline > INLINE {
            wrong.push(format!(
                "{name}: {inline} lines of tests are a file of their own"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
