//! The dashboard of the real binary in a pseudo-terminal.

mod attach;
mod detach;
mod endings;
mod jobs;
mod keys;
mod manners;
mod pixels;
mod screens;
mod terminal;
