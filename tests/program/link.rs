//! The link to a run in another process: who may connect, who has control, and that no visitor can harm it.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use genai_tui::protocol::{Body, Command, Event, Live, Outcome, Recorded, ViewerInfo};
use genai_tui::session::Viewer;
use genai_tui::session::link::{LinkError, PROTOCOL, Role, connect};
use serde_json::{Value, json};

use crate::workbench::{Bench, DEADLINE, Done, Program, poll_until, small};

/// An endless run without a terminal.
fn host(bench: &Bench, run: &str) -> Program {
    let flags = [&small(run)[..], &["--format", "json"]].concat();
    let program = Program::start(&mut bench.command(&flags));
    program.wait_for(r#""event":"step""#);
    program
}

/// Waits for an event that `wanted` accepts.
fn wait_for<T>(viewer: &Viewer, wanted: impl Fn(&Event) -> Option<T>) -> T {
    loop {
        let open = viewer.events.wake.recv_timeout(DEADLINE).is_ok();
        if let Some(found) = viewer.events.drain().iter().find_map(|e| wanted(e)) {
            return found;
        }
        assert!(open, "the event did not come");
    }
}

fn viewers(event: &Event) -> Option<Vec<ViewerInfo>> {
    match &event.body {
        Body::Live(Live::Viewers { viewers }) => Some(viewers.clone()),
        _ => None,
    }
}

/// The answer to a command: whether it was accepted, or why not.
fn answer(viewer: &Viewer, command: &str) -> Result<(), String> {
    let id = viewer.commands.send(command.parse::<Command>().unwrap());
    assert!(id.is_some());
    wait_for(viewer, |event| match &event.body {
        Body::Recorded(Recorded::Applied { request, .. }) if *request == id => Some(Ok(())),
        Body::Recorded(Recorded::Rejected {
            request, reason, ..
        }) if *request == id => Some(Err(reason.clone())),
        _ => None,
    })
}

fn stop(bench: &Bench, run: &str, program: Program) {
    let stopped = bench.run(&["stop", run]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    assert_eq!(program.finish().code, Some(0));
}

#[test]
fn a_late_viewer_sees_the_same_as_an_early_one() {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let sent = bench.run(&["send", "a", "note", "look", "here"]);
    assert_eq!(sent.code, Some(0), "{}", sent.err);
    let viewer = connect(&bench.path("runs/a"), Role::View).unwrap();
    let before = &viewer.before;
    assert!(matches!(
        before.events[0].body,
        Body::Recorded(Recorded::Started(_))
    ));
    let notes = before.events.iter().filter(
        |e| matches!(&e.body, Body::Recorded(Recorded::Note { text }) if text == "look here"),
    );
    assert_eq!(notes.count(), 1);
    let pictures: Vec<usize> = before
        .events
        .iter()
        .filter_map(|e| Some(e.body.samples()?.images.count()))
        .collect();
    assert_eq!(pictures, [4], "the newest samples come with their pixels");
    // What follows starts where the past ends.
    let history = before.history.clone().unwrap();
    let seen = history.series("d_loss").unwrap().last().unwrap().to;
    let next = wait_for(&viewer, |event| match &event.body {
        Body::Recorded(Recorded::Step(window)) => Some(window.from_step),
        _ => None,
    });
    assert_eq!(next, seen + 1);
    assert_eq!(answer(&viewer, "lr d *0.5"), Ok(()));
    // It stays until the end and receives it.
    stop(&bench, "a", program);
    let outcome = wait_for(&viewer, |event| match &event.body {
        Body::Recorded(Recorded::Finished(summary)) => Some(summary.outcome),
        _ => None,
    });
    assert_eq!(outcome, Outcome::Stopped);
    assert!(!bench.path("runs/a/control").exists());
}

#[test]
fn a_removed_socket_is_created_again() {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let control = bench.path("runs/a/control");
    fs::remove_dir_all(&control).unwrap();
    let socket = control.join("socket");
    assert!(poll_until(|| socket.exists(), |there| *there));
    stop(&bench, "a", program);
    assert!(!control.exists());
}

#[test]
fn one_viewer_has_control_and_another_may_take_it() {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let dir = bench.path("runs/a");
    let first = connect(&dir, Role::View).unwrap();
    let second = connect(&dir, Role::View).unwrap();
    let watcher = connect(&dir, Role::Watch).unwrap();
    assert_eq!(answer(&first, "lr *0.5"), Ok(()));
    let reason = answer(&second, "lr *0.5").unwrap_err();
    assert!(
        reason.contains("read-only: ") && reason.contains("T to take it"),
        "{reason}"
    );
    second.commands.take_control();
    let who = wait_for(&second, |event| {
        viewers(event).filter(|all| all.iter().any(|v| v.id == second.id && v.control))
    });
    assert_eq!(who.iter().filter(|v| v.control).count(), 1);
    assert_eq!(who.len(), 3);
    assert!(answer(&first, "lr *0.5").is_err());
    assert_eq!(answer(&second, "lr *2"), Ok(()));
    // A viewer that came to watch does not get control by itself.
    watcher.commands.take_control();
    let refused = wait_for(&watcher, |event| match &event.body {
        Body::Live(Live::Notice { text }) => Some(text.clone()),
        _ => None,
    });
    assert!(refused.contains("read-only"), "{refused}");
    assert!(answer(&watcher, "stop").is_err());
    // A shell command needs no control.
    let sent = bench.run(&["send", "a", "lr", "*0.5"]);
    assert_eq!(sent.code, Some(0), "{}", sent.err);
    // When the viewer in control leaves, the next one that wants control gets it, never one that only watches.
    drop(second);
    wait_for(&first, |event| {
        viewers(event)
            .filter(|all| all.len() == 2 && all.iter().any(|v| v.id == first.id && v.control))
    });
    assert_eq!(answer(&first, "note mine"), Ok(()));
    drop(first);
    wait_for(&watcher, |event| {
        viewers(event).filter(|all| all.len() == 1 && !all[0].control)
    });
    stop(&bench, "a", program);
    // A rejection is only sent to its own viewer.
    let events = bench.record("a").events();
    assert!(events.iter().all(|e| e["event"] != "rejected"));
}

#[test]
fn send_prints_the_answer_and_exits_with_its_result() {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let send = |words: &[&str]| bench.run(&[&["send"], words].concat());
    let taken = send(&["a", "lr", "d", "*0.5"]);
    assert_eq!(taken.code, Some(0), "{}", taken.err);
    assert!(
        taken.out.starts_with("step ") && taken.out.contains("optimizer.d.lr 6e-4 → 3e-4"),
        "{}",
        taken.out
    );
    let refused = |done: Done, code, says: &str| {
        assert_eq!((done.code, done.out.as_str()), (Some(code), ""), "{says}");
        assert!(done.err.contains(says), "{says}: {}", done.err);
    };
    // The checkpoint is on disk when the command returns.
    let saved = send(&["a", "checkpoint"]);
    assert_eq!(saved.code, Some(0), "{}", saved.err);
    let path = saved.out.trim().rsplit(": ").next().unwrap();
    assert!(
        bench.path("runs/a").join(path).join("state.json").is_file(),
        "{}",
        saved.out
    );
    refused(send(&["a", "loss", "nope"]), 1, "no objective `nope`");
    refused(send(&["a", "puase"]), 2, "did you mean `pause`?");
    refused(send(&["b", "stop"]), 2, "no run `b`");
    let list = bench.run(&["runs", "--format", "json"]).json();
    assert_eq!(list[0]["status"], "live");
    let stopped = bench.run(&["stop", "a"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    assert!(stopped.out.contains("checkpoint: runs/a/checkpoints/step-"));
    assert_eq!(program.finish().code, Some(0));
    refused(send(&["a", "pause"]), 2, "has ended: stopped on request");
    refused(bench.run(&["stop", "a"]), 2, "genai-tui --resume runs/a");
    assert_eq!(
        bench.run(&["runs", "--format", "json"]).json()[0]["status"],
        "finished"
    );
    refused(bench.run(&["attach"]), 2, "genai-tui attach a");
    // A crashed run is reported as such.
    let mut program = host(&bench, "c");
    program.signal(rustix::process::Signal::KILL);
    assert!(poll_until(|| program.is_running(), |running| !running));
    refused(send(&["c", "pause"]), 2, "has crashed");
    assert_eq!(
        connect(&bench.path("runs/c"), Role::View)
            .map_err(|e| e.to_string())
            .map(|v| v.id)
            .unwrap_err()
            .split('`')
            .next(),
        Some("no process listens at ")
    );
}

#[test]
fn the_socket_is_private_even_if_the_path_is_too_long() {
    let bench = Bench::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let program = host(&bench, "a");
    assert_eq!(mode(&bench.path("runs/a/control")), 0o700);
    assert_eq!(mode(&bench.path("runs/a/control/socket")), 0o600);
    stop(&bench, "a", program);

    let long = "l".repeat(120);
    let runtime = tempfile::tempdir().unwrap();
    let flags = [&small(&long)[..], &["--format", "json"]].concat();
    let program = Program::start(bench.command(&flags).env("XDG_RUNTIME_DIR", runtime.path()));
    program.wait_for(r#""event":"step""#);
    let address = bench.path("runs").join(&long).join("control/address");
    let socket = PathBuf::from(fs::read_to_string(address).unwrap());
    assert_eq!(socket.parent(), Some(&*runtime.path().join("genai-tui")));
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    assert_eq!(mode(&socket), 0o600);
    stop(&bench, &long, program);
    assert!(!socket.exists());
    assert!(!bench.path("runs").join(&long).join("control").exists());
}

/// Sends a frame and returns the content of the answer.
fn exchange(socket: &Path, content: &Value) -> Value {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(&frame(content)).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut bytes).unwrap();
    rmp_serde::from_slice(&bytes).unwrap()
}

fn frame(content: &Value) -> Vec<u8> {
    let bytes = rmp_serde::to_vec_named(content).unwrap();
    [
        &u32::try_from(bytes.len()).unwrap().to_le_bytes()[..],
        &bytes,
    ]
    .concat()
}

fn hello() -> Value {
    json!({ "protocol": PROTOCOL, "version": "9", "visitor": { "role": "view", "tty": "x", "pid": 1 } })
}

#[test]
fn a_viewer_of_another_version_gets_both_versions() {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let socket = bench.path("runs/a/control/socket");
    let said = exchange(
        &socket,
        &json!({ "protocol": 99, "version": "7.0", "other": [1] }),
    );
    let reason = said["refused"].as_str().unwrap();
    assert!(
        reason.contains(&format!("version {PROTOCOL} "))
            && reason.contains("version 99 (genai-tui 7.0)"),
        "{reason}"
    );
    assert!(exchange(&socket, &hello())["refused"].is_null());
    stop(&bench, "a", program);
}

/// A reproducible sequence of bytes (a 64-bit linear congruential generator).
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// Data that no viewer of this program would send.
    fn stream(&mut self) -> Vec<u8> {
        let command = frame(&json!({ "command": { "id": 1, "command": "note from a stranger" } }));
        let mut valid = [frame(&hello()), command].concat();
        match self.below(6) {
            0 => {
                let length = self.below(4096);
                self.bytes(length)
            }
            // A frame that announces more than is allowed, or more than follows.
            1 => [&u32::MAX.to_le_bytes()[..], &self.bytes(100)].concat(),
            2 => [&60_000_u32.to_le_bytes()[..], &self.bytes(100)].concat(),
            // Deeply nested arrays; an array of billions of elements.
            3 => [&60_000_u32.to_le_bytes()[..], &vec![0x91; 60_000]].concat(),
            4 => [
                &frame(&hello())[..],
                &5_u32.to_le_bytes(),
                &[0xdd, 255, 255, 255, 255],
            ]
            .concat(),
            _ => {
                for _ in 0..=self.below(4) {
                    let at = self.below(valid.len());
                    valid[at] = self.below(256) as u8;
                }
                valid.truncate(1 + self.below(valid.len()));
                valid
            }
        }
    }
}

fn entries(pid: u32, what: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(format!("/proc/{pid}/{what}")).unwrap();
    entries.flatten().map(|entry| entry.path())
}

/// The open sockets of a host. Other files come and go with what it writes.
fn sockets(pid: u32) -> usize {
    let targets = entries(pid, "fd").filter_map(|at| fs::read_link(at).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

/// Its threads that serve viewers. Others start when there is work for them, such as the evaluator's.
fn serving(pid: u32) -> usize {
    let names = entries(pid, "task").filter_map(|at| fs::read_to_string(at.join("comm")).ok());
    names.filter(|name| name.starts_with("viewer")).count()
}

/// Sends that many invalid streams; the host must continue unaffected.
fn noise(streams: u64) {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let socket = bench.path("runs/a/control/socket");
    let viewer = connect(&bench.path("runs/a"), Role::View).unwrap();
    let pid = program.id();
    let step = |viewer: &Viewer| {
        wait_for(viewer, |e| {
            matches!(e.body, Body::Recorded(Recorded::Step(_))).then_some(e.step)
        })
    };
    let mut at = step(&viewer);
    // By now both directions of the viewer's own connection have their threads.
    assert_eq!(answer(&viewer, "note here"), Ok(()));
    let before = (sockets(pid), serving(pid));
    assert_eq!(before.1, 2);
    for seed in 0..streams {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        // The host may have closed the connection before everything was sent.
        let _ = stream.write_all(&Noise(seed).stream());
        if seed % 50 == 49 {
            let now = step(&viewer);
            assert!(now > at, "training continues");
            at = now;
        }
    }
    // No connection is left over.
    assert!(poll_until(
        || (sockets(pid), serving(pid)),
        |found| *found == before
    ));
    assert_eq!(answer(&viewer, "note still here"), Ok(()));
    stop(&bench, "a", program);
}

#[test]
#[cfg(target_os = "linux")]
fn invalid_data_closes_its_own_connection_only() {
    noise(100);
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "slow: cargo test --test program noise -- --ignored"]
fn a_thousand_invalid_streams_close_their_own_connections_only() {
    noise(1000);
}

#[test]
#[cfg(target_os = "linux")]
fn twenty_viewers_leave_nothing_behind() {
    let bench = Bench::new();
    let program = host(&bench, "a");
    let (dir, pid) = (bench.path("runs/a"), program.id());
    let resident = || {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        let pages: usize = text.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096
    };
    let visit = || {
        let viewer = connect(&dir, Role::View).unwrap();
        // The previous one may not have left yet.
        let has_control = |all: &[ViewerInfo]| all.iter().any(|v| v.id == viewer.id && v.control);
        let had = viewer.before.events.iter().rev().find_map(|e| viewers(e));
        if !had.is_some_and(|all| has_control(&all)) {
            wait_for(&viewer, |e| viewers(e).filter(|all| has_control(all)));
        }
        assert_eq!(answer(&viewer, "note here"), Ok(()));
    };
    visit();
    let (before, memory) = (sockets(pid), resident());
    for _ in 0..20 {
        visit();
    }
    assert!(poll_until(|| sockets(pid), |found| *found <= before));
    // A viewer's past takes some megabytes while it is sent; twenty of them would exceed this.
    assert!(resident() < memory + (32 << 20));
    let last = connect(&dir, Role::View).unwrap();
    let had = last.before.events.iter().rev().find_map(|e| viewers(e));
    if had.is_some_and(|all| all.len() > 1) {
        // All others leave.
        wait_for(&last, |e| viewers(e).filter(|all| all.len() == 1));
    }
    drop(last);
    stop(&bench, "a", program);
    // No step is lost: windows are contiguous.
    let mut next = 1;
    for window in bench.record("a").of_kind("step") {
        assert_eq!(window["from_step"], next);
        next = window["step"].as_u64().unwrap() + 1;
    }
}

#[test]
fn a_host_of_another_version_is_reported_with_both_versions() {
    let bench = Bench::new();
    let dir = bench.path("run");
    fs::create_dir_all(dir.join("control")).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(dir.join("control/socket")).unwrap();
    let strange = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(&frame(&json!({ "protocol": 7, "version": "3.2" })))
            .unwrap();
        // Until the viewer closes the connection.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = connect(&dir, Role::View).map(|v| v.id).unwrap_err();
    assert!(matches!(
        error,
        LinkError::Version {
            theirs: 7,
            ours: PROTOCOL,
            ..
        }
    ));
    assert!(error.to_string().contains("genai-tui 3.2"), "{error}");
    strange.join().unwrap();
}
