#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::protocol::{
    Change, CheckpointReason, Command, Live, LrChange, LrTarget, Metrics, Position, Quality,
    Recorded, Source, Stat, State, StepWindow, Trouble, Value, Warning,
};

fn event(branch: u32, step: u64, body: Body) -> Arc<Event> {
    Arc::new(
        Event::new(
            Position {
                branch,
                step,
                images: step * 64,
                elapsed: step as f64,
            },
            body,
        )
        .timed(jiff::Timestamp::UNIX_EPOCH),
    )
}

fn window(step: u64) -> Body {
    Body::Recorded(Recorded::Step(StepWindow {
        from_step: step,
        epoch: 1,
        batch: step,
        metrics: Metrics::from([("d_loss".to_owned(), Stat::of(step as f64))]),
        steps_per_second: 1.0,
        images_per_second: 64.0,
    }))
}

fn rate(to: f64) -> Body {
    Body::Recorded(Recorded::Applied {
        request: None,
        source: Source::Viewer,
        signal: None,
        command: Command::Lr(LrTarget::D, LrChange::Set(to)),
        changes: vec![Change {
            key: "optimizer.d.lr".to_owned(),
            from: Value::Float(1.0),
            to: Value::Float(to),
        }],
        objective: None,
    })
}

fn note(text: &str) -> Body {
    Body::Recorded(Recorded::Note {
        text: text.to_owned(),
    })
}

#[test]
fn it_is_bounded_and_keeps_every_setting() {
    let mut digest = Digest::default();
    digest.take_in(&event(0, 0, rate(0.5)));
    for step in 1..=20_000 {
        digest.take_in(&event(0, step, window(step)));
        digest.take_in(&event(0, step, note("again")));
    }
    let before = digest.before();
    assert!(before.events.len() <= RARE + 10);
    assert_eq!(before.events[0].body, rate(0.5));
    let steps: Vec<u64> = before.events.iter().map(|e| e.step).collect();
    assert!(steps.is_sorted(), "oldest first");
    assert_eq!(
        before
            .events
            .iter()
            .filter(|e| matches!(e.body, Body::Recorded(Recorded::Step(_))))
            .count(),
        1
    );
    let history = before.history.unwrap();
    assert_eq!(history.last_step(), 20_000);
    assert_eq!(
        history
            .series("d_loss")
            .unwrap()
            .buckets()
            .iter()
            .map(|b| b.stat.count)
            .sum::<u64>(),
        20_000
    );
}

#[test]
fn a_branch_takes_back_later_events() {
    let mut digest = Digest::default();
    for step in 1..=100 {
        digest.take_in(&event(0, step, window(step)));
    }
    digest.take_in(&event(1, 60, note("went back")));
    assert_eq!(digest.before().history.unwrap().last_step(), 60);
    // Viewers come and go at any time, and stand for no branch.
    digest.take_in(&event(
        0,
        0,
        Body::Live(Live::Viewers {
            viewers: Vec::new(),
        }),
    ));
    digest.take_in(&event(1, 61, window(61)));
    assert_eq!(digest.before().history.unwrap().last_step(), 61);
}

#[test]
fn evaluations_are_in_the_history_and_the_newest_is_sent() {
    let fid = |value| {
        Body::Recorded(Recorded::Evaluated(Quality {
            values: [("fid".to_owned(), value)].into(),
            ..Quality::default()
        }))
    };
    let reason = "no judge".to_owned();
    let mut digest = Digest::default();
    digest.take_in(&event(0, 0, Body::Live(Live::Unjudged { reason })));
    digest.take_in(&event(0, 2000, fid(50.0)));
    digest.take_in(&event(0, 4010, window(4010)));
    // It took a while.
    digest.take_in(&event(0, 4000, fid(40.0)));
    let before = digest.before();
    let newest = before.events.iter().map(|e| &e.body).collect::<Vec<_>>();
    assert_eq!(newest.len(), 3);
    assert_eq!(newest[2], &fid(40.0));
    let history = before.history.unwrap();
    let buckets = history.series("fid").unwrap().buckets();
    let steps: Vec<_> = buckets.iter().map(|b| (b.to, b.stat.last)).collect();
    assert_eq!(steps, [(2000, 50.0), (4000, 40.0)]);
    assert_eq!(history.last_step(), 4010);
}

#[test]
fn a_continued_run_has_not_ended() {
    let mut digest = Digest::default();
    digest.take_in(&event(0, 1, window(1)));
    let state = Body::Live(Live::State {
        state: State::Paused,
        detail: String::new(),
        metrics: Metrics::new(),
    });
    digest.take_in(&event(0, 1, state));
    let error = "out of memory".to_owned();
    digest.take_in(&event(0, 1, Body::Recorded(Recorded::Failed { error })));
    assert_eq!(digest.before().events.len(), 3);
    let before = digest.reopened().before();
    assert_eq!(before.events.len(), 1);
    assert_eq!(before.events[0].body, window(1));
}

#[test]
fn a_trouble_that_was_opened_long_ago_is_known_until_it_is_resolved() {
    let warning = |step, warning| event(0, step, Body::Recorded(Recorded::Warning(warning)));
    let mut digest = Digest::default();
    digest.take_in(&warning(1, Warning::open(Trouble::Record, "full")));
    let reason = CheckpointReason::Interval;
    let trouble = Trouble::Checkpoint { reason };
    digest.take_in(&warning(2, Warning::open(trouble, "full as well")));
    digest.take_in(&warning(3, Warning::passing("said once")));
    let later = |digest: &mut Digest, from: u64| {
        for step in from..from + RARE as u64 {
            digest.take_in(&event(0, step, rate(1e-4)));
        }
    };
    let known = |digest: &Digest| {
        let events = digest.before().events.into_iter();
        let texts = events.filter_map(|e| match &e.body {
            Body::Recorded(Recorded::Warning(warning)) => Some(warning.text.clone()),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    };
    later(&mut digest, 10);
    assert_eq!(known(&digest), ["full", "full as well"]);
    digest.take_in(&warning(5_000, Warning::resolved(trouble, "saved")));
    assert_eq!(known(&digest), ["full", "full as well", "saved"]);
    later(&mut digest, 6_000);
    assert_eq!(known(&digest), ["full"]);
}
