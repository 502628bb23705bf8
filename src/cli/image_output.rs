//! Where a command's images go: into a file, or onto the terminal.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::anyhow;

use super::Failure;
use super::show_image::Terminal;
use super::stdout;
use crate::files::{Output, OutputError};
use crate::picture::{Format, GAP, Layout, SaveError, provenance, save};
use crate::protocol::ImageGrid;
use crate::record::reference::Checkpoint;
use crate::shape::ImageShape;

/// Maximum pixels of a PNG file: what viewers open.
const MAX_PIXELS: usize = 1 << 26;

/// Maximum number of images in a file, and of their bytes.
pub(super) const MAX_IN_FILE: (usize, usize) = (1_000_000, 1 << 30);

/// Maximum number of images on a terminal.
const MAX_ON_TERMINAL: usize = 10_000;

/// The output and its format.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ImageOutputArgs {
    /// Write to this file: .png (a grid), .idx or .npy (uint8, N×H×W, in colour N×H×W×3), or - for a PNG on stdout [default: show on the terminal]
    #[arg(long, short = 'o', value_name = "FILE", value_parser = crate::cli::path_arg::path(), global = true)]
    pub output: Option<PathBuf>,
    /// Images per row of the grid [default: near-square]
    #[arg(long, value_name = "N", global = true)]
    pub columns: Option<usize>,
    /// Omit the PNG metadata that names the run, step and seed
    #[arg(long, global = true)]
    pub no_metadata: bool,
}

/// Where images go.
pub(super) enum Target {
    /// Into a file, a pipe or a device.
    File(Output, Format),
    /// Onto the terminal.
    Terminal(Box<Terminal>),
}

impl ImageOutputArgs {
    /// Where they go.
    ///
    /// # Errors
    /// When the file has an unknown format, an option is for another format, or there is no terminal.
    pub(super) fn target(&self) -> Result<Target, Failure> {
        let output = self.output.as_deref().map(Output::named).transpose();
        self.find_target(output.map_err(output_failure)?)
            .map_err(Failure::Input)
    }

    fn find_target(&self, output: Option<Output>) -> anyhow::Result<Target> {
        if let Some(output) = output {
            let format = Format::of_output(&output)?;
            if format != Format::Png {
                let only_png = |flag| anyhow!("{flag} is for .png files, not for `{output}`");
                if self.columns.is_some() {
                    return Err(only_png("--columns"));
                }
                if self.no_metadata {
                    return Err(only_png("--no-metadata"));
                }
            }
            return Ok(Target::File(output, format));
        }
        if self.no_metadata {
            return Err(anyhow!(
                "--no-metadata is for .png files; give one with -o FILE.png"
            ));
        }
        Terminal::detect().map(|terminal| Target::Terminal(Box::new(terminal))).ok_or_else(|| {
            anyhow!("standard output is not a terminal that could show images; give -o FILE.png, FILE.idx or FILE.npy")
        })
    }

    /// Checks that `target` can take that many images of this shape; `asked` names the argument.
    ///
    /// # Errors
    /// When it cannot.
    pub(super) fn check(
        &self,
        target: &Target,
        (count, shape): (usize, ImageShape),
        asked: &str,
    ) -> Result<(), Failure> {
        check_size(target, (count, shape), asked, self.columns).map_err(Failure::Input)
    }

    /// Writes or shows the images, `columns` in a row unless another number was asked for, and returns how, in words. A PNG
    /// records the checkpoint and the seed.
    ///
    /// # Errors
    /// When writing fails.
    pub(super) fn put(
        &self,
        target: &Target,
        images: &ImageGrid,
        columns: Option<usize>,
        (checkpoint, seed): (&Checkpoint, u64),
    ) -> Result<String, Failure> {
        let columns = self.columns.or(columns);
        Ok(match target {
            Target::File(output, format) => {
                let layout = Layout {
                    columns,
                    ..Layout::default()
                };
                let notes = if self.no_metadata {
                    Vec::new()
                } else {
                    provenance(&checkpoint.run, checkpoint.step, Some(seed))
                };
                save(output, *format, images, &layout, &notes).map_err(save_failure)?;
                format!("written to {output}")
            }
            Target::Terminal(terminal) => {
                let how = terminal.show(images, columns).map_err(stdout::failed)?;
                format!("shown as {how}")
            }
        })
    }
}

/// Whether a target can take that many images of this shape.
fn check_size(
    target: &Target,
    (count, shape): (usize, ImageShape),
    asked: &str,
    columns: Option<usize>,
) -> anyhow::Result<()> {
    let most = match target {
        Target::File(_, Format::Png) => {
            (MAX_PIXELS / ((shape.width() + GAP) * (shape.height() + GAP))).max(1)
        }
        Target::File(..) => MAX_IN_FILE.0.min(MAX_IN_FILE.1 / shape.values()),
        Target::Terminal(_) => MAX_ON_TERMINAL,
    };
    let place = match target {
        Target::File(_, format) => format!("a .{} file", format.extension()),
        Target::Terminal(_) => "the terminal".to_owned(),
    };
    if !(1..=most).contains(&count) {
        return Err(anyhow!(
            "{asked}: expected 1 to {most} images for {place}, found {count}"
        ));
    }
    match (columns, target) {
        (Some(0), _) => Err(anyhow!("--columns: expected at least 1, found 0")),
        // Each image needs at least two characters.
        (Some(columns), Target::Terminal(terminal))
            if columns > usize::from(terminal.cells.0) / 3 =>
        {
            let most = terminal.cells.0 / 3;
            Err(anyhow!(
                "--columns: expected at most {most} in this terminal, found {columns}"
            ))
        }
        _ => Ok(()),
    }
}

/// A wrong path is bad input; a refusal of the system is not.
pub(super) fn output_failure(error: OutputError) -> Failure {
    match error {
        OutputError::Refused { .. } => Failure::run(error),
        _ => Failure::input(error),
    }
}

fn save_failure(error: SaveError) -> Failure {
    match error {
        SaveError::Extension { .. } => Failure::input(error),
        SaveError::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
            Failure::OutputClosed
        }
        SaveError::Empty { .. } | SaveError::Encode { .. } | SaveError::Write { .. } => {
            Failure::run(error)
        }
    }
}

/// A line on stderr; failing to print it is not an error.
pub(super) fn report(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
