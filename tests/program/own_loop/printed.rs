//! Programs that only print.

use super::{run, sh};
use crate::workbench::Bench;

#[test]
fn printed_lines_become_metrics() {
    let bench = Bench::new();
    let script =
        "for i in 1 2 3 4; do echo \"Epoch [1/5], Step [$i/4], d_loss: 0.$i, g_loss: 1.$i\"; done";
    let (done, record) = run(&bench, &["--fail-if", "d_loss > 2"], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let summary = record.summary();
    assert_eq!(summary["total_steps"], 4);
    assert_eq!(summary["metrics"]["d_loss"]["max"], 0.4);
    assert!(
        done.out.contains("d_loss: 0.4000, g_loss: 1.4000"),
        "{}",
        done.out
    );
    let declared = record.of_kind("declared");
    let panels: Vec<&str> = declared.last().unwrap()["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["panel"].as_str().unwrap())
        .collect();
    assert_eq!(panels, ["loss", "loss"]);
}

#[test]
fn what_ends_an_epoch_is_not_of_the_next_one() {
    let bench = Bench::new();
    let script = "for e in 1 2 3; do for i in 1 2 3; do echo \"Epoch [$e/3], Step [$i/3], loss: 0.$e$i\"; done; \
                  echo \"val_loss: 0.$e\"; done; sleep 0.3";
    let (done, record) = run(&bench, &[], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let steps = record.of_kind("step");
    let validated = steps.iter().filter_map(|event| {
        let last = event["metrics"].get("val_loss")?["last"].as_f64()?;
        Some((event["step"].as_u64()?, event["epoch"].as_u64()?, last))
    });
    assert_eq!(
        validated.collect::<Vec<_>>(),
        [(3, 1, 0.1), (6, 2, 0.2), (9, 3, 0.3)]
    );
    let trained: u64 = steps
        .iter()
        .filter_map(|event| event["metrics"].get("loss")?["count"].as_u64())
        .sum();
    assert_eq!(trained, 9);
}

#[test]
fn a_pattern_of_ones_own_is_the_only_one() {
    let bench = Bench::new();
    let script = "echo 'loss: 9 step 1'; echo 'it 7 | nll 2.5'";
    let pattern = r"it (?<step>\d+) \| nll (?<nll>[0-9.]+)";
    let (done, record) = run(&bench, &["--parse", pattern], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let summary = record.summary();
    assert_eq!(
        (&summary["total_steps"], &summary["metrics"]["nll"]["last"]),
        (&7.into(), &2.5.into())
    );
    assert!(summary["metrics"].get("loss").is_none());
    let done = bench.run(&["run", "--parse", "(", "--", "true"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
}

#[test]
fn logs_of_other_tools_are_followed() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("logs")).unwrap();
    std::fs::write(bench.path("logs/old.csv"), "step,loss\n1,9\n2,8\n").unwrap();
    let script = "echo 'step,loss,acc' > logs/new.csv; for i in 3 4 5; do echo \"$i,0.$i,0.9\" >> logs/new.csv; done; \
                  echo '6,0.6,0.9' >> logs/new.csv; echo '3,7' >> logs/old.csv; echo 'step 99 loss 5'";
    let (done, record) = run(&bench, &["--watch", "logs"], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let summary = record.summary();
    assert_eq!(summary["total_steps"], 6, "{summary}");
    assert_eq!(summary["metrics"]["loss"]["last"], 7.0);
    assert_eq!(summary["metrics"]["new/acc"]["last"], 0.9);
    assert_eq!(summary["metrics"]["new/loss"]["last"], 0.6);
}

/// What was warned of.
fn warnings(record: &crate::workbench::Record) -> Vec<String> {
    let texts = record.of_kind("warning").into_iter();
    texts
        .map(|event| event["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_gan_of_someone_elses_is_read_as_one() {
    let bench = Bench::new();
    let script = r"
        for net in G D; do
            printf '%s(\n  (main): Sequential(\n    (1): BatchNorm2d(512, eps=1e-05, momentum=0.1)\n  )\n)\n' $net
        done
        for i in 0 1 2 3; do
            printf '[0/25][%d/100]\tLoss_D: 0.5\tLoss_G: 1.%d\tD(x): 0.6\tD(G(z)): 0.4 / 0.3\n' $i $i
        done";
    let (done, record) = run(&bench, &[], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let declared = record.of_kind("declared").pop().unwrap();
    assert_eq!(declared["target"]["steps"], 2500);
    let mut found: Vec<String> = declared["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| format!("{} {} {}", m["title"], m["role"], m["panel"]).replace('"', ""))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "D(G(z)) 2 other scores",
            "D(G(z)) fake_score scores",
            "D(x) real_score scores",
            "Loss_D discriminator_loss loss",
            "Loss_G generator_loss loss"
        ]
    );
}

#[test]
fn of_a_line_with_too_many_metrics_the_first_are_taken_and_that_is_said_once() {
    let bench = Bench::new();
    let script = "line='step 1'; for i in $(seq 1 300); do line=\"$line, m$i: 0.5\"; done; echo \"$line\"; echo \"$line\"";
    let (done, record) = run(&bench, &[], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let said = "a printed line has more than 256 metrics: of such lines the first 256 are taken";
    assert_eq!(warnings(&record), [said]);
    assert!(done.err.contains(said), "{}", done.err);
    let metrics = record.summary()["metrics"].as_object().unwrap().len();
    assert_eq!(metrics, 256);
}

#[test]
fn the_last_line_counts_without_a_line_feed() {
    let bench = Bench::new();
    let (done, record) = run(&bench, &[], &sh("printf 'step 3 loss 4.5'"));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(record.summary()["total_steps"], 3);
    assert_eq!(record.summary()["metrics"]["loss"]["last"], 4.5);
}

#[test]
fn logs_that_were_there_before_do_not_rename_metrics() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("logs/one")).unwrap();
    std::fs::write(bench.path("logs/one/metrics.csv"), "step,loss\n1,9\n2,9\n").unwrap();
    let script =
        "mkdir -p logs/two; printf 'step,loss\n1,0.5\n2,0.25\n' > logs/two/metrics.csv; sleep 1.5";
    let (done, record) = run(&bench, &["--watch", "logs"], &sh(script));
    assert_eq!(done.code, Some(0), "{}", done.err);
    let summary = record.summary();
    assert_eq!(summary["metrics"]["loss"]["last"], 0.25, "{summary}");
    assert_eq!(summary["metrics"].as_object().unwrap().len(), 1);
    assert!(warnings(&record).is_empty());
    // Each step is there.
    assert_eq!(record.of_kind("step").len(), 2);
}

#[test]
fn a_folder_without_anything_to_follow_is_said() {
    for (make, said) in [
        ("true", "`--watch`: there is no "),
        (
            "mkdir logs; echo hello > logs/notes.txt",
            "`--watch`: found no log in ",
        ),
    ] {
        let bench = Bench::new();
        let (done, record) = run(&bench, &["--watch", "logs"], &sh(make));
        assert_eq!(done.code, Some(0), "{}", done.err);
        let warned = warnings(&record);
        assert!(
            warned.len() == 1 && warned[0].starts_with(said),
            "{warned:?}"
        );
    }
}
