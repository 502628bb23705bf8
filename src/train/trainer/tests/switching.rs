//! A switch of the objective: what it resets, freezes and scales, and what takes it back.

use super::*;

#[test]
fn a_switch_zeroes_moments_freezes_g_for_the_warm_up_and_then_ramps() {
    let mut bench = bench(|c| {
        c.switch.warm_up_updates = 15;
        c.switch.ramp_steps = 4;
    });
    bench.steps(3);
    let before = bench.snapshot();
    assert!(
        !zero(Bench::slots(&before.weights.generator).2)
            && before.state.learner.g_optimizer.updates == 3
    );

    bench.command("loss wgan");
    let switched = bench.snapshot();
    for buffer in [&switched.weights.generator, &switched.weights.discriminator] {
        let (_, first, second) = Bench::slots(buffer);
        assert!(zero(first) && zero(second), "moments are zeroed");
    }
    assert_eq!(
        (
            switched.state.learner.g_optimizer.updates,
            switched.state.learner.d_optimizer.updates
        ),
        (0, 0)
    );
    assert!(
        Bench::slots(&switched.weights.generator).0 == Bench::slots(&before.weights.generator).0,
        "G keeps its weights"
    );
    assert!(
        Bench::slots(&switched.weights.discriminator)
            .0
            .iter()
            .all(|w| w.abs() <= 0.01),
        "the critic is clipped at once"
    );
    assert_eq!(switched.state.learner.settings.critic.n_critic, 5);

    // 15 updates at 5 a step: three steps in which only the critic learns.
    bench.steps(3);
    let warm = bench.snapshot();
    assert!(
        warm.weights.generator == switched.weights.generator,
        "G is frozen"
    );
    assert!(
        warm.weights.discriminator != switched.weights.discriminator,
        "D trains"
    );
    assert_eq!(warm.state.learner.d_optimizer.updates, 15);

    bench.trainer.learner.take_metrics().unwrap();
    let mut rates = Vec::new();
    for _ in 0..6 {
        bench.steps(1);
        rates.push(
            bench
                .trainer
                .learner
                .peek_metrics()
                .unwrap()
                .get("lr_g")
                .map_or_else(
                    || bench.trainer.journal.metrics().get("lr_g").unwrap().last,
                    |s| s.last,
                ),
        );
    }
    let full = 5e-5;
    for (rate, part) in rates.iter().zip([0.25, 0.5, 0.75, 1.0, 1.0, 1.0]) {
        assert!((rate - part * full).abs() < 1e-12, "{rates:?}");
    }
    assert!(
        bench.snapshot().weights.generator != warm.weights.generator,
        "G learns again"
    );
}

#[test]
fn a_switch_scales_logits_to_the_new_objective() {
    let mut bench = bench(|_| {});
    bench.steps(2);
    bench.scale_output(1, 1e4);
    bench.steps(1);
    let square = |bench: &Bench| {
        bench
            .trainer
            .learner
            .model()
            .logit_square()
            .unwrap()
            .unwrap()
    };
    let before = square(&bench);
    assert!(before > 4.0, "{before}");
    bench.command("loss lsgan");
    bench.steps(1);
    let after = square(&bench);
    assert!((0.1..4.0).contains(&after), "{after}");
}

#[test]
fn a_hard_alarm_soon_after_a_switch_restores_the_snapshot_and_changes_something() {
    let mut bench = bench(|_| {});
    bench.steps(5);
    let before = bench.snapshot();
    bench.command("loss lsgan");
    bench.steps(3);
    assert!(timeless(&bench.snapshot()) != timeless(&before));

    let guard = bench.trainer.rollback.take_way_back().unwrap();
    bench
        .trainer
        .take_switch_back(&guard, "a test asks for it")
        .unwrap();
    let mut after = bench.snapshot();
    assert_eq!(
        (after.state.progress.step(), after.state.progress.branch()),
        (5, 1)
    );
    assert_eq!(
        after.state.learner.settings.optimizer.d.lr,
        before.state.learner.settings.optimizer.d.lr / 2.0
    );
    assert_ne!(
        after.state.learner.streams.latents, before.state.learner.streams.latents,
        "latents are drawn anew"
    );
    // Everything else is unchanged.
    after.state.learner.settings = before.state.learner.settings.clone();
    after.state.learner.streams = before.state.learner.streams.clone();
    assert!(timeless(&after) == timeless(&before));

    let applied: Vec<String> = bench
        .events
        .try_iter()
        .filter_map(|e| match e.body {
            Body::Recorded(Recorded::Applied {
                source: Source::Guard,
                command,
                ..
            }) => Some(format!("{}:{command}", e.step)),
            _ => None,
        })
        .collect();
    assert_eq!(applied, ["5:loss gan", "5:lr *0.5"]);
}

#[test]
fn non_finite_numbers_after_a_switch_roll_it_back() {
    let mut bench = bench(|_| {});
    bench.steps(4);
    bench.command("loss lsgan");
    bench.scale_output(1, 1e30);
    bench.steps(1);
    let state = bench.snapshot().state;
    assert_eq!(
        (
            state.learner.settings.objective.as_str(),
            state.progress.step(),
            state.progress.branch()
        ),
        ("gan", 4, 1)
    );
    bench.steps(1);
    let alarms: Vec<Body> = bench
        .events
        .try_iter()
        .map(|e| e.body)
        .filter(|b| matches!(b, Body::Recorded(Recorded::Alarm { .. })))
        .collect();
    assert!(
        bench.trainer.control.end().is_none(),
        "and training continues: {alarms:?}"
    );
}
