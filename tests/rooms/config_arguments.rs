//! The command line: which flag sets which key, which flags can be combined, and error messages.

use clap::{CommandFactory, Parser};
use genai_tui::cli::{Cli, Command, TrainArgs};
use genai_tui::config::{Origin, Sources, resolve};
use genai_tui::headless::Format;
use genai_tui::metric::objectives;

fn parse(line: &[&str]) -> Result<Command, clap::Error> {
    Cli::try_parse_from(std::iter::once(&"genai-tui").chain(line)).map(Cli::into_command)
}

fn train(line: &[&str]) -> TrainArgs {
    match parse(line).unwrap() {
        Command::Train(args) => *args,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn every_flag_sets_its_key_with_and_without_train() {
    for (line, key, value, flag) in [
        (
            &["--objective", "wgan"][..],
            "objective",
            "wgan",
            "--objective",
        ),
        (&["--loss", "lsgan"], "objective", "lsgan", "--objective"),
        (&["--dataset", "digits"], "dataset", "digits", "--dataset"),
        (&["--data-dir", "/data"], "data_dir", "/data", "--data-dir"),
        (&["--device", "cuda:1"], "device", "cuda:1", "--device"),
        (&["--steps", "12"], "steps", "12", "--steps"),
        (&["--epochs", "5"], "epochs", "5", "--epochs"),
        (&["--max-time", "90s"], "max_time", "1m 30s", "--max-time"),
        (&["--batch-size", "32"], "batch_size", "32", "--batch-size"),
        (&["--arch-width", "32"], "arch.width", "32", "--arch-width"),
        (&["--lr", "0.001"], "optimizer.d.lr", "0.001", "--lr"),
        (&["--lr", "0.001"], "optimizer.g.lr", "0.001", "--lr"),
        (
            &["--lr-d", "1e-3", "--lr", "1"],
            "optimizer.d.lr",
            "0.001",
            "--lr-d",
        ),
        (
            &["--lr-d", "1e-3", "--lr", "1"],
            "optimizer.g.lr",
            "1.0",
            "--lr",
        ),
        (
            &["--lr-g", "1e-3", "--lr", "1"],
            "optimizer.g.lr",
            "0.001",
            "--lr-g",
        ),
        (&["--seed", "7", "--set", "seed=8"], "seed", "7", "--seed"),
        (&["--threads", "2"], "threads", "2", "--threads"),
        (&["--fps", "5"], "ui.fps", "5", "--fps"),
        (
            &["--at", "5:loss wgan", "--at", "9:stop"],
            "at",
            "5:loss wgan, 9:stop",
            "--at",
        ),
        (
            &["--fail-if", "fid>60@20k", "--fail-if", "d_loss is nan"],
            "fail_if",
            "fid > 60 @ 20000, d_loss is nan",
            "--fail-if",
        ),
    ] {
        let with_the_word = [&["train"], line].concat();
        for line in [line, &with_the_word] {
            let resolved = resolve(train(line).sources([])).unwrap();
            let settings = resolved.config.settings().unwrap();
            assert!(
                settings.contains(&(key, value.to_owned())),
                "{line:?}: {settings:?}"
            );
            assert_eq!(resolved.origins[key], Origin::Flag(flag), "{line:?}");
        }
    }
}

#[test]
fn absent_flags_set_nothing() {
    let nothing = resolve(Sources::default()).unwrap();
    assert_eq!(resolve(train(&[]).sources([])).unwrap(), nothing);
    let args = train(&["--config", "run.toml", "--set", "a=1", "--set", "b=2"]);
    let sources = args.sources([("A".into(), "B".into())]);
    assert_eq!(sources.file.unwrap().to_str(), Some("run.toml"));
    assert_eq!((sources.set.len(), sources.environment.len()), (2, 1));
    assert!(sources.flags.is_empty());
}

#[test]
fn a_format_implies_a_headless_run() {
    assert!(!train(&[]).headless());
    assert!(train(&["--no-tui"]).headless());
    let json = train(&["--format", "json"]);
    assert!(json.headless() && json.format == Some(Format::Json));
}

#[test]
fn an_error_names_the_flag_the_value_and_what_was_expected() {
    for (line, says) in [
        (
            &["--epochs", "1.5"][..],
            "'--epochs <N>': expected a whole number of at least 1; found `1.5`",
        ),
        (
            &["--steps", "-1"],
            "'--steps <N>': expected a whole number of at least 1; found `-1`",
        ),
        (
            &["--batch-size", "0"],
            "expected a whole number from 1 to 65536; found `0`",
        ),
        (
            &["--lr", "-1e-4"],
            "'--lr <RATE>': expected a number above 0 and at most 1; found `-1e-4`",
        ),
        (
            &["--lr-g", "nan"],
            "'--lr-g <RATE>': expected a number above 0 and at most 1; found `nan`",
        ),
        (
            &["--fps", "60"],
            "'--fps <N>': expected a whole number from 1 to 30; found `60`",
        ),
        (
            &["--max-time", "30"],
            "expected a duration above 0 with its unit, such as 30s or 1h 30m; found `30`",
        ),
        (
            &["--device", "gpu"],
            "expected auto, cpu, cuda, cuda:N or metal; found `gpu` (did you mean `cpu`?)",
        ),
        (
            &["--objective", "wgam"],
            "[possible values: gan, lsgan, hinge, rpgan, wgan, wgan-gp, vae]",
        ),
        (
            &["--dataset", ""],
            "expected auto, a dataset's name, or the path of a folder, an archive or an idx, npy or npz file of images; found nothing",
        ),
        (
            &["--at", "stop"],
            "expected STEP:COMMAND (as in 500:loss wgan), found `stop`",
        ),
        (
            &["--at", "5:loss vea"],
            "expected one of gan, lsgan, hinge, rpgan, wgan, wgan-gp, vae; found `vea`",
        ),
        (
            &["--name", "a/b"],
            "expected a name for a folder below runs/",
        ),
        (
            &["--mirror", "ftp://x"],
            "expected a URL that begins with https:// or http://; found `ftp://x`",
        ),
        (&["--name", "a", "--run-dir", "b"], "cannot be used with"),
        (&["--steps", "1", "--epochs", "1"], "cannot be used with"),
        (&["--epoch", "1"], "a similar argument exists: '--epochs'"),
        (&["--seed", "1", "train"], "cannot be used with"),
    ] {
        let error = match parse(line) {
            Err(error) => error,
            Ok(command) => unreachable!("{line:?}: {command:?}"),
        };
        assert_eq!(error.exit_code(), 2);
        let error = error.to_string();
        assert!(
            error.contains(says),
            "{line:?}\n  found    {error}\n  expected {says}"
        );
    }
}

#[test]
fn the_help_offers_every_objective_and_hides_what_is_internal() {
    let help = Cli::command().render_long_help().to_string();
    for name in objectives::names() {
        assert!(
            help.contains(&format!("- {name}:")),
            "{name} is not in\n{help}"
        );
    }
}

#[test]
fn the_other_commands_exist() {
    let config = parse(&["config", "--objective", "wgan", "--origin"]);
    assert!(matches!(config.unwrap(), Command::Config(_)));
    assert!(matches!(
        parse(&["completions", "zsh"]).unwrap(),
        Command::Completions(_)
    ));
    assert!(parse(&["completions", "tcsh"]).is_err());
}
