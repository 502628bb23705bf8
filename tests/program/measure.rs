//! Measurements of the real program in a pseudo-terminal, for the figures in the README. They assert nothing, because a
//! busy machine is not a defect.
//!
//! ```sh
//! cargo test --release --locked --test program -- --ignored --nocapture measure
//! ```
//!
//! The soak takes ten minutes, or as many as `SOAK_MINUTES` says.
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_genai-tui");
const GIVE_UP: Duration = Duration::from_secs(60);
const WARM_UP: Duration = Duration::from_secs(5);
/// Length of the alternating periods with and without a viewer.
const SLICE: Duration = Duration::from_secs(3);
const PAIRS: usize = 30;

/// MNIST if it is available.
fn dataset() -> &'static str {
    let dir = std::env::var("GENAI_TUI_DATA_DIR").unwrap_or_default();
    if Path::new(&dir).join("mnist").is_dir() {
        "mnist"
    } else {
        "digits"
    }
}

/// The program on a screen of 120×40.
struct Session {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<(vt100::Parser, u64)>>,
    started: Instant,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Session {
    fn start(dir: &Path, arguments: &[&str]) -> Self {
        let pty = native_pty_system()
            .openpty(PtySize {
                rows: 40,
                cols: 120,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(arguments);
        command.cwd(dir);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let started = Instant::now();
        let child = pty.slave.spawn_command(command).unwrap();
        let size = |n: u16| NonZeroU16::new(n).unwrap();
        let parser = vt100::Parser::new(size(40), size(120), 0);
        let screen = Arc::new(Mutex::new((parser, 0)));
        let mut reader = pty.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                let mut screen = shared.lock().unwrap();
                screen.0.process(&bytes[..n]);
                screen.1 += n as u64;
            }
        });
        let keys = pty.master.take_writer().unwrap();
        Self {
            child,
            keys,
            screen,
            started,
            _master: pty.master,
        }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().0.screen().contents()
    }

    fn bytes(&self) -> u64 {
        self.screen.lock().unwrap().1
    }

    fn until(&self, right: impl Fn(&str) -> bool) -> Duration {
        let from = Instant::now();
        while !right(&self.text()) {
            assert!(from.elapsed() < GIVE_UP, "waited in vain:\n{}", self.text());
            std::thread::sleep(Duration::from_micros(500));
        }
        from.elapsed()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn row(&self, of: &str) -> String {
        self.text()
            .lines()
            .find_map(|l| l.find(of).map(|at| l[at..].to_owned()))
            .unwrap_or_default()
    }

    fn quit(mut self) {
        self.press("q");
        std::thread::sleep(Duration::from_millis(200));
        self.press("\r");
        self.child.wait().unwrap();
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Median and maximum in milliseconds.
fn report(what: &str, mut milliseconds: Vec<f64>) {
    let middle = median(&mut milliseconds);
    let p99 = milliseconds[(milliseconds.len() * 99 / 100).min(milliseconds.len() - 1)];
    let worst = milliseconds[milliseconds.len() - 1];
    println!(
        "{what}: median {middle:.1} ms, p99 {p99:.1} ms, worst {worst:.1} ms of {}",
        milliseconds.len()
    );
}

#[test]
#[ignore = "a measurement"]
fn measure_first_frame() {
    let mut times = Vec::new();
    for _ in 0..20 {
        let dir = TempDir::new().unwrap();
        let session = Session::start(dir.path(), &["--dataset", dataset()]);
        session.until(|text| text.contains("STARTING") || text.contains("RUNNING"));
        times.push(session.started.elapsed().as_secs_f64() * 1e3);
        session.until(|text| text.contains("RUNNING"));
        session.quit();
    }
    report("first frame", times);
}

#[test]
#[ignore = "a measurement"]
fn measure_key_to_screen() {
    let dir = TempDir::new().unwrap();
    let mut session = Session::start(dir.path(), &["--dataset", dataset()]);
    session.until(|text| text.contains("steps/s"));
    let mut times = Vec::new();
    for i in 0..300 {
        let before = session.row("lr D");
        let from = Instant::now();
        session.press(if i % 2 == 0 { "+" } else { "-" });
        while session.row("lr D") == before {
            assert!(from.elapsed() < GIVE_UP, "{}", session.text());
            std::thread::sleep(Duration::from_micros(200));
        }
        times.push(from.elapsed().as_secs_f64() * 1e3);
        // Out of phase with steps and frames, and long enough for the answer to arrive.
        std::thread::sleep(Duration::from_millis(237 + 7 * (i % 13)));
    }
    report(
        "key to screen (pending mark), under full training load",
        times,
    );
    session.quit();
}

#[test]
#[ignore = "a measurement"]
fn measure_attach() {
    let dir = TempDir::new().unwrap();
    let mut host = Command::new(PROGRAM)
        .args(["--dataset", dataset(), "--name", "measured", "--no-tui"])
        .current_dir(dir.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Long enough for the history to reach its full size and be merged.
    let seconds = Duration::from_secs(120);
    std::thread::sleep(seconds);
    let mut times = Vec::new();
    for _ in 0..20 {
        let mut viewer = Session::start(dir.path(), &["attach", "measured"]);
        // The latest speed, the chart's axis and the samples' heading: the whole dashboard.
        viewer.until(|text| {
            ["RUNNING", "steps/s", "d_loss"]
                .iter()
                .all(|t| text.contains(t))
        });
        times.push(viewer.started.elapsed().as_secs_f64() * 1e3);
        viewer.press("d");
        viewer.child.wait().unwrap();
    }
    let stopped = Command::new(PROGRAM)
        .args(["stop", "measured"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(stopped.status.success() && host.wait().unwrap().success());
    report(
        "from `attach` to the whole dashboard, while training",
        times,
    );
}

#[test]
#[ignore = "a measurement"]
fn measure_cost_of_the_screen() {
    let dir = TempDir::new().unwrap();
    let run = ["--dataset", dataset(), "--name", "measured", "--no-tui"];
    let mut host = Command::new(PROGRAM)
        .args(run)
        // Evaluations are measured separately.
        .args(["--epochs", "100", "--set", "evaluation.every_steps=0"])
        .current_dir(dir.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(WARM_UP);
    // One run, alternately with and without a viewer, so that a machine that slows down affects both.
    let slice = || {
        std::thread::sleep(SLICE / 4);
        let from = Timestamp::now();
        std::thread::sleep(SLICE);
        (from, Timestamp::now())
    };
    let mut slices = vec![slice()];
    let mut rates = Vec::new();
    for _ in 0..PAIRS {
        let mut viewer = Session::start(dir.path(), &["attach", "measured"]);
        viewer.until(|text| text.contains("RUNNING"));
        let before = viewer.bytes();
        let since = Instant::now();
        slices.push(slice());
        rates.push((viewer.bytes() - before) as f64 / since.elapsed().as_secs_f64());
        viewer.press("d");
        viewer.child.wait().unwrap();
        slices.push(slice());
    }
    let stopped = Command::new(PROGRAM)
        .args(["stop", "measured"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(stopped.status.success() && host.wait().unwrap().success());
    let steps = steps(&dir.path().join("runs/measured/events.jsonl"));
    let speeds: Vec<f64> = slices
        .iter()
        .map(|(from, to)| {
            let within: Vec<_> = steps
                .iter()
                .filter(|(time, _)| time >= from && time <= to)
                .collect();
            let ((first, a), (last, b)) = (within[0], within[within.len() - 1]);
            (b - a) / last.duration_since(*first).as_secs_f64()
        })
        .collect();
    let pairs = speeds.windows(3).step_by(2);
    let mut costs: Vec<f64> = pairs
        .map(|s| 100.0 * (1.0 - 2.0 * s[1] / (s[0] + s[2])))
        .collect();
    let (mut alone, mut shown): (Vec<f64>, Vec<f64>) = (
        speeds.iter().copied().step_by(2).collect(),
        speeds.iter().copied().skip(1).step_by(2).collect(),
    );
    println!(
        "medians: alone {:.1} steps/s, looked at {:.1} steps/s; the screen costs {:.1} % (median of {PAIRS} pairs, half of them from {:.1} to {:.1}), {:.1} KB/s",
        median(&mut alone),
        median(&mut shown),
        median(&mut costs),
        costs[PAIRS / 4],
        costs[PAIRS - 1 - PAIRS / 4],
        median(&mut rates) / 1e3,
    );
}

/// When each step was recorded.
fn steps(record: &Path) -> Vec<(Timestamp, f64)> {
    let lines = std::fs::read_to_string(record).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event"] == "step")
        .map(|event| {
            let time: Timestamp = event["time"].as_str().unwrap().parse().unwrap();
            (time, event["step"].as_f64().unwrap())
        })
        .collect()
}

/// Peak memory in MB, and the processor seconds of each thread so far, by name.
#[cfg(target_os = "linux")]
fn usage(process: u32) -> Option<(f64, BTreeMap<String, f64>)> {
    let folder = format!("/proc/{process}");
    let status = std::fs::read_to_string(format!("{folder}/status")).ok()?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let peak: f64 = peak.split_whitespace().next()?.parse().ok()?;
    let mut seconds = BTreeMap::new();
    for task in std::fs::read_dir(format!("{folder}/task")).ok()?.flatten() {
        let Ok(stat) = std::fs::read_to_string(task.path().join("stat")) else {
            continue;
        };
        let (head, rest) = stat.rsplit_once(')')?;
        let name = head.split_once('(')?.1.to_owned();
        // utime and stime: fields 14 and 15, or 12 and 13 after the name; in hundredths of a second.
        let ticks = rest.split_whitespace().skip(11).take(2);
        let ticks: f64 = ticks.filter_map(|t| t.parse::<f64>().ok()).sum();
        *seconds.entry(name).or_insert(0.0) += ticks / 100.0;
    }
    Some((peak / 1024.0, seconds))
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a measurement"]
fn measure_memory_and_record() {
    for _ in 0..3 {
        let dir = TempDir::new().unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["--dataset", dataset(), "--steps", "4700", "--no-tui"])
            .current_dir(dir.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut peak = 0.0_f64;
        // A thread that has ended is not listed any more.
        let mut seconds = BTreeMap::<String, f64>::new();
        while child.try_wait().unwrap().is_none() {
            if let Some((now, of_threads)) = usage(child.id()) {
                peak = peak.max(now);
                for (name, used) in of_threads {
                    let most = seconds.entry(name).or_default();
                    *most = most.max(used);
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let all: f64 = seconds.values().sum();
        let share = |names: &[&str]| -> f64 {
            let of = names.iter().filter_map(|name| seconds.get(*name));
            100.0 * of.sum::<f64>() / all
        };
        println!(
            "4700 steps: {peak:.0} MB at the peak; of {all:.0} s of processor time the record took {:.2} %, checkpoints {:.2} %, evaluations {:.2} %",
            share(&["recorder", "pump"]),
            share(&["saver"]),
            share(&["evaluator"]),
        );
    }
}

/// Resident memory in MB, open descriptors and threads of a process.
#[cfg(target_os = "linux")]
fn held(process: &str) -> (f64, usize, usize) {
    let folder = format!("/proc/{process}");
    let count = |of: &str| std::fs::read_dir(format!("{folder}/{of}")).map_or(0, Iterator::count);
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
    let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kilobytes = resident.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    (
        kilobytes.unwrap_or(0.0) / 1024.0,
        count("fd"),
        count("task"),
    )
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a measurement"]
fn measure_soak() {
    const MINUTE: Duration = Duration::from_secs(60);
    let minutes = std::env::var("SOAK_MINUTES").map_or(10, |minutes| minutes.parse().unwrap());
    let dir = TempDir::new().unwrap();
    let mut session = Session::start(dir.path(), &["--dataset", dataset()]);
    session.until(|text| text.contains("steps/s"));
    let front = session.child.process_id().unwrap();
    let children = format!("/proc/{front}/task/{front}/children");
    let host = std::fs::read_to_string(children).unwrap().trim().to_owned();
    for minute in 1..=minutes {
        let before = session.bytes();
        // The dashboard for a minute, then every screen and most keys in turn.
        if minute % 2 == 1 {
            std::thread::sleep(MINUTE);
        } else {
            for key in "2zZx/grad\r\x1b3egib\x1b4nt\x1b5mywP1o"
                .chars()
                .cycle()
                .take(120)
            {
                session.press(&key.to_string());
                std::thread::sleep(MINUTE / 120);
            }
            session.press("\x1b\x1b\x1b1");
        }
        let rate = (session.bytes() - before) as f64 / MINUTE.as_secs_f64() / 1e3;
        let (memory, descriptors, threads) = held(&host);
        println!(
            "minute {minute}: {memory:.0} MB, {descriptors} descriptors, {threads} threads, {rate:.1} KB/s"
        );
    }
    session.quit();
    let session = Session::start(dir.path(), &["--dataset", dataset(), "--low-bandwidth"]);
    session.until(|text| text.contains("steps/s"));
    std::thread::sleep(WARM_UP);
    let before = session.bytes();
    std::thread::sleep(MINUTE);
    let rate = (session.bytes() - before) as f64 / MINUTE.as_secs_f64() / 1e3;
    println!("with --low-bandwidth: {rate:.1} KB/s");
    session.quit();
}
