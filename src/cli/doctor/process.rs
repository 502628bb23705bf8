//! What a run inherits from its parent process: signals, the terminal, and whether it outlives the session.

use std::path::Path;

use super::checks::{Check, Status};
use crate::cli::dashboard;
use crate::session::outlook::{self, Logout, Outlook, logout};
use crate::session::signals::{Inherited, inherited, name};

/// Runs the checks.
pub(super) fn found() -> Vec<Check> {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let logout = logout(Path::new("/"), &user.unwrap_or_default());
    let cgroup = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut checks = vec![signals(inherited())];
    checks.extend(ci(dashboard::ci(|name| std::env::var(name).ok())));
    checks.push(detach(&outlook::outlook()));
    checks.extend(logout.map(|logout| at_logout(&logout, &cgroup)));
    checks
}

/// Signals that were ignored or blocked at startup.
fn signals(inherited: Inherited) -> Check {
    // SIGPIPE is the runtime's, SIGKILL and SIGSTOP cannot be.
    let of = |is: &dyn Fn(i32) -> bool| {
        let named = (1..32).filter(|s| *s != 13 && is(*s)).map(name);
        named.collect::<Vec<_>>().join(", ")
    };
    let ignored = of(&|signal| inherited.is_ignored(signal));
    let blocked = of(&|signal| inherited.is_blocked(signal));
    let check = |status, found: String| Check::new("runs", "signals", status, found);
    match (ignored.is_empty(), blocked.is_empty()) {
        (true, true) => check(Status::Ok, "default handling".to_owned()),
        (false, true) => check(Status::Note, format!("{ignored} ignored"))
            .why("by the parent process, such as nohup or a shell starting a background job")
            .advice("a run also ignores them"),
        (true, false) => check(Status::Note, format!("{blocked} blocked"))
            .why("by the parent process")
            .advice("a run unblocks them, so that it can be stopped with a checkpoint"),
        (false, false) => check(
            Status::Note,
            format!("{ignored} ignored, {blocked} blocked"),
        )
        .why("by the parent process")
        .advice("a run also ignores the former, and unblocks the latter"),
    }
}

/// Whether this is a CI job, by the variable that says so.
fn ci(variable: Option<&'static str>) -> Option<Check> {
    let variable = variable?;
    Some(
        Check::new("runs", "ci", Status::Note, "no dashboard")
            .why(format!("{variable} is set: this looks like a CI job"))
            .advice("use --tui to open it anyway"),
    )
}

/// What happens to a run that is detached here.
fn detach(outlook: &Outlook) -> Check {
    let check = |status, found: &str| Check::new("runs", "detach", status, found);
    let check = match outlook {
        Outlook::Lasts => check(Status::Ok, "a detached run continues"),
        Outlook::UntilLogout(_) => {
            check(Status::Warn, "a detached run continues until you log out")
        }
        Outlook::MayEnd(_) => check(Status::Warn, "a detached run may end with its parent"),
        Outlook::Ends(_) => check(Status::Warn, "impossible: the run would end at once"),
    };
    match outlook.reason() {
        Some(reason) => check.why(&reason.why).advice(&reason.instead),
        None => check,
    }
}

/// Whether the system kills a user's processes at logout.
fn at_logout(logout: &Logout, cgroup: &str) -> Check {
    let check = |status, found: &str| Check::new("runs", "logout", status, found);
    let setting = logout.setting.as_ref();
    if logout.ends(cgroup) {
        return check(Status::Warn, "kills detached runs")
            .why(logout.why())
            .advice(outlook::LINGER);
    }
    let check = check(Status::Ok, "detached runs continue");
    match setting {
        Some(setting) if logout.lingers => {
            check.why(format!("{setting}, but lingering is enabled"))
        }
        Some(setting) => check.why(setting),
        None => check,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::outlook::Reason;

    #[test]
    fn ignored_and_blocked_signals_are_listed_by_name() {
        let text = |ignored: u64, blocked: u64| {
            let status = format!("SigBlk:\t{blocked:016x}\nSigIgn:\t{ignored:016x}\n");
            signals(Inherited::read(&status)).found
        };
        // SIGPIPE alone is not worth reporting.
        assert_eq!(text(0x1000, 0), "default handling");
        assert_eq!(text(0x1003, 0), "SIGHUP, SIGINT ignored");
        assert_eq!(text(0, 0x4000), "SIGTERM blocked");
        assert_eq!(text(1, 0x4000), "SIGHUP ignored, SIGTERM blocked");
    }

    #[test]
    fn runs_that_would_not_last_are_a_warning_with_advice() {
        let reason = Reason {
            why: "this container ends with this process".to_owned(),
            instead: "docker run -d".to_owned(),
        };
        for outlook in [
            Outlook::UntilLogout(reason.clone()),
            Outlook::MayEnd(reason.clone()),
            Outlook::Ends(reason),
        ] {
            let check = detach(&outlook);
            assert_eq!(check.status, Status::Warn);
            assert_eq!(check.advice.as_deref(), Some("docker run -d"));
        }
        assert_eq!(detach(&Outlook::Lasts).status, Status::Ok);
    }

    #[test]
    fn a_logout_that_ends_runs_is_a_warning() {
        let logout = |kills, lingers| Logout {
            setting: Some("KillUserProcesses=yes in /etc/systemd/logind.conf".to_owned()),
            kills,
            lingers,
        };
        let check = at_logout(&logout(true, false), "");
        assert_eq!(check.status, Status::Warn);
        assert!(check.advice.is_some_and(|a| a.contains("enable-linger")));
        assert_eq!(at_logout(&logout(true, true), "").status, Status::Ok);
        assert_eq!(at_logout(&logout(false, false), "").status, Status::Ok);
    }

    #[test]
    fn ci_is_detected_by_its_variable() {
        assert_eq!(ci(None), None);
        let why = ci(Some("CI")).and_then(|check| check.why);
        assert!(why.is_some_and(|why| why.contains("CI is set")));
    }
}
