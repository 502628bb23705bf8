//! The dashboard of the real binary in a pseudo-terminal.

mod alone;
mod attach;
mod bursts;
mod detach;
mod endings;
mod jobs;
mod keys;
mod leaving;
mod manners;
mod own_loop;
mod pixels;
mod redraw;
mod relays;
mod screens;
mod sweep;
mod terminal;
mod watch;
mod width;
