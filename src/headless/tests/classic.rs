//! The lines on stdout in text format.

use super::*;
use crate::protocol::Quality;

#[test]
fn the_classic_line_is_exact_and_has_the_objectives_metrics() {
    assert_eq!(
        lines(vec![
            epochs(1000, 938),
            window(1, 90),
            window(1, 100),
            window(1, 110),
            window(1, 200)
        ]),
        [
            "Epoch [1/1000], Step [100/938], d_loss: 0.6931, g_loss: NaN",
            "Epoch [1/1000], Step [200/938], d_loss: 0.6931, g_loss: NaN",
        ]
    );
}

#[test]
fn a_line_is_printed_after_the_window_that_passes_its_step() {
    let steps = [
        (1, 98),
        (1, 103),
        (1, 108),
        (1, 938),
        (2, 5),
        (2, 98),
        (2, 103),
    ];
    let windows = steps.map(|(epoch, batch)| window(epoch, batch));
    let lines = lines([epochs(2, 938)].into_iter().chain(windows).collect());
    let counters: Vec<&str> = lines
        .iter()
        .map(|l| l.split(", d_loss").next().unwrap())
        .collect();
    assert_eq!(
        counters,
        [
            "Epoch [1/2], Step [103/938]",
            "Epoch [1/2], Step [938/938]",
            "Epoch [2/2], Step [103/938]"
        ]
    );
}

#[test]
fn an_evaluation_prints_a_line_with_its_measures() {
    let quality = |values: &[(&str, f64)], classes: Vec<f64>| {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        event(
            2000,
            Body::Recorded(Recorded::Evaluated(Quality {
                values: values.collect(),
                classes,
                ..Quality::default()
            })),
        )
    };
    let all = [
        ("fid", 41.2),
        ("score", 5.914),
        ("modes", 8.0),
        ("unsure", 0.5),
    ];
    assert_eq!(
        lines(vec![
            epochs(1, 938),
            quality(&all, vec![0.1; 10]),
            quality(&all[..1], Vec::new()),
        ]),
        [
            "Evaluation, Step [2000]: fid 41.20, score 5.91, modes 8/10",
            "Evaluation, Step [2000]: fid 41.20",
        ]
    );
}

#[test]
fn short_epochs_have_one_line_each() {
    let steps = [(1, 10), (1, 20), (2, 10), (2, 20), (3, 2), (3, 20)];
    let windows = steps.map(|(epoch, batch)| window(epoch, batch));
    let lines = lines([epochs(3, 20)].into_iter().chain(windows).collect());
    let counters: Vec<&str> = lines
        .iter()
        .map(|l| l.split(", d_loss").next().unwrap())
        .collect();
    assert_eq!(
        counters,
        [
            "Epoch [1/3], Step [20/20]",
            "Epoch [2/3], Step [20/20]",
            "Epoch [3/3], Step [20/20]"
        ]
    );
}

#[test]
fn without_epochs_the_total_comes_from_the_steps_or_is_left_out() {
    let first = |target| {
        lines(vec![started(938, target), window(1, 100)])[0]
            .split(',')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        first(Target {
            steps: Some(2000),
            ..Target::default()
        }),
        "Epoch [1/3]"
    );
    assert_eq!(
        first(Target {
            seconds: Some(60.0),
            ..Target::default()
        }),
        "Epoch [1]"
    );
}

#[test]
fn after_a_rollback_lines_are_printed_again() {
    let lines = lines(vec![
        epochs(9, 938),
        window(1, 100),
        window(1, 200),
        window(1, 150),
        window(1, 200),
    ]);
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_switch_changes_the_losses_of_the_line() {
    let objective = Some(Box::new(objective(
        "wgan",
        &[("distance", "loss"), ("d_loss", "loss")],
    )));
    let command = Command::Objective("wgan".to_owned());
    let switch = Body::Recorded(Recorded::Applied {
        request: None,
        source: Source::Script,
        signal: None,
        command,
        changes: vec![],
        objective,
    });
    let mut after = window(1, 100);
    if let Body::Recorded(Recorded::Step(window)) = &mut after.body {
        window.metrics.insert("distance".to_owned(), Stat::of(12.5));
    }
    assert_eq!(
        lines(vec![epochs(5, 938), event(50, switch), after]),
        ["Epoch [1/5], Step [100/938], distance: 12.5000, d_loss: 0.6931"]
    );
}
