//! (room `nn`)
