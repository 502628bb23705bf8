//! Where a test works: a folder of its own, a clean environment, a small dataset, and processes that never outlive it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use genai_tui::testkit::tiny_images;
use rustix::process::{Pid, Signal, kill_process};
use safetensors::SafeTensors;
use serde_json::Value;

/// When to give up. No test measures time; this only ends one that would hang.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// The dataset of [`Bench::new`]: 64 images.
pub const TINY: &str = "tiny-images-idx3-ubyte";

/// Networks as wide as the tutorial's, for tests that depend on the size of weights or of files.
pub const FULL_WIDTH: [&str; 2] = ["--arch-width", "256"];

/// A folder that is the current directory and the home of what runs in it.
pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(TINY), tiny_images()).unwrap();
        Self { folder }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// What the environment of a program in this folder holds; nothing else.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let here = |below| self.path(below).to_string_lossy().into_owned();
        vec![
            ("HOME", here("home")),
            ("XDG_CACHE_HOME", here("home/cache")),
            ("XDG_STATE_HOME", here("home/state")),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            // Steps and checkpoints of networks with the tutorial's widths ([`FULL_WIDTH`]) take most of a test's time.
            ("GENAI_TUI_ARCH__WIDTH", "16".to_owned()),
        ]
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genai-tui"));
        command.args(arguments);
        self.settle(&mut command);
        command
    }

    /// Runs a program in this folder and environment.
    pub fn settle(&self, command: &mut Command) {
        command
            .env_clear()
            .envs(self.environment())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
    }

    /// The process that holds the lock of the run `run`.
    pub fn holder(&self, run: &str) -> Pid {
        let holder = self.record(run).json("lock");
        let pid = i32::try_from(holder["pid"].as_i64().unwrap()).unwrap();
        Pid::from_raw(pid).unwrap()
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> Done {
        Program::start(&mut self.command(arguments)).finish()
    }

    /// A headless training of the run `run` on the tiny dataset, to the end.
    pub fn train(&self, run: &str, arguments: &[&str]) -> Done {
        self.run(&[&small(run), arguments].concat())
    }

    /// The same with an end that must be good.
    pub fn trained(&self, run: &str, arguments: &[&str]) -> Record {
        let done = self.train(run, arguments);
        assert_eq!(done.code, Some(0), "{}", done.err);
        self.record(run)
    }

    /// The run `run` of this folder.
    pub fn record(&self, run: &str) -> Record {
        Record {
            dir: self.path("runs").join(run),
        }
    }
}

/// Flags of a headless run that is over soon, with no more state than it needs.
pub fn small(run: &str) -> [&str; 15] {
    [
        "--no-tui",
        "--name",
        run,
        "--dataset",
        TINY,
        "--threads",
        "1",
        "--batch-size",
        "8",
        "--set",
        "samples.count=4",
        "--set",
        "checkpoint.every_time=0s",
        "--set",
        "ema.decay=0",
    ]
}

/// The folder of the four files as they were published, where this machine has them.
pub fn mnist() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let named = std::env::var_os("GENAI_TUI_DATA_DIR").map(PathBuf::from);
    let folders = named.into_iter().chain([shared]);
    let mut folders = folders.map(|folder| folder.join("mnist"));
    folders.find(|folder| folder.join("train-images-idx3-ubyte.gz").is_file())
}

/// What is left of a program that has ended.
#[derive(Debug)]
pub struct Done {
    /// None: a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    /// stdout as JSON lines.
    pub fn json(&self) -> Vec<Value> {
        let parse =
            |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"));
        self.out.lines().map(parse).collect()
    }
}

/// A running program with its streams. It is killed when the test is done with it.
pub struct Program {
    child: Child,
    out: Option<Stream>,
    err: Stream,
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().map(Stream::read);
        let err = Stream::read(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// The same with a stdout that the test reads itself.
    pub fn start_unread(command: &mut Command) -> (Self, impl Read + use<>) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let err = Stream::read(child.stderr.take().unwrap());
        (
            Self {
                child,
                out: None,
                err,
            },
            out,
        )
    }

    /// Waits until stdout has a line with `text`.
    pub fn wait_for(&self, text: &str) {
        let found = self.out.as_ref().unwrap().wait_for(text);
        assert!(found, "no `{text}` on stdout; stderr: {}", self.err.text());
    }

    /// Waits until stderr has a line with `text`.
    pub fn wait_for_diagnostic(&self, text: &str) {
        assert!(
            self.err.wait_for(text),
            "no `{text}` on stderr: {}",
            self.err.text()
        );
    }

    /// Whether stderr has a line with `text` so far.
    pub fn has_diagnostic(&self, text: &str) -> bool {
        self.err.text().contains(text)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Done {
        let running = || self.child.try_wait().unwrap().is_none();
        assert!(
            poll_until(running, |running| !running),
            "the program did not end; stderr: {}",
            self.err.text()
        );
        Done {
            code: self.child.wait().unwrap().code(),
            out: self.out.take().map_or_else(String::new, Stream::rest),
            err: std::mem::take(&mut self.err).rest(),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Polls until the condition holds; returns whether it did.
pub fn poll_until<T>(mut look: impl FnMut() -> T, right: impl Fn(&T) -> bool) -> bool {
    let since = Instant::now();
    while !right(&look()) {
        if since.elapsed() > DEADLINE {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

/// All that came through a pipe so far, read on a thread of its own so that the program never waits.
#[derive(Default)]
struct Stream {
    text: Arc<(Mutex<String>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn read(pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let shared = text.clone();
        let reader = thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let Ok(line) = line else { return };
                let mut text = shared.0.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
                shared.1.notify_all();
            }
        });
        Self {
            text,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        self.text.0.lock().unwrap().clone()
    }

    fn wait_for(&self, wanted: &str) -> bool {
        let text = self.text.0.lock().unwrap();
        let (text, _) = self
            .text
            .1
            .wait_timeout_while(text, DEADLINE, |text| !text.contains(wanted))
            .unwrap();
        text.contains(wanted)
    }

    /// Everything, once the other end is closed.
    fn rest(mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}

/// A run directory.
pub struct Record {
    pub dir: PathBuf,
}

impl Record {
    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.join(below)
    }

    pub fn text(&self, below: &str) -> String {
        let path = self.path(below);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub fn bytes(&self, below: &str) -> Vec<u8> {
        let path = self.path(below);
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub fn json(&self, below: &str) -> Value {
        serde_json::from_str(&self.text(below)).unwrap()
    }

    pub fn events(&self) -> Vec<Value> {
        let lines = self.text("events.jsonl");
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The events of one kind.
    pub fn of_kind(&self, kind: &str) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|event| event["event"] == kind);
        events
    }

    /// The events of one kind of a run that is still being written: a line that is not whole yet is passed over.
    pub fn so_far(&self, kind: &str) -> Vec<Value> {
        let lines = fs::read_to_string(self.path("events.jsonl")).unwrap_or_default();
        lines
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["event"] == kind)
            .collect()
    }

    pub fn summary(&self) -> Value {
        self.json("summary.json")
    }

    /// The checkpoint that the summary names: the one of the end.
    pub fn last(&self) -> Checkpoint {
        let path = self.summary()["checkpoint"].as_str().unwrap().to_owned();
        Checkpoint {
            dir: self.path(&path),
        }
    }

    pub fn checkpoint(&self, step: u64) -> Checkpoint {
        Checkpoint {
            dir: self.path(&format!("checkpoints/step-{step:08}")),
        }
    }
}

/// A checkpoint directory.
pub struct Checkpoint {
    pub dir: PathBuf,
}

impl Checkpoint {
    pub fn generator(&self) -> Vec<f32> {
        self.values("generator.safetensors", |_| true)
    }

    pub fn discriminator(&self) -> Vec<f32> {
        self.values("discriminator.safetensors", |_| true)
    }

    /// Optimizer state of a network (`generator`, `discriminator`).
    pub fn moments(&self, network: &str) -> Vec<f32> {
        self.values("state.safetensors", |name| {
            name.starts_with(&format!("{network}.moment"))
        })
    }

    pub fn state(&self) -> Value {
        serde_json::from_slice(&self.file("state.json")).unwrap()
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        let path = self.dir.join(name);
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// One tensor by its name.
    pub fn tensor(&self, file: &str, name: &str) -> Vec<f32> {
        self.values(file, |found| found == name)
    }

    fn values(&self, file: &str, wanted: impl Fn(&str) -> bool) -> Vec<f32> {
        let bytes = self.file(file);
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mut named = tensors.tensors();
        named.retain(|(name, _)| wanted(name));
        named.sort_by(|a, b| a.0.cmp(&b.0));
        let values: Vec<f32> = named
            .iter()
            .flat_map(|(_, tensor)| tensor.data().chunks_exact(4))
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        assert!(!values.is_empty(), "nothing wanted in {file}");
        values
    }
}

/// The names in a folder, sorted; empty if there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
