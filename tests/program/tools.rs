//! The small commands: `config`, `completions`, `doctor`, `data`, and help.

use std::fs;

use crate::workbench::{Bench, Done};

fn good(bench: &Bench, arguments: &[&str]) -> Done {
    let done = bench.run(arguments);
    assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
    assert!(!done.out.is_empty(), "{arguments:?}");
    done
}

#[test]
fn config_prints_a_valid_configuration() {
    let bench = Bench::new();
    let printed = good(&bench, &["config", "--objective", "wgan-gp", "--seed", "9"]).out;
    fs::write(bench.path("run.toml"), &printed).unwrap();
    assert_eq!(
        good(&bench, &["config", "--config", "run.toml"]).out,
        printed
    );
    let json = good(
        &bench,
        &["config", "--config", "run.toml", "--format", "json"],
    );
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["config"]["critic"]["n_critic"], 5);
    assert_eq!(json["config"]["seed"], 9);
}

#[test]
fn doctor_describes_the_system() {
    let bench = Bench::new();
    let json = good(&bench, &["doctor", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(found.is_object(), "{found}");
    let text = good(&bench, &["doctor"]).out;
    for word in ["device", "terminal", "mnist"] {
        assert!(text.to_lowercase().contains(word), "no {word}: {text}");
    }
}

#[test]
fn data_lists_every_dataset_and_missing_files() {
    let bench = Bench::new();
    let text = good(&bench, &["data", "list"]).out;
    for name in ["mnist", "fashion-mnist", "digits"] {
        assert!(
            text.lines().any(|l| l.starts_with(name)),
            "no {name}: {text}"
        );
    }
    assert!(text.contains("built in") && text.contains("genai-tui data fetch mnist"));
    let shown = good(&bench, &["data", "show", "digits", "--count", "3"]).out;
    assert!(shown.contains("20000 + 2000 images"), "{shown}");
    let elsewhere = good(&bench, &["data", "list", "--data-dir", "elsewhere"]).out;
    assert!(elsewhere.contains("elsewhere"), "{elsewhere}");
    // At least a row of labels and seven rows of ink.
    assert!(shown.lines().count() >= 8, "{shown}");
}

#[test]
fn completions_and_help_know_the_flags() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = good(&bench, &["completions", shell]).out;
        assert!(
            script.contains("objective") && script.contains("wgan-gp"),
            "{shell}"
        );
    }
    assert!(good(&bench, &["--help"]).out.contains("Exit codes"));
    let version = good(&bench, &["--version"]).out;
    assert!(version.starts_with("genai-tui "));
    for part in ["commit:", "target:", "features:", "vectors:"] {
        assert!(version.contains(part), "{version}");
    }
    assert_eq!(good(&bench, &["-V"]).out.lines().count(), 1);
}

#[test]
fn manual_pages_are_printed_and_installed() {
    let bench = Bench::new();
    let page = good(&bench, &["man"]).out;
    assert!(page.contains(".TH genai-tui 1"), "{page}");
    assert!(good(&bench, &["man", "eval"]).out.contains("FID"));
    let wrong = bench.run(&["man", "evil"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.err.contains("`evil`") && wrong.err.contains("eval"),
        "{}",
        wrong.err
    );
    assert_eq!(bench.run(&["man", "--dir", "man1"]).code, Some(0));
    for name in ["genai-tui.1", "genai-tui-eval.1"] {
        assert!(bench.path("man1").join(name).is_file(), "{name}");
    }
}

#[test]
fn a_benchmark_has_the_same_losses_with_narrower_vectors_and_shares_that_add_up() {
    let bench = Bench::new();
    let measured = |more: &[&str]| -> serde_json::Value {
        let flags =
            "bench train --arch-width 20 --batch-size 70 --steps 3 --repeats 2 --format json";
        let arguments: Vec<&str> = flags.split(' ').chain(more.iter().copied()).collect();
        serde_json::from_str(&good(&bench, &arguments).out).unwrap()
    };
    let (wide, narrow) = (measured(&[]), measured(&["--avx2"]));
    for name in ["d_loss", "g_loss"] {
        assert!(wide[name].as_f64().is_some_and(f64::is_finite), "{wide}");
        assert_eq!(wide[name], narrow[name]);
    }
    assert!(
        !narrow["processor"].as_str().unwrap().contains("AVX-512"),
        "{narrow}"
    );
    let share = |name: &str| wide["shares"][name].as_f64().unwrap();
    let sum: f64 = ["products", "activations", "optimizer", "rest"]
        .map(share)
        .iter()
        .sum();
    assert!((sum - 1.0).abs() < 1e-9, "{wide}");
    assert!(wide["peak_gflop_per_s"].as_f64().unwrap() > 0.0, "{wide}");
    let work = |penalty| {
        let flags = ["--objective", "lsgan", "--set", penalty];
        measured(&flags)["gflop_per_step"].as_f64().unwrap()
    };
    assert!(work("critic.r1=0") < work("critic.r1=1"));
}
