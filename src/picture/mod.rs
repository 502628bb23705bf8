//! (room `picture`)
