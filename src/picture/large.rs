//! One large image in a terminal's graphics protocol: among text, or alone on the screen.

use std::fmt::Write as _;

use image::ImageError;

use super::{Canvas, GAP, Graphics, Layout, compose, inline, largest_tiles};
use crate::protocol::ImageGrid;

/// A terminal with graphics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// The protocol that it supports.
    pub graphics: Graphics,
    /// Columns and rows of characters.
    pub cells: (u16, u16),
    /// Width and height of a character, in pixels.
    pub cell_px: (u16, u16),
    /// Most colours of a sixel image.
    pub registers: usize,
}

/// xterm ignores sixel pixels beyond this width or height.
const SIXEL_LIMIT: usize = 996;

/// How an image is placed on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// At the cursor, which is at the start of a row, among text, with limited magnification.
    Inline,
    /// Centred on a cleared screen, as large as possible.
    Whole,
}

/// Maximum magnification among text.
const MAX_SCALE: usize = 6;

impl Screen {
    /// Width and height available to an image, in pixels. Two rows stay free: for the caption, and for the prompt.
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

    /// Width and height of a character in pixels, none of them zero.
    fn cell(&self) -> (usize, usize) {
        let (width, height) = self.cell_px;
        (usize::from(width.max(1)), usize::from(height.max(1)))
    }

    /// `canvas` magnified as far as possible, at most `most` times, then padded in the colour of its corner to whole
    /// characters, so that no terminal stretches it.
    fn scaled(&self, canvas: &Canvas, most: usize) -> Canvas {
        let units = self.cell();
        let (width, height) = self.area();
        let (width, height) = (
            (width / units.0).max(1) * units.0,
            (height / units.1).max(1) * units.1,
        );
        let (across, down) = (canvas.width().max(1), canvas.height().max(1));
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

/// `images` in `columns` columns (by default as many as make them largest), as large as `screen` and `spread` allow. Among
/// text it leaves the cursor at the start of the row below. Empty for a screen without graphics.
///
/// # Errors
/// When there are no pixels.
pub fn encode_large(
    images: &ImageGrid,
    columns: Option<usize>,
    spread: Spread,
    screen: &Screen,
) -> Result<String, ImageError> {
    let (width, height) = screen.area();
    let largest = || largest_tiles(images.count(), images.shape(), width, height);
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
    let most = match spread {
        Spread::Inline => MAX_SCALE,
        Spread::Whole => usize::MAX,
    };
    let cell = screen.cell();
    let image = screen.scaled(&compose(images, &layout), most);
    let (columns, rows) = (image.width() / cell.0, image.height() / cell.1);
    let picture = picture(&image, (columns as u16, rows as u16), screen)?;
    let mut text = String::new();
    if picture.is_empty() {
        return Ok(text);
    }
    // Where the protocols leave the cursor differs between terminals: it is put back.
    let picture = format!("\x1b7{picture}\x1b8");
    match spread {
        Spread::Inline => {
            // Makes room first: near the bottom of the screen the text above moves up.
            let _ = write!(
                text,
                "{}\x1b[{rows}A{picture}\x1b[{rows}B\r",
                "\r\n".repeat(rows)
            );
        }
        Spread::Whole => {
            // The last row is for the caption.
            let above = usize::from(screen.cells.1.saturating_sub(1)).saturating_sub(rows) / 2;
            let left = usize::from(screen.cells.0).saturating_sub(columns) / 2;
            let _ = write!(text, "\x1b[{};{}H{picture}", above + 1, left + 1);
        }
    }
    Ok(text)
}

/// The image at the cursor, `cells` (columns, rows) large.
fn picture(image: &Canvas, cells: (u16, u16), screen: &Screen) -> Result<String, ImageError> {
    match screen.graphics {
        Graphics::None => Ok(String::new()),
        Graphics::Kitty => inline::kitty(image, None, cells),
        Graphics::Iterm2 => inline::iterm2(image, cells),
        Graphics::Sixel => Ok(inline::sixel(image, screen.registers)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::picture::Channels;
    use crate::shape::ImageShape;

    fn white(side: usize) -> Canvas {
        Canvas::filled(side, side, Channels::Grey, 255)
    }

    fn screen(graphics: Graphics) -> Screen {
        Screen {
            graphics,
            cells: (80, 24),
            cell_px: (7, 15),
            registers: 256,
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
        let mut pixels = vec![255; 100 * 60];
        pixels[0] = 7;
        let canvas = Canvas::new(100, 60, Channels::Grey, pixels);
        let shown = screen(Graphics::Kitty).scaled(&canvas, 6);
        // 550×330 would be as large as the 22 rows of 15 allow; 79 cells of 7 are three pixels more.
        assert_eq!((shown.width(), shown.height()), (553, 330));
        assert_eq!([0, 1, 551].map(|x| shown.at(x, 329)[0]), [7, 255, 7]);
        // No further than this.
        let tiny = screen(Graphics::Kitty).scaled(&white(10), 6);
        assert_eq!((tiny.width(), tiny.height()), (63, 60));
    }

    #[test]
    fn among_text_there_is_room_for_a_picture_and_the_cursor_ends_below_it() {
        let images = ImageGrid::new(ImageShape::MNIST, vec![9; 4 * 784]);
        for (graphics, start) in [
            (Graphics::Kitty, "\x1b_Ga=T,f=100,c="),
            (Graphics::Iterm2, "\x1b]1337;File="),
            (Graphics::Sixel, "\x1bP0;1;0q"),
        ] {
            let screen = screen(graphics);
            let text = encode_large(&images, None, Spread::Inline, &screen).unwrap();
            let rows = text.matches("\r\n").count();
            assert!((1..=22).contains(&rows), "{rows}");
            let picture = text.strip_prefix(&*"\r\n".repeat(rows)).unwrap();
            let picture = picture
                .strip_prefix(&*format!("\x1b[{rows}A\x1b7"))
                .unwrap();
            assert!(picture.starts_with(start), "{graphics:?}");
            assert!(picture.ends_with(&format!("\x1b8\x1b[{rows}B\r")));
        }
        let none = encode_large(&images, None, Spread::Inline, &screen(Graphics::None));
        assert_eq!(none.unwrap(), "");
    }

    #[test]
    fn alone_a_picture_is_in_the_middle_above_the_last_row() {
        let images = ImageGrid::new(ImageShape::MNIST, vec![9; 784]);
        let text = encode_large(&images, None, Spread::Whole, &screen(Graphics::Kitty)).unwrap();
        // 48 columns of 7 hold the 330 pixels of 22 rows.
        assert!(text.starts_with("\x1b[1;17H\x1b7\x1b_Ga=T,f=100,c=48,r=22,C=1,q=2,"));
    }

    #[test]
    fn a_large_picture_shrinks_into_the_area_and_keeps_its_shape() {
        let shown = screen(Graphics::Sixel).scaled(&white(3000), 6);
        assert_eq!((shown.width(), shown.height()), (336, 330));
    }
}
