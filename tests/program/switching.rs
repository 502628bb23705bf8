//! Switching the objective of a live run, checked by its events and its weights.

use serde_json::{Value, json};

use crate::workbench::{Bench, Record};

/// A step event for each step: a step of `wgan` takes five batches.
const EVERY_STEP: [&str; 2] = ["--set", "events.every_batches=1"];

/// What changed, by key.
fn change<'a>(applied: &'a Value, key: &str) -> (&'a Value, &'a Value) {
    let changes = applied["changes"].as_array().unwrap();
    let found = changes
        .iter()
        .find(|c| c["key"] == key)
        .unwrap_or_else(|| panic!("no change of {key}: {changes:?}"));
    (&found["from"], &found["to"])
}

/// G's learning rate at each step that reports one.
fn generator_rates(record: &Record) -> Vec<(u64, f64)> {
    record
        .of_kind("step")
        .iter()
        .filter_map(|e| {
            let rate = e["metrics"]["lr_g"]["last"].as_f64()?;
            Some((e["step"].as_u64()?, rate))
        })
        .collect()
}

#[test]
fn a_switch_zeroes_the_moments_freezes_g_and_then_ramps() {
    let bench = Bench::new();
    let before = bench.trained("before", &["--steps", "5"]).last();
    let flags = [
        &EVERY_STEP[..],
        &["--steps", "18", "--at", "5:loss wgan"],
        &["--at", "5:checkpoint", "--at", "7:checkpoint"],
        &["--at", "9:checkpoint", "--at", "10:checkpoint"],
        // Four steps of five updates; then G's learning rate rises over eight steps.
        &["--set", "switch.warm_up_updates=20"],
        &["--set", "switch.ramp_steps=8"],
    ];
    let run = bench.trained("switched", &flags.concat());

    let applied = run.of_kind("applied");
    let switch = applied
        .iter()
        .find(|e| e["command"] == "loss wgan")
        .unwrap();
    assert_eq!(switch["step"], 5);
    assert_eq!(switch["source"], "script");
    assert_eq!(switch["objective"]["name"], "wgan");
    for (key, from, to) in [
        ("objective", json!("gan"), json!("wgan")),
        ("critic.n_critic", json!(1), json!(5)),
        ("critic.clip", json!(0.0), json!(0.01)),
        ("optimizer.d.kind", json!("adam"), json!("rmsprop")),
        ("optimizer.g.lr", json!(6e-4), json!(5e-5)),
    ] {
        assert_eq!(change(switch, key), (&from, &to), "{key}");
    }

    let just_after = run.checkpoint(5);
    assert_eq!(just_after.state()["settings"]["objective"], "wgan");
    for network in ["generator", "discriminator"] {
        assert!(before.moments(network).iter().any(|m| *m != 0.0));
        assert!(just_after.moments(network).iter().all(|m| *m == 0.0));
    }
    assert_eq!(just_after.state()["g_optimizer"]["updates"], 0);
    assert_eq!(just_after.state()["d_optimizer"]["updates"], 0);
    // The same G; the same D, clipped.
    assert!(just_after.generator() == before.generator());
    let clipped: Vec<f32> = before
        .discriminator()
        .iter()
        .map(|w| w.clamp(-0.01, 0.01))
        .collect();
    assert!(just_after.discriminator() == clipped);
    assert!(
        before.discriminator() != clipped,
        "the clip had nothing to do"
    );

    for (step, critic_updates) in [(7, 10), (9, 20)] {
        let frozen = run.checkpoint(step);
        assert!(frozen.generator() == before.generator(), "step {step}");
        assert!(frozen.moments("generator").iter().all(|m| *m == 0.0));
        assert_eq!(frozen.state()["d_optimizer"]["updates"], critic_updates);
        let critic = frozen.discriminator();
        assert!(critic != clipped);
        assert!(critic.iter().all(|w| w.abs() <= 0.01));
    }
    assert!(run.checkpoint(10).generator() != before.generator());

    let rates = generator_rates(&run);
    let steps: Vec<u64> = rates.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
    for (step, rate) in rates {
        let expected = match step {
            0..=5 => 6e-4,
            10..=17 => 5e-5 * (step - 9) as f64 / 8.0,
            _ => 5e-5,
        };
        assert!((rate - expected).abs() < 1e-9, "step {step}: {rate:e}");
    }
}

#[test]
fn only_logits_that_do_not_fit_are_scaled() {
    let bench = Bench::new();
    // A fast D has logits far beyond the targets of lsgan.
    let fast = ["--lr-d", "0.01"];
    let before = bench
        .trained("before", &[&fast[..], &["--steps", "8"]].concat())
        .last();
    let flags = [
        &fast[..],
        &[
            "--steps",
            "9",
            "--at",
            "8:loss lsgan",
            "--at",
            "8:checkpoint",
        ],
    ];
    let run = bench.trained("switched", &flags.concat());
    let applied = run.of_kind("applied");
    let (from, to) = change(&applied[0], "discriminator logits, root mean square");
    let factor = (to.as_f64().unwrap() / from.as_f64().unwrap()) as f32;
    assert!(factor < 1.0);
    let after = run.checkpoint(8);
    let file = "discriminator.safetensors";
    for (layer, scaled) in [(0, false), (2, false), (4, false), (6, true)] {
        for part in ["weight", "bias"] {
            let name = format!("model.{layer}.{part}");
            let (old, new) = (before.tensor(file, &name), after.tensor(file, &name));
            let fits = old.iter().zip(&new).all(|(old, new)| {
                let wanted = if scaled { old * factor } else { *old };
                // The root mean square is reported with three decimals.
                (new - wanted).abs() <= wanted.abs() * if scaled { 2e-3 } else { 0.0 }
            });
            assert!(fits, "{name}");
        }
    }
    assert!(after.generator() == before.generator());
}
