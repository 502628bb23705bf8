//! A shell's job control: stop, foreground, background.

use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::terminal::{BINARY, Terminal, child_of, interactive, is_alive, send, state};
use crate::workbench::{Bench, poll_until};

/// The program as a job of a shell.
struct Job {
    terminal: Terminal,
    front: Pid,
    host: Pid,
}

impl Drop for Job {
    fn drop(&mut self) {
        for pid in [self.host, self.front] {
            if is_alive(pid) {
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
    }
}

impl Job {
    fn start(bench: &Bench) -> Self {
        let mut terminal = Terminal::shell(bench);
        terminal.shows(&["ready>"]);
        let words: Vec<&str> = interactive(&["--at", "30:pause"]);
        terminal.keys(&format!("{BINARY} {}\n", words.join(" ")));
        terminal.shows(&["PAUSED", "quit"]);
        let shell = terminal.front();
        let front = child_of(shell).unwrap();
        let host = child_of(front).unwrap();
        Self {
            terminal,
            front,
            host,
        }
    }

    fn is(&self, wanted: char) {
        for pid in [self.front, self.host] {
            let right = |found: &Option<char>| (*found == Some('T')) == (wanted == 'T');
            assert!(poll_until(|| state(pid), right), "{:?}", state(pid));
        }
    }

    /// Waits for the shell's prompt, with the terminal's modes restored.
    fn is_at_the_prompt(&self) {
        self.terminal.wait_until("the shell's screen", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor()
        });
        // The newest one: keys that are typed while a program leaves the terminal are dropped with its answers.
        self.terminal.wait_until("the shell's prompt", |screen| {
            screen.contents().trim_end().ends_with("ready>")
        });
    }

    /// Checks that the shell executes a command.
    fn shell_answers(&mut self, sum: (u32, u32)) {
        let (a, b) = sum;
        self.terminal.keys(&format!("echo sum=$(({a}+{b}))\n"));
        self.terminal.shows(&[&format!("sum={}", a + b)]);
    }

    fn comes_back(&mut self) {
        self.terminal.keys("fg\n");
        self.terminal.shows(&["PAUSED", "lr D", "quit"]);
        self.is('S');
        self.terminal
            .wait_until("the program's screen", vt100::Screen::alternate_screen);
        // And it reads keys.
        self.terminal.keys("q");
        self.terminal.shows(&["Stop the run?"]);
        self.terminal.keys("\x1b");
        self.terminal.hides("Stop the run?");
    }

    fn quits(&mut self) {
        self.terminal.keys("q");
        self.terminal.shows(&["Stop the run?"]);
        self.terminal.keys("\r");
        self.terminal.shows(&["everything is in runs/a"]);
        self.is_at_the_prompt();
        self.shell_answers((70, 7));
        for pid in [self.front, self.host] {
            assert!(poll_until(|| is_alive(pid), |alive| !alive));
        }
    }
}

#[test]
fn ctrl_z_returns_to_the_shell_and_fg_comes_back() {
    let bench = Bench::new();
    let mut job = Job::start(&bench);
    for round in 1..=2 {
        job.terminal.keys("\x1a");
        job.is('T');
        job.is_at_the_prompt();
        job.shell_answers((100, round));
        job.terminal.keys("jobs\n");
        job.terminal.shows(&["Stopped"]);
        job.comes_back();
    }
    job.quits();
}

#[test]
fn a_stop_signal_to_either_process_or_the_job_does_the_same() {
    let bench = Bench::new();
    let mut job = Job::start(&bench);
    for (pid, sum) in [(job.front, 1), (job.host, 2)] {
        // A signal right after the previous one would count as its echo.
        thread::sleep(Duration::from_millis(200));
        send(pid, Signal::TSTP);
        job.is('T');
        job.is_at_the_prompt();
        job.shell_answers((200, sum));
        job.comes_back();
    }
    thread::sleep(Duration::from_millis(200));
    rustix::process::kill_process_group(job.front, Signal::TSTP).unwrap();
    job.is('T');
    job.is_at_the_prompt();
    job.shell_answers((200, 3));
    job.comes_back();
    job.quits();
}

#[test]
fn a_background_job_trains_without_a_screen() {
    let bench = Bench::new();
    let mut job = Job::start(&bench);
    job.terminal.keys(" ");
    job.terminal.shows(&["RUNNING"]);
    job.terminal.keys("\x1a");
    job.is('T');
    job.is_at_the_prompt();
    job.terminal.keys("bg\n");
    job.is('S');
    let steps = || bench.record("a").so_far("step").len();
    let before = steps();
    assert!(poll_until(steps, |now| *now > before));
    // The shell gets its own keys, and nothing is drawn over its screen.
    for sum in 1..4 {
        job.shell_answers((300, sum));
    }
    assert!(!job.terminal.look(vt100::Screen::alternate_screen));
    job.is('S');
    job.terminal.keys("fg\n");
    job.terminal.shows(&["RUNNING", "quit"]);
    job.quits();
}

#[test]
fn the_run_continues_after_the_shells_session() {
    let bench = Bench::new();
    let mut job = Job::start(&bench);
    let (front, host) = (job.front, job.host);
    job.terminal.keys(" ");
    job.terminal.shows(&["RUNNING"]);
    job.terminal.unplug();
    assert!(poll_until(|| is_alive(front), |alive| !alive));
    let steps = || bench.record("a").so_far("step").len();
    let before = steps();
    assert!(poll_until(steps, |now| *now > before));
    send(host, Signal::TERM);
    assert!(poll_until(|| is_alive(host), |alive| !alive));
    assert_eq!(bench.record("a").summary()["outcome"], "interrupted");
}
