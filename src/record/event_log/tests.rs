#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use super::*;
use crate::protocol::{Body, Metrics, Recorded, Stat, StepWindow};
use crate::testkit::event;

/// A disk with room for so many bytes.
#[derive(Default)]
struct Disk {
    taken: Vec<u8>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(self.room - self.taken.len());
        self.taken.extend_from_slice(&bytes[..n]);
        if n == 0 {
            Err(ErrorKind::StorageFull.into())
        } else {
            Ok(n)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn window(step: u64, loss: f64) -> Event {
    let metrics = Metrics::from([("d_loss".to_owned(), Stat::of(loss))]);
    let window = StepWindow {
        from_step: step,
        epoch: 1,
        batch: step,
        metrics,
        steps_per_second: 1.0,
        images_per_second: 64.0,
    };
    event(step, Body::Recorded(Recorded::Step(window)))
}

fn note(step: u64) -> Event {
    event(
        step,
        Body::Recorded(Recorded::Note {
            text: "n".to_owned(),
        }),
    )
}

fn lines(disk: &Disk) -> Vec<Event> {
    std::str::from_utf8(&disk.taken)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn events_are_written_once_when_a_full_disk_has_room_again() {
    let mut log = EventLog::new(Disk {
        room: 500,
        ..Disk::default()
    });
    let all: Vec<Event> = (1..=20).map(|step| window(step, 0.5)).collect();
    for event in &all {
        log.push(event.clone());
    }
    assert_eq!(log.flush().unwrap_err().kind(), ErrorKind::StorageFull);
    // It stopped inside of a line.
    assert_eq!(log.sink.taken.len(), 500);
    assert_ne!(log.sink.taken.last(), Some(&b'\n'));
    assert!((1..20).contains(&log.waiting()));
    assert!(log.flush().is_err());
    log.sink.room = 1 << 20;
    log.flush().unwrap();
    assert_eq!((lines(&log.sink), log.waiting()), (all, 0));
    assert_eq!(log.take_losses(), Losses::default());
}

#[test]
fn a_queue_that_is_full_merges_windows_and_keeps_every_extreme() {
    let mut log = EventLog::new(Disk::default());
    let count = 3 * QUEUE as u64;
    for step in 1..=count {
        log.push(window(step, if step == 77 { 1e6 } else { step as f64 }));
        assert!(log.waiting() <= QUEUE + 1);
    }
    log.sink.room = usize::MAX;
    log.flush().unwrap();
    let windows: Vec<_> = lines(&log.sink)
        .into_iter()
        .map(|e| match e.body {
            Body::Recorded(Recorded::Step(window)) => {
                (window.from_step, e.step, window.metrics["d_loss"])
            }
            other => unreachable!("{other:?}"),
        })
        .collect();
    assert_eq!(windows.first().unwrap().0, 1);
    assert_eq!(windows.last().unwrap().1, count);
    assert!(windows.windows(2).all(|pair| pair[1].0 == pair[0].1 + 1));
    assert_eq!(windows.iter().map(|w| w.2.count).sum::<u64>(), count);
    assert!(windows.iter().any(|w| w.2.max >= 1e6) && windows[0].2.min <= 1.0);
    let losses = log.take_losses();
    assert_eq!(
        (losses.merged, losses.lost),
        (count - windows.len() as u64, 0)
    );
}

#[test]
fn windows_are_not_merged_across_an_intervention_or_a_branch() {
    let mut queue = VecDeque::from([
        window(1, 1.0),
        note(1),
        window(2, 2.0),
        window(3, 3.0),
        window(4, 4.0),
    ]);
    queue[4].branch = 1;
    assert_eq!(merge_steps(&mut queue), 1);
    let steps: Vec<_> = queue
        .iter()
        .map(|e| {
            (
                e.branch,
                e.step,
                matches!(e.body, Body::Recorded(Recorded::Step(_))),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [(0, 1, true), (0, 1, false), (0, 3, true), (1, 4, true)]
    );
}

#[test]
fn unmergeable_events_are_dropped_by_importance_and_counted() {
    let mut log = EventLog::new(Disk::default());
    log.push(window(0, 0.5));
    for step in 1..=QUEUE as u64 {
        log.push(note(step));
    }
    assert!(log.waiting() <= QUEUE);
    log.sink.room = usize::MAX;
    log.flush().unwrap();
    let left = lines(&log.sink);
    assert!(
        left.iter()
            .all(|e| matches!(e.body, Body::Recorded(Recorded::Note { .. })))
    );
    assert_eq!(left.last().unwrap().step, QUEUE as u64);
    assert_eq!(
        log.take_losses(),
        Losses {
            merged: 0,
            lost: 1 + QUEUE as u64 - left.len() as u64
        }
    );
}
