//! (room `health`)
