//! `--tensorboard`: event files next to the record, with the same values.

use std::fs;
use std::path::{Path, PathBuf};

use genai_tui::logs::{self, Format, Points, Reached, Run};
use genai_tui::protocol::{Body, Recorded};
use genai_tui::record::read_counting;

use crate::workbench::{Bench, names};

fn event_files(dir: &Path) -> Vec<PathBuf> {
    let found = names(dir)
        .into_iter()
        .filter(|name| name.contains("tfevents"));
    found.map(|name| dir.join(name)).collect()
}

/// The event files alone, as another tool's run.
fn alone(dir: &Path) -> PathBuf {
    let folder = dir.join("../../alone");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    for file in event_files(dir) {
        fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    folder
}

fn run_in(dir: &Path) -> logs::Found {
    let mut found = logs::find(dir).unwrap().runs;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.pop().unwrap()
}

fn points(dir: &Path) -> Points {
    let (mut source, mut points) = (logs::open(&run_in(dir)), Points::default());
    while source.read(u64::MAX, &mut points).unwrap() == Reached::More {}
    points
}

#[test]
fn event_files_have_the_values_of_the_record_also_after_a_resume() {
    let bench = Bench::new();
    let flags = [
        "--tensorboard",
        "--seed",
        "3",
        "--set",
        "events.every_batches=1",
    ];
    let more = [
        "--at",
        "3:lr /2",
        "--at",
        "4:note half way",
        "--at",
        "8:checkpoint",
    ];
    let run = bench.trained("a", &[&flags[..], &more, &["--steps", "12"]].concat());
    let resumed = ["--no-tui", "--resume", "a@8", "--steps", "16"];
    let done = bench.run(&resumed);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(event_files(&run.dir).len(), 2);
    // The run directory is still one run, this program's.
    assert_eq!(run_in(&run.dir).format, Format::Own);

    let alone = alone(&run.dir);
    let found = run_in(&alone);
    assert_eq!(found.format, Format::TensorBoard);
    let points = points(&alone);
    let steps = read_counting(&run.dir.join("events.jsonl")).unwrap();
    let mut compared = 0;
    for event in steps.map(Result::unwrap) {
        let Body::Recorded(Recorded::Step(window)) = &event.body else {
            continue;
        };
        for (name, stat) in &window.metrics {
            let (_, all) = points.metrics().find(|(tag, _)| tag == name).unwrap();
            let there = all.iter().find(|point| point.step == event.step);
            let there = there.unwrap_or_else(|| panic!("{name} at {}", event.step));
            let wanted = stat.mean as f32;
            assert!(
                (there.value as f32).to_bits() == wanted.to_bits()
                    || there.value.is_nan() && wanted.is_nan(),
                "{name} at {}: {} is not {wanted}",
                event.step,
                there.value
            );
            compared += 1;
        }
    }
    assert!(compared > 16 * 5, "{compared}");
    let (_, losses) = points.metrics().find(|(tag, _)| *tag == "d_loss").unwrap();
    let steps: Vec<u64> = losses.iter().map(|point| point.step).collect();
    assert_eq!(steps, (1..=16).collect::<Vec<u64>>());

    let mut run = Run::open(&found);
    run.read_all().unwrap();
    let about = run.about();
    assert_eq!(about.config["seed"].to_string(), "3");
    assert_eq!(about.state(jiff::Timestamp::now()), logs::State::Finished);
    assert!(about.notes.is_empty(), "{:?}", about.notes);
    let texts: Vec<&str> = run.texts().iter().map(|text| text.text.as_str()).collect();
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("`lr *0.5`\n- `optimizer.d.lr`: ")),
        "{texts:?}"
    );
    assert!(texts.contains(&"half way"), "{texts:?}");
    let pictures = &run.pictures()["samples"];
    let image = logs::load(&pictures[0]).unwrap();
    assert_eq!(image.count(), 1);
    // Four images of MNIST's size and the gaps around them.
    assert_eq!((image.shape().width(), image.shape().height()), (62, 62));
}

#[test]
fn without_the_flag_there_are_no_event_files() {
    let bench = Bench::new();
    let run = bench.trained("a", &["--steps", "2"]);
    assert_eq!(event_files(&run.dir), Vec::<PathBuf>::new());
}
