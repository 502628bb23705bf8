//! The command line as a whole: subcommands, and what runs without one.

use clap::{Parser, Subcommand};

use super::attach::AttachArgs;
use super::bench::BenchArgs;
use super::completions::CompletionsArgs;
use super::config::ConfigArgs;
use super::data::DataArgs;
use super::doctor::DoctorArgs;
use super::eval::EvalArgs;
use super::latent::LatentArgs;
use super::man::ManArgs;
use super::runs::RunsArgs;
use super::sample::SampleArgs;
use super::send::SendArgs;
use super::stop::StopArgs;
use super::train_args::TrainArgs;
use super::version;

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
    /// Train: what runs when no command is named
    #[command(after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP)]
    Train(Box<TrainArgs>),
    /// Watch a run and steer it: one that goes on in the background, or the record of one that has ended
    Attach(AttachArgs),
    /// List the runs: which go on, how the others ended, how far each has come
    Runs(RunsArgs),
    /// Give a run a command, and print its answer
    ///
    /// COMMAND is what the dashboard's command line takes: pause, resume, step, lr, loss, set, rewind, checkpoint, sample, note,
    /// stop. Exit code 0 when it took effect, 1 when it was rejected, 2 when it is no command or there is
    /// nothing to send it to.
    Send(SendArgs),
    /// Stop a run with a checkpoint, and wait until it has ended
    Stop(StopArgs),
    /// Draw images with a run's generator
    Sample(SampleArgs),
    /// Look into a run's latent space: walks, single dimensions, nearest training images, a VAE's reconstructions
    Latent(Box<LatentArgs>),
    /// Say in numbers how good samples are: FID, KID, precision, recall, modes and more
    ///
    /// Samples are drawn from a run's checkpoint or read from a file, and a frozen classifier of the dataset's images (the
    /// judge) looks at them and at real images. Beside each number stands the floor: what real images come to in place of
    /// samples.
    Eval(Box<EvalArgs>),
    /// List, fetch and look at datasets
    Data(DataArgs),
    /// Say what is found on this machine: device, terminal, data
    Doctor(DoctorArgs),
    /// Measure how fast this machine trains, and how fast the dashboard draws
    Bench(BenchArgs),
    /// Print the configuration that a run with these flags would have
    ///
    /// The output is a configuration file: print it into one, edit it, and give it to --config.
    Config(Box<ConfigArgs>),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print a manual page
    Man(ManArgs),
}

impl Cli {
    /// The subcommand that was named, or `train` with the flags that were given.
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
  genai-tui                                   watch a GAN learn to draw digits
  genai-tui --objective wgan-gp --epochs 20   another objective, for 20 epochs
  genai-tui --at '2000:loss wgan'             switch the loss when step 2000 is done
  genai-tui --no-tui --steps 500              no dashboard: lines of text
  genai-tui --format json --steps 500 | jq .  no dashboard: every event as JSON
  genai-tui runs                              which runs there are
  genai-tui attach                            back to the run that goes on
  genai-tui send NAME lr d '*0.5'             steer a run from another shell"
    };
}

const AFTER_HELP: &str = examples!();

const AFTER_LONG_HELP: &str = concat!(
    examples!(),
    "

Settings, weakest first:
  built-in defaults, the objective's preset, --config, environment, --set, the other flags.
  `genai-tui config --origin` prints what they come to, and where each value came from.

Environment:
  GENAI_TUI_DATA_DIR   folder of the datasets
  GENAI_TUI_<KEY>      any key in upper case, `__` for its dots: GENAI_TUI_OPTIMIZER__D__LR=1e-4

Exit codes:
  0 finished, or stopped on request    1 failed    2 bad arguments, configuration or input
  3 the numbers stopped being finite, or a --fail-if condition held or could not be checked
  129, 130, 143 after SIGHUP, SIGINT, SIGTERM in headless mode, with a checkpoint
  141 when whoever read standard output has left (`| head`); a training is saved first"
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
