//! Images as pictures: grids of images, files (PNG, idx, npy) and terminal characters.
//!
//! Everything here is grey or in colour, 8 bits per channel, from 0 (black, background) to 255 (white, full ink). Composing,
//! resizing and conversion to characters are pure functions, so that the live panel, the plain printer and the record show
//! the same images. [`inline`] encodes an image for a terminal's graphics protocol.

mod ansi;
mod bayer;
mod canvas;
mod cells;
mod colour;
mod depth;
mod file;
mod glyphs;
mod graphics;
mod grid;
mod idx;
pub mod inline;
mod large;
mod npy;
mod oklab;
mod palette;
mod png;
mod read_grid;

pub use ansi::lines;
pub use canvas::{Canvas, Channels};
pub use cells::{Cell, Cells, draw, natural_columns, rows_for};
pub use colour::{Rgb, grey, luma, widest};
pub use depth::{ColorDepth, Shade, numbered};
pub use file::{Format, SaveError, save};
pub use glyphs::{Glyphs, braille, quadrant, sextant};
pub use graphics::Graphics;
pub use grid::{GAP, Layout, compose, largest_tiles, near_square};
pub use idx::write_idx;
pub use large::{Screen, Spread, encode_large};
pub use npy::write_npy;
pub use png::{GENERATED, Notes, encode_png, provenance};
pub use read_grid::{ReadGridError, read_grid};
