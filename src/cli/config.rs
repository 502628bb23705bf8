//! `genai-tui config`: the configuration that a run with these flags would have.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Failure, SettingArgs, stdout};
use crate::config::{Resolved, resolve};

/// Print the configuration that a run with these flags would have.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  genai-tui config --objective wgan-gp > run.toml
  genai-tui config --config run.toml --origin
  genai-tui config --format json | jq .config.optimizer.d.lr")]
pub struct ConfigArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Show where each value comes from
    #[arg(long, help_heading = "Output")]
    origin: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: ConfigFormat,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ConfigFormat {
    /// A commented configuration file
    #[default]
    Toml,
    /// One JSON object: `config`, and with --origin also `origin`
    Json,
}

/// Prints the configuration.
///
/// # Errors
/// [`Failure::Input`] if there is something wrong with it, [`Failure::Run`] if stdout cannot be written.
pub fn run(args: &ConfigArgs) -> Result<(), Failure> {
    let resolved = resolve(args.settings.sources(std::env::vars_os())).map_err(Failure::input)?;
    let text = match args.format {
        ConfigFormat::Toml if args.origin => {
            resolved.to_toml_with_origins().map_err(Failure::input)?
        }
        ConfigFormat::Toml => resolved.config.to_toml().map_err(Failure::input)?,
        ConfigFormat::Json => to_json(&resolved, args.origin).map_err(Failure::run)?,
    };
    stdout::print(text)
}

fn to_json(resolved: &Resolved, origin: bool) -> serde_json::Result<String> {
    let mut object = json!({ "config": resolved.config });
    if origin {
        let origins = resolved
            .origins
            .iter()
            .map(|(key, origin)| (*key, origin.to_string()));
        object["origin"] = json!(origins.collect::<BTreeMap<_, _>>());
    }
    serde_json::to_string_pretty(&object).map(|text| text + "\n")
}
