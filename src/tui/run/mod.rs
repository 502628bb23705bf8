//! The screen on a terminal: entering it, the loop, leaving it.
//!
//! | file | holds |
//! |---|---|
//! | `options.rs`, `ended.rs` | how the screen is to behave; how it was left |
//! | `event_loop/` | the event loop; job control; images over the whole terminal |
//! | `pacing.rs` | when the next frame is due |
//! | `display.rs` | the terminal: frames, pictures, what it answers |
//! | `notify.rs` | notifying the user of an alarm |

mod display;
mod ended;
mod event_loop;
mod notify;
mod options;
mod pacing;

use jiff::tz::TimeZone;

pub use ended::{Ended, Left, TuiError};
pub use options::TuiOptions;

use display::Display;
use event_loop::{EventLoop, Inbox};

use super::app::{App, AutoClose, ControlStatus};
use super::earlier_samples;
use super::input::Keys;
use super::ui::Ui;
use crate::session::{Viewer, priority};
use crate::terminal::{Guard, job};

/// Shows a run until it has ended and the screen is closed, or the terminal is given up or gone. Restores the terminal.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(viewer: &Viewer, options: &TuiOptions) -> Result<Ended, TuiError> {
    match show(viewer, options) {
        Err(error) if error.is_hangup() => Ok(Ended {
            left: Left::HungUp,
            // Not known here; assuming so keeps callers from waiting forever.
            began: true,
            ..Ended::default()
        }),
        shown => shown,
    }
}

fn show(viewer: &Viewer, options: &TuiOptions) -> Result<Ended, TuiError> {
    // First: from here on a hangup does not end the process.
    let signals = job::listen().map_err(TuiError::while_doing("listen to"))?;
    // The run's threads exist by now: this one and the key reader yield to them.
    priority::give_way();
    let _guard = Guard::enter(options.mouse).map_err(TuiError::while_doing("take over"))?;
    let drawing = || TuiError::while_doing("draw on");
    let mut app = App::new(TimeZone::system())
        .at(ControlStatus::new(viewer.id, options.attached))
        .with_keys(options.keymap.clone());
    app.outlook = options.outlook.clone();
    app.auto_close = AutoClose::after(options.close_after);
    app.catch_up(&viewer.before);
    let mut ui = Ui::new(app, display::look(&options.caps, options));
    let display = Display::open(&mut ui, options).map_err(drawing())?;
    let mut screen = EventLoop::new(ui, display, options, viewer);
    screen.draw().map_err(drawing())?;
    screen.remember(earlier_samples::read);
    let mut keys = Keys::start().map_err(TuiError::while_doing("read keys from"))?;
    let inbox = Inbox {
        keys: keys.read.clone(),
        signals,
        wake: viewer.events.wake.clone(),
    };
    let ended = screen.follow(inbox, &mut keys);
    drop(keys);
    if ended.as_ref().map_or(true, |e| e.left == Left::HungUp) {
        screen.abandon();
    }
    ended.map_err(TuiError::while_doing("continue on"))
}
