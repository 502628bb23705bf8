//! Runs as a session would publish them, and what both streams then hold.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod classic;
mod streams;

use std::sync::Arc;

use super::*;
use crate::metric::{Good, MetricInfo, ObjectiveInfo};
use crate::protocol::{
    Change, CheckpointReason, Command, DatasetInfo, ImageGrid, Level, Live, Metrics, Outcome,
    OwnTrainer, Recorded, RunInfo, Samples, Source, Stat, State, StepWindow, Target, Trainer,
    Value, Warning,
};
use crate::session::{Commander, Hub};
use crate::shape::ImageShape;
use crate::testkit::{event, own_trainer, run_info, summary};

fn objective(name: &str, metrics: &[(&str, &str)]) -> ObjectiveInfo {
    let metric =
        |(name, panel): &(&str, &str)| MetricInfo::new(panel, name, name, Good::Balance, "");
    ObjectiveInfo {
        name: name.to_owned(),
        title: name.to_uppercase(),
        about: String::new(),
        metrics: metrics.iter().map(metric).collect(),
        references: vec![],
        score_is_probability: true,
    }
}

fn started(batches_per_epoch: u64, target: Target) -> Event {
    let own = OwnTrainer {
        dataset: DatasetInfo {
            classes: Vec::new(),
            name: "digits".to_owned(),
            images: batches_per_epoch * 64,
            shape: ImageShape::MNIST,
            digest: None,
            notice: Some("no network".to_owned()),
        },
        objective: objective(
            "gan",
            &[("d_loss", "loss"), ("d_real", "scores"), ("g_loss", "loss")],
        ),
        batches_per_epoch,
        ..own_trainer()
    };
    let info = RunInfo {
        dir: "runs/first one".into(),
        trainer: Trainer::Own(Box::new(own)),
        target,
        ..run_info()
    };
    event(0, Body::Recorded(Recorded::Started(Box::new(info))))
}

fn epochs(epochs: u64, batches_per_epoch: u64) -> Event {
    started(
        batches_per_epoch,
        Target {
            images: Some(epochs * batches_per_epoch * 64),
            ..Target::default()
        },
    )
}

fn window(epoch: u64, batch: u64) -> Event {
    let mut d_loss = Stat::of(9.0);
    d_loss.push(std::f64::consts::LN_2);
    let metrics = [
        ("d_loss", d_loss),
        ("d_real", Stat::of(0.5)),
        ("g_loss", Stat::of(f64::NAN)),
    ];
    let window = StepWindow {
        from_step: batch,
        epoch,
        batch,
        metrics: metrics.map(|(name, stat)| (name.to_owned(), stat)).into(),
        steps_per_second: 1.0,
        images_per_second: 64.0,
    };
    event(batch, Body::Recorded(Recorded::Step(window)))
}

fn finished() -> Event {
    let summary = Summary {
        outcome: Outcome::Stopped,
        reason: "stopped on request".to_owned(),
        epochs: 0.5333,
        seconds: 185.2,
        steps_per_second: 2.7,
        interventions: 1,
        ..summary(500)
    };
    event(500, Body::Recorded(Recorded::Finished(Box::new(summary))))
}

/// What a run that says `events` leaves on both streams.
fn print(format: Format, events: Vec<Event>) -> (Ending, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let printed = print_to(format, events, &mut out, &mut err);
    assert!(printed.lost.is_none());
    (
        printed.ending,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

fn print_to(
    format: Format,
    events: Vec<Event>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Printed {
    let hub = Hub::new();
    let commands = Commander::new(crossbeam_channel::unbounded().0, Source::Viewer);
    let viewer = Viewer {
        id: 0,
        before: crate::session::CatchUp::default(),
        events: hub.subscribe(),
        commands,
    };
    for event in events {
        hub.publish(event);
    }
    hub.close();
    run(&viewer, format, out, err, &mut |_| ())
}

fn lines(events: Vec<Event>) -> Vec<String> {
    print(Format::Text, events)
        .1
        .lines()
        .map(str::to_owned)
        .collect()
}
