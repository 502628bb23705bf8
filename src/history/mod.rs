//! (room `history`)
