#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use super::frame::{self, FrameError, Incoming, TO_HOST, TO_VIEWER};
use super::message::Packet;
use crate::history::History;
use crate::protocol::{
    Body, Change, CheckpointReason, Command, Event, ImageGrid, Level, Live, Metrics, Position,
    Quality, Recorded, Samples, Source, Stat, State, StepWindow, Value, ViewerInfo, Warning,
};
use crate::shape::ImageShape;

fn event(body: Body) -> Event {
    Event::new(
        Position {
            branch: 2,
            step: 5,
            images: 320,
            elapsed: 1.0,
        },
        body,
    )
    .numbered(Some(17), None)
    .timed(jiff::Timestamp::UNIX_EPOCH)
}

fn there_and_back(event: &Event) -> Event {
    let mut bytes = Vec::new();
    frame::write(&mut bytes, &Packet::of(event)).unwrap();
    frame::read::<Packet<Event>>(&mut Cursor::new(bytes), TO_VIEWER)
        .unwrap()
        .unpack()
}

/// Images of 8×12 pixels in colour.
fn colour() -> ImageShape {
    ImageShape::new(3, 8, 12).unwrap()
}

fn metrics(value: f64) -> Metrics {
    Metrics::from([("d_loss".to_owned(), Stat::of(value))])
}

#[test]
fn every_kind_of_event_arrives_unchanged() {
    let text = || "ein Wort: ×½ → ok".to_owned();
    let change = |from, to| Change {
        key: "a.b".to_owned(),
        from,
        to,
    };
    let bodies = [
        Body::Recorded(Recorded::Step(StepWindow {
            from_step: 4,
            epoch: 1,
            batch: 5,
            metrics: metrics(f64::NEG_INFINITY),
            steps_per_second: f64::INFINITY,
            images_per_second: 0.0,
        })),
        Body::Recorded(Recorded::Samples {
            file: "samples/x.png".to_owned(),
            samples: Samples {
                columns: Vec::new(),
                images: Arc::new(ImageGrid::new(
                    colour(),
                    (0..288 * 3).map(|i| i as u8).collect(),
                )),
                count: 3,
                shape: colour(),
                pairs: 0,
                scores: vec![0.25, f32::INFINITY, -1.0],
                real_scores: vec![f32::NEG_INFINITY, 2.0],
                diversity: 1.0,
            },
        }),
        Body::Recorded(Recorded::Applied {
            request: Some(u64::MAX),
            source: Source::Remote,
            signal: None,
            command: "rewind 500 lr *0.5".parse::<Command>().unwrap(),
            changes: vec![
                change(Value::Float(1.0), Value::Float(0.5)),
                change(Value::Integer(-1), Value::Integer(3)),
                change(Value::Bool(true), Value::Text("x".to_owned())),
            ],
            objective: None,
        }),
        Body::Recorded(Recorded::Rejected {
            request: None,
            source: Source::Viewer,
            command: Command::Stop,
            reason: text(),
        }),
        Body::Recorded(Recorded::Alarm {
            alarm: "d_collapse".to_owned(),
            level: Level::Critical,
            text: text(),
        }),
        Body::Recorded(Recorded::Checkpoint {
            path: text(),
            reason: CheckpointReason::Request,
        }),
        Body::Recorded(Recorded::Evaluated(Quality {
            n: 2000,
            from_step: Some(1),
            real: 2000,
            values: [("fid", 41.25), ("recall", f64::INFINITY)]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            floor: [("fid".to_owned(), 0.18)].into(),
            classes: vec![0.25, 0.75],
            dropped: 2,
            seconds: 0.3,
        })),
        Body::Live(Live::Unjudged { reason: text() }),
        Body::Recorded(Recorded::Note { text: text() }),
        Body::Recorded(Recorded::Warning(Warning::passing(text()))),
        Body::Recorded(Recorded::Failed { error: text() }),
        Body::Live(Live::Loading {
            what: text(),
            done: Some(1),
            total: None,
        }),
        Body::Live(Live::Viewers {
            viewers: vec![ViewerInfo {
                id: 3,
                name: text(),
                control: true,
            }],
        }),
        Body::Live(Live::State {
            state: State::WarmUp,
            detail: text(),
            metrics: metrics(1.0),
        }),
    ];
    for body in bodies {
        let sent = event(body);
        assert_eq!(there_and_back(&sent), sent);
    }
}

#[test]
fn nan_arrives_as_nan() {
    let sent = event(Body::Live(Live::State {
        state: State::Running,
        detail: String::new(),
        metrics: metrics(f64::NAN),
    }));
    let Body::Live(Live::State { metrics, .. }) = there_and_back(&sent).body else {
        unreachable!("another event");
    };
    let stat = metrics["d_loss"];
    assert!(stat.min.is_nan() && stat.last.is_nan());
    assert_eq!(stat.count, 1);
}

#[test]
fn a_received_history_continues_like_the_original() {
    let mut history = History::default();
    for step in 1..=5_000 {
        history.push(
            step,
            step,
            &metrics(if step == 77 { f64::NAN } else { step as f64 }),
        );
    }
    let mut bytes = Vec::new();
    frame::write(&mut bytes, &history).unwrap();
    let mut copy: History = frame::read(&mut Cursor::new(bytes), TO_VIEWER).unwrap();
    for history in [&mut history, &mut copy] {
        history.push(5_001, 5_001, &metrics(-3.0));
    }
    // NaN is not equal to itself, but it is written alike.
    assert_eq!(format!("{history:?}"), format!("{copy:?}"));
}

#[test]
fn long_truncated_and_invalid_frames_are_errors() {
    let read = |bytes: &[u8]| frame::read::<Vec<u8>>(&mut Cursor::new(bytes.to_vec()), TO_HOST);
    assert!(matches!(read(b""), Err(FrameError::Closed)));
    assert!(matches!(read(b"\x01\0"), Err(FrameError::Io(_))));
    assert!(matches!(read(b"\x05\0\0\0\x91"), Err(FrameError::Io(_))));
    let found = TO_HOST + 1;
    let long = u32::try_from(found).unwrap().to_le_bytes();
    assert!(matches!(read(&long), Err(FrameError::TooLong { found: f, .. }) if f == found));
    assert!(matches!(
        read(b"\x01\0\0\0\xc1"),
        Err(FrameError::Malformed(_))
    ));
    // An array of four billion, of which nothing comes.
    assert!(matches!(
        read(b"\x05\0\0\0\xdd\xff\xff\xff\xff"),
        Err(FrameError::Malformed(_))
    ));
}

#[test]
fn a_wait_times_out_even_if_bytes_trickle_in() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let dripping = std::thread::spawn(move || {
        use std::io::Write;
        let mut to = &theirs;
        while to.write_all(b"\0").is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let mut from = Incoming::within(&ours, Duration::from_millis(100));
    let mut bytes = Vec::new();
    let error = from.read_to_end(&mut bytes).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    drop(ours);
    dripping.join().unwrap();
}
