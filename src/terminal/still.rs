//! Full-screen images at the terminal's full resolution, using viuer, over the screen until closed. Only for terminals that
//! have answered that they support graphics.

use std::io::{self, Write};

use super::caps::Caps;
use crate::picture::viuer::{self, Graphics, ShowError, Spread};
use crate::protocol::ImageGrid;
use crate::text;

/// Clears the screen and shows `images` with a line below them, if the terminal is known to support graphics; otherwise returns
/// why not. No other thread may read the terminal in the meantime.
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
    let mut out = io::stdout();
    write!(out, "\x1b[0m\x1b[2J\x1b[H")?;
    out.flush()?;
    match viuer::show(images, None, Spread::Whole, &screen) {
        Ok(()) => {}
        Err(ShowError::Print(error)) => return Err(io::Error::other(error)),
        Err(error) => return Ok(Err(error.to_string())),
    }
    let caption = text::fit(caption, usize::from(cells.0), "");
    write!(out, "\x1b[{};1H{caption}", cells.1)?;
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
