//! Tells the program from which commit and for which machine it is built.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=GENAI_TUI_TARGET={target}");
    println!(
        "cargo::rustc-env=GENAI_TUI_COMMIT={}",
        commit().unwrap_or_else(|| "unknown".to_owned())
    );
}

/// The commit of a release build: that of the checkout, or the one that a package was made from. A debug build would be
/// compiled anew after each commit, so it names none.
fn commit() -> Option<String> {
    if std::env::var("PROFILE").ok()? != "release" {
        return Some("not recorded in a debug build".to_owned());
    }
    let packaged = Path::new(".cargo_vcs_info.json");
    if packaged.is_file() {
        let info = std::fs::read_to_string(packaged).ok()?;
        let hash = info.split("\"sha1\": \"").nth(1)?.split('"').next()?;
        return Some(hash.chars().take(12).collect());
    }
    // Not that of a repository which this folder merely lies in.
    Path::new(".git").exists().then_some(())?;
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    let hash = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() {
        hash
    } else {
        format!("{hash}, with changes")
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
