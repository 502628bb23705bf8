//! The message for each mistake in a configuration: where it is, what was found, what was expected; on one line.

use std::ffi::OsString;

use genai_tui::config::{Sources, resolve};

fn message(sources: Sources) -> String {
    resolve(sources).map_or_else(
        |error| error.to_string(),
        |good| format!("no error: {good:?}"),
    )
}

/// The error in this file, named `run.toml`, with an assignment on top of it.
fn in_file(text: &str, set: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.toml");
    std::fs::write(&path, text).unwrap();
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    message(Sources {
        set,
        ..Sources::file(path)
    })
    .replace(&format!("{}/", folder.path().display()), "")
}

fn in_assignment(text: &str) -> String {
    message(Sources {
        set: vec![text.to_owned()],
        ..Sources::default()
    })
}

fn in_variable(name: &str, value: impl Into<OsString>) -> String {
    message(Sources {
        environment: vec![(name.into(), value.into())],
        ..Sources::default()
    })
}

fn check(given: &str, message: &str, says: &str) {
    assert!(
        message.contains(says),
        "{given}\n  found    {message}\n  expected {says}"
    );
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn a_number_in_a_file() {
    for (text, says) in [
        (
            "epochs = 1.5",
            "run.toml:1: `epochs`: expected a whole number of at least 1; found `1.5`",
        ),
        (
            "\n#\nbatch_size = 0",
            "run.toml:3: `batch_size`: expected a whole number from 1 to 65536; found `0`",
        ),
        (
            "batch_size = \"64\"",
            "expected a whole number from 1 to 65536; found `\"64\"`",
        ),
        (
            "seed = -1",
            "`seed`: expected a whole number from 0 to 9223372036854775807; found `-1`",
        ),
        (
            "seed = 99999999999999999999",
            "9223372036854775807; found `99999999999999999999`",
        ),
        (
            "latent_dim = []",
            "`latent_dim`: expected a whole number from 1 to 65536; found `[]`",
        ),
        (
            "threads = 2000",
            "`threads`: expected a whole number from 0 to 1024; found `2000`",
        ),
        (
            "ui.fps = 31",
            "`ui.fps`: expected a whole number from 1 to 30; found `31`",
        ),
        (
            "samples.count = 1025",
            "expected a whole number from 1 to 1024; found `1025`",
        ),
        (
            "samples.every_steps = 0",
            "expected a whole number of at least 1; found `0`",
        ),
        (
            "checkpoint.keep = 0",
            "expected a whole number of at least 1; found `0`",
        ),
        (
            "events.every_batches = 0",
            "expected a whole number of at least 1; found `0`",
        ),
        (
            "critic.n_critic = 0",
            "expected a whole number of at least 1; found `0`",
        ),
        (
            "steps = 0",
            "`steps`: expected a whole number of at least 1; found `0`",
        ),
        (
            "[optimizer.d]\nlr = 0",
            "run.toml:2: `optimizer.d.lr`: expected a number above 0 and at most 1; found `0`",
        ),
        (
            "optimizer.d.lr = \"fast\"",
            "expected a number above 0 and at most 1; found `\"fast\"`",
        ),
        (
            "optimizer.g.lr = nan",
            "expected a number above 0 and at most 1; found `nan`",
        ),
        (
            "optimizer.g.eps = inf",
            "`optimizer.g.eps`: expected a number above 0; found `inf`",
        ),
        (
            "optimizer.g.beta1 = 1",
            "expected a number of at least 0 and below 1; found `1`",
        ),
        (
            "optimizer.g.beta2 = -0.1",
            "expected a number of at least 0 and below 1; found `-0.1`",
        ),
        (
            "critic.clip = -0.1",
            "`critic.clip`: expected a number of at least 0; found `-0.1`",
        ),
    ] {
        check(text, &in_file(text, &[]), says);
    }
}

#[test]
fn a_text_in_a_file() {
    const TIME: &str = "expected a duration above 0 with its unit, such as 30s or 1h 30m; found";
    const DEVICE: &str = "run.toml:1: `device`: expected auto, cpu, cuda, cuda:N or metal; found";
    const OBJECTIVE: &str = "expected one of gan, lsgan, hinge, rpgan, wgan, wgan-gp, vae; found";
    for (text, says) in [
        (
            "max_time = 30",
            format!("run.toml:1: `max_time`: {TIME} `30`"),
        ),
        ("max_time = \"30\"", format!("{TIME} `\"30\"`")),
        ("max_time = \"0s\"", format!("{TIME} `\"0s\"`")),
        ("max_time = \"3 days\"", format!("{TIME} `\"3 days\"`")),
        (
            "checkpoint.every_time = \"-1s\"",
            "such as 0s, 30s or 1h 30m; found `\"-1s\"`".into(),
        ),
        (
            "device = \"gpu\"",
            format!("{DEVICE} `\"gpu\"` (did you mean `cpu`?)"),
        ),
        ("device = \"cuda:x\"", format!("{DEVICE} `\"cuda:x\"`")),
        ("device = true", format!("{DEVICE} `true`")),
        (
            "dataset = \" \"",
            "expected auto, a dataset's name, or the path of a folder, an archive or an idx, npy or npz file of images; found `\" \"`".into(),
        ),
        (
            "data_dir = 3",
            "`data_dir`: expected the path of a folder; found `3`".into(),
        ),
        (
            "objective = 3",
            format!("run.toml:1: `objective`: {OBJECTIVE} `3`"),
        ),
        (
            "objective = \"wgam\"",
            format!("{OBJECTIVE} `wgam` (did you mean `wgan`?)"),
        ),
        (
            "optimizer.d.kind = \"adm\"",
            "expected one of adam, rmsprop; found `\"adm\"` (did you mean `adam`?)".into(),
        ),
        (
            "at = [3]",
            "expected a list of STEP:COMMAND, such as [\"500:loss wgan\"]; found `[3]`".into(),
        ),
        ("at = [\n  3,\n  4,\n]", "found `[ 3, 4, ]`".into()),
        (
            "at = [\"stop\"]",
            "run.toml:1: `at`: expected STEP:COMMAND (as in 500:loss wgan), found `stop`".into(),
        ),
        (
            "at = [\"5:stpo\"]",
            "run.toml:1: `at`: unknown command `stpo` (did you mean `stop`?)".into(),
        ),
        (
            "at = [\"1:stop\", \"5:loss gnn\"]",
            format!("`at`: `5:loss gnn`: {OBJECTIVE} `gnn` (did you mean `gan`?)"),
        ),
    ] {
        check(text, &in_file(text, &[]), &says);
    }
}

#[test]
fn a_key_in_a_file() {
    for (text, says) in [
        (
            "batchsize = 3",
            "run.toml:1: unknown key `batchsize` (did you mean `batch_size`?); `genai-tui config` lists every key",
        ),
        (
            "\nlr = 3",
            "run.toml:2: unknown key `lr` (did you mean `optimizer.d.lr` or `optimizer.g.lr`?);",
        ),
        (
            "[optmizer.d]\nlr = 3",
            "run.toml:2: unknown key `optmizer.d.lr` (did you mean `optimizer.d.lr`?);",
        ),
        (
            "optmizer.d.lr = 3",
            "run.toml:1: unknown key `optmizer.d.lr` (did you mean `optimizer.d.lr`?);",
        ),
        (
            "eps = 1",
            "(did you mean `optimizer.d.eps` or `optimizer.g.eps`?);",
        ),
        (
            "[optimizer.d]\nlearning = 3",
            "run.toml:2: unknown key `optimizer.d.learning`;",
        ),
        (
            "[quite.another]",
            "run.toml:1: unknown key `quite.another`;",
        ),
        (
            "optimizer.d.lr.x = 3",
            "run.toml:1: `optimizer.d.lr`: expected a number above 0 and at most 1; found",
        ),
        (
            "ui = 3",
            "run.toml:1: `ui` is a group: expected its keys (ui.fps, ui.low_bandwidth, ui.theme, ui.graphics, ui.frames, ui.notify, ui.mouse, ui.close_after), found `3`",
        ),
        (
            "seed = 1\nseed = 2",
            "run.toml:2:1: expected TOML: duplicate key",
        ),
        ("seed = ", "run.toml:1:8: expected TOML: "),
        ("seed = 1\n[ui\nfps = 3", "run.toml:2:4: expected TOML: "),
    ] {
        check(text, &in_file(text, &[]), says);
    }
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.toml");
    let says = format!(
        "cannot read the configuration file `{}`: ",
        missing.display()
    );
    check("missing", &message(Sources::file(&missing)), &says);
    check(
        "folder",
        &message(Sources::file(folder.path())),
        "cannot read the configuration file",
    );
    let other = folder.path().join("weights");
    std::fs::write(&other, [0xff, 0xfe, 0x00]).unwrap();
    check(
        "binary",
        &message(Sources::file(&other)),
        "expected a TOML file, found bytes that are not UTF-8",
    );
    std::fs::write(&other, vec![b'#'; 2 << 20]).unwrap();
    check(
        "large",
        &message(Sources::file(&other)),
        "expected a TOML file, found more than 1 MiB",
    );
}

#[test]
fn a_variable() {
    for (name, value, says) in [
        (
            "GENAI_TUI_BATCH_SIZE",
            "many",
            "environment variable GENAI_TUI_BATCH_SIZE: `batch_size`: expected a whole number from 1 to 65536; found `many`",
        ),
        (
            "GENAI_TUI_BATCHSIZE",
            "1",
            "environment: unknown variable `GENAI_TUI_BATCHSIZE` (did you mean `GENAI_TUI_BATCH_SIZE`?); after `GENAI_TUI_`",
        ),
        (
            "GENAI_TUI_LR",
            "1",
            "`GENAI_TUI_LR` (did you mean `GENAI_TUI_OPTIMIZER__D__LR` or `GENAI_TUI_OPTIMIZER__G__LR`?)",
        ),
        (
            "GENAI_TUI_OPTIMIZER",
            "1",
            "unknown variable `GENAI_TUI_OPTIMIZER` (did you mean `GENAI_TUI_OPTIMIZER__D__LR`?);",
        ),
        (
            "GENAI_TUI_AT",
            "[1",
            "`at`: expected STEP:COMMAND (as in 500:loss wgan), found `[1`",
        ),
    ] {
        check(name, &in_variable(name, value), says);
    }
}

#[test]
fn a_variable_that_is_not_text() {
    use std::os::unix::ffi::OsStringExt;
    let found = in_variable("GENAI_TUI_DATA_DIR", OsString::from_vec(vec![b'/', 0xff]));
    check(
        "0xff",
        &found,
        "GENAI_TUI_DATA_DIR: `data_dir`: expected UTF-8 text; found `/",
    );
}

#[test]
fn an_assignment() {
    for (text, says) in [
        (
            "seed",
            "--set: expected KEY=VALUE, as in `--set optimizer.d.lr=1e-4`, found `seed`",
        ),
        (
            "optmizer.d.lr=1",
            "--set: unknown key `optmizer.d.lr` (did you mean `optimizer.d.lr`?)",
        ),
        (
            "train.steps=1",
            "--set: unknown key `train.steps` (did you mean `steps`?)",
        ),
        ("sed=1", "--set: unknown key `sed` (did you mean `seed`?)"),
        (
            "seed=",
            "--set: `seed`: expected a whole number from 0 to 9223372036854775807; found nothing",
        ),
        (
            "seed=1.0",
            "--set: `seed`: expected a whole number from 0 to 9223372036854775807; found `1.0`",
        ),
        (
            "optimizer.d.lr=-1",
            "--set: `optimizer.d.lr`: expected a number above 0 and at most 1; found `-1`",
        ),
        (
            "optimizer.d=1",
            "--set: `optimizer.d` is a group: expected its keys (optimizer.d.kind, optimizer.d.lr",
        ),
        (
            "objective=vea",
            "--set: `objective`: expected one of gan, lsgan, hinge, rpgan, wgan, wgan-gp, vae; found `vea`",
        ),
    ] {
        check(text, &in_assignment(text), says);
    }
}

#[test]
fn a_condition_on_a_metric_that_is_never_evaluated() {
    let file = "fail_if = [\"fid > 60 @ 2k\"]\n[evaluation]\nevery_steps = 0\n";
    let needs = "the condition `fid > 60 @ 2000` needs it: expected a number above 0; found `0`";
    let says = format!("run.toml:3: `evaluation.every_steps`: {needs}");
    check(file, &in_file(file, &[]), &says);
    let other = in_file(file, &["fail_if=d_loss > 60"]);
    assert!(other.starts_with("no error"), "{other}");
}

#[test]
fn a_bound_that_the_objective_needs() {
    let needs =
        "objective wgan needs it: expected a number above 0 (its preset has 0.01); found `0`";
    let file = "[critic]\nclip = 0\n";
    check(
        file,
        &in_file(file, &["objective=wgan"]),
        &format!("run.toml:2: `critic.clip`: {needs}"),
    );
    let both = in_file("objective = \"wgan\"", &["critic.clip=0"]);
    check("clip=0", &both, &format!("--set: `critic.clip`: {needs}"));
    let penalty = in_file("objective = \"wgan-gp\"", &["critic.gp_weight=0"]);
    check(
        "gp_weight=0",
        &penalty,
        "`critic.gp_weight`: objective wgan-gp needs it",
    );
    check(file, &in_file(file, &["objective=gan"]), "no error");
    let spectral = |objective: &str| in_file("", &[objective, "critic.spectral_norm=true"]);
    check(
        "critic.spectral_norm=true",
        &spectral("objective=wgan"),
        "--set: `critic.spectral_norm`: expected false with `critic.clip` 0.01, which bounds the same weights; found `true`",
    );
    check(
        "critic.spectral_norm=true",
        &spectral("objective=vae"),
        "`critic.spectral_norm`: objective vae has no use for it: expected false; found `true`",
    );
    check("", &spectral("objective=wgan-gp"), "no error");
    let smoothed = ["objective=rpgan", "critic.label_smoothing=0.1"];
    check(
        "critic.label_smoothing=0.1",
        &in_file("", &smoothed),
        "`critic.label_smoothing`: objective rpgan has no use for it: expected 0; found `0.1`",
    );
}

#[test]
fn a_condition_or_a_rule() {
    for (text, says) in [
        (
            "fail_if = \"d_loss > \"",
            "run.toml:1: `fail_if`: expected a number after `>`; found nothing (column 9)",
        ),
        (
            "fail_if = [\"d_loss > 1\", \"d_loss => 1\"]",
            "found `=>` (did you mean `>=`?) (column 8)",
        ),
        (
            "fail_if = [1]",
            "`fail_if`: expected a list of conditions, such as [\"d_loss < 0.01 for 500\"]; found `[1]`",
        ),
        (
            "fail_if = [\"nosuchthing > 1\"]",
            "there is no metric `nosuchthing`; there are acc_fake, acc_pairs, acc_real, active, augment_p, class_accuracy, clip_saturation, coverage,",
        ),
        (
            "\n[[rules]]\nwhen = \"g_loss > 5\"\ndo = \"alarm\"\n[[rules]]\nwhen = \"g_loss\"\ndo = \"alarm\"",
            "run.toml:2: `rules`: rule 2: expected a comparison",
        ),
        (
            "[[rules]]\nwhen = \"g_loss > 5\"\ndo = \"puase\"",
            "`rules`: rule 1: `do`: expected pause, checkpoint or alarm; found `puase` (did you mean `pause`?)",
        ),
        (
            "[[rules]]\nwhen = \"g_loss > 5\"\ndo = \"fail\"",
            "found `fail`; `fail_if` ends a run",
        ),
        (
            "[[rules]]\nwhen = \"g_loss > 5\"",
            "rule 1: expected `do`, pause, checkpoint or alarm; found nothing",
        ),
        (
            "[[rules]]\ndo = \"pause\"",
            "rule 1: expected `when`, a condition such as \"d_loss < 0.01 for 500\"; found nothing",
        ),
        (
            "[[rules]]\nwhen = 5\ndo = \"pause\"",
            "rule 1: `when`: expected a condition such as \"d_loss < 0.01 for 500\"; found `5`",
        ),
        (
            "[[rules]]\nwhne = \"g_loss > 5\"\ndo = \"pause\"",
            "rule 1: expected `when` and `do`; found `whne` (did you mean `when`?)",
        ),
        ("rules = [5]", "rule 1: expected `when` and `do`; found `5`"),
        (
            "rules = \"g_loss > 5\"",
            "`rules`: expected a list of rules, such as [{ when =",
        ),
        (
            "[rules]\nwhen = \"g_loss > 5\"",
            "`rules`: expected a list of rules, such as [{ when =",
        ),
    ] {
        check(text, &in_file(text, &[]), says);
    }
}

#[test]
fn adaptive_augmentation_needs_something_to_adapt_and_to_go_by() {
    let target = |more: &[&str]| {
        let set = [&["augment.target=0.6"], more].concat();
        message(Sources {
            set: set.into_iter().map(str::to_owned).collect(),
            ..Sources::default()
        })
    };
    let nothing = "`augment.target`: there is no augmentation to adapt: expected `augment.shift` or another one";
    for (more, says) in [
        (&[][..], nothing),
        (&["augment.noise=0.1"], nothing),
        (
            &["objective=wgan", "augment.shift=2"],
            "`augment.target`: objective wgan has no use for it: expected 0; found `0.6`",
        ),
        (&["augment.cutout=0.5"], "no error"),
    ] {
        check(&more.join(" "), &target(more), says);
    }
}
