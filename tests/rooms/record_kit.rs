//! Events and a run directory for tests of records.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use genai_tui::metric::ObjectiveInfo;
use genai_tui::metric::objectives::GAN;
use genai_tui::protocol::{
    Body, DatasetInfo, Event, ImageGrid, Live, Metrics, OwnTrainer, Position, Recorded, RunInfo,
    Samples, Stat, StepWindow, Summary, Target, Trainer,
};
use genai_tui::record::RunDir;
use genai_tui::shape::ImageShape;
use genai_tui::testkit::{own_trainer, run_info, summary};

pub fn event(step: u64, body: Body) -> Event {
    Event::new(
        Position {
            branch: 1,
            step,
            images: step * 64,
            elapsed: 1.5,
        },
        body,
    )
    .timed("2026-01-02T03:04:05.678Z".parse().unwrap())
}

pub fn objective() -> ObjectiveInfo {
    GAN.info()
}

pub fn started(dir: &Path) -> Event {
    let own = OwnTrainer {
        dataset: DatasetInfo {
            classes: Vec::new(),
            name: "digits".to_owned(),
            images: 1000,
            shape: ImageShape::MNIST,
            digest: None,
            notice: Some("n".to_owned()),
        },
        objective: objective(),
        batches_per_epoch: 16,
        ..own_trainer()
    };
    let info = RunInfo {
        dir: dir.to_path_buf(),
        trainer: Trainer::Own(Box::new(own)),
        target: Target {
            steps: Some(100),
            ..Target::default()
        },
        ..run_info()
    };
    event(0, Body::Recorded(Recorded::Started(Box::new(info))))
}

pub fn window(step: u64, loss: f64) -> Event {
    let window = StepWindow {
        from_step: step,
        epoch: 1,
        batch: step,
        metrics: Metrics::from([("d_loss".to_owned(), Stat::of(loss))]),
        steps_per_second: 50.0,
        images_per_second: 3200.0,
    };
    event(step, Body::Recorded(Recorded::Step(window)))
}

pub fn samples(step: u64, file: Option<&str>) -> Event {
    let images = Arc::new(ImageGrid::new(ImageShape::MNIST, vec![step as u8; 784 * 4]));
    let samples = Samples {
        columns: Vec::new(),
        images,
        count: 2,
        shape: ImageShape::MNIST,
        pairs: 0,
        scores: vec![0.25, 0.1],
        real_scores: vec![0.75, 0.9],
        diversity: 0.5,
    };
    let body = match file.map(str::to_owned) {
        Some(file) => Body::Recorded(Recorded::Samples { file, samples }),
        None => Body::Live(Live::Samples(samples)),
    };
    event(step, body)
}

pub fn finished(step: u64) -> Event {
    let summary = Summary {
        reason: "reached 100 steps".to_owned(),
        epochs: 6.5,
        interventions: 1,
        metrics: Metrics::from([("d_loss".to_owned(), Stat::of(0.5))]),
        checkpoint: Some("checkpoints/step-00000100".to_owned()),
        ..summary(step)
    };
    event(step, Body::Recorded(Recorded::Finished(Box::new(summary))))
}

/// A run in its own folder, held by this process.
pub struct Run {
    pub root: tempfile::TempDir,
    pub path: PathBuf,
    pub dir: RunDir,
}

pub fn run() -> Run {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("runs/first");
    let dir = RunDir::create(&path).unwrap();
    Run { root, path, dir }
}
