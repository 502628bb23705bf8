//! The dashboard of the real binary in a pseudo-terminal.

mod alone;
mod attach;
mod detach;
mod endings;
mod jobs;
mod keys;
mod leaving;
mod manners;
mod pixels;
mod screens;
mod terminal;
