//! Pictures of digits: one canvas from many images, as files (PNG, idx, npy) and as characters of a terminal.
//!
//! Everything here is grey, 8 bits a pixel, 0 is black (background) and 255 white (full ink). Composing, resizing and
//! turning pixels into characters are pure functions, so that the live panel, the plain printer and the record draw the
//! same digits. [`inline`] makes a picture into the bytes of a terminal's own graphics protocol. The one part that touches a
//! terminal is [`viuer`], which prints a picture once.

mod ansi;
mod canvas;
mod cells;
mod depth;
mod file;
mod glyphs;
mod grid;
mod idx;
pub mod inline;
mod npy;
mod png;
mod read_grid;
pub mod viuer;

pub use ansi::{line, lines};
pub use canvas::{Canvas, resize};
pub use cells::{Cell, Cells, draw, fit};
pub use depth::{ColorDepth, Shade};
pub use file::{Format, SaveError, save};
pub use glyphs::{Glyphs, braille, quadrant, sextant};
pub use grid::{GAP, Layout, compose, largest_tiles, near_square};
pub use idx::write_idx;
pub use npy::write_npy;
pub use png::{Notes, encode_png, provenance};
pub use read_grid::{ReadGridError, read_grid};
