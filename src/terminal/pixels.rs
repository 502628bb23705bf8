//! Samples as pixels, over cells that the frame leaves empty: each tile is an image that is replaced in place, only if it has
//! changed.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use ratatui::layout::Rect;

use super::relay::Multiplexer;
use crate::picture::{Canvas, Graphics, inline};

/// The first id of our images in kitty, where all programs share the ids: large, to avoid those of other programs.
const FIRST_ID: u32 = 0x6761_6e00;

/// Colours of a live sample as sixel: it is sent again and again, and each colour costs.
const SIXEL_COLOURS: usize = 64;

/// The same in grey.
const SIXEL_GREYS: usize = 16;

/// Deletes all images.
const NONE_ANY_MORE: &str = "\x1b_Ga=d,d=A,q=2\x1b\\";

/// What to write before the screen is restored.
static FAREWELL: Mutex<String> = Mutex::new(String::new());

/// An image and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The cells.
    pub place: Rect,
    /// The image.
    pub image: Canvas,
}

/// The images on the screen.
#[derive(Debug)]
pub struct Pixels {
    graphics: Graphics,
    /// Width and height of a cell in pixels.
    cell: (u16, u16),
    /// Most colours of a sixel image.
    registers: usize,
    /// The multiplexer between this program and the terminal, if any.
    through: Option<Multiplexer>,
    /// The columns and rows of the terminal left of and above our screen.
    origin: (u16, u16),
    shown: Vec<Placed>,
}

impl Pixels {
    /// For a terminal with this protocol.
    #[must_use]
    pub fn new(graphics: Graphics) -> Self {
        Self {
            graphics,
            cell: (0, 0),
            registers: SIXEL_COLOURS,
            through: None,
            origin: (0, 0),
            shown: Vec::new(),
        }
    }

    /// Switches to this protocol, through a multiplexer that has to pass it on. The current images are drawn over.
    pub fn turn_to(&mut self, graphics: Graphics, through: Option<Multiplexer>) {
        (self.graphics, self.through) = (graphics, through);
    }

    /// Returns whether images pass through a multiplexer.
    #[must_use]
    pub fn go_through(&self) -> bool {
        self.through.is_some() && self.graphics != Graphics::None
    }

    /// Sets the origin of our screen on the terminal behind a multiplexer.
    pub fn set_origin(&mut self, origin: (u16, u16)) {
        self.origin = origin;
    }

    /// Width and height of a cell in pixels (or their ratio, if no more is known); `None` if images cannot be shown.
    /// Sixel images are not scaled, so they require the size of a cell.
    #[must_use]
    pub fn cell(&self) -> Option<(u16, u16)> {
        let known = (self.cell.0 > 0 && self.cell.1 > 0).then_some(self.cell);
        match self.graphics {
            Graphics::None => None,
            Graphics::Kitty | Graphics::Iterm2 => known.or(Some((1, 2))),
            Graphics::Sixel => known,
        }
    }

    /// Sets the size of a cell, which may change with the window.
    pub fn set_cell(&mut self, cell: (u16, u16)) {
        self.cell = cell;
    }

    /// Sets how many colours the terminal has for a sixel image.
    pub fn set_registers(&mut self, registers: usize) {
        self.registers = registers;
    }

    /// Returns whether the images are to be placed differently from those on the screen; then the cells below have to
    /// be redrawn.
    #[must_use]
    pub fn move_to(&self, wanted: &[Placed]) -> bool {
        let places = |of: &[Placed]| of.iter().map(|p| p.place).collect::<Vec<_>>();
        places(&self.shown) != places(wanted)
    }

    /// The sequence that deletes all images. In other protocols, text drawn over them does.
    #[must_use]
    pub fn forget(&mut self) -> String {
        let shown = std::mem::take(&mut self.shown);
        if self.graphics == Graphics::Kitty {
            (FIRST_ID..)
                .take(shown.len())
                .map(|id| self.wrapped(inline::kitty_forget(id)))
                .collect()
        } else {
            String::new()
        }
    }

    /// The sequence that makes the screen show `wanted`: the changed images, each at its place. The cursor does not move.
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
            let (left, top) = self.origin;
            let (row, column) = (top + placed.place.y + 1, left + placed.place.x + 1);
            let placed = format!("\x1b[{row};{column}H{picture}");
            if self.through.is_some() {
                // This moves the terminal's cursor, unnoticed by the multiplexer.
                let _ = write!(text, "{}", self.wrapped(format!("\x1b7{placed}\x1b8")));
            } else {
                text.push_str(&placed);
            }
        }
        self.shown = wanted;
        if text.is_empty() {
            return text;
        }
        if self.graphics == Graphics::Kitty {
            leaves(self.wrapped(NONE_ANY_MORE.to_owned()));
        }
        if self.through.is_some() {
            return text;
        }
        format!("\x1b7{text}\x1b8")
    }

    fn wrapped(&self, sequence: String) -> String {
        match self.through {
            Some(multiplexer) => multiplexer.wrapped(&sequence),
            None => sequence,
        }
    }

    fn picture(&self, placed: &Placed, id: u32) -> Option<String> {
        let canvas = &placed.image;
        let cells = (placed.place.width, placed.place.height);
        let cell = self.cell()?;
        let size = |cells: u16, pixels: u16| usize::from(cells) * usize::from(pixels);
        let (width, height) = (size(cells.0, cell.0), size(cells.1, cell.1));
        let (across, down) = (canvas.width().max(1), canvas.height().max(1));
        // Cells are seldom square: an image keeps its aspect ratio, and half a cell is left at most, in which its edges go on.
        // The side that limits it.
        let (of_place, of_image) = if width * down <= height * across {
            (width.max(1), across)
        } else {
            (height.max(1), down)
        };
        match self.graphics {
            Graphics::None => None,
            Graphics::Sixel => {
                let scaled = |pixels: usize| (pixels * of_place / of_image).max(1);
                let image = canvas.resized(scaled(across), scaled(down));
                let most = if canvas.is_colour() {
                    SIXEL_COLOURS
                } else {
                    SIXEL_GREYS
                };
                let image = image.continued(width, height);
                Some(inline::sixel(&image, most.min(self.registers)))
            }
            // These scale it themselves, with interpolation.
            Graphics::Kitty | Graphics::Iterm2 => {
                let within = |length: usize| (of_image * length + of_place / 2) / of_place;
                let image = canvas.continued(within(width), within(height));
                if self.graphics == Graphics::Kitty {
                    inline::kitty(&image, Some(id), cells).ok()
                } else {
                    inline::iterm2(&image, cells).ok()
                }
            }
        }
    }
}

fn leaves(farewell: String) {
    *FAREWELL.lock().unwrap_or_else(PoisonError::into_inner) = farewell;
}

/// Images were placed in kitty by code other than [`Pixels`].
pub(super) fn are_in_kitty() {
    leaves(NONE_ANY_MORE.to_owned());
}

/// The sequence that deletes images still in kitty when the screen is restored.
pub(super) fn farewell() -> String {
    std::mem::take(&mut *FAREWELL.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::picture::Channels;

    fn tiles(count: u16, ink: u8) -> Vec<Placed> {
        let tile = |i: u16| Placed {
            place: Rect::new(1 + 15 * i, 2, 14, 7),
            image: Canvas::filled(28, 28, Channels::Grey, ink),
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
        let mut changed = vec![0; 784];
        changed[5] = 200;
        wanted[1].image = Canvas::new(28, 28, Channels::Grey, changed);
        let second = pixels.show(wanted);
        assert_eq!(second.matches("a=T").count(), 1);
        assert!(second.contains(&format!("i={}", FIRST_ID + 1)));
        assert!(pixels.move_to(&[]));
        assert_eq!(pixels.forget().matches("a=d,d=I").count(), 2);
        assert_eq!(pixels.forget(), "");
        assert_eq!(farewell(), "\x1b_Ga=d,d=A,q=2\x1b\\");
    }

    #[test]
    fn through_tmux_a_picture_is_wrapped_with_its_position() {
        let mut pixels = Pixels::new(Graphics::None);
        pixels.turn_to(Graphics::Iterm2, Some(Multiplexer::Tmux));
        pixels.set_origin((40, 1));
        let text = pixels.show(tiles(1, 0));
        assert!(text.starts_with("\x1bPtmux;\x1b\x1b7\x1b\x1b[4;42H\x1b\x1b]1337;File="));
        assert!(text.ends_with("\x07\x1b\x1b8\x1b\\"));
    }

    #[test]
    fn an_image_keeps_its_aspect_ratio_in_cells_that_are_not_square() {
        // White within a black edge.
        let white = |i: usize| [i % 28, i / 28].iter().all(|at| (1..27).contains(at));
        let pixels = (0..784).map(|i| if white(i) { 255 } else { 0 });
        let tile = Placed {
            place: Rect::new(0, 0, 15, 6),
            image: Canvas::new(28, 28, Channels::Grey, pixels.collect()),
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
            assert_eq!(image.pixels().filter(|p| p.0[0] == 255).count(), 26 * 26);
        }
    }

    #[test]
    fn an_oblong_image_in_colour_fills_the_side_that_limits_it() {
        let tile = Placed {
            place: Rect::new(0, 0, 15, 6),
            image: Canvas::new(12, 8, Channels::Rgb, [[255; 3]; 48].concat()),
        };
        let mut pixels = Pixels::new(Graphics::Sixel);
        pixels.set_cell((7, 17));
        // 105 pixels wide, and 70 high of 102: 35 of white on as many of black, each continued by 16.
        let text = pixels.show(vec![tile]);
        assert!(text.contains("\"1;1;105;102"), "{text}");
        assert!(text.contains("#0;2;0;0;0#1;2;100;100;100"), "{text}");
        let bands = text.matches("$#1!105").count();
        assert_eq!(bands, 51_usize.div_ceil(6), "{text}");
    }

    #[test]
    fn sixel_takes_no_more_colours_than_the_terminal_has() {
        let colours: Vec<u8> = (0..28 * 28)
            .flat_map(|i| [i % 28 * 9, i / 28 * 9, 99])
            .map(|v| v as u8)
            .collect();
        let tile = Placed {
            place: Rect::new(0, 0, 14, 7),
            image: Canvas::new(28, 28, Channels::Rgb, colours),
        };
        for (registers, used) in [(2, 2), (16, 16), (256, SIXEL_COLOURS)] {
            let mut pixels = Pixels::new(Graphics::Sixel);
            pixels.set_cell((4, 8));
            pixels.set_registers(registers);
            let text = pixels.show(vec![tile.clone()]);
            assert_eq!(text.matches(";2;").count(), used);
        }
    }

    #[test]
    fn sixel_needs_the_cell_size() {
        let mut pixels = Pixels::new(Graphics::Sixel);
        assert_eq!(pixels.show(tiles(1, 9)), "");
        let mut pixels = Pixels::new(Graphics::Sixel);
        pixels.set_cell((8, 16));
        assert!(pixels.show(tiles(1, 9)).contains("\"1;1;112;112"));
    }
}
