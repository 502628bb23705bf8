//! An ended run, read back as a viewer would have seen it.

use std::fs;
use std::sync::Arc;

use genai_tui::protocol::{Body, Event, ImageGrid, Live, Recorded, Samples};
use genai_tui::record::{Recorder, facts, replay};
use genai_tui::shape::ImageShape;

use crate::record_kit::{Run, event, finished, run, started, window};

/// Four images of one shade.
fn samples(step: u64, kept: bool) -> Event {
    let samples = Samples {
        columns: Vec::new(),
        images: Arc::new(ImageGrid::new(ImageShape::MNIST, vec![step as u8; 784 * 4])),
        count: 4,
        shape: ImageShape::MNIST,
        pairs: 0,
        scores: vec![0.5; 4],
        real_scores: Vec::new(),
        diversity: 1.0,
    };
    let body = if kept {
        let file = format!("samples/step-{step:08}.png");
        Body::Recorded(Recorded::Samples { file, samples })
    } else {
        Body::Live(Live::Samples(samples))
    };
    event(step, body)
}

fn recorded(events: &[Event]) -> Run {
    let run = run();
    let mut recorder = Recorder::new(&run.dir);
    for event in events {
        assert_eq!(recorder.handle(event), None);
    }
    recorder.finish().unwrap();
    run
}

/// The steps of the samples, with the shade of those with images.
fn shades(run: &Run) -> Vec<(u64, Option<u8>)> {
    let shade = |e: Event| match e.body {
        Body::Recorded(Recorded::Samples { samples: s, .. }) | Body::Live(Live::Samples(s)) => {
            Some((e.step, s.images.image(3).and_then(|i| i.first().copied())))
        }
        _ => None,
    };
    replay(&run.path).unwrap().filter_map(shade).collect()
}

#[test]
fn every_event_is_replayed_and_the_newest_samples_have_images() {
    let run = recorded(&[
        started(std::path::Path::new("x")),
        samples(0, true),
        window(5, 0.5),
        samples(5, true),
        window(6, 0.25),
    ]);
    assert_eq!(shades(&run), [(0, None), (5, Some(5))]);
    let steps: Vec<u64> = replay(&run.path).unwrap().map(|e| e.step).collect();
    assert_eq!(steps, [0, 0, 5, 5, 6]);
    // The newest readable one.
    fs::write(run.dir.samples().join("step-00000005.png"), "torn").unwrap();
    assert_eq!(shades(&run), [(0, Some(0)), (5, None)]);
    fs::remove_dir_all(run.dir.samples()).unwrap();
    assert_eq!(shades(&run), [(0, None), (5, None)]);
}

#[test]
fn the_picture_of_the_end_is_shown_although_it_has_no_event() {
    let run = recorded(&[samples(0, true), samples(90, false), finished(100)]);
    assert_eq!(shades(&run), [(0, Some(0)), (90, Some(90))]);
    let kinds: Vec<bool> = replay(&run.path)
        .unwrap()
        .map(|e| matches!(e.body, Body::Recorded(Recorded::Finished(_))))
        .collect();
    assert_eq!(kinds, [false, false, true]);
}

#[test]
fn bad_lines_are_skipped_and_counted() {
    let run = recorded(&[window(1, 0.5), window(2, 0.5)]);
    let mut text = fs::read_to_string(run.dir.events()).unwrap();
    text.insert_str(0, "oops\n");
    text.push_str("{\"schema\":1,\"bran");
    fs::write(run.dir.events(), text).unwrap();
    let mut events = replay(&run.path).unwrap();
    assert_eq!(events.by_ref().count(), 2);
    assert_eq!(events.unreadable(), 2);
    assert!(replay(run.path.parent().unwrap()).is_err());
}

#[test]
fn a_crashed_run_says_how_to_continue() {
    let run = recorded(&[started(std::path::Path::new("x")), window(7, 0.5)]);
    assert!(
        facts(&run.path)
            .unwrap()
            .in_words()
            .starts_with("this run is training: process ")
    );
    let Run {
        path,
        dir,
        root: _root,
    } = run;
    drop(dir);
    let words = facts(&path).unwrap().in_words();
    assert_eq!(
        words,
        "this run was not ended: the process died after step 7; it has no checkpoint to resume from"
    );
    fs::create_dir_all(path.join("checkpoints/step-00000005")).unwrap();
    fs::write(
        path.join("checkpoints/step-00000005/generator.safetensors"),
        "",
    )
    .unwrap();
    let words = facts(&path).unwrap().in_words();
    assert!(
        words.ends_with(&format!(
            "; `genai-tui --resume {}` resumes from step 5",
            path.display()
        )),
        "{words}"
    );
}
