//! `genai-tui runs` on runs of all formats, and `export`.

use std::fs;
use std::path::Path;

use genai_tui::logs;
use genai_tui::workspace::{Marks, Remembered};
use serde_json::Value;

use crate::workbench::{Bench, Done};

/// A bench with the sample logs of other tools in `logs/`, and a run of its own.
fn bench() -> Bench {
    let bench = Bench::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    copy(&samples, &bench.path("logs"));
    bench
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

fn names(done: &Done) -> Vec<String> {
    assert_eq!(done.code, Some(0), "{}", done.err);
    let name = |run: &Value| run["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = done.json().iter().map(name).collect();
    names.sort();
    names
}

#[test]
fn runs_of_all_formats_are_listed_together() {
    let bench = bench();
    bench.trained("a", &["--steps", "4"]);
    let all = bench.run(&["runs", "runs", "logs", "--format", "json"]);
    let found = names(&all);
    for name in [
        "a",
        "pytorch",
        "tensorboardx",
        "tf2/train",
        "seed0",
        "lightning/version_0",
        "csv",
        "jsonl",
        "trainer",
    ] {
        assert!(
            found.contains(&name.to_owned()),
            "{name} is not in {found:?}"
        );
    }
    assert_eq!(found.len(), 15);
    let run = |name: &str| {
        all.json()
            .into_iter()
            .find(|run| run["name"] == name)
            .unwrap()
    };
    let own = run("a");
    assert_eq!(
        (&own["format"], &own["status"], &own["step"]),
        (&"genai-tui".into(), &"finished".into(), &4.into())
    );
    let pytorch = run("pytorch");
    assert_eq!(
        pytorch["metrics"]["loss/g_loss"]["highest"],
        serde_json::json!({"value": 50.0, "step": 7})
    );
    assert_eq!(pytorch["config"]["objective"], "gan");
    // Every field of one is a field of the other.
    for field in own.as_object().unwrap().keys() {
        let is_of_the_status = ["outcome", "reason", "holder", "error"].contains(&field.as_str());
        assert!(pytorch.get(field).is_some() || is_of_the_status, "{field}");
    }
    let table = bench.run(&["runs", "runs", "logs"]).out;
    assert!(table.starts_with("RUN"), "{table}");
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("seed0") && line.contains("W&B")),
        "{table}"
    );
}

#[test]
fn filters_sorting_and_columns_have_one_grammar() {
    let bench = bench();
    let runs = |arguments: &[&str]| {
        bench.run(&[&["runs", "logs", "--format", "json"], arguments].concat())
    };
    assert_eq!(
        names(&runs(&["--filter", "cfg.seed = 3 and not lightning"])),
        ["pytorch"]
    );
    assert_eq!(
        names(&runs(&["--filter", "tag:digits state=failed"])),
        ["seed1"]
    );
    assert_eq!(
        names(&runs(&["--filter", "/^tf./ or origin = jsonl"])),
        ["jsonl", "tf1", "tf2/train", "tf2/validation"]
    );
    assert_eq!(
        names(&runs(&["--filter", "loss/g_loss.max >= 50"])),
        ["pytorch"]
    );

    let sorted = runs(&[
        "--filter",
        "has:epoch_loss or has:d_loss",
        "--sort",
        "-steps,name",
        "--columns",
        "steps,cfg.seed,d_loss.best",
    ]);
    let rows: Vec<String> = sorted
        .json()
        .iter()
        .map(|run| format!("{} {}", run["name"].as_str().unwrap(), run["steps"]))
        .collect();
    assert_eq!(rows[..2], ["seed0 29", "seed1 29"]);
    assert_eq!(rows.last().unwrap(), "tf2/validation 11");
    let best = &sorted.json()[0];
    assert!(
        best["d_loss.best"].as_f64().unwrap() < 0.5
            && best["d_loss.best.step"].as_u64().unwrap() > 20,
        "{best}"
    );
    assert_eq!(best["cfg.seed"], 0);

    let csv = bench
        .run(&[
            "runs",
            "logs/csv",
            "--columns",
            "d loss,d loss.mean",
            "--format",
            "csv",
        ])
        .out;
    assert!(
        csv.starts_with("name,d loss,d loss.mean,dir\ncsv,0.5"),
        "{csv}"
    );
    assert!(csv.trim_end().ends_with(",logs/csv/log.csv"), "{csv}");
    let markdown = bench
        .run(&["runs", "logs/csv", "--columns", "steps", "--format", "md"])
        .out;
    assert_eq!(markdown, "| name | steps |\n|---|---|\n| csv | 19 |\n");
    let table = bench
        .run(&[
            "runs",
            "logs/csv",
            "--columns",
            "steps",
            "--format",
            "table",
        ])
        .out;
    assert_eq!(table, "NAME  STEPS\ncsv   19\n");

    let wrong = bench.run(&["runs", "logs", "--filter", "fid <"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong
            .err
            .contains("expected a value after `<`; found nothing"),
        "{}",
        wrong.err
    );
    let none = bench.run(&["runs", "logs", "--filter", "fid < 0"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
    assert!(
        none.err.contains("no runs in `logs` that match `fid < 0`"),
        "{}",
        none.err
    );
}

#[test]
fn what_no_run_has_is_named_once() {
    let bench = bench();
    // Also where the rest of the filter matches.
    let unknown = "los/g_loss > 3 or (los/g_loss < 1 and archived = false) or cfg.seed = 3";
    let done = bench.run(&["runs", "logs", "--filter", unknown, "--sort", "los/g_loss"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.out.contains("pytorch"), "{}", done.out);
    let told: Vec<&str> = done
        .err
        .lines()
        .filter(|line| line.starts_with("no run has"))
        .collect();
    assert_eq!(told.len(), 1, "{}", done.err);
    assert!(
        told[0].contains("`los/g_loss`") && told[0].contains("did you mean `loss/g_loss`"),
        "{}",
        done.err
    );
}

#[test]
fn every_run_is_exported_in_long_form() {
    let bench = bench();
    bench.trained("a", &["--steps", "4", "--set", "events.every_batches=1"]);
    let done = bench.run(&["export", "a", "--to", "csv", "-o", "a.csv"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let csv = fs::read_to_string(bench.path("a.csv")).unwrap();
    assert!(csv.starts_with("step,wall_time,metric,value\n"), "{csv}");
    assert_eq!(
        csv.lines().filter(|line| line.contains(",d_loss,")).count(),
        4,
        "{csv}"
    );
    let done = bench.run(&["export", "logs/pytorch", "--to", "csv"]);
    assert!(
        done.out.contains(",loss/d_loss,NaN\n") && done.out.contains(",loss/g_loss,Infinity\n")
    );
    let done = bench.run(&["export", "logs/wandb", "--to", "parquet", "-o", "w.parquet"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        fs::read(bench.path("w.parquet"))
            .unwrap()
            .starts_with(b"PAR1")
    );
    let done = bench.run(&[
        "export",
        "logs/lightning",
        "--to",
        "tensorboard",
        "-o",
        "events",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let listed = bench
        .run(&[
            "runs",
            "events",
            "--columns",
            "cfg.net.width,val_fid",
            "--format",
            "json",
        ])
        .json();
    assert_eq!(
        (&listed[0]["cfg.net.width"], &listed[0]["val_fid"]),
        (&64.into(), &71.0.into())
    );

    let missing = bench.run(&["export", "nothing", "--to", "csv"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("no run `nothing`"), "{}", missing.err);
    let none = bench.run(&["export", "logs/README.md", "--to", "csv"]);
    assert_eq!(none.code, Some(2));
    assert!(
        none.err
            .contains("expected a run directory of genai-tui, TensorBoard's event files"),
        "{}",
        none.err
    );
    let nowhere = bench.run(&["export", "a", "--to", "tensorboard"]);
    assert!(
        nowhere.code == Some(2) && nowhere.err.contains("--output DIR"),
        "{}",
        nowhere.err
    );
    // What is no directory is a wrong argument, as it is for a table.
    fs::write(bench.path("taken.txt"), "text").unwrap();
    for place in ["taken.txt", "taken.txt/below"] {
        let done = bench.run(&["export", "logs/pytorch", "--to", "tensorboard", "-o", place]);
        assert_eq!(done.code, Some(2), "{}", done.err);
        let told = "`taken.txt`: this is a file; expected a directory";
        assert!(done.err.contains(told), "{}", done.err);
    }
    assert_eq!(fs::read_to_string(bench.path("taken.txt")).unwrap(), "text");
}

#[test]
fn tags_and_notes_of_the_workspace_count_in_lists() {
    let bench = bench();
    let tops = [fs::canonicalize(bench.path("logs")).unwrap()];
    let found = logs::find(&tops[0]).unwrap().runs;
    let trainer = found.iter().find(|run| run.name == "trainer").unwrap();
    let marks = Marks {
        tags: vec!["keeper".to_owned()],
        note: Some("to be shown".to_owned()),
        archived: true,
        ..Marks::default()
    };
    let remembered = Remembered {
        runs: [(Remembered::key(&trainer.path, &tops), marks)].into(),
        ..Remembered::default()
    };
    let file = Remembered::file(&tops).unwrap();
    let folder = bench.path("home/state/genai-tui/watch");
    let file = folder.join(file.file_name().unwrap());
    remembered.save(&Remembered::default(), &file).unwrap();

    let columns = ["--columns", "name,tags,note", "--format", "json"];
    for path in ["logs", "logs/trainer"] {
        for filter in ["tag:keeper", "archived = true and shown"] {
            let arguments = ["runs", path, "--filter", filter];
            let listed = bench.run(&[&arguments[..], &columns].concat());
            assert_eq!(names(&listed), ["trainer"], "{path} {filter}");
            let run = &listed.json()[0];
            assert_eq!(
                (&run["tags"], &run["note"]),
                (&"keeper".into(), &"to be shown".into())
            );
        }
    }
    let all = bench.run(&["runs", "logs", "--format", "json"]);
    let all = all.json();
    let tagged: Vec<&Value> = all.iter().filter(|run| run["archived"] == true).collect();
    assert_eq!(tagged.len(), 1);
    assert_eq!(tagged[0]["tags"][0], "keeper");
}

#[test]
fn a_stopped_run_is_stopped_in_every_list() {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "4", "--at", "2:stop"]);
    let of = |state: &str| {
        let filter = format!("state = {state}");
        names(&bench.run(&["runs", "--filter", &filter, "--format", "json"]))
    };
    assert_eq!(of("stopped"), ["a"]);
    assert!(of("finished").is_empty());
}

#[test]
fn columns_of_one_name_and_huge_values_lose_nothing_in_silence() {
    let bench = Bench::new();
    fs::create_dir(bench.path("logs")).unwrap();
    let rows = "step,loss,loss\n1,1e308,1\n2,-1e308,2\n9223372036854775807,1,1\n";
    fs::write(bench.path("logs/a.csv"), rows).unwrap();
    let columns = "loss.mean,loss,loss.2";
    let listed = bench.run(&["runs", "logs", "--columns", columns, "--format", "json"]);
    let run = &listed.json()[0];
    assert!(run["loss.mean"].as_f64().unwrap().abs() < 1e300, "{run}");
    assert_eq!(run["loss.2"], 2.0, "{run}");
    let text = bench.run(&["runs", "logs"]);
    assert!(text.out.contains("loss -1.00e308"), "{}", text.out);
    for note in ["`loss.2`", "from 0 to 9007199254740992"] {
        assert!(text.err.contains(note), "{}", text.err);
    }
    let done = bench.run(&["export", "logs", "--to", "tensorboard", "-o", "events"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("2 values were left out"), "{}", done.err);
}
