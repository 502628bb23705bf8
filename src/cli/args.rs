//! The command line as a whole: subcommands, and what runs without one.

use clap::{Parser, Subcommand};

use super::attach::AttachArgs;
use super::bench::BenchArgs;
use super::client::ClientArgs;
use super::completions::CompletionsArgs;
use super::config::ConfigArgs;
use super::data::DataArgs;
use super::doctor::DoctorArgs;
use super::eval::EvalArgs;
use super::export::ExportArgs;
use super::latent::LatentArgs;
use super::man::ManArgs;
use super::model::ModelArgs;
use super::program::ProgramArgs;
use super::report::ReportArgs;
use super::runs::RunsArgs;
use super::sample::SampleArgs;
use super::send::SendArgs;
use super::stop::StopArgs;
use super::sweep::SweepArgs;
use super::train_args::TrainArgs;
use super::version;
use super::watch::WatchArgs;

/// Train small generative image models and watch them learn, live in the terminal.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "genai-tui",
    version,
    long_version = version::LONG.as_str(),
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    train: TrainArgs,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Train (the default command)
    #[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
    Train(Box<TrainArgs>),
    /// Run a program of your own as the trainer: the same dashboard, record and commands for any training loop
    ///
    /// COMMAND is started with a socket in its environment, over which it reports metrics and images and takes commands
    /// (docs/own-loop.md). A program that only prints is watched, and can be stopped. Everything that it prints is a
    /// pane of the dashboard, and goes to output.log in the run directory.
    ///
    /// The exit code is COMMAND's: 128 + the signal that ended it; 3 if a --fail-if condition held or could not be checked.
    #[command(after_help = PROGRAM_HELP)]
    Run(Box<ProgramArgs>),
    /// Open the dashboard of a run that is training in the background, or of one that has ended
    Attach(AttachArgs),
    /// Watch many runs on one screen, whoever wrote them: compare, filter, group, steer
    ///
    /// Finds runs of genai-tui, TensorBoard, Weights & Biases, CSV, JSON lines and Hugging Face's Trainer below each path, and
    /// follows them while they grow. Enter opens a run; `?` lists the keys.
    Watch(WatchArgs),
    /// List runs, whoever wrote them, with their status and progress
    ///
    /// Finds runs of genai-tui, TensorBoard, Weights & Biases, CSV, JSON lines and Hugging Face's Trainer below each path.
    /// On a terminal, columns that do not fit are left out, and long names are cut.
    Runs(RunsArgs),
    /// Export runs, also those of other tools, to CSV, JSON lines, Parquet, TensorBoard or Markdown
    ///
    /// Every point that counts is exported; what a run took back is left out. A window of several steps has its mean under the
    /// metric's name, its extremes under NAME/min and NAME/max.
    Export(ExportArgs),
    /// Write one page about runs, also those of other tools: charts, groups, samples, settings, events, quality, energy
    ///
    /// The HTML page is one file that needs no network, with charts whose values show under the pointer, in light and dark. The
    /// Markdown page has tables and small charts of characters; its pictures lie in a folder beside it. Runs that differ in
    /// nothing but the seed are drawn as their mean with a band.
    #[command(after_help = REPORT_HELP)]
    Report(ReportArgs),
    /// Send a command to a running training and print the answer
    ///
    /// COMMAND is what the dashboard's command line takes: pause, resume, step, lr, loss, set, rewind, checkpoint, sample, note,
    /// stop. The exit code is 0 if it took effect, 1 if it was rejected, 2 if it is not a
    /// command or no such run is training.
    Send(SendArgs),
    /// Stop a run: save a checkpoint and wait until it has ended
    Stop(StopArgs),
    /// Generate images with a run's generator
    Sample(SampleArgs),
    /// Explore a run's latent space: interpolation, single dimensions, nearest training images, VAE reconstructions
    Latent(Box<LatentArgs>),
    /// Evaluate sample quality: FID, KID, precision, recall, modes and more
    ///
    /// Samples are generated from a run's checkpoint or read from a file. A frozen classifier of the dataset (the judge) embeds
    /// them and real images. Next to each value stands the floor: what the same number of real training images scores.
    Eval(Box<EvalArgs>),
    /// Train many runs with some keys varied, on one machine or a cluster
    Sweep(SweepArgs),
    /// List, download and show datasets
    Data(DataArgs),
    /// Check this machine: device, terminal, data
    Doctor(DoctorArgs),
    /// Benchmark training and the dashboard on this machine
    Bench(BenchArgs),
    /// Print the configuration that a run with these flags would have
    ///
    /// The output is a configuration file: print it into one, edit it, and give it to --config.
    Config(Box<ConfigArgs>),
    /// Show the networks that a run with these flags would train, layer by layer
    ///
    /// Layers are numbered as in one nn.Sequential of PyTorch: the names of a checkpoint's tensors fit it.
    Model(Box<ModelArgs>),
    /// Print the client with which a program of your own speaks to the panel
    Client(ClientArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print a manual page
    Man(ManArgs),
}

impl Cli {
    /// The named subcommand, or `train` with the given flags.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command
            .unwrap_or_else(|| Command::Train(Box::new(self.train)))
    }
}

/// A macro, since only literals can be joined into a constant.
macro_rules! examples {
    () => {
        "\
Examples:
  genai-tui                                   watch a GAN learn to generate digits
  genai-tui --objective wgan-gp --epochs 20   another objective, for 20 epochs
  genai-tui --at '2000:loss wgan'             switch the loss when step 2000 is done
  genai-tui --no-tui --steps 500              no dashboard: lines of text
  genai-tui --format json --steps 500 | jq .  no dashboard: every event as JSON
  genai-tui runs                              list runs
  genai-tui attach                            return to the running training
  genai-tui watch logs                        many runs on one screen, also TensorBoard's and W&B's
  genai-tui send NAME lr d '*0.5'             steer a run from another shell"
    };
}

const REPORT_HELP: &str = "\
Examples:
  genai-tui report -o report.html                          all runs in runs/
  genai-tui report a b logs/pytorch -o report.html         three runs
  genai-tui report runs --filter 'fid.best < 10' --by objective -o best.html
  genai-tui report sweeps/lr -o sweep.html                 a sweep: trials, parameters, its runs";

const PROGRAM_HELP: &str = "\
Examples:
  genai-tui run -- python train.py --epochs 5
  genai-tui run --fail-if 'val/loss > 2 after 1000' -- python train.py
  genai-tui run --no-tui --format json --run-dir runs/a -- python train.py
  genai-tui run --parse 'iter (?<step>\\d+).*nll=(?<nll>[-.0-9e]+)' -- ./train
  genai-tui send NAME 'set lr 1e-4'";

const AFTER_HELP: &str = examples!();

const AFTER_LONG_HELP: &str = concat!(
    examples!(),
    "

Settings, weakest first:
  built-in defaults, the preset, --config, environment, --set, the other flags.
  `genai-tui config --origin` prints the result, and where each value came from.

Environment:
  GENAI_TUI_DATA_DIR   folder of the datasets
  GENAI_TUI_<KEY>      any key in upper case, `__` for its dots: GENAI_TUI_OPTIMIZER__D__LR=1e-4

Exit codes:
  0 finished, or stopped on request    1 failed    2 bad arguments, configuration or input
  3 the numbers stopped being finite, or a --fail-if condition held or could not be checked
  129, 130, 143 after SIGHUP, SIGINT, SIGTERM in headless mode, with a checkpoint
  141 when the reader of standard output has gone (`| head`); training saves a checkpoint first"
);

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
