//! `genai-tui doctor`: what this program finds on this machine, and what to do about what it does not.

mod checks;
mod found;
mod network;
mod places;
mod process;
mod surroundings;
mod terminal;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use serde::Serialize;

use super::Failure;
use super::show_image::Terminal;
use super::stdout;
use super::version;
use crate::data::net::Network;
use crate::picture::ColorDepth;
use crate::record::RUNS_DIR;
use crate::terminal::caps::Caps;
use crate::text;

pub use checks::{BackendReport, Check, DataReport, DeviceReport, Status};

/// Looks at the device, the terminal and the data, and says what would be used and why.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct DoctorArgs {
    /// How to print what is found
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// The whole report, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    features: Vec<&'static str>,
    checks: Vec<Check>,
}

/// Looks, and prints what is found.
///
/// # Errors
/// [`Failure::Run`] when standard output refuses; that nobody reads on is no failure.
pub fn run(args: DoctorArgs) -> Result<(), Failure> {
    let terminal = Terminal::detect();
    let mut checks = checks::device(&found::device()?);
    let around = surroundings::Found::here(Path::new(RUNS_DIR));
    checks.extend(surroundings::machine(&around));
    let relays = terminal::relays();
    checks.extend(terminal::checks(terminal.as_ref(), &relays));
    checks.extend(checks::data(&found::data()?));
    checks.extend(network::checks(&Network::from_environment()));
    checks.push(checks::runs(Path::new(RUNS_DIR)));
    checks.extend(surroundings::runs(&around));
    checks.extend(process::found());
    checks.extend(places::check(Path::new(RUNS_DIR)));
    checks.extend(found::energy());
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        features: version::features(),
        checks,
    };
    let text = match args.format {
        ReportFormat::Json => {
            let mut json = serde_json::to_string_pretty(&report).map_err(Failure::run)?;
            json.push('\n');
            json
        }
        ReportFormat::Text => {
            let caps = terminal.map_or_else(Caps::detect, |terminal| terminal.caps);
            let colored = io::stdout().is_terminal() && caps.colors != ColorDepth::None;
            text(&report, colored)
        }
    };
    stdout::print(text)
}

/// The report for people: a line for each check, below it what could be done.
fn text(report: &Report, colored: bool) -> String {
    let features = if report.features.is_empty() {
        "none".to_owned()
    } else {
        report.features.join(", ")
    };
    let mut text = format!("genai-tui {}, features: {features}\n", report.version);
    let width = report
        .checks
        .iter()
        .map(|check| text::width(&check.name))
        .max()
        .unwrap_or(0);
    let mut group = "";
    for check in &report.checks {
        if check.group != group {
            group = check.group;
            let _ = write!(text, "\n{group}\n");
        }
        let (mark, color) = match check.status {
            Status::Ok => ("ok  ", "32"),
            Status::Note => ("-   ", "2"),
            Status::Warn => ("warn", "33"),
        };
        let mark = if colored {
            format!("\x1b[{color}m{mark}\x1b[0m")
        } else {
            mark.to_owned()
        };
        let name = text::pad(&check.name, width);
        let _ = write!(text, "  {mark}  {name}  {}", check.found);
        if let Some(why) = &check.why {
            let _ = write!(text, " ({why})");
        }
        text.push('\n');
        if let Some(advice) = &check.advice {
            let _ = writeln!(text, "{:indent$}{advice}", "", indent = width + 10);
        }
    }
    let warnings = report
        .checks
        .iter()
        .filter(|check| check.status == Status::Warn)
        .count();
    let _ = match warnings {
        0 => writeln!(text, "\nno warnings"),
        1 => writeln!(text, "\n1 warning"),
        n => writeln!(text, "\n{n} warnings"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let warning = Check {
            group: "data",
            name: "mnist".to_owned(),
            status: Status::Warn,
            found: "not there".to_owned(),
            why: Some("looked in /data".to_owned()),
            advice: Some("get it".to_owned()),
        };
        let fine = Check {
            status: Status::Ok,
            why: None,
            advice: None,
            group: "runs",
            ..warning.clone()
        };
        Report {
            version: "1.2.3",
            features: vec!["cuda"],
            checks: vec![warning, fine],
        }
    }

    #[test]
    fn each_check_is_a_line_under_its_group_with_its_advice_below() {
        let expected = "genai-tui 1.2.3, features: cuda\n\ndata\n  warn  mnist  not there (looked in /data)\n\
                        \x20              get it\n\nruns\n  ok    mnist  not there\n\n1 warning\n";
        assert_eq!(text(&report(), false), expected);
    }

    #[test]
    fn colours_come_only_where_wanted() {
        assert!(!text(&report(), false).contains('\x1b'));
        assert!(text(&report(), true).contains("\x1b[33mwarn\x1b[0m"));
    }

    #[test]
    fn the_json_form_holds_the_same() {
        let json = serde_json::to_value(report()).unwrap_or_default();
        assert_eq!(json["checks"][0]["status"], "warn");
        assert_eq!(json["checks"][0]["advice"], "get it");
        assert!(json["checks"][1].get("advice").is_none());
        assert_eq!(json["features"][0], "cuda");
    }
}
