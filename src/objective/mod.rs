//! (room `objective`)
