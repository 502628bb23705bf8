//! Samples in real pixels, over cells that the frame leaves alone: each tile is a picture of its own that is replaced in
//! place, and only when it has changed.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::layout::Rect;

use crate::picture::viuer::Graphics;
use crate::picture::{Canvas, inline};

/// What a digit lies on.
const BACKGROUND: u8 = 0;

/// The first id of our pictures in kitty, which counts those of all programs: large, so that none of another's is hit.
const FIRST_ID: u32 = 0x6761_6e00;

/// Whether a kitty may have pictures of ours.
static IN_KITTY: AtomicBool = AtomicBool::new(false);

/// A square image and where it is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The cells.
    pub place: Rect,
    /// `side`×`side` greys, row by row.
    pub image: Vec<u8>,
    /// Pixels of a side.
    pub side: usize,
}

/// The pictures on the screen.
#[derive(Debug)]
pub struct Pixels {
    graphics: Graphics,
    /// Width and height of a cell in pixels.
    cell: (u16, u16),
    shown: Vec<Placed>,
}

impl Pixels {
    /// For a terminal that shows pictures in this way.
    #[must_use]
    pub fn new(graphics: Graphics) -> Self {
        Self {
            graphics,
            cell: (0, 0),
            shown: Vec::new(),
        }
    }

    /// Width and height of a cell in pixels (or their ratio, where no more is known); none where there is no way to show
    /// pictures. Sixel pictures have no size but their own: that of a cell must be known.
    #[must_use]
    pub fn cell(&self) -> Option<(u16, u16)> {
        let known = (self.cell.0 > 0 && self.cell.1 > 0).then_some(self.cell);
        match self.graphics {
            Graphics::None => None,
            Graphics::Kitty | Graphics::Iterm2 => known.or(Some((1, 2))),
            Graphics::Sixel => known,
        }
    }

    /// The size of a cell, which may have changed with the window's.
    pub fn set_cell(&mut self, cell: (u16, u16)) {
        self.cell = cell;
    }

    /// Whether the pictures lie elsewhere than those on the screen: what is below them must be drawn anew then.
    #[must_use]
    pub fn move_to(&self, wanted: &[Placed]) -> bool {
        let places = |of: &[Placed]| of.iter().map(|p| p.place).collect::<Vec<_>>();
        places(&self.shown) != places(wanted)
    }

    /// What takes all pictures away. Those of other protocols go with the text that is drawn over them.
    #[must_use]
    pub fn forget(&mut self) -> String {
        let shown = std::mem::take(&mut self.shown);
        if self.graphics == Graphics::Kitty {
            (FIRST_ID..)
                .take(shown.len())
                .map(inline::kitty_forget)
                .collect()
        } else {
            String::new()
        }
    }

    /// What makes the screen show `wanted`: those that have changed, each at its place. The cursor stays.
    #[must_use]
    pub fn show(&mut self, wanted: Vec<Placed>) -> String {
        let mut text = String::new();
        for (i, placed) in wanted.iter().enumerate() {
            if self.shown.get(i) == Some(placed) {
                continue;
            }
            let Some(picture) = self.picture(placed, FIRST_ID + i as u32) else {
                continue;
            };
            let (row, column) = (placed.place.y + 1, placed.place.x + 1);
            let _ = write!(text, "\x1b[{row};{column}H{picture}");
        }
        self.shown = wanted;
        if text.is_empty() {
            return text;
        }
        IN_KITTY.fetch_or(self.graphics == Graphics::Kitty, Ordering::SeqCst);
        format!("\x1b7{text}\x1b8")
    }

    fn picture(&self, placed: &Placed, id: u32) -> Option<String> {
        let side = placed.side;
        let canvas = Canvas {
            pixels: placed.image.clone(),
            width: side,
            height: side,
        };
        let cells = (placed.place.width, placed.place.height);
        let cell = self.cell()?;
        let size = |cells: u16, pixels: u16| usize::from(cells) * usize::from(pixels);
        let (width, height) = (size(cells.0, cell.0), size(cells.1, cell.1));
        let least = width.min(height).max(1);
        // Whole cells are seldom a square: an image keeps its shape, and lies in the middle of them.
        match self.graphics {
            Graphics::None => None,
            Graphics::Sixel => {
                let image = canvas.resized(least, least);
                Some(inline::sixel(&image.framed(width, height, BACKGROUND)))
            }
            // These enlarge it themselves, and smoothly.
            Graphics::Kitty | Graphics::Iterm2 => {
                let within = |length: usize| (side * length + least / 2) / least;
                let image = canvas.framed(within(width), within(height), BACKGROUND);
                if self.graphics == Graphics::Kitty {
                    inline::kitty(&image, id, cells).ok()
                } else {
                    inline::iterm2(&image, cells).ok()
                }
            }
        }
    }
}

/// A kitty has pictures that were put there by other hands than [`Pixels`].
pub(super) fn are_in_kitty() {
    IN_KITTY.store(true, Ordering::SeqCst);
}

/// What takes pictures away that a kitty may still have when the screen is given back.
pub(super) fn farewell() -> &'static str {
    if IN_KITTY.swap(false, Ordering::SeqCst) {
        "\x1b_Ga=d,d=A,q=2\x1b\\"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn tiles(count: u16, ink: u8) -> Vec<Placed> {
        let tile = |i: u16| Placed {
            place: Rect::new(1 + 15 * i, 2, 14, 7),
            image: vec![ink; 784],
            side: 28,
        };
        (0..count).map(tile).collect()
    }

    #[test]
    fn a_picture_is_sent_once_and_again_only_when_it_changes() {
        let mut pixels = Pixels::new(Graphics::Kitty);
        assert!(pixels.move_to(&tiles(2, 0)));
        let first = pixels.show(tiles(2, 0));
        assert_eq!(first.matches("a=T").count(), 2);
        assert!(first.starts_with("\x1b7\x1b[3;2H") && first.ends_with("\x1b8"));
        assert!(!pixels.move_to(&tiles(2, 9)));
        assert_eq!(pixels.show(tiles(2, 0)), "");
        let mut wanted = tiles(2, 0);
        wanted[1].image[5] = 200;
        let second = pixels.show(wanted);
        assert_eq!(second.matches("a=T").count(), 1);
        assert!(second.contains(&format!("i={}", FIRST_ID + 1)));
        assert!(pixels.move_to(&[]));
        assert_eq!(pixels.forget().matches("a=d,d=I").count(), 2);
        assert_eq!(pixels.forget(), "");
        assert_eq!(farewell(), "\x1b_Ga=d,d=A,q=2\x1b\\");
    }

    #[test]
    fn an_image_keeps_its_shape_in_cells_that_are_no_square() {
        let tile = Placed {
            place: Rect::new(0, 0, 15, 6),
            image: vec![255; 784],
            side: 28,
        };
        // 105×102 pixels of the screen, then 105×120: 28×28 of the image stay a square in the middle.
        for (cell, size) in [((7, 17), (29, 28)), ((7, 20), (28, 32))] {
            let mut pixels = Pixels::new(Graphics::Kitty);
            pixels.set_cell(cell);
            let text = pixels.show(vec![tile.clone()]);
            let data = text.rsplit(';').next().and_then(|d| d.split('\x1b').next());
            let file = STANDARD
                .decode(data.unwrap_or_default())
                .unwrap_or_default();
            let image = image::load_from_memory(&file).map(image::DynamicImage::into_luma8);
            let image = image.unwrap_or_default();
            assert_eq!((image.width(), image.height()), size);
            assert_eq!(image.pixels().filter(|p| p.0[0] == 255).count(), 784);
        }
    }

    #[test]
    fn sixel_needs_to_know_how_large_a_cell_is() {
        let mut pixels = Pixels::new(Graphics::Sixel);
        assert_eq!(pixels.show(tiles(1, 9)), "");
        let mut pixels = Pixels::new(Graphics::Sixel);
        pixels.set_cell((8, 16));
        assert!(pixels.show(tiles(1, 9)).contains("\"1;1;112;112"));
    }
}
