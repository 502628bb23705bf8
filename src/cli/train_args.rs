//! The flags of `genai-tui train`, which is what runs when no subcommand is named.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{SettingArgs, path_arg};
use crate::config::{Sources, check_run_name};
use crate::headless::Format;
use crate::launch::plan::{Destination, PlanRequest, StartFrom};

/// Train, live in the terminal or headless.
#[derive(Debug, Clone, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each on its own"
)]
pub struct TrainArgs {
    /// What to train, and how.
    #[command(flatten)]
    pub settings: SettingArgs,

    /// Download datasets from this URL instead of the public mirrors
    ///
    /// The URL of a folder that holds the original files, as in `https://example.org/mnist/`.
    #[arg(long, value_name = "URL", value_parser = url, value_hint = ValueHint::Url, help_heading = "Training")]
    pub mirror: Option<String>,

    /// Resume a run from its newest checkpoint, or from RUN@STEP, as if it had never stopped
    ///
    /// Its configuration is kept; --steps, --epochs and --max-time are totals. A learning rate or another objective becomes an
    /// intervention; settings that would make it a different run are refused.
    #[arg(
        long,
        value_name = "RUN",
        value_parser = path_arg::run(),
        conflicts_with_all = ["config", "preset", "name", "run_dir", "fork"],
        help_heading = "Runs"
    )]
    pub resume: Option<String>,
    /// Start a new run from a checkpoint of RUN (or RUN@STEP)
    ///
    /// It inherits the other run's configuration; flags override it. A different objective is switched to as in a live run.
    #[arg(long, value_name = "RUN", value_parser = path_arg::run(), help_heading = "Runs")]
    pub fork: Option<String>,
    /// Start the run of --name or --run-dir, or resume it: one command line for schedulers that may start it twice
    ///
    /// A run that does not exist starts; one that was killed or stopped resumes as with --resume; one that has finished exits at
    /// once with the exit code it had. If a process on another host holds the run and may be dead, this waits for it. The
    /// configuration must be the recorded one, except for what --resume may change.
    #[arg(
        long,
        requires = "place",
        conflicts_with_all = ["resume", "fork"],
        help_heading = "Runs"
    )]
    pub resume_or_start: bool,
    /// The directory of this run [default: runs/NAME]
    #[arg(
        long,
        value_name = "DIR",
        value_parser = path_arg::path(),
        group = "place",
        value_hint = ValueHint::DirPath,
        conflicts_with = "name",
        help_heading = "Output"
    )]
    pub run_dir: Option<PathBuf>,
    /// The name of this run, below runs/ [default: objective, dataset and time]
    #[arg(
        long,
        value_name = "NAME",
        value_parser = run_name,
        group = "place",
        help_heading = "Output"
    )]
    pub name: Option<String>,
    /// Train without the dashboard; print progress as lines on stdout
    ///
    /// This is the default if stdout is not a terminal, with TERM=dumb, in a CI job, and with --format.
    #[arg(long, help_heading = "Output")]
    pub no_tui: bool,
    /// Open the dashboard even in a CI job (where CI is set)
    #[arg(long, conflicts_with_all = ["no_tui", "format", "detach"], help_heading = "Output")]
    pub tui: bool,
    /// Train in the background: print how to attach, and return
    ///
    /// Output goes to host.log in the run directory. The run survives the end of the session, such as a lost SSH connection.
    #[arg(long, conflicts_with_all = ["no_tui", "format"], help_heading = "Output")]
    pub detach: bool,
    /// Save and end, as at SIGTERM, when standard input is closed: for a program that starts runs and must not leave them behind
    #[arg(long, requires = "no_tui", help_heading = "Runs")]
    pub end_with_stdin: bool,
    /// Output format without the dashboard [default: text]
    #[arg(long, value_enum, help_heading = "Output")]
    pub format: Option<Format>,
}

impl TrainArgs {
    /// The layers of the configuration: these flags over this environment.
    #[must_use]
    pub fn sources(&self, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Sources {
        self.settings.sources(environment)
    }

    /// The run that these flags ask for, over this environment.
    #[must_use]
    pub fn request(
        &self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> PlanRequest {
        let from = match (&self.resume, &self.fork) {
            (Some(run), _) => StartFrom::Checkpoint(run.clone()),
            (None, Some(run)) => StartFrom::Fork(run.clone()),
            (None, None) if self.resume_or_start => StartFrom::WhatIsThere,
            (None, None) => StartFrom::Nothing,
        };
        let destination = match (&self.run_dir, &self.name) {
            (Some(dir), _) => Some(Destination::in_dir(dir)),
            (None, name) => name.as_deref().map(Destination::named),
        };
        PlanRequest {
            from,
            sources: self.sources(environment),
            destination,
        }
    }

    /// Returns whether the flags ask for a run without the dashboard, whatever stdout is.
    #[must_use]
    pub fn headless(&self) -> bool {
        self.no_tui || self.format.is_some()
    }
}

fn url(text: &str) -> Result<String, String> {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err(format!(
            "expected a URL that begins with https:// or http://; found `{text}`"
        )),
    }
}

fn run_name(text: &str) -> Result<String, String> {
    check_run_name(text).map(|()| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        train: TrainArgs,
    }

    fn request(flags: &[&str]) -> PlanRequest {
        let line = Line::try_parse_from([&["genai-tui"], flags].concat()).unwrap();
        line.train.request(Vec::new())
    }

    #[test]
    fn flags_determine_the_start_and_the_directory_of_a_run() {
        let run = || "a@7".to_owned();
        assert_eq!(request(&[]).from, StartFrom::Nothing);
        assert_eq!(
            request(&["--resume", "a@7"]).from,
            StartFrom::Checkpoint(run())
        );
        assert_eq!(request(&["--fork", "a@7"]).from, StartFrom::Fork(run()));
        let again = request(&["--resume-or-start", "--name", "数字"]);
        assert_eq!(again.from, StartFrom::WhatIsThere);
        assert_eq!(again.destination, Some(Destination::named("数字")));
        let dir = PathBuf::from("/data/b");
        let elsewhere = request(&["--run-dir", "/data/b"]).destination.unwrap();
        assert_eq!((elsewhere.name.as_str(), elsewhere.dir), ("b", dir));
        assert_eq!(request(&[]).destination, None);
    }

    #[test]
    fn the_more_specific_flag_of_a_key_wins() {
        let flags = request(&["--lr-d", "1e-3", "--lr", "1e-4"]).sources.flags;
        let given: Vec<_> = flags.iter().map(|f| (f.flag, f.key)).collect();
        assert_eq!(
            given,
            [
                ("--lr", "optimizer.d.lr"),
                ("--lr", "optimizer.g.lr"),
                ("--lr-d", "optimizer.d.lr")
            ]
        );
    }
}
