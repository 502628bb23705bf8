//! The two processes of an interactive session.
//!
//! The *front* is what the shell waits for: it starts the *host*, passes signals on to it and takes over its exit code.
//! The host does everything else, on the terminal it inherited. So the host can one day leave the terminal and go on while
//! the front lets the shell have its prompt back: a process that has threads or CUDA could no longer be split.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Cause;

/// The variable that tells a process that it is the host of the front with this process id. Its name is none that a
/// configuration could have.
const FRONT: &str = "_GENAI_TUI_FRONT";

/// Starts this program again as the host, with the same arguments, and waits for it. Gives the exit code.
///
/// # Errors
/// When the host cannot be started.
pub fn run() -> io::Result<u8> {
    let terminal = tcgetattr(io::stdin()).ok();
    // Before the host exists, so that no signal falls between.
    let signals = SignalsInfo::<WithOrigin>::new([SIGHUP, SIGINT, SIGTERM])?;
    let mut host = start()?;
    pass_signals_on(signals, &host)?;
    let status = host.wait()?;
    if let Some(signal) = status.signal() {
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

fn start() -> io::Result<Child> {
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
    Command::new(program)
        .arg0(name)
        .args(arguments)
        .env(FRONT, std::process::id().to_string())
        .spawn()
}

/// Passes on what someone sent to this process. A key's signal the terminal sends to the host as well.
fn pass_signals_on(mut signals: SignalsInfo<WithOrigin>, host: &Child) -> io::Result<()> {
    let Some(pid) = i32::try_from(host.id()).ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for origin in signals.forever() {
                let signal = match origin.signal {
                    SIGHUP => Signal::HUP,
                    SIGINT => Signal::INT,
                    _ => Signal::TERM,
                };
                // Of a window that closes, the terminal tells the leader of its session alone, which this process is where
                // no shell is.
                let by_terminal = !matches!(origin.cause, Cause::Sent(_) | Cause::Unknown);
                if !by_terminal || origin.signal == SIGHUP {
                    // A host that is gone is being waited for.
                    let _ = kill_process(pid, signal);
                }
            }
        })?;
    Ok(())
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
fn exit_code(status: ExitStatus) -> u8 {
    status
        .code()
        .or_else(|| status.signal().map(|s| 128 + s))
        .map_or(1, |code| (code & 0xff) as u8)
}

/// Whether this process is the host of a front. Then, if the front goes, however it goes, it is as if the terminal hung up.
#[must_use]
pub fn is_host() -> bool {
    let front: Option<i32> = std::env::var(FRONT).ok().and_then(|pid| pid.parse().ok());
    #[cfg(target_os = "linux")]
    if front.is_some()
        && rustix::process::set_parent_process_death_signal(Some(Signal::HUP)).is_err()
    {
        return false;
    }
    // A front that is gone already, or a variable that was left over, makes nobody a host.
    front.is_some() && rustix::process::getppid().map(Pid::as_raw_pid) == front
}
