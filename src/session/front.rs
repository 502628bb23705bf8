//! The processes of a run that a terminal started.
//!
//! Interactive: the *front* is what the shell waits for. It starts the *host*, passes signals on to it, stops when it stops
//! and takes over its exit code. The host does everything else, on the terminal it inherited. When the host leaves the
//! terminal ([`super::detach`]) it tells the front, which lets the shell have its prompt back: a process that has threads or
//! CUDA could no longer be split.
//!
//! With `--detach` the front only waits until the host has left.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, waitpid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGSTOP, SIGTERM, SIGTSTP, SIGURG, SIGWINCH};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::low_level::siginfo::Cause;

use super::signals::{self, Listening, inherited};

/// The variable that tells a process that it is the host of the front with this process id. Its name is none that a
/// configuration could have.
const FRONT: &str = "_GENAI_TUI_FRONT";

/// Within this time a host that got the same stop signal as this process has stopped.
const ECHO: Duration = Duration::from_millis(50);

/// Exit code after a terminal that hung up.
const HUNG_UP: i32 = 128 + SIGHUP;

/// What a host tells its front as it leaves the terminal. Signals that do nothing by themselves: from
/// any other process they mean nothing here, and those that others ignore or send (SIGUSR1) stay free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Because a person asked for it.
    Detached,
    /// Because the terminal is gone.
    HungUp,
}

impl Word {
    fn signal(self) -> Signal {
        match self {
            Self::Detached => Signal::URG,
            Self::HungUp => Signal::WINCH,
        }
    }
}

/// A host, seen from its front.
struct Host {
    child: Child,
    pid: Pid,
    /// How often it stopped.
    stops: Arc<AtomicU64>,
    /// The signal in whose place it got SIGTERM.
    meant: Arc<AtomicI32>,
}

/// Starts this program again as the host, with the same arguments, and waits until it has ended or left the terminal. Returns
/// the exit code. Where nothing lasts that this process started (`lasts`), it stays when the terminal hangs up, so that the
/// host can continue.
///
/// # Errors
/// When the host cannot be started.
pub fn run(listening: Listening, lasts: bool) -> io::Result<u8> {
    let terminal = tcgetattr(io::stdin()).ok();
    let host = Host::start(command()?, listening, lasts)?;
    let status = host.wait()?;
    if let Some(signal) = status.terminating_signal() {
        tidy(terminal.as_ref());
        if let Some(words) = last_words(signal) {
            // If even stderr is gone, there is no reader.
            let _ = writeln!(io::stderr(), "genai-tui: {words}");
        }
    }
    Ok(host.exit_code(status))
}

/// What is to be said of a host that `signal` has ended. Of the signals that it handles from its start one ends it only before
/// that: a quick Ctrl-C, and there is no run yet.
fn last_words(signal: i32) -> Option<String> {
    (!signals::ENDINGS.contains(&signal)).then(|| {
        let name = signals::name(signal);
        format!(
            "the training process was ended by {name}; what it had saved is in its run directory"
        )
    })
}

/// Starts this program again as the host, with the same arguments, and waits until it has left: it says so by a word on its
/// stdout. Returns that word, or the exit code of a host that could not begin and has said why.
///
/// # Errors
/// When the host cannot be started.
pub fn launch(listening: Listening) -> io::Result<Result<String, u8>> {
    let mut command = command()?;
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut host = Host::start(command, listening, true)?;
    let mut word = String::new();
    if let Some(mut stdout) = host.child.stdout.take() {
        // To the end: then the host holds no stream of ours any more.
        stdout.read_to_string(&mut word)?;
    }
    if word.is_empty() {
        return Ok(Err(host.exit_code(host.wait()?)));
    }
    Ok(Ok(word))
}

impl Host {
    fn start(mut command: Command, listening: Listening, lasts: bool) -> io::Result<Self> {
        // Before the host exists, so that no signal falls between.
        let signals = signals::take_over()?;
        let handle = signals.handle();
        for signal in [SIGCONT, SIGURG, SIGWINCH] {
            handle.add_signal(signal)?;
        }
        if !inherited().is_ignored(SIGTSTP) {
            handle.add_signal(SIGTSTP)?;
        }
        listening.let_go();
        let child = command.spawn()?;
        let pid = pid_of(&child)?;
        let host = Self {
            child,
            pid,
            stops: Arc::default(),
            meant: Arc::default(),
        };
        let ear = Ear {
            host: pid,
            stops: Arc::clone(&host.stops),
            meant: Arc::clone(&host.meant),
            lasts,
            hung_up: false,
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || ear.listen(signals))?;
        Ok(host)
    }

    /// Waits for its end. When it stops (ctrl-z), this process does too: the shell looks at this one alone.
    fn wait(&self) -> io::Result<WaitStatus> {
        loop {
            match waitpid(Some(self.pid), WaitOptions::UNTRACED) {
                Ok(Some((_, status))) if status.stopped() => {
                    self.stops.fetch_add(1, Ordering::SeqCst);
                    // Any other signal the terminal gave to this process as well.
                    if status.stopping_signal() == Some(SIGSTOP) {
                        kill_process(getpid(), Signal::STOP)?;
                    }
                }
                Ok(Some((_, status))) => return Ok(status),
                Ok(None) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// As a shell would say it: 128 + the signal for a process that one ended.
    fn exit_code(&self, status: WaitStatus) -> u8 {
        let meant = self.meant.load(Ordering::SeqCst);
        status
            .exit_status()
            .or_else(|| status.terminating_signal().map(|s| 128 + s))
            .map(|code| match code {
                _ if meant != 0 && code == 128 + SIGTERM => 128 + meant,
                code => code,
            })
            .map_or(1, |code| (code & 0xff) as u8)
    }
}

/// What the front hears.
struct Ear {
    host: Pid,
    stops: Arc<AtomicU64>,
    meant: Arc<AtomicI32>,
    lasts: bool,
    hung_up: bool,
}

impl Ear {
    /// Passes on what someone sent to this process, and leaves when the host has. A key's signal the terminal sends to the
    /// host as well.
    fn listen(mut self, mut signals: SignalsInfo<WithOrigin>) {
        for origin in signals.forever() {
            let signal = match origin.signal {
                SIGURG | SIGWINCH => {
                    if is_from(&origin, self.host) {
                        self.leave(origin.signal == SIGWINCH);
                    }
                    continue;
                }
                SIGTSTP => {
                    // If the whole job got it, the host stops by itself.
                    let before = self.stops.load(Ordering::SeqCst);
                    thread::sleep(ECHO);
                    if self.stops.load(Ordering::SeqCst) != before {
                        continue;
                    }
                    Signal::TSTP
                }
                signal => signals::passed_on(signal),
            };
            self.hung_up |= origin.signal == SIGHUP;
            // Of a window that closes, the terminal tells the leader of its session alone, which this process is where no
            // shell is. Timers and limits are this process's own, and are passed on.
            let by_terminal = !matches!(origin.cause, Cause::Sent(_) | Cause::Unknown);
            if by_terminal && signals::is_a_key(origin.signal) {
                continue;
            }
            if signal.as_raw() != origin.signal {
                self.meant.store(origin.signal, Ordering::SeqCst);
            }
            // A host that is gone is being waited for.
            let _ = kill_process(self.host, signal);
        }
    }

    /// The host has left the terminal.
    fn leave(&self, late: bool) {
        let late = late || self.hung_up;
        if late && !self.lasts {
            // The host would go with this process. That needs no terminal either.
            if let Ok(nothing) = File::options().read(true).write(true).open("/dev/null") {
                let _ = dup2_stdin(&nothing);
                let _ = dup2_stdout(&nothing);
                let _ = dup2_stderr(&nothing);
            }
            return;
        }
        std::process::exit(if late { HUNG_UP } else { 0 });
    }
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

/// A program that a host starts is no host.
pub fn forget(command: &mut Command) {
    command.env_remove(FRONT);
}

fn pid_of(child: &Child) -> io::Result<Pid> {
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("the host has no process id"))
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

/// Returns whether this process is the host of a front. Then, if the front goes, however it goes, it is as if the
/// terminal hung up.
#[must_use]
pub fn is_host() -> bool {
    #[cfg(target_os = "linux")]
    {
        // Where SIGHUP is ignored it would not be heard.
        let word = if inherited().is_ignored(SIGHUP) {
            Signal::URG
        } else {
            Signal::HUP
        };
        if named_front().is_some()
            && rustix::process::set_parent_process_death_signal(Some(word)).is_err()
        {
            return false;
        }
    }
    // A front that is gone already, or a variable that was left over, makes no process a host.
    parent().is_some()
}

/// Returns whether this process has a front that is gone.
#[must_use]
pub fn is_gone() -> bool {
    named_front().is_some() && parent().is_none()
}

/// Signals the front. The system does not count equal signals that wait, so it is repeated until the front has gone, or a
/// second has passed.
pub(super) fn tell(word: Word) {
    for _ in 0..50 {
        let Some(front) = parent() else { return };
        let _ = kill_process(front, word.signal());
        thread::sleep(Duration::from_millis(20));
    }
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

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGINT, SIGKILL};

    use super::*;

    #[test]
    fn a_host_that_had_not_begun_has_saved_nothing() {
        assert_eq!(last_words(SIGINT), None);
        let words = last_words(SIGKILL);
        assert!(words.is_some_and(|w| w.contains("SIGKILL; what it had saved")));
    }
}
