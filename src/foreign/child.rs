//! The process that trains, and everything that it starts: how it begins, what it prints to, how it is ended so that nothing is
//! left.
//!
//! It leads a session of its own, so that no key and no hang-up of this program's terminal reaches it, and it cannot write there.
//! A process can only do that to itself before it becomes another program: this program is started once more, leads a
//! session, and then becomes the other one ([`become_program`]).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IsTerminal as _, PipeReader};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, kill_process_group, waitid,
    waitpid,
};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    LocalModes, OptionalActions, OutputModes, Winsize, tcgetattr, tcgetwinsize, tcsetattr,
    tcsetwinsize,
};

use super::error::ForeignError;
use crate::system::family;

/// The variable that tells a process that it is to become another program.
const BECOME: &str = "_GENAI_TUI_BECOME";

/// Columns and rows of a pseudo-terminal that nobody looks at: wide enough for a progress bar, and for tables.
const SIZE: (u16, u16) = (100, 40);
/// The variables that name a size.
const COLUMNS: &str = "COLUMNS";
const LINES: &str = "LINES";

/// What to start.
#[derive(Debug, Clone)]
pub struct Start {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The program's file.
    pub file: PathBuf,
    /// Additional variables of its environment.
    pub environment: Vec<(&'static str, OsString)>,
    /// Whether it prints to a pseudo-terminal; else to a pipe.
    pub terminal: bool,
    /// The size in which that is shown, as columns and rows, where it is known.
    pub size: Option<(u16, u16)>,
    /// Whether it reads what this process would.
    pub keeps_stdin: bool,
}

/// What the program prints.
#[derive(Debug)]
pub enum Printing {
    /// The master side of a pseudo-terminal.
    Terminal(File),
    /// A pipe.
    Pipe(PipeReader),
}

/// The pseudo-terminal that a program prints to, where its size is set.
#[derive(Debug)]
pub struct Screen {
    master: File,
    size: (u16, u16),
}

impl Screen {
    /// It has this size from here on; the program is told, if that is new.
    pub fn resize(&mut self, size: (u16, u16), family: Family) {
        if size == self.size {
            return;
        }
        self.size = size;
        // The program's terminal is not its controlling one: the system does not tell it.
        if tcsetwinsize(&self.master, window(size)).is_ok() {
            family.tell(Signal::WINCH);
        }
    }
}

impl Printing {
    /// Where the size of the pseudo-terminal is set; `None` of a pipe.
    pub fn screen(&self) -> Option<Screen> {
        match self {
            Self::Terminal(master) => {
                let size = tcgetwinsize(master).ok()?;
                Some(Screen {
                    master: master.try_clone().ok()?,
                    size: (size.ws_col, size.ws_row),
                })
            }
            Self::Pipe(_) => None,
        }
    }
}

impl io::Read for Printing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            // Of a terminal that no process has open any more.
            Self::Terminal(file) => match file.read(into) {
                Err(error)
                    if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) =>
                {
                    Ok(0)
                }
                read => read,
            },
            Self::Pipe(pipe) => pipe.read(into),
        }
    }
}

/// The file of a program, as a shell finds it.
///
/// # Errors
/// When there is none, or it cannot be carried out.
pub fn find(program: &OsStr) -> Result<PathBuf, ForeignError> {
    let unusable = |reason: &str| ForeignError::Program {
        program: program.to_string_lossy().into_owned(),
        reason: reason.to_owned(),
    };
    let is_usable = |path: &Path| {
        path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    let path = Path::new(program);
    if path.components().count() > 1 || path.has_root() {
        return match (is_usable(path), path.exists()) {
            (true, _) => Ok(path.to_owned()),
            (false, true) => Err(unusable("it is not a file that may be executed")),
            (false, false) => Err(unusable("there is no such file")),
        };
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join(path))
        .find(|candidate| is_usable(candidate))
        .ok_or_else(|| unusable("there is no such program in the folders of PATH"))
}

/// Starts the program. Orphans of its processes come to this process, where the system can do that.
///
/// # Errors
/// When it cannot be started.
pub fn start(start: &Start) -> io::Result<(Child, Printing)> {
    adopt_orphans();
    let this = if cfg!(target_os = "linux") {
        "/proc/self/exe".into()
    } else {
        std::env::current_exe()?
    };
    let mut command = Command::new(this);
    command
        .arg0("genai-tui")
        .args(["run", "--"])
        .args(&start.command)
        .envs(start.environment.iter().map(|(name, value)| (name, value)))
        .env(BECOME, &start.file);
    let keeps = start.keeps_stdin && !io::stdin().is_terminal();
    command.stdin(if keeps {
        Stdio::inherit()
    } else {
        Stdio::null()
    });
    let (printing, one, other) = if start.terminal {
        let (master, slave) = pseudo_terminal(start.size.unwrap_or_else(usual_size))?;
        // They would be believed more than the terminal, which changes its size.
        command.env_remove(COLUMNS).env_remove(LINES);
        let other = slave.try_clone()?;
        (Printing::Terminal(master.into()), slave, other)
    } else {
        let (reader, writer) = io::pipe()?;
        let other = writer.try_clone()?;
        (Printing::Pipe(reader), writer.into(), other.into())
    };
    command.stdout(one).stderr(other);
    let child = command.spawn()?;
    // What this process has of the other side goes with `command`.
    Ok((child, printing))
}

/// The size that the environment names, or the usual one.
fn usual_size() -> (u16, u16) {
    let named = |name: &str, usual: u16| {
        let text = std::env::var(name).ok();
        let number = text.and_then(|text| text.trim().parse().ok());
        number.filter(|number| *number > 0).unwrap_or(usual)
    };
    (named(COLUMNS, SIZE.0), named(LINES, SIZE.1))
}

fn window((columns, rows): (u16, u16)) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

fn pseudo_terminal(size: (u16, u16)) -> io::Result<(OwnedFd, OwnedFd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave = rustix::fs::open(&*name, flags, rustix::fs::Mode::empty())?;
    tcsetwinsize(&slave, window(size))?;
    let mut modes = tcgetattr(&slave)?;
    // What is printed arrives as it was printed, and nothing that arrives there is printed.
    modes.output_modes &= !OutputModes::OPOST;
    modes.local_modes &= !(LocalModes::ECHO | LocalModes::ISIG | LocalModes::ICANON);
    tcsetattr(&slave, OptionalActions::Now, &modes)?;
    Ok((master, slave))
}

fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    {
        // Without it, what leaves its group and its parent is not found again.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }
}

/// Becomes the program, if this process was started for that; returns only if it was not, or why it could not.
///
/// # Errors
/// Why it could not become the program.
#[must_use]
pub fn become_program(command: &[OsString]) -> Option<io::Error> {
    let file = std::env::var_os(BECOME)?;
    let (name, arguments) = command.split_first()?;
    if let Err(error) = rustix::process::setsid() {
        return Some(error.into());
    }
    let mut program = Command::new(file);
    program.arg0(name).args(arguments).env_remove(BECOME);
    crate::session::front::forget(&mut program);
    Some(program.exec())
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code as a shell has it: 128 + the signal that ended it.
    pub code: u8,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// Waits until the process has ended, without collecting it: until then nothing else can have its number.
///
/// # Errors
/// When it is no child of this process.
pub fn wait(process: u32) -> io::Result<Exit> {
    let pid = pid(process).ok_or(rustix::io::Errno::SRCH)?;
    loop {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(pid), options) {
            Ok(Some(status)) => {
                let signal = status.terminating_signal();
                let code = status.exit_status().or_else(|| signal.map(|s| 128 + s));
                return Ok(Exit {
                    code: code.map_or(1, |code| (code & 0xff) as u8),
                    signal,
                });
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A process and its family, to be signalled.
#[derive(Debug, Clone, Copy)]
pub struct Family(u32);

impl Family {
    /// The family of this process, which leads a process group.
    pub fn of(process: u32) -> Self {
        Self(process)
    }

    /// Sends a signal to all of it.
    pub fn signal(self, signal: Signal) {
        self.tell(signal);
        for member in family(self.0)
            .iter()
            .filter(|m| !m.is_zombie && m.group != self.0)
        {
            if let Some(pid) = pid(member.pid) {
                let _ = kill_process(pid, signal);
            }
        }
    }

    /// Sends a signal to the process group alone: what concerns its terminal.
    pub fn tell(self, signal: Signal) {
        if let Some(group) = pid(self.0) {
            // It may have ended.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Returns whether anything of it runs. Collects what has ended and was left to this process; but not the first
    /// process, which its own waiter collects.
    pub fn is_there(self) -> bool {
        let mut there = false;
        for member in family(self.0) {
            if !member.is_zombie {
                there = true;
            } else if member.pid != self.0
                && member.parent == std::process::id()
                && let Some(pid) = pid(member.pid)
            {
                let _ = waitpid(Some(pid), WaitOptions::NOHANG);
            }
        }
        there || cfg!(not(target_os = "linux")) && group_is_there(self.0)
    }

    /// Ends what is left of it: SIGTERM, and after `grace` SIGKILL. Returns how many processes there were, where that can be
    /// known, and whether they had to be killed.
    pub fn end(self, grace: Duration) -> Option<Leftover> {
        if !self.is_there() {
            return None;
        }
        let processes = family(self.0).iter().filter(|m| !m.is_zombie).count();
        self.signal(Signal::TERM);
        // A process that was stopped cannot end.
        self.signal(Signal::CONT);
        let mut left = Leftover {
            processes,
            killed: false,
        };
        if self.wait(grace) {
            return Some(left);
        }
        left.killed = true;
        // Whoever forks while it is killed has children yet.
        for _ in 0..50 {
            self.signal(Signal::KILL);
            if self.wait(Duration::from_millis(100)) {
                break;
            }
        }
        Some(left)
    }

    /// Waits until nothing of it runs; returns whether that came to be in time.
    fn wait(self, patience: Duration) -> bool {
        let since = Instant::now();
        while self.is_there() {
            if since.elapsed() >= patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }
}

/// What was left running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leftover {
    /// How many processes; 0 where they cannot be counted.
    pub processes: usize,
    /// Whether SIGTERM was not enough.
    pub killed: bool,
}

impl Leftover {
    /// What is to be said of it.
    pub fn in_words(self) -> String {
        let what = match self.processes {
            0 => "something".to_owned(),
            1 => "a process".to_owned(),
            count => format!("{count} processes"),
        };
        let how = if self.killed { "SIGKILL" } else { "SIGTERM" };
        format!("the program left {what} running when it ended: ended by {how}")
    }
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(number.cast_signed()).filter(|_| number > 1)
}

fn group_is_there(group: u32) -> bool {
    pid(group).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}
