//! What fills the terminal between header and keys: one file for each screen, with its layout, the panels it is made of and
//! what keys and the mouse do on it alone.
//!
//! A new one is a file with a [`Component`] in it, a line in [`component`] and its row in the list of [`Screen`]s.

mod charts;
mod component;
mod dashboard;
mod events;
mod health;
mod samples;

pub use component::{Component, NOTCH};

use super::screen::Screen;

/// What a screen draws and does.
#[must_use]
pub fn component(screen: Screen) -> &'static dyn Component {
    match screen {
        Screen::Dashboard => &dashboard::Dashboard,
        Screen::Charts => &charts::Charts,
        Screen::Samples => &samples::Samples,
        Screen::Events => &events::Events,
        Screen::Health => &health::Health,
    }
}
