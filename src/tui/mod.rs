//! (room `tui`)
