//! Full-screen images at the terminal's full resolution, over the screen until closed. Only for terminals that have answered
//! that they support graphics.

use std::io::{self, Write};

use super::caps::Caps;
use crate::picture::{Graphics, Spread, encode_large};
use crate::protocol::ImageGrid;
use crate::text;

/// Clears the screen and shows `images` with a line below them, if the terminal is known to support graphics; otherwise returns
/// why not.
///
/// # Errors
/// When the terminal refuses.
pub fn show(images: &ImageGrid, caption: &str, caps: &Caps) -> io::Result<Result<(), String>> {
    let cells = crossterm::terminal::size()?;
    let Some(screen) = caps.screen(cells) else {
        return Ok(Err(caps.graphics_why.clone()));
    };
    if screen.graphics == Graphics::Kitty {
        super::pixels::are_in_kitty();
    }
    let picture = encode_large(images, None, Spread::Whole, &screen).map_err(io::Error::other)?;
    let caption = text::fit(caption, usize::from(cells.0), "");
    let mut out = io::stdout();
    write!(
        out,
        "\x1b[0m\x1b[2J\x1b[H{picture}\x1b[{};1H{caption}",
        cells.1
    )?;
    out.flush()?;
    Ok(Ok(()))
}

/// Closes it.
///
/// # Errors
/// When the terminal refuses.
pub fn clear() -> io::Result<()> {
    let mut out = io::stdout();
    write!(out, "{}\x1b[0m\x1b[2J", super::pixels::farewell())?;
    out.flush()
}
