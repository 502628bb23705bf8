//! `--raw` and `--ema`: which weights a run's samples are drawn with.

use crate::train::Weights;

/// Which weights samples are drawn with.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct WeightsArgs {
    /// Draw with the weights as they were trained, also where the run keeps an average of them
    #[arg(long, conflicts_with = "ema", global = true)]
    pub raw: bool,
    /// Draw with the average of the weights (the default where the run keeps one)
    #[arg(long, global = true)]
    pub ema: bool,
}

impl From<WeightsArgs> for Weights {
    fn from(args: WeightsArgs) -> Self {
        match args {
            WeightsArgs { raw: true, .. } => Self::Raw,
            WeightsArgs { ema: true, .. } => Self::Average,
            WeightsArgs { .. } => Self::Best,
        }
    }
}
