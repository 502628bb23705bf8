//! (room `headless`)
