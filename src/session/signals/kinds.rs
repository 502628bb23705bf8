//! Which signals there are, what they are called, and what each is for.

use rustix::process::Signal;
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGXCPU, SIGXFSZ,
};

/// Signals whose default action ends a process. Those that tell of a defect (SIGSEGV, SIGABRT and the like) are left to
/// it, and SIGPIPE to the runtime, which ignores it.
pub(in crate::session) const ENDINGS: &[i32] = &[
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGUSR1,
    SIGUSR2,
];

/// Those that only Linux has, or that end a process only there.
#[cfg(target_os = "linux")]
pub(super) const OF_THIS_SYSTEM: &[i32] = &[
    Signal::IO.as_raw(),
    Signal::POWER.as_raw(),
    #[cfg(not(any(target_arch = "mips", target_arch = "mips64", target_arch = "sparc64")))]
    Signal::STKFLT.as_raw(),
];
#[cfg(not(target_os = "linux"))]
pub(super) const OF_THIS_SYSTEM: &[i32] = &[];

/// The real-time signals. The C library keeps the first two or three for itself and refuses to have them handled.
#[cfg(target_os = "linux")]
pub(super) const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;
#[cfg(not(target_os = "linux"))]
pub(super) const REAL_TIME: std::ops::Range<i32> = 0..0;

/// The name of a signal: `SIGTERM`, `SIGRTMIN+3`.
#[must_use]
pub fn name(signal: i32) -> String {
    #[cfg(target_os = "linux")]
    match signal {
        _ if signal == Signal::POWER.as_raw() => return "SIGPWR".to_owned(),
        16 if OF_THIS_SYSTEM.contains(&16) => return "SIGSTKFLT".to_owned(),
        34 => return "SIGRTMIN".to_owned(),
        35..=64 => return format!("SIGRTMIN+{}", signal - 34),
        _ => {}
    }
    signal_hook::low_level::signal_name(signal)
        .map_or_else(|| format!("signal {signal}"), str::to_owned)
}

/// The signal that passes this one on to another process. A real-time signal has no name that could be sent without more
/// ado: what it asks for is the same as SIGTERM does.
pub(in crate::session) fn passed_on(signal: i32) -> Signal {
    Signal::from_named_raw(signal).unwrap_or(Signal::TERM)
}

/// Returns whether a key of the terminal sends this one, to the whole job at once.
pub(in crate::session) fn is_a_key(signal: i32) -> bool {
    matches!(signal, SIGINT | SIGQUIT | SIGTSTP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn every_signal_has_a_name() {
        for (signal, called) in [
            (15, "SIGTERM"),
            (24, "SIGXCPU"),
            (29, "SIGIO"),
            (30, "SIGPWR"),
            (34, "SIGRTMIN"),
            (50, "SIGRTMIN+16"),
            (99, "signal 99"),
        ] {
            assert_eq!(name(signal), called);
        }
        assert_eq!(passed_on(SIGXCPU), Signal::XCPU);
        assert_eq!(passed_on(50), Signal::TERM);
    }
}
