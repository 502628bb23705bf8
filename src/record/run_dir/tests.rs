#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use super::*;

fn refusal(path: &Path) -> String {
    let error = RunDir::create(path).unwrap_err().to_string();
    assert_eq!(RunDir::check_free(path).unwrap_err().to_string(), error);
    error
}

#[test]
fn a_new_directory_gets_its_folders_and_is_locked_while_it_is_held() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("runs/deep/first");
    RunDir::check_free(&path).unwrap();
    assert!(!path.exists());
    let dir = RunDir::create(&path).unwrap();
    assert!(dir.checkpoints().is_dir() && dir.samples().is_dir() && path.join("lock").is_file());
    let error = refusal(&path);
    assert!(
        error.contains("a run that is still running") && error.contains("--run-dir"),
        "{error}"
    );
    drop(dir);
    assert!(!path.join("lock").exists());
}

#[test]
fn a_failed_start_leaves_its_directory_usable() {
    let root = tempfile::tempdir().unwrap();
    drop(RunDir::create(root.path()).unwrap());
    drop(RunDir::create(root.path()).unwrap());
}

#[test]
fn leftovers_of_a_host_or_a_crash_are_not_foreign_files() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("control")).unwrap();
    for file in ["control/socket", "host.log", ".lock-x.tmp", ".lock-stale-7"] {
        fs::write(root.path().join(file), "").unwrap();
    }
    drop(RunDir::create(root.path()).unwrap());
    fs::write(root.path().join("config.toml"), "").unwrap();
    let error = refusal(root.path());
    assert!(error.contains("(found config.toml)"), "{error}");
}

#[test]
fn a_run_is_continued_by_one_process_at_a_time() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a");
    let refusal = |path: &Path| RunDir::open(path).unwrap_err().to_string();
    let error = refusal(&path);
    assert!(
        error.contains("holds no run (found no such directory)"),
        "{error}"
    );
    drop(RunDir::create(&path).unwrap());
    let error = refusal(&path);
    assert!(
        error.contains("(found `checkpoints` and 1 more)"),
        "{error}"
    );
    fs::write(path.join("config.toml"), "seed = 1\n").unwrap();
    fs::write(path.join("summary.json"), "{}").unwrap();
    let dir = RunDir::open(&path).unwrap();
    assert_eq!(dir.took_over(), None);
    dir.beat().unwrap();
    let error = refusal(&path);
    assert!(
        error.contains("is still running (process ") && error.contains("`genai-tui attach`"),
        "{error}"
    );
    dir.remove_summary().unwrap();
    dir.remove_summary().unwrap();
    assert!(!dir.summary().exists() && dir.config().is_file());
    drop(dir);
    fs::write(path.join("lock"), "{").unwrap();
    let error = refusal(&path);
    assert!(error.contains("lock that cannot be read"), "{error}");
}

#[test]
fn a_directory_with_a_run_is_refused_with_what_was_found() {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::create(root.path()).unwrap();
    dir.write_config("seed = 1\n").unwrap();
    fs::create_dir(dir.checkpoints().join("step-00000001")).unwrap();
    drop(dir);
    let error = refusal(root.path());
    assert!(
        error.contains("already holds a run (found config.toml, 1 checkpoint)"),
        "{error}"
    );
    assert!(
        error.contains("--name") && error.contains("--run-dir"),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(root.path().join("config.toml")).unwrap(),
        "seed = 1\n"
    );
}

#[test]
fn unrelated_files_do_not_matter_and_are_kept() {
    let root = tempfile::tempdir().unwrap();
    for file in ["slurm-1.out", ".gitkeep", ".nfs0001", "nohup.out", "notes~"] {
        fs::write(root.path().join(file), "mine").unwrap();
    }
    fs::create_dir(root.path().join("lost+found")).unwrap();
    RunDir::check_free(root.path()).unwrap();
    RunDir::create(root.path()).unwrap().discard();
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 6);
    fs::create_dir(root.path().join("samples")).unwrap();
    fs::write(root.path().join("samples/step-00000000.png"), "mine").unwrap();
    let error = refusal(root.path());
    assert!(error.contains("(found 1 file of samples)"), "{error}");
}

#[test]
fn concurrent_starts_with_one_name_get_different_ones() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("runs/gan");
    let names: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| RunDir::create_next(&path).unwrap()))
            .collect();
        let dirs: Vec<_> = starts.into_iter().map(|s| s.join().unwrap()).collect();
        dirs.iter().map(RunDir::path).collect()
    });
    assert_eq!(names.len(), 8);
    assert!(names.contains(&path) && names.contains(&root.path().join("runs/gan-8")));
}

#[test]
fn an_interrupted_start_is_moved_aside_unless_it_has_a_checkpoint() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path();
    let dir = RunDir::hold(path).unwrap();
    assert_eq!(dir.begin_again().unwrap(), None);
    for file in ["config.toml", "events.jsonl", "notes", "samples/a.png"] {
        fs::write(path.join(file), "old").unwrap();
    }
    assert!(dir.begin().is_err());
    for number in ["cut-off-1", "cut-off-2"] {
        fs::write(path.join("config.toml"), "old").unwrap();
        assert_eq!(dir.begin_again().unwrap().as_deref(), Some(number));
        dir.begin().unwrap();
    }
    assert!(path.join("cut-off-1/samples/a.png").exists() && path.join("notes").exists());
    fs::create_dir(dir.checkpoints().join("step-00000001")).unwrap();
    assert!(matches!(
        dir.begin_again(),
        Err(RecordError::ExistingRun { .. })
    ));
}

#[test]
fn a_file_in_the_way_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("run")] {
        let error = refusal(&path);
        assert!(
            error.starts_with(&format!("{} is not a directory", file.display())),
            "{error}"
        );
    }
}

#[test]
fn what_a_killed_process_had_begun_to_write_goes_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let dir = RunDir::create(root.path()).unwrap();
    let path = |name: &str| root.path().join(name);
    let drafts = [".lock-AbC123.tmp", ".draft-x.tmp", "samples/.draft-y.tmp"];
    let others = [
        ".x1y2z3.tmp",
        "draft-x.tmp",
        ".draft-notes",
        "samples/step-00000004.png",
    ];
    for name in drafts.iter().chain(&others) {
        fs::write(path(name), "half").unwrap();
    }
    // Another process had this lock aside for a moment: it is about to put it back.
    fs::copy(path("lock"), path(".lock-DeF456.tmp")).unwrap();
    fs::create_dir(path(".lock-folder.tmp")).unwrap();
    dir.tidy();
    assert!(drafts.iter().all(|name| !path(name).exists()));
    let kept = [
        &others[..],
        &[".lock-DeF456.tmp", ".lock-folder.tmp", "lock"],
    ]
    .concat();
    assert!(kept.iter().all(|name| path(name).exists()));
}
