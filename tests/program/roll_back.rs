//! A switch that ruins the run is taken back.

use serde_json::json;

use crate::workbench::Bench;

#[test]
fn a_hard_alarm_soon_after_a_switch_goes_back_to_before_it() {
    let bench = Bench::new();
    // The first switch freezes G for as long as this run lasts, the second thaws it and ends in ruin: when that is taken
    // back G is frozen again, so its weights tell what they were gone back to.
    let flags = [
        &["--steps", "40", "--set", "events.every_batches=1"][..],
        &["--set", "switch.warm_up_updates=1000"],
        &["--set", "switch.ramp_steps=0"],
        &["--at", "3:loss wgan", "--at", "5:checkpoint"],
        &["--at", "5:loss lsgan", "--at", "6:checkpoint"],
        &["--at", "6:lr 1"],
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
    assert_eq!(
        (&alarm["event"], &alarm["level"]),
        (&json!("alarm"), &json!("hard"))
    );
    assert_eq!(alarm["alarm"], "non_finite");
    let ruined_at = alarm["step"].as_u64().unwrap();
    assert!(ruined_at > 6);
    for event in &events[at..] {
        // A checkpoint of before may be reported late.
        assert!(
            event["branch"] == 1 || event["event"] == "checkpoint",
            "{event}"
        );
    }
    assert_eq!(events[at]["step"], 5);

    let guard: Vec<_> = events.iter().filter(|e| e["source"] == "guard").collect();
    assert_eq!(guard.len(), 2, "{guard:?}");
    assert_eq!(guard[0]["command"], "loss wgan");
    assert_eq!(guard[0]["objective"]["name"], "wgan");
    assert_eq!(
        guard[0]["changes"][0],
        json!({"key": "step", "from": ruined_at, "to": 5})
    );
    assert_eq!(guard[1]["command"], "lr *0.5");
    for change in guard[1]["changes"].as_array().unwrap() {
        assert_eq!(
            (&change["from"], &change["to"]),
            (&json!(5e-5), &json!(2.5e-5))
        );
    }

    let before = run.checkpoint(5);
    assert!(run.checkpoint(6).generator() != before.generator());
    let end = run.last();
    assert_eq!(run.summary()["total_steps"], 40);
    assert_eq!(run.summary()["objective"], "wgan");
    assert!(end.generator() == before.generator());
    // D goes on from its ten updates before the switch, five in each step.
    assert_eq!(before.state()["d_optimizer"]["updates"], 10);
    assert_eq!(end.state()["d_optimizer"]["updates"], 10 + 35 * 5);
    assert!(end.discriminator().iter().all(|w| w.abs() <= 0.01));
    assert_eq!(end.state()["branch"], 1);
    assert_eq!(end.state()["settings"]["optimizer"]["d"]["lr"], 2.5e-5);
}
