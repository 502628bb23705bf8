//! Whether a dashboard can be opened: a terminal, and someone to use it.

use std::io::{self, IsTerminal};

use anyhow::anyhow;

use super::Failure;
use crate::session::signals::inherited;
use crate::terminal::job;

/// Variables that CI systems set in every job. Setting the first to `false` says that this is not a CI job.
const CI: &[&str] = &[
    "CI",
    "TF_BUILD",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "CODEBUILD_BUILD_ID",
];

/// The variable that says that this is a CI job, if one does.
pub(super) fn ci(variable: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let no = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "false" | "0" | "no");
    if variable("CI").is_some_and(|value| no(&value)) {
        return None;
    }
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty() && !no(&value));
    CI.iter().copied().find(is_set)
}

/// Why there is no dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absent {
    /// Input or output is not a terminal; why.
    NoTerminal(&'static str),
    /// This variable says that it is a CI job.
    Ci(&'static str),
    /// The process runs in the background, and the signals that would stop it there are ignored.
    Background,
}

impl Absent {
    /// The reason, in words.
    pub fn why(&self) -> String {
        match self {
            Self::NoTerminal(why) => (*why).to_owned(),
            Self::Ci(variable) => {
                format!("{variable} is set: this looks like a CI job; use --tui to open it anyway")
            }
            Self::Background => {
                "running in the background with SIGTTOU or SIGTTIN ignored".to_owned()
            }
        }
    }
}

/// Whether a dashboard can be opened; `asked` is whether --tui was given.
pub(super) fn available(asked: bool) -> Result<(), Absent> {
    if !io::stdout().is_terminal() {
        return Err(Absent::NoTerminal("the standard output is not a terminal"));
    }
    if !io::stdin().is_terminal() {
        return Err(Absent::NoTerminal("the standard input is not a terminal"));
    }
    if std::env::var_os("TERM").is_none_or(|t| t.is_empty() || t == "dumb") {
        return Err(Absent::NoTerminal("TERM is unset or `dumb`"));
    }
    if !asked && let Some(variable) = ci(|name| std::env::var(name).ok()) {
        return Err(Absent::Ci(variable));
    }
    let inherited = inherited();
    let is_let = |signal| inherited.is_ignored(signal) || inherited.is_blocked(signal);
    let stops = [signal_hook::consts::SIGTTOU, signal_hook::consts::SIGTTIN];
    if stops.into_iter().any(is_let) && job::in_background() {
        return Err(Absent::Background);
    }
    Ok(())
}

/// The same for a command that does nothing else.
///
/// # Errors
/// When there is none; `without` says what there is.
pub(super) fn needed(command: &str, asked: bool, without: &str) -> Result<(), Failure> {
    available(asked).map_err(|absent| {
        Failure::Input(anyhow!(
            "{command} opens a dashboard and needs an interactive terminal: {}; {without}",
            absent.why()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_job_is_detected_unless_denied() {
        for (set, expected) in [
            (&[][..], None),
            (&[("CI", "true")], Some("CI")),
            (&[("CI", "1")], Some("CI")),
            (&[("CI", "woodpecker")], Some("CI")),
            (&[("CI", "")], None),
            (&[("CI", "false")], None),
            (&[("CI", "0")], None),
            (&[("TF_BUILD", "True")], Some("TF_BUILD")),
            (&[("CI", "false"), ("TF_BUILD", "True")], None),
        ] {
            let variable = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(ci(variable), expected, "{set:?}");
        }
    }
}
