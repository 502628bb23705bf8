//! Prints one image with the terminal's graphics protocol, using viuer.
//!
//! viuer queries the terminal again, reads standard input without a timeout, and prints to whatever standard output is. So
//! use [`show`] only with a terminal on standard output that has just answered a bounded probe, in raw mode (its answers would
//! be echoed otherwise), on the only thread that reads the terminal. viuer may use only the protocol that the probe found.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use image::{DynamicImage, GrayImage};
use serde::Serialize;

use super::{Canvas, GAP, Layout, compose, largest_tiles};
use crate::protocol::ImageGrid;

/// A terminal graphics protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Graphics {
    /// Characters only.
    None,
    /// The kitty graphics protocol.
    Kitty,
    /// iTerm2's inline images.
    Iterm2,
    /// Sixel.
    Sixel,
}

impl Graphics {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Kitty => "kitty graphics",
            Self::Iterm2 => "iTerm2 inline images",
            Self::Sixel => "sixel",
        }
    }
}

/// A terminal with graphics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// The protocol that it supports.
    pub graphics: Graphics,
    /// Columns and rows of characters.
    pub cells: (u16, u16),
    /// Width and height of a character, in pixels.
    pub cell_px: (u16, u16),
}

/// Why an image was not shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// Escape codes would end up in a file.
    #[error("standard output is not a terminal")]
    NoTerminal,
    /// viuer's own query got a different answer, for example because a key was typed meanwhile.
    #[error("the terminal did not confirm {}", .0.name())]
    Unconfirmed(Graphics),
    /// viuer failed.
    #[error("cannot print the image")]
    Print(#[from] viuer::ViuError),
}

/// xterm ignores sixel pixels beyond this width or height, and viuer cuts the width there.
const SIXEL_LIMIT: usize = 996;

/// The character size that viuer assumes for sixels.
const SIXEL_CELL: (usize, usize) = (6, 12);

/// How an image is placed on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// At the cursor, among text, with limited magnification.
    Inline,
    /// Centred on a cleared screen, as large as possible.
    Whole,
}

/// Maximum magnification among text.
const MAX_SCALE: usize = 6;

/// How long viuer may wait for an answer before the terminal is queried again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every query that viuer waits for, so that one of the answers ends its wait: kitty graphics, status, attributes.
const REMINDER: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[5n\x1b[c";

impl Screen {
    /// Width and height available to an image, in pixels. Two rows stay free: for the prompt, and for the row where the
    /// protocols leave the cursor.
    #[must_use]
    pub fn area(&self) -> (usize, usize) {
        let width = usize::from(self.cells.0) * usize::from(self.cell_px.0);
        let height =
            usize::from(self.cells.1.saturating_sub(2).max(1)) * usize::from(self.cell_px.1);
        if self.graphics == Graphics::Sixel {
            (width.min(SIXEL_LIMIT), height.min(SIXEL_LIMIT))
        } else {
            (width, height)
        }
    }

    /// `canvas` magnified as far as possible, at most `most` times, then padded in the shade of its corner to multiples of
    /// `units` pixels, so that no terminal stretches it.
    fn scaled(&self, canvas: &Canvas, units: (usize, usize), most: usize) -> Canvas {
        let units = (units.0.max(1), units.1.max(1));
        let (width, height) = self.area();
        let (width, height) = (
            (width / units.0).max(1) * units.0,
            (height / units.1).max(1) * units.1,
        );
        let (across, down) = (canvas.width.max(1), canvas.height.max(1));
        let (width, height) = (
            width.min(most.saturating_mul(across)),
            height.min(most.saturating_mul(down)),
        );
        let (new_width, new_height) = if width * down <= height * across {
            (width, (width * down / across).max(1))
        } else {
            ((height * across / down).max(1), height)
        };
        let whole = (
            new_width.next_multiple_of(units.0),
            new_height.next_multiple_of(units.1),
        );
        canvas
            .resized(new_width, new_height)
            .framed(whole.0, whole.1, canvas.at(0, 0))
    }
}

/// Shows `images` in `columns` columns (by default as many as make them largest), as large as `screen` and `spread` allow,
/// and leaves the cursor at the start of a row below them.
///
/// # Errors
/// When nothing was printed; the caller can fall back to characters.
pub fn show(
    images: &ImageGrid,
    columns: Option<usize>,
    spread: Spread,
    screen: &Screen,
) -> Result<(), ShowError> {
    let (width, height) = screen.area();
    let largest = || largest_tiles(images.count(), width, height);
    let layout = Layout {
        columns: Some(columns.unwrap_or_else(largest)),
        // An image alone on the screen needs no frame.
        gap: if spread == Spread::Whole && images.count() == 1 {
            0
        } else {
            GAP
        },
        ..Layout::default()
    };
    print(&compose(images, &layout), spread, screen)
}

fn print(canvas: &Canvas, spread: Spread, screen: &Screen) -> Result<(), ShowError> {
    if !std::io::stdout().is_terminal() {
        return Err(ShowError::NoTerminal);
    }
    if !confirmed(screen.graphics) {
        return Err(ShowError::Unconfirmed(screen.graphics));
    }
    let cell = (usize::from(screen.cell_px.0), usize::from(screen.cell_px.1));
    let units = if screen.graphics == Graphics::Sixel {
        SIXEL_CELL
    } else {
        cell
    };
    let (picture, x, y) = match spread {
        Spread::Inline => (screen.scaled(canvas, units, MAX_SCALE), 0, 0),
        Spread::Whole => {
            let picture = screen.scaled(canvas, units, usize::MAX);
            let left = |of: u16, cell: usize, taken: usize| {
                let left = (usize::from(of) * cell).saturating_sub(taken) / 2;
                (left / cell.max(1)) as u16
            };
            // The last row is for the caption.
            let x = left(screen.cells.0, cell.0, picture.width);
            let y = left(screen.cells.1.saturating_sub(1), cell.1, picture.height);
            (picture, x, y)
        }
    };
    let config = viuer::Config {
        absolute_offset: spread == Spread::Whole,
        x,
        y: y as i16,
        // In characters of the size that viuer assumes; the image is a multiple of it.
        width: Some((picture.width / units.0.max(1)) as u32),
        height: Some((picture.height / units.1.max(1)) as u32),
        use_kitty: screen.graphics == Graphics::Kitty,
        use_iterm: screen.graphics == Graphics::Iterm2,
        use_sixel: screen.graphics == Graphics::Sixel,
        ..viuer::Config::default()
    };
    let image = GrayImage::from_raw(picture.width as u32, picture.height as u32, picture.pixels)
        .unwrap_or_default();
    viuer::print(&DynamicImage::ImageLuma8(image), &config)?;
    let mut out = std::io::stdout().lock();
    if screen.graphics == Graphics::Sixel {
        out.write_all(b"\r\n").map_err(viuer::ViuError::Io)?;
    }
    out.flush().map_err(viuer::ViuError::Io)?;
    Ok(())
}

/// Whether viuer also detects this protocol. It caches the answer for the life of the process.
fn confirmed(graphics: Graphics) -> bool {
    match graphics {
        Graphics::None => false,
        // viuer only reads the environment.
        Graphics::Iterm2 => viuer::is_iterm_supported(),
        Graphics::Sixel => reminded(viuer::is_sixel_supported),
        Graphics::Kitty => reminded(|| viuer::get_kitty_support() != viuer::KittySupport::None),
    }
}

/// Runs a query of viuer and repeats it while viuer waits: viuer misses an answer that arrives in two pieces, as over a slow
/// connection, and would wait forever.
fn reminded(question: impl FnOnce() -> bool) -> bool {
    thread::scope(|scope| {
        let (answered, wait) = mpsc::channel::<()>();
        scope.spawn(move || {
            while wait.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let mut out = std::io::stdout().lock();
                let _ = out
                    .write_all(REMINDER.as_bytes())
                    .and_then(|()| out.flush());
            }
        });
        let answer = question();
        drop(answered);
        answer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(graphics: Graphics) -> Screen {
        Screen {
            graphics,
            cells: (80, 24),
            cell_px: (7, 15),
        }
    }

    #[test]
    fn two_rows_stay_free_under_a_picture() {
        assert_eq!(screen(Graphics::Kitty).area(), (560, 330));
        assert_eq!(
            Screen {
                cells: (300, 100),
                ..screen(Graphics::Sixel)
            }
            .area(),
            (996, 996)
        );
    }

    #[test]
    fn a_small_picture_grows_as_far_as_there_is_room_and_fills_whole_cells() {
        let mut canvas = Canvas::filled(100, 60, 255);
        canvas.pixels[0] = 7;
        let shown = screen(Graphics::Kitty).scaled(&canvas, (7, 15), 6);
        // 550×330 would be as large as the 22 rows of 15 allow; 79 cells of 7 are three pixels more.
        assert_eq!((shown.width, shown.height), (553, 330));
        assert_eq!(
            (shown.at(0, 329), shown.at(1, 329), shown.at(551, 329)),
            (7, 255, 7)
        );
        // No further than this.
        let tiny = screen(Graphics::Kitty).scaled(&Canvas::filled(10, 10, 255), (7, 15), 6);
        assert_eq!((tiny.width, tiny.height), (63, 60));
    }

    #[test]
    fn a_large_picture_shrinks_into_the_area_and_keeps_its_shape() {
        let shown = screen(Graphics::Sixel).scaled(&Canvas::filled(3000, 3000, 255), SIXEL_CELL, 6);
        assert_eq!((shown.width, shown.height), (324, 324));
    }
}
