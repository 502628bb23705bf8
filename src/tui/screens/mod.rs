//! Screens, which fill the terminal between header and keys: one file each, with its layout, its panels and its own key and
//! mouse actions.
//!
//! To add one, write a file that implements [`Component`], add it to [`component`], and add a row to the list of [`Screen`]s.

mod charts;
mod component;
mod dashboard;
mod events;
mod health;
mod output;
mod samples;

pub use component::{Component, NOTCH};

use super::screen::Screen;

/// The drawing and behaviour of a screen.
#[must_use]
pub fn component(screen: Screen) -> &'static dyn Component {
    match screen {
        Screen::Dashboard => &dashboard::Dashboard,
        Screen::Charts => &charts::Charts,
        Screen::Samples => &samples::Samples,
        Screen::Events => &events::Events,
        Screen::Health => &health::Health,
        Screen::Output => &output::Output,
    }
}
