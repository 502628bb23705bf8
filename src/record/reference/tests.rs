#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

/// `runs/digits` with checkpoints at steps 5, 100 and 20, and a half-written one at 999; `runs/empty` without any.
fn runs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for step in [5, 100, 20] {
        let dir = folder
            .path()
            .join(format!("digits/checkpoints/step-{step:08}"));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("generator.safetensors"), "").unwrap();
    }
    fs::create_dir_all(folder.path().join("digits/checkpoints/step-00000999")).unwrap();
    fs::create_dir_all(folder.path().join("empty/checkpoints")).unwrap();
    folder
}

#[test]
fn a_name_means_the_latest_whole_checkpoint() {
    let runs = runs();
    let found = resolve("digits", runs.path()).unwrap();
    assert_eq!((found.run.as_str(), found.step), ("digits", 100));
    assert_eq!(
        found.dir,
        runs.path().join("digits/checkpoints/step-00000100")
    );
    assert_eq!(resolve("digits@latest", runs.path()).unwrap(), found);
}

#[test]
fn a_step_picks_a_checkpoint() {
    let runs = runs();
    assert_eq!(resolve("digits@20", runs.path()).unwrap().step, 20);
    assert_eq!(resolve("digits@00000005", runs.path()).unwrap().step, 5);
}

#[test]
fn a_path_names_a_run_even_with_an_at_sign() {
    let runs = runs();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = |name: &str| runs.path().join(name).display().to_string();
    assert_eq!(
        resolve(&path("digits"), elsewhere.path()).unwrap().run,
        "digits"
    );
    fs::rename(path("digits"), path("a@7")).unwrap();
    let found = resolve(&format!("{}@20", path("a@7")), elsewhere.path()).unwrap();
    assert_eq!((found.run.as_str(), found.step), ("a@7", 20));
    assert_eq!(resolve("a@7", runs.path()).unwrap().step, 100);
}

fn state(runs: &Path, step: u64, json: &str) {
    let path = runs.join(format!("digits/checkpoints/step-{step:08}/state.json"));
    fs::write(path, json).unwrap();
}

#[test]
fn latest_means_the_highest_branch_and_best_the_best_score() {
    let runs = runs();
    let score = |badness: f64| {
        format!(r#""saved":{{"score":{{"metric":"diversity","value":1.0,"badness":{badness}}}}}"#)
    };
    state(
        runs.path(),
        100,
        &format!(r#"{{"branch":0,{}}}"#, score(0.3)),
    );
    state(
        runs.path(),
        20,
        &format!(r#"{{"branch":1,{}}}"#, score(0.2)),
    );
    state(
        runs.path(),
        5,
        &format!(r#"{{"branch":0,{}}}"#, score(0.25)),
    );
    for (reference, step) in [("digits", 20), ("digits@latest", 20), ("digits@best", 20)] {
        assert_eq!(
            resolve(reference, runs.path()).unwrap().step,
            step,
            "{reference}"
        );
    }
    state(runs.path(), 5, &format!(r#"{{"branch":0,{}}}"#, score(0.1)));
    assert_eq!(resolve("digits@best", runs.path()).unwrap().step, 5);
}

#[test]
fn the_folder_of_a_checkpoint_is_that_checkpoint() {
    let runs = runs();
    let run_dir = runs.path().join("digits");
    let dir = run_dir.join("checkpoints/step-00000020");
    let found = resolve(&dir.display().to_string(), Path::new("/nowhere")).unwrap();
    let expected = Checkpoint {
        run: "digits".to_owned(),
        run_dir,
        step: 20,
        dir,
    };
    assert_eq!(found, expected);
    // A partial checkpoint, and one outside of a run.
    let half = runs.path().join("digits/checkpoints/step-00000999");
    let lone = runs.path().join("step-00000001");
    fs::create_dir(&lone).unwrap();
    fs::write(lone.join("generator.safetensors"), "").unwrap();
    for path in [half, lone] {
        let error = resolve(&path.display().to_string(), runs.path());
        assert!(
            matches!(error, Err(ReferenceError::NotARun { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn things_other_than_runs_are_named() {
    let runs = runs();
    let file = runs.path().join("notes.txt");
    fs::write(&file, "").unwrap();
    let message = |path: &Path| {
        let resolved = resolve(&path.display().to_string(), runs.path());
        resolved.unwrap_err().to_string()
    };
    assert!(message(&file).contains("notes.txt` is a file, not a run"));
    assert!(message(Path::new("/dev/null")).contains("`/dev/null` is a device, not a run"));
}

#[test]
fn errors_list_what_exists() {
    let runs = runs();
    let message = |reference: &str| resolve(reference, runs.path()).unwrap_err().to_string();
    assert!(
        message("digit").ends_with("did you mean `digits`?"),
        "{}",
        message("digit")
    );
    assert!(message("nothing-like-it").ends_with("there are: digits, empty"));
    assert!(message("digits@7").ends_with("no checkpoint at step 7, only at 5, 20, 100"));
    assert!(
        message("digits@first")
            .contains("expected a step, `latest` or `best` after the `@`, found `first`")
    );
    let error = message("digits@best");
    assert!(
        error.starts_with("run `digits` has no best checkpoint: none of those at 5, 20, 100"),
        "{error}"
    );
    assert!(message("empty@best").starts_with("run `empty` has no checkpoint yet"));
    assert!(message("empty").starts_with("run `empty` has no checkpoint yet"));
    assert!(message("").contains("no run ``"));
    assert!(matches!(
        resolve("empty@3", runs.path()),
        Err(ReferenceError::NoCheckpoint { .. })
    ));
}

#[test]
fn long_lists_are_cut_in_the_middle() {
    let steps: Vec<u64> = (0..40).collect();
    let words = steps_in_words(&steps);
    assert!(
        words.starts_with("0, …, 29, 30") && words.ends_with("39 (40 in all)"),
        "{words}"
    );
}
