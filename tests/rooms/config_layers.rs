//! The configuration as a whole: precedence of layers, and that a written configuration reads back.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use genai_tui::config::{
    FlagValue, KEYS, Origin, Preset, RunConfig, Sources, environment_variable, preset,
    preset_about, preset_names, resolve,
};
use tempfile::TempDir;

/// A configuration file in its own folder.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

fn file(text: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.toml");
    std::fs::write(&path, text).unwrap();
    File {
        _folder: folder,
        path,
    }
}

fn set(assignments: &[&str]) -> Sources {
    Sources {
        set: assignments.iter().map(|text| (*text).to_owned()).collect(),
        ..Sources::default()
    }
}

fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn config(sources: Sources) -> RunConfig {
    resolve(sources).unwrap().config
}

fn of_preset(name: &str, assignments: &[&str]) -> Sources {
    Sources {
        preset: Some(name.to_owned()),
        ..set(assignments)
    }
}

#[test]
fn the_preset_is_the_one_named_or_the_objectives_or_the_quick_one() {
    let rate = |sources| {
        let config = config(sources);
        (config.objective, config.optimizer.g.lr)
    };
    let gan = |lr| ("gan".to_owned(), lr);
    assert_eq!(rate(Sources::default()), gan(6e-4));
    assert_eq!(rate(set(&["objective=gan"])), gan(2e-4));
    assert_eq!(rate(of_preset("gan", &[])), gan(2e-4));
    assert_eq!(rate(of_preset("quick", &["objective=gan"])), gan(6e-4));
    assert_eq!(
        rate(of_preset("quick", &["optimizer.g.lr=1e-3"])),
        gan(1e-3)
    );
    let wgan = config(of_preset("wgan", &[]));
    assert_eq!((wgan.objective.as_str(), wgan.critic.n_critic), ("wgan", 5));
    let error = resolve(of_preset("quick", &["objective=wgan"])).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("preset quick is of objective \"gan\"; found \"wgan\""),
        "{error}"
    );
}

#[test]
fn the_defaults_are_those_of_the_design() {
    let config = config(Sources::default());
    let names = [&config.objective, &config.dataset, &config.device];
    assert_eq!(names, ["gan", "auto", "auto"]);
    let sizes = (
        config.batch_size,
        config.latent_dim,
        config.threads,
        config.seed,
    );
    assert_eq!(sizes, (64, 100, 0, 0));
    let limits = (config.epochs, config.steps, config.max_time);
    assert_eq!(limits, (Some(1000), None, None));
    let (optimizer, switch) = (config.optimizer, config.switch);
    assert_eq!(
        (optimizer.d.lr, optimizer.g.beta1, config.critic.n_critic),
        (6e-4, 0.5, 1)
    );
    assert_eq!(
        (
            switch.warm_up_updates,
            switch.ramp_steps,
            switch.guard_steps
        ),
        (100, 200, 500)
    );
    let samples = config.samples;
    assert_eq!(
        (samples.count, samples.every_steps, samples.keep_every_steps),
        (64, 50, 500)
    );
    let checkpoint = config.checkpoint;
    assert_eq!(checkpoint.every_time, Duration::from_secs(30));
    assert_eq!((checkpoint.every_steps, checkpoint.keep), (0, 3));
    assert_eq!((config.events.every_batches, config.ui.fps), (10, 4));
}

#[test]
fn each_layer_overrides_weaker_ones_key_by_key() {
    let file = file(
        "objective = \"wgan\"\nbatch_size = 10\nseed = 10\nthreads = 1\n[optimizer.d]\nlr = 1\n",
    );
    let mut sources = Sources::file(&file.path);
    let origin = |sources: &Sources, key| resolve(sources.clone()).unwrap().origins[key].clone();

    let resolved = resolve(sources.clone()).unwrap();
    let settings = resolved.config.settings().unwrap();
    // A float accepts an integer; keys that the file does not set come from the preset.
    for (key, value) in [("optimizer.d.lr", "1.0"), ("optimizer.g.lr", "5e-5")] {
        assert!(settings.contains(&(key, value.to_owned())), "{settings:?}");
    }
    let line_6 = Origin::File {
        path: file.path.clone(),
        line: 6,
    };
    assert_eq!(resolved.origins["optimizer.d.lr"], line_6);
    assert_eq!(
        resolved.origins["optimizer.g.lr"],
        Origin::Preset("wgan".into())
    );
    assert_eq!(resolved.origins["latent_dim"], Origin::BuiltIn);

    sources.environment = environment(&[
        ("GENAI_TUI_OPTIMIZER__D__LR", "2e-4"),
        ("GENAI_TUI_BATCH_SIZE", "20"),
        ("GENAI_TUI_SEED", "20"),
        ("GENAI_TUI_DATA_DIR", ""),
        ("HOME", "/nowhere"),
    ]);
    let variable = Origin::Environment("GENAI_TUI_BATCH_SIZE".into());
    assert_eq!(origin(&sources, "batch_size"), variable);
    assert_eq!(
        config(sources.clone()).data_dir,
        None,
        "set to nothing is not set"
    );

    sources.set = vec!["batch_size=30".into(), "seed=29".into(), "seed = 30".into()];
    assert_eq!(origin(&sources, "seed"), Origin::Set);
    assert_eq!(config(sources.clone()).seed, 30);

    sources.flags = vec![FlagValue {
        flag: "--seed",
        key: "seed",
        value: 40.into(),
    }];
    assert_eq!(origin(&sources, "seed"), Origin::Flag("--seed"));

    let config = config(sources);
    let found = (
        config.threads,
        config.optimizer.d.lr,
        config.batch_size,
        config.seed,
    );
    assert_eq!(found, (1, 2e-4, 30, 40));
}

#[test]
fn the_strongest_layer_that_names_an_objective_picks_the_preset() {
    let file = file("objective = \"wgan\"\n");
    let mut sources = Sources::file(&file.path);
    assert_eq!(
        config(sources.clone()).critic,
        preset("wgan").unwrap().critic
    );
    sources.environment = environment(&[("GENAI_TUI_OBJECTIVE", "lsgan")]);
    assert_eq!(
        config(sources.clone()).optimizer,
        preset("lsgan").unwrap().optimizer
    );
    sources.set = vec!["objective=wgan-gp".into()];
    assert_eq!(config(sources).critic, preset("wgan-gp").unwrap().critic);
}

#[test]
fn any_key_can_be_set_by_its_variable() {
    for (name, key, value) in [
        ("GENAI_TUI_DATA_DIR", "data_dir", "/data"),
        ("GENAI_TUI_AT", "at", "5:note a, b"),
        ("GENAI_TUI_MAX_TIME", "max_time", "30s"),
        (
            "GENAI_TUI_OPTIMIZER__G__KIND",
            "optimizer.g.kind",
            "rmsprop",
        ),
        (
            "GENAI_TUI_SWITCH__WARM_UP_UPDATES",
            "switch.warm_up_updates",
            "7",
        ),
    ] {
        assert_eq!(environment_variable(key), name);
        let environment = environment(&[(name, value)]);
        let config = config(Sources {
            environment,
            ..Sources::default()
        });
        let settings = config.settings().unwrap();
        assert!(
            settings.contains(&(key, value.to_owned())),
            "{name}: {settings:?}"
        );
    }
}

#[test]
fn steps_and_epochs_replace_each_other_from_weaker_layers() {
    let limits = |sources| {
        let config = config(sources);
        (
            config.epochs,
            config.steps,
            config.max_time.map(|time| time.as_secs()),
        )
    };
    assert_eq!(limits(set(&["steps=5"])), (None, Some(5), None));
    assert_eq!(limits(set(&["max_time=1m"])), (None, None, Some(60)));
    assert_eq!(
        limits(set(&["epochs=2", "max_time=1m"])),
        (Some(2), None, Some(60))
    );
    let both = limits(set(&["epochs=2", "steps=5"]));
    assert_eq!(
        both,
        (Some(2), Some(5), None),
        "one layer that names both means both"
    );

    let file = file("epochs = 3\nmax_time = \"1h\"\n");
    assert_eq!(
        limits(Sources::file(&file.path)),
        (Some(3), None, Some(3600))
    );
    let sources = Sources {
        set: vec!["steps=5".into()],
        ..Sources::file(&file.path)
    };
    assert_eq!(limits(sources.clone()), (None, Some(5), Some(3600)));
    let flags = vec![FlagValue {
        flag: "--epochs",
        key: "epochs",
        value: 7.into(),
    }];
    assert_eq!(
        limits(Sources { flags, ..sources }),
        (Some(7), None, Some(3600))
    );
}

#[test]
fn a_value_may_be_quoted_or_bare() {
    assert_eq!(config(set(&["dataset=\"a b\""])).dataset, "a b");
    assert_eq!(config(set(&["dataset=a=b"])).dataset, "a=b");
    assert_eq!(config(set(&["at=1:pause"])).at.len(), 1);
    assert_eq!(config(set(&["at=[\"1:pause\", \"2:stop\"]"])).at.len(), 2);
}

#[test]
fn a_written_configuration_reads_back_equal() {
    let everything = [
        "objective=wgan-gp",
        "dataset=/data/\"odd\" name\\x",
        "data_dir=/some where",
        "device=cuda:3",
        "threads=2",
        "seed=9223372036854775807",
        "epochs=3",
        "steps=100",
        "max_time=1h 30m 1.5s",
        r#"at=["5:lr d *1.25", "6:note it's \"fine\"", "7:loss wgan"]"#,
        "optimizer.d.lr=0.000012345678901234567",
        "optimizer.g.eps=1e-300",
        "optimizer.g.lr=1e-20",
        "critic.gp_weight=3",
        "checkpoint.every_time=0s",
        "samples.keep_every_steps=0",
    ];
    for assignments in [
        &everything[..],
        &everything[..1],
        &["steps=5"],
        &["max_time=250ms"],
        &[],
    ] {
        let resolved = resolve(set(assignments)).unwrap();
        let plain = resolved.config.to_toml().unwrap();
        for text in [plain, resolved.to_toml_with_origins().unwrap()] {
            let file = file(&text);
            assert_eq!(config(Sources::file(&file.path)), resolved.config, "{text}");
        }
    }
}

#[test]
fn the_written_form_explains_every_key() {
    let text = resolve(set(&["seed=3"]))
        .unwrap()
        .to_toml_with_origins()
        .unwrap();
    for says in [
        "# Real images per update of D (a whole number from 1 to 65536)\nbatch_size = 64  # built-in default\n",
        "seed = 3  # --set\n",
        "# steps is not set\n",
        "\n# The optimizer of the discriminator, or a VAE's encoder.\n[optimizer.d]\n",
        "eps = 1e-8  # preset quick\n",
    ] {
        assert!(text.contains(says), "{says} is not in\n{text}");
    }
    for key in KEYS {
        assert!(
            text.contains(&format!("# {} (", key.about)),
            "{} is not in\n{text}",
            key.name
        );
    }
}

#[test]
fn settings_are_flat_and_plain() {
    let config = config(set(&[
        "at=[\"5:pause\", \"6:stop\"]",
        "dataset=mnist",
        "steps=7",
    ]));
    let settings = config.settings().unwrap();
    for (key, value) in [
        ("dataset", "mnist"),
        ("at", "5:pause, 6:stop"),
        ("steps", "7"),
        ("optimizer.d.eps", "1e-8"),
    ] {
        assert!(
            settings.contains(&(key, value.to_owned())),
            "{key}: {settings:?}"
        );
    }
    assert!(!settings.iter().any(|(key, _)| *key == "epochs"));
}

#[test]
fn every_preset_works_as_a_configuration_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let entries = std::fs::read_dir(folder).unwrap();
    let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(
        files.len(),
        preset_names().count(),
        "the table has every file of configs/: {files:?}"
    );
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut table: toml::Table = text.parse().unwrap();
        // The size of a network is not a setting that a switch can load.
        table.remove("latent_dim");
        let read: Preset = table.try_into().unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        // The default of the key `objective` is what a run without one trains.
        let default = config(Sources::default()).objective;
        let is_own = name == read.objective;
        assert!(is_own || (name, &read.objective) == ("quick", &default));
        assert_eq!(preset(name).as_ref(), Some(&read));
        assert!(
            preset_about(name).is_some_and(|about| about.len() > 20),
            "{name}"
        );

        let from_file = config(Sources::file(&path));
        assert_eq!(
            (&from_file.critic, &from_file.optimizer),
            (&read.critic, &read.optimizer)
        );
        assert_eq!(from_file, config(of_preset(name, &[])));
    }
}
