//! (room `train`)
