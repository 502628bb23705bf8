//! `genai-tui model`: the networks that a run would train.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum, ValueHint};
use serde::Serialize;
use toml::Value;

use super::{Failure, SettingArgs, stdout};
use crate::config::{ArchKind, FlagValue, RunConfig, resolve};
use crate::data;
use crate::nn::LayerSpec;
use crate::nn::summary::{self, LayerSummary};
use crate::objective;
use crate::shape::ImageShape;
use crate::text::number::thousands;
use crate::train::{flop_per_step, sizes};

/// Show the networks that a run with these flags would train.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  genai-tui model dcgan --image-size 64 --channels 3
  genai-tui model run.toml --format json | jq .networks[0].layers
  genai-tui model dcgan --format toml > own.toml   # networks of your own, to be changed")]
pub struct ModelArgs {
    /// The networks (mlp, dcgan, sn-cnn, resnet, custom), or a configuration file; those of the configuration if not given
    #[arg(value_name = "NAME|CONFIG", value_hint = ValueHint::FilePath)]
    of: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each layer
    Text,
    Json,
    /// A configuration file that describes the networks module by module
    Toml,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    arch: &'static str,
    image: ImageShape,
    networks: [Network; 2],
    batch_size: usize,
    /// 10⁹ floating-point operations of the matrix products of a step.
    gflop_per_step: f64,
    /// Parameters with their gradients and moments.
    parameter_bytes: u64,
    /// Values and gradients between the layers.
    activation_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Network {
    name: &'static str,
    parameters: u64,
    layers: Vec<LayerSummary>,
}

/// Prints the networks.
///
/// # Errors
/// [`Failure::Input`] if there is something wrong with the settings, [`Failure::Run`] if stdout cannot be written.
pub fn run(args: &ModelArgs) -> Result<(), Failure> {
    let mut sources = args.settings.sources(std::env::vars_os());
    if let Some(of) = &args.of {
        match of.to_str().filter(|name| ArchKind::NAMES.contains(name)) {
            Some(name) => sources.flags.push(FlagValue {
                flag: "NAME",
                key: "arch.kind",
                value: Value::String(name.to_owned()),
            }),
            None => sources.file = Some(of.clone()),
        }
    }
    let config = resolve(sources).map_err(Failure::input)?.config;
    let networks = Networks::of(&config)?;
    stdout::print(match args.format {
        Format::Text => text(&report(&config, &networks)),
        Format::Json => {
            let report = report(&config, &networks);
            serde_json::to_string_pretty(&report).map_err(Failure::run)? + "\n"
        }
        Format::Toml => networks.description(&config),
    })
}

/// The layers of the networks of a configuration.
pub(super) struct Networks {
    image: ImageShape,
    pub generator: Vec<LayerSpec>,
    pub discriminator: Vec<LayerSpec>,
}

impl Networks {
    /// Those of a configuration.
    ///
    /// # Errors
    /// When they cannot be made for its images.
    pub fn of(config: &RunConfig) -> Result<Self, Failure> {
        // Those of a folder or a file are not looked at.
        let image = data::likely_shape(&config.dataset, &config.images);
        let architecture = sizes(config, image, 0);
        let wrong =
            |error| Failure::input(anyhow!("`arch.kind` {}: {error}", config.arch.kind.name()));
        Ok(Self {
            image,
            generator: architecture.generator_layers().map_err(wrong)?,
            discriminator: architecture.discriminator_layers().map_err(wrong)?,
        })
    }

    /// A configuration of these networks, module by module.
    fn description(&self, config: &RunConfig) -> String {
        format!(
            "# Networks for images of {}. Sizes are written out: a mistake is named with the module that has it.\n\
             latent_dim = {}\n\n[arch]\nkind = \"custom\"\n\
             generator = \"\"\"\n{}\"\"\"\ndiscriminator = \"\"\"\n{}\"\"\"\n",
            self.image,
            config.latent_dim,
            summary::modules(&self.generator),
            summary::modules(&self.discriminator),
        )
    }
}

fn report(config: &RunConfig, networks: &Networks) -> Report {
    let (generator, discriminator) = (&networks.generator, &networks.discriminator);
    let rows = config.batch_size;
    let flop = objective::find(&config.objective).map_or(0, |objective| {
        flop_per_step(
            objective,
            [generator.as_slice(), discriminator],
            (rows, &config.critic),
        )
    });
    let (parameter_bytes, activation_bytes) =
        summary::bytes([generator.as_slice(), discriminator], rows);
    let network = |name, layers: &[LayerSpec]| Network {
        name,
        parameters: layers.iter().map(|layer| layer.parameters()).sum(),
        layers: summary::layers(layers),
    };
    Report {
        arch: config.arch.kind.name(),
        image: networks.image,
        networks: [
            network("generator", generator),
            network("discriminator", discriminator),
        ],
        batch_size: rows,
        gflop_per_step: flop as f64 / 1e9,
        parameter_bytes,
        activation_bytes,
    }
}

fn text(report: &Report) -> String {
    let mut text = format!("{} for images of {}\n", report.arch, report.image);
    for network in &report.networks {
        let _ = writeln!(
            text,
            "\n{} ({} parameters)",
            network.name,
            thousands(network.parameters)
        );
        let widths = |of: fn(&LayerSummary) -> usize| {
            network.layers.iter().map(of).max().unwrap_or_default()
        };
        let [index, map, then] = [
            widths(|l| l.index.len()),
            widths(|l| l.map.len()),
            widths(|l| l.then.len()),
        ];
        for layer in &network.layers {
            let [channels, height, width] = layer.output;
            let output = if height * width == 1 {
                channels.to_string()
            } else {
                format!("{channels}x{height}x{width}")
            };
            let _ = writeln!(
                text,
                "  {:<index$}  {:<map$}  {:<then$}  {output:>11}  {:>11} parameters  {:>9.2} MFLOP",
                layer.index,
                layer.map,
                layer.then,
                thousands(layer.parameters),
                layer.flop as f64 / 1e6,
            );
        }
    }
    let mega = |bytes: u64| bytes as f64 / 1e6;
    let _ = writeln!(
        text,
        "\na step of {} images: {:.2} GFLOP; {:.0} MB of parameters, gradients and moments, {:.0} MB of activations",
        report.batch_size,
        report.gflop_per_step,
        mega(report.parameter_bytes),
        mega(report.activation_bytes),
    );
    text
}
