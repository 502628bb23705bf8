//! A switch that ruins the run is rolled back.

use serde_json::json;

use crate::workbench::{Bench, FULL_WIDTH};

#[test]
fn a_hard_alarm_soon_after_a_switch_rolls_it_back() {
    let bench = Bench::new();
    // D's weights grow large and then stay constant, because the rates become negligible. The switch to lsgan only
    // scales D's last layer down, so a rate of 1 afterwards makes it diverge, whatever the data. After the rollback the
    // weights are constant again, so that the final weights show which state was restored.
    let flags = [
        &["--steps", "8", "--set", "events.every_batches=1"][..],
        &FULL_WIDTH,
        &["--lr-d", "1", "--set", "switch.ramp_steps=0"],
        &["--at", "2:lr 1e-30", "--at", "3:checkpoint"],
        &["--at", "3:loss lsgan", "--at", "4:checkpoint"],
        &["--at", "4:lr 1"],
    ];
    let done = bench.train("a", &flags.concat());
    assert_eq!(done.code, Some(0), "{}", done.err);
    let run = bench.record("a");
    let events = run.events();

    let at = events
        .iter()
        .position(|e| e["alarm"] == "rolled_back")
        .unwrap_or_else(|| panic!("no roll-back: {}", done.err));
    assert!(events[..at].iter().all(|e| e["branch"] == 0));
    let alarm = &events[at - 1];
    assert_eq!(alarm["alarm"], "non_finite");
    assert_eq!(alarm["level"], "hard");
    let ruined_at = alarm["step"].as_u64().unwrap();
    assert!(ruined_at > 4);
    for event in &events[at..] {
        // A checkpoint from before may be reported late.
        let after = event["branch"] == 1 || event["event"] == "checkpoint";
        assert!(after, "{event}");
    }
    assert_eq!(events[at]["step"], 3);

    let guard: Vec<_> = events.iter().filter(|e| e["source"] == "guard").collect();
    assert_eq!(guard.len(), 2, "{guard:?}");
    assert_eq!(guard[0]["command"], "loss gan");
    assert_eq!(guard[0]["objective"]["name"], "gan");
    assert_eq!(
        guard[0]["changes"][0],
        json!({"key": "step", "from": ruined_at, "to": 3})
    );
    assert_eq!(guard[1]["command"], "lr *0.5");
    assert_eq!(
        guard[1]["changes"],
        json!([
            {"key": "optimizer.d.lr", "from": 1e-30, "to": 5e-31},
            {"key": "optimizer.g.lr", "from": 1e-30, "to": 5e-31},
        ])
    );

    let (before, switched, end) = (run.checkpoint(3), run.checkpoint(4), run.last());
    assert_eq!(run.summary()["total_steps"], 8);
    assert_eq!(run.summary()["objective"], "gan");
    assert!(switched.generator() != before.generator());
    assert!(switched.discriminator() != before.discriminator());
    assert!(end.generator() == before.generator());
    assert!(end.discriminator() == before.discriminator());
    // The optimizers are restored too, rather than starting at zero as after the switch.
    for optimizer in ["g_optimizer", "d_optimizer"] {
        assert_eq!(switched.state()[optimizer]["updates"], 1);
        assert_eq!(end.state()[optimizer]["updates"], 8);
    }
    assert_eq!(end.state()["branch"], 1);
}
