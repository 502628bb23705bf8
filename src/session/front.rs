//! The processes of a run that a terminal started.
//!
//! Interactive: the *front* is what the shell waits for. It starts the *host*, passes signals on to it, stops when it stops
//! and takes over its exit code. The host does everything else, on the terminal it inherited. When the host leaves the
//! terminal ([`super::detach`]) it tells the front, which lets the shell have its prompt back: a process that has threads or
//! CUDA could no longer be split.
//!
//! With `--detach` the front only waits until the host has left.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, waitpid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::low_level::siginfo::Cause;

/// The variable that tells a process that it is the host of the front with this process id. Its name is none that a
/// configuration could have.
const FRONT: &str = "_GENAI_TUI_FRONT";

/// Exit code after a terminal that hung up.
const HUNG_UP: i32 = 128 + SIGHUP;

/// Starts this program again as the host, with the same arguments, and waits until it has ended or left the terminal. Gives
/// the exit code.
///
/// # Errors
/// When the host cannot be started.
pub fn run() -> io::Result<u8> {
    let terminal = tcgetattr(io::stdin()).ok();
    // Before the host exists, so that no signal falls between.
    let signals = SignalsInfo::<WithOrigin>::new([
        SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGCONT, SIGUSR1, SIGUSR2,
    ])?;
    let host = pid_of(&command()?.spawn()?)?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || listen(signals, host))?;
    let status = wait(host)?;
    if let Some(signal) = status.terminating_signal() {
        tidy(terminal.as_ref());
        let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
        // Nobody reads it if even stderr is gone.
        let _ = writeln!(
            io::stderr(),
            "genai-tui: the training process was ended by {name}; what it had saved is in its run directory"
        );
    }
    Ok(exit_code(status))
}

/// Starts this program again as the host, with the same arguments, and waits until it has left: it says so by a word on its
/// stdout. Gives that word, or the exit code of a host that could not begin and has said why.
///
/// # Errors
/// When the host cannot be started.
pub fn launch() -> io::Result<Result<String, u8>> {
    let mut child = command()?
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let host = pid_of(&child)?;
    let mut word = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        // To the end: then the host holds no stream of ours any more.
        stdout.read_to_string(&mut word)?;
    }
    if word.is_empty() {
        return Ok(Err(exit_code(wait(host)?)));
    }
    Ok(Ok(word))
}

fn command() -> io::Result<Command> {
    let mut arguments = std::env::args_os();
    let name = arguments
        .next()
        .unwrap_or_else(|| OsString::from("genai-tui"));
    // The running file itself, even if another has been put in its place since.
    let program = if cfg!(target_os = "linux") {
        "/proc/self/exe".into()
    } else {
        std::env::current_exe()?
    };
    let mut command = Command::new(program);
    command
        .arg0(name)
        .args(arguments)
        .env(FRONT, std::process::id().to_string());
    Ok(command)
}

fn pid_of(child: &Child) -> io::Result<Pid> {
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("the host has no process id"))
}

/// Waits for the host's end. When it stops (ctrl-z), this process does too: the shell looks at this one alone.
fn wait(host: Pid) -> io::Result<WaitStatus> {
    loop {
        match waitpid(Some(host), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {
                kill_process(getpid(), Signal::STOP)?;
            }
            Ok(Some((_, status))) => return Ok(status),
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Passes on what someone sent to this process, and leaves when the host has. A key's signal the terminal sends to the
/// host as well.
fn listen(mut signals: SignalsInfo<WithOrigin>, host: Pid) {
    let hung_up = Arc::new(AtomicBool::new(false));
    for origin in signals.forever() {
        let signal = match origin.signal {
            SIGUSR1 | SIGUSR2 => {
                if is_from(&origin, host) {
                    let late = origin.signal == SIGUSR2 || hung_up.load(Ordering::Relaxed);
                    std::process::exit(if late { HUNG_UP } else { 0 });
                }
                continue;
            }
            SIGHUP => {
                hung_up.store(true, Ordering::Relaxed);
                Signal::HUP
            }
            SIGINT => Signal::INT,
            SIGTSTP => Signal::TSTP,
            SIGCONT => Signal::CONT,
            _ => Signal::TERM,
        };
        // Of a window that closes, the terminal tells the leader of its session alone, which this process is where no
        // shell is.
        let by_terminal = !matches!(origin.cause, Cause::Sent(_) | Cause::Unknown);
        if !by_terminal || origin.signal == SIGHUP {
            // A host that is gone is being waited for.
            let _ = kill_process(host, signal);
        }
    }
}

fn is_from(origin: &Origin, sender: Pid) -> bool {
    origin
        .process
        .as_ref()
        .is_some_and(|process| process.pid == sender.as_raw_nonzero().get())
}

/// A host that was killed could not give the terminal back.
fn tidy(terminal: Option<&Termios>) {
    if let Some(terminal) = terminal {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, terminal);
    }
    let mut stdout = io::stdout();
    if stdout.is_terminal() {
        // Bracketed paste, mouse and alternate screen off, cursor shown, attributes reset.
        let _ = stdout
            .write_all(b"\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?1049l\x1b[?25h\x1b[m");
        let _ = stdout.flush();
    }
}

/// As a shell would say it: 128 + the signal for a process that one ended.
fn exit_code(status: WaitStatus) -> u8 {
    status
        .exit_status()
        .or_else(|| status.terminating_signal().map(|s| 128 + s))
        .map_or(1, |code| (code & 0xff) as u8)
}

/// Whether this process is the host of a front. Then, if the front goes, however it goes, it is as if the terminal hung up.
#[must_use]
pub fn is_host() -> bool {
    #[cfg(target_os = "linux")]
    if named_front().is_some()
        && rustix::process::set_parent_process_death_signal(Some(Signal::HUP)).is_err()
    {
        return false;
    }
    // A front that is gone already, or a variable that was left over, makes nobody a host.
    parent().is_some()
}

/// The front of this host, while it lives.
pub(super) fn parent() -> Option<Pid> {
    let front = named_front()?;
    rustix::process::getppid().filter(|parent| *parent == front)
}

fn named_front() -> Option<Pid> {
    let pid = std::env::var(FRONT).ok()?.parse().ok()?;
    Pid::from_raw(pid)
}
