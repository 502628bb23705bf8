//! `--raw` and `--ema`: which weights generate samples.

use crate::train::Weights;

/// Which weights generate samples.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct WeightsArgs {
    /// Use the raw weights, even if the run keeps an EMA of them
    #[arg(long, conflicts_with = "ema", global = true)]
    pub raw: bool,
    /// Use the EMA weights (the default if the run keeps them)
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
