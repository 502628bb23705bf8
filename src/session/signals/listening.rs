//! The thread that takes in signals, from the start of a command to its end.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use rustix::process::getpid;
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGTSTP, SIGUSR1, SIGUSR2, SIGXFSZ};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::iterator::{Handle, SignalsInfo};

use super::kinds::{ENDINGS, OF_THIS_SYSTEM, REAL_TIME};
use super::policy::{Act, Policy};
use super::{inherited, name};
use crate::config::SignalsConfig;
use crate::protocol::Command;
use crate::session::commander::RequestSender;
use crate::session::{EngineError, Session};

/// Takes in every signal that would end this process, and does with it what the command's progress asks for.
#[derive(Debug)]
pub struct Listening {
    phase: Arc<Mutex<Phase>>,
    handle: Handle,
}

/// How far the command is.
enum Phase {
    /// There is nothing to lose: the first signal ends the process. Those that only ask for a checkpoint wait for a run.
    Free { kept: Vec<i32> },
    /// A directory is being made, half of which is not to be left behind: all wait.
    Holding { kept: Vec<i32> },
    /// There is a run.
    Running(Running),
}

impl std::fmt::Debug for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Free { .. } => "Free",
            Self::Holding { .. } => "Holding",
            Self::Running(_) => "Running",
        })
    }
}

struct Running {
    policy: Policy,
    sender: RequestSender,
    watch: Watch,
    last_words: Box<dyn Fn() + Send>,
}

/// What came so far, and what SIGHUP means.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<State>);

#[derive(Debug, Default)]
struct State {
    first: AtomicI32,
    hangups_ignored: AtomicBool,
}

impl Watch {
    /// The number of the signal that came first, of those that stop the run.
    #[must_use]
    pub fn first(&self) -> Option<i32> {
        Some(self.0.first.load(Ordering::Relaxed)).filter(|s| *s != 0)
    }

    /// From here on SIGHUP stops nothing: the run does without a terminal, or its viewer sees to it.
    pub fn ignore_hangups(&self) {
        self.0.hangups_ignored.store(true, Ordering::SeqCst);
    }
}

/// From here on no signal ends this process but through what it does about it.
///
/// # Errors
/// When the handlers or the thread cannot be installed.
pub fn listen() -> io::Result<Listening> {
    let mut signals = take_over()?;
    let handle = signals.handle();
    let phase = Arc::new(Mutex::new(Phase::Free { kept: Vec::new() }));
    let shared = Arc::clone(&phase);
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for origin in signals.forever() {
                if !is_limit_of_files(&origin) {
                    lock(&shared).take_in(origin.signal);
                }
            }
        })?;
    Ok(Listening { phase, handle })
}

/// For a command that has nothing to save: the first signal that would end it does, after some `last_words`.
///
/// # Errors
/// When the handlers or the thread cannot be installed.
pub fn leave_at_once(last_words: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut signals = take_over()?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            // A terminal that hangs up is the screen's business.
            let ends = |origin: &Origin| origin.signal != SIGHUP && !is_limit_of_files(origin);
            if let Some(origin) = signals.forever().find(ends) {
                last_words();
                std::process::exit(128 + origin.signal);
            }
        })
        .map(drop)
}

/// Handlers for every signal that ends a process and still has its default action.
pub(in crate::session) fn take_over() -> io::Result<SignalsInfo<WithOrigin>> {
    let inherited = inherited();
    let signals = SignalsInfo::<WithOrigin>::new(&[] as &[i32])?;
    let handle = signals.handle();
    let free = |signal: &i32| !inherited.is_taken(*signal);
    for signal in ENDINGS.iter().chain(OF_THIS_SYSTEM).copied() {
        if free(&signal) {
            handle.add_signal(signal)?;
        }
    }
    for signal in REAL_TIME.filter(free) {
        // Refused for the C library's own.
        let _ = handle.add_signal(signal);
    }
    // With the handlers in place, as one may be waiting; before there are threads, which take over the mask.
    super::inherited::unblock(
        ENDINGS
            .iter()
            .chain(OF_THIS_SYSTEM)
            .chain(&[SIGTSTP, SIGCONT, SIGCHLD])
            .copied(),
    );
    Ok(signals)
}

/// Returns whether this only says that a file has reached `ulimit -f`: the writer gets an error. The kernel sends
/// it as if this process had.
fn is_limit_of_files(origin: &Origin) -> bool {
    let own = getpid().as_raw_nonzero().get();
    let sender = origin.process.as_ref().map(|process| process.pid);
    origin.signal == SIGXFSZ && sender.is_none_or(|pid| pid == own)
}

impl Listening {
    /// From here on signals wait for the run.
    pub fn hold(&self) {
        let mut phase = lock(&self.phase);
        if let Phase::Free { kept } = &mut *phase {
            *phase = Phase::Holding {
                kept: std::mem::take(kept),
            };
        }
    }

    /// From here on they are for `session`; those that have waited come first. `last_words` run before one that does not
    /// wait ends the process.
    #[must_use]
    pub fn watch<E: EngineError>(
        self,
        session: &Session<E>,
        users: SignalsConfig,
        last_words: impl Fn() + Send + 'static,
    ) -> Watch {
        let watch = Watch::default();
        let mut phase = lock(&self.phase);
        let kept = match &mut *phase {
            Phase::Free { kept } | Phase::Holding { kept } => std::mem::take(kept),
            Phase::Running(_) => Vec::new(),
        };
        *phase = Phase::Running(Running {
            policy: Policy::new(users),
            sender: session.sender(),
            watch: watch.clone(),
            last_words: Box::new(last_words),
        });
        for signal in kept {
            phase.take_in(signal);
        }
        watch
    }

    /// Leaves them to others, who have their handlers already.
    pub(in crate::session) fn let_go(self) {
        self.handle.close();
    }
}

impl Phase {
    fn take_in(&mut self, signal: i32) {
        match self {
            Self::Free { kept } if matches!(signal, SIGUSR1 | SIGUSR2) => kept.push(signal),
            Self::Free { .. } => std::process::exit(128 + signal),
            Self::Holding { kept } => kept.push(signal),
            Self::Running(running) => running.take_in(signal),
        }
    }
}

impl Running {
    fn take_in(&mut self, signal: i32) {
        let state = &self.watch.0;
        if signal == SIGHUP && state.hangups_ignored.load(Ordering::SeqCst) {
            return;
        }
        let command = match self.policy.act(signal, Instant::now()) {
            Act::Nothing => return,
            Act::Leave => {
                (self.last_words)();
                std::process::exit(128 + signal);
            }
            Act::Checkpoint => Command::Checkpoint,
            Act::Stop => {
                // Of several the first is the reason.
                let first = &state.first;
                if first
                    .compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
                {
                    return;
                }
                Command::Stop
            }
        };
        // A trainer that is gone has stopped already.
        let _ = self.sender.send_signal(name(signal), command);
    }
}

fn lock(phase: &Mutex<Phase>) -> MutexGuard<'_, Phase> {
    phase.lock().unwrap_or_else(PoisonError::into_inner)
}
