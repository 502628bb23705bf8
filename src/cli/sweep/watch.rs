//! `genai-tui sweep watch`: a sweep on the screen of many runs.

use clap::Args;

use super::DirArgs;
use crate::cli::Failure;
use crate::cli::watch::{self, ScreenArgs};

/// Arguments of `genai-tui sweep watch`.
#[derive(Debug, Clone, Args)]
pub(super) struct WatchArgs {
    #[command(flatten)]
    dir: DirArgs,
    #[command(flatten)]
    screen: ScreenArgs,
}

pub(super) fn run(args: &WatchArgs) -> Result<(), Failure> {
    watch::sweep(&args.dir.dir, &args.screen)
}
