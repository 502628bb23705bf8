//! (room `optim`)
