//! `genai-tui doctor`: checks this machine and gives advice on what is missing.

mod checks;
mod found;
mod network;
mod places;
mod process;
mod surroundings;
mod terminal;
mod text;

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

pub use checks::{BackendReport, Check, DataReport, DeviceReport, Status};

/// Checks the device, the terminal and the data.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct DoctorArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
}

/// The output format of a report.
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

/// Runs the checks and prints the report.
///
/// # Errors
/// [`Failure::Run`] when standard output cannot be written.
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
            text::of(&report, colored, stdout::columns())
        }
    };
    stdout::print(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_same_content() {
        let json = serde_json::to_value(text::tests::report()).unwrap_or_default();
        assert_eq!(json["checks"][0]["status"], "warn");
        assert_eq!(json["checks"][0]["advice"], "get it");
        assert!(json["checks"][1].get("advice").is_none());
        assert_eq!(json["features"][0], "cuda");
    }
}
