//! A terminal emulator with the program in it: keys in, cells out.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};

use crate::workbench::{Bench, DEADLINE, TINY, poll_until};

/// The program.
pub const BINARY: &str = env!("CARGO_BIN_EXE_genai-tui");

/// The emulator's screen, and every frame that it has shown.
struct Shown {
    parser: vt100::Parser,
    frames: Vec<String>,
    /// All output, byte by byte.
    written: Vec<u8>,
    /// The window is closed: the output is no longer read.
    closed: bool,
}

/// The terminal's answers, by query.
pub type Answers = &'static [(&'static str, &'static str)];

/// The query that every terminal answers.
pub const ATTRIBUTES: &str = "\x1b[c";
/// A plain terminal: no graphics, one cell per character.
pub const PLAIN: Answers = &[("\x1b[6n", "\x1b[1;2R"), (ATTRIBUTES, "\x1b[?62;22c")];
/// An xterm with sixel: the line reports the cell size, its answers do not.
pub const SIXEL: Answers = &[
    ("\x1b[6n", "\x1b[1;2R"),
    ("\x1b[>q", "\x1bP>|XTerm(379)\x1b\\"),
    (ATTRIBUTES, "\x1b[?63;1;2;4;6;9;15;16;22;28c"),
];
/// A kitty.
pub const KITTY: Answers = &[
    ("\x1b[6n", "\x1b[1;2R"),
    ("\x1b[>q", "\x1bP>|kitty(0.26.5)\x1b\\"),
    ("\x1b_Gi=31,s=1,v=1,a=q,t=d", "\x1b_Gi=31;OK\x1b\\"),
    ("\x1b[16t", "\x1b[6;16;8t"),
    (ATTRIBUTES, "\x1b[?62;c"),
];

type Writer = Mutex<Box<dyn Write + Send>>;

/// The program on a screen. It is killed at the end of the test.
pub struct Terminal {
    shown: Arc<(Mutex<Shown>, Condvar)>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Arc<Writer>>,
    /// The program's side, kept open so that its mode can be read when the program has ended.
    line: Option<File>,
    front: Box<dyn Child + Send + Sync>,
    host: Option<Pid>,
    before: String,
}

/// Answers queries in the output.
struct Answering {
    answers: Answers,
    /// Number of bytes processed.
    seen: usize,
    to: Weak<Writer>,
}

impl Answering {
    fn answer(&mut self, written: &[u8]) {
        loop {
            let rest = &written[self.seen..];
            let found = self.answers.iter().filter_map(|(question, answer)| {
                let at = rest
                    .windows(question.len())
                    .position(|window| window == question.as_bytes())?;
                Some((at + question.len(), answer))
            });
            let Some((end, answer)) = found.min_by_key(|(end, _)| *end) else {
                // Drop all except what may be the beginning of a query, because pictures take megabytes.
                let longest = self
                    .answers
                    .iter()
                    .map(|(question, _)| question.len())
                    .max();
                let kept = longest.unwrap_or(0).min(rest.len());
                self.seen = written.len() - kept;
                return;
            };
            self.seen += end;
            if let Some(to) = self.to.upgrade() {
                to.lock().unwrap().write_all(answer.as_bytes()).unwrap();
            }
        }
    }
}

/// An interactive, endless run on the tiny dataset.
pub fn interactive<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let small = [
        "--name",
        "a",
        "--dataset",
        TINY,
        "--threads",
        "1",
        "--set",
        "batch_size=8",
        "--set",
        "checkpoint.every_time=0s",
        "--set",
        "ema.decay=0",
    ];
    [&small[..], arguments].concat()
}

fn size(columns: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    (
        NonZeroU16::new(rows).unwrap(),
        NonZeroU16::new(columns).unwrap(),
    )
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The modes of a terminal line as text.
fn modes(line: &File) -> String {
    let Termios {
        input_modes,
        output_modes,
        control_modes,
        local_modes,
        ..
    } = tcgetattr(line).unwrap();
    format!("{input_modes:?} {output_modes:?} {control_modes:?} {local_modes:?}")
}

impl Terminal {
    /// Starts the program in a terminal of 120×40.
    pub fn start(bench: &Bench, arguments: &[&str]) -> Self {
        Self::start_with(bench, arguments, &[])
    }

    /// The same with additional environment variables.
    pub fn start_with(bench: &Bench, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_program(bench, BINARY, arguments, environment, &[])
    }

    /// The same in a terminal that answers queries.
    pub fn start_answering(
        bench: &Bench,
        arguments: &[&str],
        environment: &[(&str, &str)],
        answers: Answers,
    ) -> Self {
        Self::start_program(bench, BINARY, arguments, environment, answers)
    }

    /// Starts another program in which this program runs.
    pub fn start_around(
        bench: &Bench,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        Self::start_program(bench, program, arguments, environment, PLAIN)
    }

    /// Starts an interactive shell with job control.
    pub fn shell(bench: &Bench) -> Self {
        let flags = ["--norc", "--noprofile", "-i"];
        Self::start_program(bench, "/bin/bash", &flags, &[("PS1", "ready> ")], &[])
    }

    fn start_program(
        bench: &Bench,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        answers: Answers,
    ) -> Self {
        let (columns, rows) = (120, 40);
        let mut opened = pty_size(columns, rows);
        if answers == SIXEL {
            (opened.pixel_width, opened.pixel_height) = (columns * 8, rows * 16);
        }
        let pair = native_pty_system().openpty(opened).unwrap();
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed())
            .open(pair.master.tty_name().unwrap())
            .unwrap();
        let before = modes(&line);
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (key, value) in bench.environment() {
            command.env(key, value);
        }
        for (key, value) in environment {
            command.env(key, value);
        }
        command.cwd(bench.path(""));
        let front = pair.slave.spawn_command(command).unwrap();
        let (height, width) = size(columns, rows);
        let shown = Arc::new((
            Mutex::new(Shown {
                parser: vt100::Parser::new(height, width, 0),
                frames: Vec::new(),
                written: Vec::new(),
                closed: false,
            }),
            Condvar::new(),
        ));
        let (mut output, show) = (pair.master.try_clone_reader().unwrap(), shown.clone());
        let keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let mut answering = Answering {
            answers,
            seen: 0,
            to: Arc::downgrade(&keys),
        };
        thread::spawn(move || {
            let mut bytes = [0; 8192];
            loop {
                let count = output.read(&mut bytes).unwrap_or(0);
                let mut shown = show.0.lock().unwrap();
                if count == 0 || shown.closed {
                    return;
                }
                shown.parser.process(&bytes[..count]);
                shown.written.extend(&bytes[..count]);
                let frame = shown.parser.screen().contents();
                shown.frames.push(frame);
                answering.answer(&shown.written);
                show.1.notify_all();
            }
        });
        Self {
            shown,
            keys: Some(keys),
            master: Some(pair.master),
            line: Some(line),
            front,
            host: None,
            before,
        }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.bytes(keys.as_bytes());
    }

    /// Presses Escape. Followed directly by another key, it would be Alt and that key.
    pub fn escapes(&mut self) {
        self.keys("\x1b");
        thread::sleep(Duration::from_millis(150));
    }

    /// Sends bytes that may be part of a sequence.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let mut writer = self.keys.as_ref().unwrap().lock().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Writes over the screen, as another program on the same terminal does.
    pub fn scribble(&mut self, text: &str) {
        let line = self.line.as_mut().unwrap();
        line.write_all(format!("\x1b[12;5H{text}").as_bytes())
            .unwrap();
    }

    /// Looks at the screen.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.shown.0.lock().unwrap().parser.screen())
    }

    /// How often this text has been written so far.
    pub fn written(&self, text: &str) -> usize {
        let written = &self.shown.0.lock().unwrap().written;
        written
            .windows(text.len())
            .filter(|window| *window == text.as_bytes())
            .count()
    }

    /// Bytes written so far.
    pub fn count(&self) -> usize {
        self.shown.0.lock().unwrap().written.len()
    }

    pub fn text(&self) -> String {
        self.look(vt100::Screen::contents)
    }

    fn wait(&self, what: &str, right: impl Fn(&Shown) -> bool) {
        let shown = self.shown.0.lock().unwrap();
        let (shown, _) = self
            .shown
            .1
            .wait_timeout_while(shown, DEADLINE, |shown| !right(shown))
            .unwrap();
        let (right, screen) = (right(&shown), shown.parser.screen().contents());
        drop(shown);
        assert!(right, "waited for {what}; the screen:\n{screen}");
    }

    /// Waits until the screen satisfies `right`.
    pub fn wait_until(&self, what: &str, right: impl Fn(&vt100::Screen) -> bool) {
        self.wait(what, |shown| right(shown.parser.screen()));
    }

    /// Waits until the screen shows all these texts.
    pub fn shows(&self, texts: &[&str]) {
        self.wait_until(&format!("{texts:?}"), |screen| {
            let contents = screen.contents();
            texts.iter().all(|text| contents.contains(text))
        });
    }

    /// Waits until the screen does not show this text.
    pub fn hides(&self, text: &str) {
        self.wait_until(&format!("no {text}"), |screen| {
            !screen.contents().contains(text)
        });
    }

    /// Waits until a frame with this text was shown, even if it is gone by now.
    pub fn has_shown(&self, text: &str) {
        self.wait(&format!("a frame with {text}"), |shown| {
            shown.frames.iter().any(|frame| frame.contains(text))
        });
    }

    /// Resizes the window.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut shown = self.shown.0.lock().unwrap();
        let (height, width) = size(columns, rows);
        shown.parser.screen_mut().set_size(height, width);
        drop(shown);
        self.master
            .as_ref()
            .unwrap()
            .resize(pty_size(columns, rows))
            .unwrap();
    }

    /// Closes the window while the program draws. Its next output makes the reader close it as well.
    pub fn unplug(&mut self) {
        self.host();
        self.shown.0.lock().unwrap().closed = true;
        self.keys = None;
        self.line = None;
        self.master = None;
    }

    /// The process that the shell waits for.
    pub fn front(&self) -> Pid {
        let id = self.front.process_id().unwrap();
        Pid::from_raw(id.cast_signed()).unwrap()
    }

    /// The process that trains and draws.
    pub fn host(&mut self) -> Pid {
        if self.host.is_none() {
            let front = self.front();
            let found = poll_until(|| child_of(front), Option::is_some);
            assert!(found, "the front has no host");
            self.host = child_of(front);
        }
        self.host.unwrap()
    }

    /// Waits until the shell has its prompt back, regardless of the host; returns the exit code that the shell sees.
    pub fn left(&mut self) -> u32 {
        self.host();
        let ended = poll_until(|| self.front.try_wait().unwrap(), Option::is_some);
        assert!(ended, "the front did not end; the screen:\n{}", self.text());
        self.front.wait().unwrap().exit_code()
    }

    /// Waits for the end of both processes; returns the exit code that the shell sees.
    pub fn ended(&mut self) -> u32 {
        let host = self.host;
        let ended = poll_until(|| self.front.try_wait().unwrap(), Option::is_some);
        assert!(
            ended,
            "the program did not end; the screen:\n{}",
            self.text()
        );
        if let Some(host) = host {
            assert!(
                poll_until(|| is_alive(host), |alive| !alive),
                "the host lives on"
            );
        }
        self.front.wait().unwrap().exit_code()
    }

    /// Waits until the terminal is in its original state.
    pub fn is_restored(&self) {
        self.wait_until("a restored terminal", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        let line = self.line.as_ref().unwrap();
        let restored = poll_until(|| modes(line), |now| *now == self.before);
        assert!(restored, "{} is now {}", self.before, modes(line));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let front = self.front();
        if matches!(self.front.try_wait(), Ok(None)) {
            // The host first, while it can still be found.
            if let Some(host) = child_of(front) {
                let _ = kill_process(host, Signal::KILL);
            }
            let _ = self.front.kill();
            let _ = self.front.wait();
        } else if let Some(host) = self.host.filter(|host| is_alive(*host)) {
            let _ = kill_process(host, Signal::KILL);
        }
    }
}

/// State and parent of a process, from its line in /proc.
fn status(pid: &str) -> Option<(char, i32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before these may contain anything, including brackets and spaces.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

pub fn child_of(parent: Pid) -> Option<Pid> {
    let parent = parent.as_raw_nonzero().get();
    std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .find_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (_, found) = status(&name).filter(|(state, _)| *state != 'Z')?;
            (found == parent).then(|| Pid::from_raw(name.parse().ok()?))?
        })
}

/// The state of a process: `R`, `S`, or `T` if it is stopped; `None` if it does not exist.
pub fn state(pid: Pid) -> Option<char> {
    status(&pid.as_raw_nonzero().to_string()).map(|(state, _)| state)
}

/// Returns whether a process exists and is not a zombie.
pub fn is_alive(pid: Pid) -> bool {
    status(&pid.as_raw_nonzero().to_string()).is_some_and(|(state, _)| state != 'Z')
}

/// Sends a signal.
pub fn send(pid: Pid, signal: Signal) {
    kill_process(pid, signal).unwrap();
}
