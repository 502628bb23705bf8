//! What conditions see of a step, and rules after a rewind.

use super::*;

#[test]
fn conditions_see_each_step_and_the_last_of_several_updates() {
    let mut bench = bench(|c| {
        c.critic.n_critic = 2;
        // Two steps take four of the five batches of an epoch, with which the window ends.
        c.events.every_batches = 1_000;
    });
    for step in 1..=2 {
        bench.steps(1);
        let seen = bench
            .trainer
            .learner
            .newest_metrics(|name| name != "lr_d")
            .unwrap();
        let of = |metric| seen.iter().filter(move |(name, _)| *name == metric);
        assert_eq!((of("d_loss").count(), of("g_loss").count()), (2, 1));
        assert_eq!(of("lr_d").count(), 0);
        let window = bench.trainer.learner.peek_metrics().unwrap();
        assert_eq!(window["d_loss"].count, 2 * step);
        assert_eq!(window["d_loss"].last, of("d_loss").next_back().unwrap().1);
    }
}

#[test]
fn a_rule_triggers_again_on_a_new_branch() {
    let rule = "rules=[{ when = 'd_real > -100 for 6', do = 'checkpoint' }]";
    let mut bench = bench(|c| {
        let sources = Sources {
            set: vec![rule.to_owned()],
            ..Sources::default()
        };
        c.rules = resolve(sources).unwrap().config.rules;
        c.rewind.every_steps = 4;
    });
    let rules = |bench: &Bench| {
        let events = bench.events.try_iter();
        let rules = events.filter(|e| matches!(e.body, Body::Recorded(Recorded::Rule(_))));
        rules.map(|e| (e.branch, e.step)).collect::<Vec<_>>()
    };
    bench.scripted(7);
    assert_eq!(bench.trainer.guards.state().triggered.len(), 1);
    assert_eq!(rules(&bench), [(0, 6)]);
    bench.command("rewind");
    assert_eq!(bench.trainer.progress.step(), 4);
    assert!(bench.trainer.guards.state().triggered.is_empty());
    bench.scripted(4);
    assert_eq!(rules(&bench), [(1, 6)], "four steps of the row were kept");
}
