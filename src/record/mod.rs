//! (room `record`)
