//! The dashboard of the real binary in a pseudo-terminal.

mod endings;
mod keys;
mod manners;
mod terminal;
