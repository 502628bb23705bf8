//! A session runs any engine: here engines that are not this program's trainer.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use genai_tui::config::{Sources, resolve};
use genai_tui::protocol::{
    Body, Command, Event, Outcome, Position, Recorded, RunInfo, Source, Summary,
};
use genai_tui::record::{CONFIG, EVENTS, SUMMARY, read_events};
use genai_tui::session::{
    Engine, EngineError, OpenFor, Session, SessionError, Setup, Viewer, Wiring,
};
use genai_tui::testkit::{run_info, summary};

/// An engine made from a closure.
struct Does<F>(F);

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the belt is torn")
    }
}

impl std::error::Error for Broken {}

impl EngineError for Broken {
    fn is_input(&self) -> bool {
        true
    }
}

impl<F: FnOnce(Wiring) -> Result<Summary, Broken> + Send + 'static> Engine for Does<F> {
    type Error = Broken;

    fn run(self, wiring: Wiring) -> Result<Summary, Broken> {
        (self.0)(wiring)
    }
}

fn setup(dir: &Path, open_for: OpenFor) -> Setup {
    Setup {
        name: "first".to_owned(),
        dir: dir.to_path_buf(),
        held: None,
        open_for,
        notices: Vec::new(),
        attended: true,
        system: resolve(Sources::default()).unwrap().config.system,
        tensorboard: false,
    }
}

fn start(
    setup: Setup,
    engine: impl FnOnce(Wiring) -> Result<Summary, Broken> + Send + 'static,
) -> (Session<Broken>, Viewer) {
    Session::start(setup, Does(engine)).unwrap()
}

/// The highest number of an event in the record.
fn newest(dir: &Path) -> u64 {
    let events = read_events(&dir.join(EVENTS)).unwrap();
    events.filter_map(|event| event.unwrap().seq).max().unwrap()
}

/// Begins, takes one request, and ends.
fn one_request(wiring: &Wiring) -> Summary {
    let before = &wiring.before;
    let (mut seq, branch) = (before.last_seq, before.last_branch + 1);
    let mut send = |step, body: Recorded| {
        seq += 1;
        let at = Position {
            branch,
            step,
            ..Position::default()
        };
        let event = Event::new(at, body).numbered(Some(seq), None);
        wiring.events.send(event).unwrap();
        seq
    };
    wiring.record.begin("seed = 7\n").unwrap();
    let info = RunInfo {
        name: wiring.name.clone(),
        ..run_info()
    };
    send(0, Recorded::Started(Box::new(info)));
    let request = wiring.requests.recv().unwrap();
    let answer = Recorded::Applied {
        request: request.id,
        source: request.source,
        signal: None,
        command: request.command,
        changes: Vec::new(),
        objective: None,
    };
    let answered = send(5, answer);
    assert!(wiring.record.wait_for(answered));
    assert_eq!(newest(&wiring.record.place().path()), answered);
    let summary = summary(5);
    send(5, Recorded::Finished(Box::new(summary.clone())));
    summary
}

#[test]
fn any_engine_can_be_steered_watched_recorded_and_resumed() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("runs/first");
    for (open_for, finished) in [(OpenFor::New, 3), (OpenFor::Resume, 6)] {
        let (session, viewer) = start(setup(&dir, open_for), |wiring| Ok(one_request(&wiring)));
        let began = |event: &Arc<Event>| matches!(event.body, Body::Recorded(Recorded::Started(_)));
        let has_past = viewer.before.events.iter().any(began);
        assert_eq!(has_past, open_for == OpenFor::Resume);
        let id = viewer.commands.send(Command::Checkpoint).unwrap();
        let summary = session.wait().unwrap();
        assert_eq!((summary.step, summary.outcome), (5, Outcome::Completed));
        let seen = viewer.events.drain();
        let answer = seen.iter().find_map(|event| event.body.request());
        assert_eq!(answer, Some(id));
        assert_eq!(newest(&dir), finished);
        assert_eq!(fs::read_to_string(dir.join(CONFIG)).unwrap(), "seed = 7\n");
        assert!(dir.join(SUMMARY).is_file());
    }
}

#[test]
fn errors_and_panics_of_an_engine_are_events_and_leave_no_run() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("runs/first");
    let end = |engine: fn(Wiring) -> Result<Summary, Broken>| {
        let (session, viewer) = start(setup(&dir, OpenFor::New), engine);
        let error = session.wait().unwrap_err();
        let last = viewer.events.drain().pop().unwrap();
        assert!(!dir.exists(), "nothing began");
        match &last.body {
            Body::Recorded(Recorded::Failed { error: text }) => {
                assert_eq!(text, &error.to_string());
            }
            other => unreachable!("{other:?}"),
        }
        error
    };
    let error = end(|_| Err(Broken));
    assert!(error.is_input() && error.to_string() == "the belt is torn");
    let error = end(|wiring| {
        assert_eq!(wiring.name, "another", "a bug");
        Err(Broken)
    });
    assert!(matches!(&error, SessionError::Panic(text) if text.contains("a bug")));
    assert!(!error.is_input());
}

#[test]
fn a_stop_before_the_run_began_reaches_the_engine() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("runs/first");
    let (session, viewer) = start(setup(&dir, OpenFor::New), |wiring| {
        let request = wiring.requests.recv().unwrap();
        assert_eq!(
            (request.source, request.command),
            (Source::Signal, Command::Stop)
        );
        Ok(Summary {
            outcome: Outcome::Interrupted,
            ..summary(0)
        })
    });
    let _ = session.commander(Source::Signal).send(Command::Stop);
    drop(viewer);
    assert_eq!(session.wait().unwrap().outcome, Outcome::Interrupted);
    assert!(!dir.exists());
}
