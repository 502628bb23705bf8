//! The flags that say what is made of a dataset's images, for commands outside of training: there they are settings.

use clap::Args;

use super::value_flags::takes;
use crate::shape::{Fit, ImageSize};

/// What is made of a dataset's images.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct FitArgs {
    // Ids of their own: without a subcommand the same flags are those of training.
    /// Crop the images around the centre and resize them to this size in pixels
    #[arg(id = "fit-size", long = "image-size", value_name = "N|HxW")]
    size: Option<ImageSize>,
    /// Make images grey (1) or give them colours (3)
    #[arg(id = "fit-channels", long = "channels", value_name = "1|3", value_parser = channels)]
    channels: Option<usize>,
    /// Turn rows into columns
    #[arg(id = "fit-transpose", long = "transpose")]
    transpose: bool,
}

impl From<FitArgs> for Fit {
    fn from(args: FitArgs) -> Self {
        Self {
            size: args.size,
            channels: args.channels,
            transpose: args.transpose,
        }
    }
}

/// As the setting takes them.
fn channels(text: &str) -> Result<usize, String> {
    let value = takes("images.channels")(text)?;
    let channels = value.as_integer().and_then(|n| usize::try_from(n).ok());
    channels.ok_or_else(|| format!("{value} is no number of channels"))
}
