//! The thread that looks for runs and reads them.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use genai_tui::logs::State;
use genai_tui::workspace::{News, Reading, RunId, Wanted};
use jiff::Timestamp;

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for a piece of news that is right.
fn wait<T>(reading: &Reading, mut right: impl FnMut(News) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(found) = reading.next(Duration::from_millis(50)).and_then(&mut right) {
            return found;
        }
    }
    unreachable!("no such news in {PATIENCE:?}");
}

#[test]
fn a_drawn_log_is_followed_while_it_grows_and_a_run_that_comes_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("a/log.csv");
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    fs::write(&log, "step,loss\n1,0.5\n2,0.25\n").unwrap();
    let mut reading = Reading::start(vec![dir.path().to_path_buf()]).unwrap();
    let found = wait(&reading, |news| match news {
        News::Found(found) => Some(found),
        _ => None,
    });
    assert_eq!(found.name, "a");
    reading.want(Wanted {
        drawn: [RunId(0)].into(),
        metrics: ["loss".to_owned()].into(),
        ..Wanted::default()
    });
    let last_at = |reading: &Reading, step: u64| {
        wait(reading, |news| match news {
            News::Curves(RunId(0), curves) => {
                let last = curves.series.get("loss")?.last()?.to;
                (last == step).then_some(())
            }
            _ => None,
        });
    };
    last_at(&reading, 2);
    let mut file = fs::OpenOptions::new().append(true).open(&log).unwrap();
    file.write_all(b"3,0.125\n").unwrap();
    last_at(&reading, 3);
    fs::create_dir(dir.path().join("b")).unwrap();
    fs::write(dir.path().join("b/log.csv"), "step,loss\n1,1.5\n").unwrap();
    let name = wait(&reading, |news| match news {
        News::Found(found) => Some(found.name),
        _ => None,
    });
    assert_eq!(name, "b");
}

#[test]
fn only_what_is_looked_at_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        let mut text = "step,loss\n".to_owned();
        for step in 0..40_000 {
            writeln!(text, "{step},0.5").unwrap();
        }
        fs::write(dir.path().join(name).join("log.csv"), text).unwrap();
    }
    let mut reading = Reading::start(vec![dir.path().to_path_buf()]).unwrap();
    let mut beginnings = 0;
    wait(&reading, |news| {
        if let News::Known(_, known) = news {
            assert!(!known.is_whole);
            beginnings += 1;
        }
        (beginnings == 2).then_some(())
    });
    reading.want(Wanted {
        seen: [RunId(1)].into(),
        ..Wanted::default()
    });
    let (id, step) = wait(&reading, |news| match news {
        News::Known(id, known) if known.is_whole => Some((id, known.step)),
        _ => None,
    });
    assert_eq!((id, step), (RunId(1), Some(39_999)));
}

/// A run that has ended is read once for its row, and closed. Drawn later, it is read again, to its end.
#[test]
fn a_run_that_is_drawn_after_it_was_read_is_drawn_to_its_end() {
    const STEPS: u64 = 250_000;
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.csv");
    let mut text = "step,loss\n".to_owned();
    for step in 0..STEPS {
        writeln!(text, "{step},0.5").unwrap();
    }
    assert!(text.len() > 2 << 20, "more than is read at once");
    fs::write(&log, text).unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    let file = fs::File::options().write(true).open(&log).unwrap();
    file.set_modified(long_ago).unwrap();
    let mut reading = Reading::start(vec![dir.path().to_path_buf()]).unwrap();
    reading.want(Wanted {
        seen: [RunId(0)].into(),
        ..Wanted::default()
    });
    wait(&reading, |news| match news {
        News::Known(_, known) if known.is_whole => Some(()),
        _ => None,
    });
    reading.want(Wanted {
        drawn: [RunId(0)].into(),
        metrics: ["loss".to_owned()].into(),
        ..Wanted::default()
    });
    wait(&reading, |news| match news {
        News::Curves(_, curves) => {
            let last = curves.series.get("loss")?.last()?.to;
            (last == STEPS - 1).then_some(())
        }
        _ => None,
    });
}

/// Nobody knows whether a log that says no times goes on, until it does.
#[test]
fn a_silent_log_is_live_once_it_was_seen_to_grow() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.csv");
    fs::write(&log, "step,loss\n1,0.5\n2,0.25\n").unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    let mut file = fs::File::options().append(true).open(&log).unwrap();
    file.set_modified(long_ago).unwrap();
    let mut reading = Reading::start(vec![dir.path().to_path_buf()]).unwrap();
    reading.want(Wanted {
        seen: [RunId(0)].into(),
        ..Wanted::default()
    });
    let state_at = |reading: &Reading, step: u64| {
        wait(reading, |news| match news {
            News::Known(_, known) if known.is_whole && known.step == Some(step) => {
                Some(known.about.state(Timestamp::now()))
            }
            _ => None,
        })
    };
    assert_eq!(state_at(&reading, 2), State::Unknown);
    file.write_all(b"3,0.125\n").unwrap();
    file.set_modified(long_ago + Duration::from_secs(60))
        .unwrap();
    assert_eq!(state_at(&reading, 3), State::Live);
}

/// A share is unmounted and mounted again.
#[test]
fn a_log_that_comes_back_as_it_was_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let (log, aside) = (dir.path().join("runs/log.csv"), dir.path().join("aside"));
    fs::create_dir(dir.path().join("runs")).unwrap();
    fs::write(&log, "step,loss\n1,0.5\n").unwrap();
    let mut reading = Reading::start(vec![dir.path().join("runs")]).unwrap();
    reading.want(Wanted {
        seen: [RunId(0)].into(),
        ..Wanted::default()
    });
    let known = |news| match news {
        News::Known(..) => Some(()),
        _ => None,
    };
    wait(&reading, known);
    fs::rename(&log, &aside).unwrap();
    wait(&reading, |news| match news {
        News::Gone(_, true) => Some(()),
        _ => None,
    });
    fs::rename(&aside, &log).unwrap();
    wait(&reading, |news| match news {
        News::Gone(_, false) => Some(()),
        _ => None,
    });
    wait(&reading, known);
}

#[test]
fn a_finished_log_that_is_written_anew_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let whole = "wandb/offline-run-20231114_221320-seed0/run-seed0.wandb";
    let bytes = fs::read(super::samples().join(whole)).unwrap();
    let log = dir.path().join("run-1.wandb");
    fs::write(&log, &bytes).unwrap();
    let mut reading = Reading::start(vec![dir.path().to_path_buf()]).unwrap();
    reading.want(Wanted {
        seen: [RunId(0)].into(),
        ..Wanted::default()
    });
    let has_ended = |reading: &Reading| {
        wait(reading, |news| match news {
            News::Known(_, known) if known.is_whole => Some(known.about.ending.is_some()),
            _ => None,
        })
    };
    assert!(has_ended(&reading));
    fs::write(&log, &bytes[..bytes.len() / 2]).unwrap();
    assert!(!has_ended(&reading));
}
