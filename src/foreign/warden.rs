//! A process that outlives this one. A program goes on when the panel is killed, and nobody is left then who ends what it leaves
//! when it ends: workers that lost their parent, whatever left its session. The warden does.
//!
//! It hears from the panel through its standard input. Where that ends without a word, the panel was killed: the warden waits
//! for the end of the program, and then ends whatever has the run's socket in its environment, the program's session and
//! what these have started. It is no part of the program's
//! family, and is not ended with that.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, kill_process};

use crate::system::{Member, leave_out, processes};

/// The variable that makes a process a warden: the run's socket.
const WARDEN: &str = "_GENAI_TUI_WARDEN";
/// The variable that marks what belongs to the run.
pub const SOCKET: &str = "GENAI_TUI_SOCKET";
/// The last word of a panel that ends in order.
const BYE: &str = "bye\n";
/// Time from SIGTERM to SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// The warden, seen from the panel. Dropped without a word, it is as if the panel was killed.
#[derive(Debug)]
pub struct Warden(Option<Child>);

impl Warden {
    /// Starts it, for the run with this socket. Where that fails there is none, which matters only to who kills the panel.
    pub fn start(socket: &Path) -> Self {
        let warden = command(socket).spawn().ok();
        if let Some(warden) = &warden {
            leave_out(warden.id());
        }
        Self(warden)
    }

    /// This is the program.
    pub fn watch(&mut self, process: u32) {
        if let Some(line) = self.0.as_mut().and_then(|warden| warden.stdin.as_mut()) {
            let _ = writeln!(line, "{process}");
        }
    }

    /// Nothing is left to watch.
    pub fn dismiss(self) {
        if let Some(mut warden) = self.0 {
            if let Some(line) = &mut warden.stdin {
                let _ = line.write_all(BYE.as_bytes());
            }
            let _ = warden.wait();
        }
    }
}

fn command(socket: &Path) -> Command {
    let this = if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    };
    let mut command = Command::new(this.unwrap_or_default());
    command
        .arg0("genai-tui")
        .args(["run", "--", "warden"])
        .env(WARDEN, socket)
        .env_remove(SOCKET)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // The folder of a run may be moved, and a disk be taken out.
    command.current_dir("/");
    crate::session::front::forget(&mut command);
    command
}

/// Does a warden's work, if this process was started as one. Returns whether it was.
#[must_use]
pub fn guard() -> bool {
    let Some(socket) = std::env::var_os(WARDEN) else {
        return false;
    };
    // No key and no hang-up of the terminal reaches it.
    let _ = rustix::process::setsid();
    let mark = [SOCKET.as_bytes(), b"=", socket.as_encoded_bytes()].concat();
    wait_and_end(&mark);
    true
}

fn wait_and_end(mark: &[u8]) {
    let mut line = io::stdin().lock();
    let mut said = String::new();
    // What cannot be read has ended.
    let _ = line.read_line(&mut said);
    let program: Option<u32> = said.trim().parse().ok();
    if said == BYE {
        return;
    }
    let end = program.and_then(handle);
    let mut last = String::new();
    let _ = line.read_to_string(&mut last);
    if last.ends_with(BYE) {
        return;
    }
    if let Some(end) = &end {
        await_end(end);
    }
    end_all(program, mark);
}

/// What says when a process has ended, even if another has its number then.
fn handle(process: u32) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{PidfdFlags, pidfd_open};
        let flags = PidfdFlags::empty();
        pidfd_open(Pid::from_raw(process.cast_signed())?, flags).ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = process;
        None
    }
}

fn await_end(end: &OwnedFd) {
    let mut polled = [PollFd::new(end, PollFlags::IN)];
    while poll(&mut polled, None) == Err(rustix::io::Errno::INTR) {}
}

/// Ends what belongs to the run: SIGTERM, and after a grace period SIGKILL.
fn end_all(program: Option<u32>, mark: &[u8]) {
    let since = Instant::now();
    let mut sent = None;
    // Whoever forks while it is killed has children yet.
    while since.elapsed() < 4 * GRACE {
        let left = left(program, mark);
        if left.is_empty() {
            return;
        }
        let signal = if since.elapsed() < GRACE {
            Signal::TERM
        } else {
            Signal::KILL
        };
        if sent != Some(signal) || signal == Signal::KILL {
            for member in left {
                if let Some(pid) = Pid::from_raw(member.pid.cast_signed()) {
                    let _ = kill_process(pid, signal);
                    // A process that was stopped cannot end.
                    let _ = kill_process(pid, Signal::CONT);
                }
            }
            sent = Some(signal);
        }
        std::thread::sleep(LOOK);
    }
}

/// What belongs to the run and runs.
fn left(program: Option<u32>, mark: &[u8]) -> Vec<Member> {
    let own = std::process::id();
    let is_of_session = |member: &Member| {
        program.is_some_and(|program| member.session == program || member.group == program)
    };
    let all: Vec<Member> = processes()
        .into_iter()
        .filter(|member| member.pid != own && !member.is_zombie)
        .collect();
    let mut found: Vec<Member> = Vec::new();
    for member in &all {
        if is_of_session(member) || is_marked(member.pid, mark) {
            found.push(*member);
        }
    }
    loop {
        let is_new = |member: &&Member| {
            !found.iter().any(|known| known.pid == member.pid)
                && found.iter().any(|known| known.pid == member.parent)
        };
        let children: Vec<Member> = all.iter().filter(is_new).copied().collect();
        if children.is_empty() {
            return found;
        }
        found.extend(children);
    }
}

fn is_marked(process: u32, mark: &[u8]) -> bool {
    // That of another user cannot be read.
    let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .any(|variable| variable == mark)
}
