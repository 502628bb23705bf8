//! (room `tui`)

pub mod terminal;
