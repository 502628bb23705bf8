//! `genai-tui model`: the networks that a run would train.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum, ValueHint};
use serde::Serialize;
use toml::Value;

use super::{Failure, SettingArgs, stdout};
use crate::config::{ArchKind, FlagValue, RunConfig, resolve};
use crate::data::{self, LoadOptions};
use crate::nn::summary::{self, LayerSummary};
use crate::nn::{Architecture, ArchitectureError, LayerSpec};
use crate::objective::{self, Family};
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
        Format::Toml => networks.description(&config)?,
    })
}

/// The layers of the networks of a configuration.
pub(super) struct Networks {
    architecture: Architecture,
    /// The one that generates images first: generator and discriminator, or decoder and encoder.
    pub layers: [Vec<LayerSpec>; 2],
    names: [&'static str; 2],
}

impl Networks {
    /// Those of a configuration. A folder or a file of images is opened, unless all is known that the networks depend on.
    ///
    /// # Errors
    /// When they cannot be made for its images, or these cannot be read.
    pub fn of(config: &RunConfig) -> Result<Self, Failure> {
        let (image, classes) = images_of(config)?;
        let architecture = sizes(config, image, classes);
        let is_vae = objective::find(&config.objective)
            .is_some_and(|objective| matches!(objective.family(), Family::Variational(_)));
        let (other, names) = if is_vae {
            (architecture.encoder_layers(), ["decoder", "encoder"])
        } else {
            let other = architecture.discriminator_layers();
            (other, ["generator", "discriminator"])
        };
        let refused = |error| wrong(config, &error);
        let generating = architecture.generator_layers().map_err(refused)?;
        Ok(Self {
            layers: [generating, other.map_err(refused)?],
            architecture,
            names,
        })
    }

    /// A configuration of these networks, module by module: of a GAN without classes, as a configuration describes them.
    ///
    /// # Errors
    /// When there is no discriminator for its images.
    fn description(&self, config: &RunConfig) -> Result<String, Failure> {
        let plain = Architecture {
            classes: 0,
            ..self.architecture.clone()
        };
        let refused = |error| wrong(config, &error);
        let generator = plain.generator_layers().map_err(refused)?;
        let discriminator = plain.discriminator_layers().map_err(refused)?;
        Ok(format!(
            "# Networks for images of {}. Sizes are written out: a mistake is named with the module that has it.\n\
             latent_dim = {}\n\n[arch]\nkind = \"custom\"\n\
             generator = \"\"\"\n{}\"\"\"\ndiscriminator = \"\"\"\n{}\"\"\"\n",
            plain.image,
            config.latent_dim,
            summary::modules(&generator),
            summary::modules(&discriminator),
        ))
    }
}

/// That there are no such networks.
fn wrong(config: &RunConfig, error: &ArchitectureError) -> Failure {
    Failure::input(anyhow!("`arch.kind` {}: {error}", config.arch.kind.name()))
}

/// The shape of a run's images, and the number of classes on which its networks are conditioned. A folder or a file of images is
/// opened, unless all that is asked is known.
///
/// # Errors
/// When they cannot be read.
pub(super) fn images_of(config: &RunConfig) -> Result<(ImageShape, usize), Failure> {
    let classes_of = |count| if config.arch.conditional { count } else { 0 };
    // What stands in for MNIST has its shape and its classes.
    let name = match config.dataset.as_str() {
        data::AUTO => "mnist",
        named => named,
    };
    if let Some(shape) = data::known_shape(name, &config.images) {
        match data::find(name) {
            Some(entry) => return Ok((shape, classes_of(entry.classes.count()))),
            None if !config.arch.conditional => return Ok((shape, 0)),
            None => {}
        }
    }
    let options = LoadOptions {
        data_dir: config.data_dir.clone(),
        fit: config.images,
        ..LoadOptions::default()
    };
    let dataset = super::data::load(&config.dataset, &options)?;
    let classes = classes_of(dataset.train.classes());
    Ok((dataset.train.shape(), classes))
}

fn report(config: &RunConfig, networks: &Networks) -> Report {
    let layers = networks.layers.each_ref().map(Vec::as_slice);
    let rows = config.batch_size;
    let flop = objective::find(&config.objective).map_or(0, |objective| {
        flop_per_step(objective, layers, (rows, &config.critic))
    });
    let (parameter_bytes, activation_bytes) = summary::bytes(layers, rows);
    let network = |name, layers: &[LayerSpec]| Network {
        name,
        parameters: layers.iter().map(|layer| layer.parameters()).sum(),
        layers: summary::layers(layers),
    };
    let [generating, other] = layers;
    Report {
        arch: config.arch.kind.name(),
        image: networks.architecture.image,
        networks: [
            network(networks.names[0], generating),
            network(networks.names[1], other),
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
