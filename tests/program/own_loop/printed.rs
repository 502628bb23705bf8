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
