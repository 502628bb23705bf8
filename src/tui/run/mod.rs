//! The screen on a terminal: entering it, the loop, leaving it.
//!
//! | file | holds |
//! |---|---|
//! | `options.rs`, `ended.rs` | how the screen is to behave; how it was left |
//! | `event_loop/` | the event loop; job control; images over the whole terminal |
//! | `show.rs`, `run_screen.rs` | what the loop shows; the screen of a run |
//! | `pacing.rs` | when the next frame is due |
//! | `display.rs` | the terminal: frames, pictures, what it answers |
//! | `notify.rs` | notifying the user of an alarm |

mod display;
mod ended;
mod event_loop;
mod notify;
mod options;
mod pacing;
mod run_screen;
mod show;

use crossbeam_channel::Receiver;
use jiff::tz::TimeZone;

pub use ended::{Ended, Left, TuiError};
pub use options::TuiOptions;

pub(in crate::tui) use display::{Display, look};
pub(in crate::tui) use event_loop::{EventLoop, Inbox};
pub(in crate::tui) use show::{Motion, Next, Show};

use run_screen::RunScreen;

use super::app::{App, AutoClose, ControlStatus};
use super::input::Keys;
use super::ui::Ui;
use crate::session::{Viewer, priority};
use crate::terminal::job::Signalled;
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
    show_in(viewer, options, signals, None, false)
}

/// The same on a terminal that is taken already. With `keys` these are read, else its own; `within` says that there is
/// something to come back to.
pub(in crate::tui) fn show_in(
    viewer: &Viewer,
    options: &TuiOptions,
    signals: Receiver<Signalled>,
    keys: Option<&mut Keys>,
    within: bool,
) -> Result<Ended, TuiError> {
    let drawing = || TuiError::while_doing("draw on");
    let mut app = App::new(TimeZone::system())
        .at(ControlStatus::new(viewer.id, options.attached))
        .with_keys(options.keymap.clone());
    app.outlook = options.outlook.clone();
    app.auto_close = AutoClose::after(options.close_after);
    app.is_within = within;
    app.catch_up(&viewer.before);
    let mut screen = RunScreen::new(Ui::new(app, look(&options.caps, options)), viewer);
    let mut display = Display::open(&mut screen, options).map_err(drawing())?;
    if within {
        display.spoil();
    }
    let mut screen_loop = EventLoop::new(&mut screen, display, options);
    screen_loop.draw().map_err(drawing())?;
    screen_loop.screen().remember();
    let mut own = None;
    let keys = match keys {
        Some(keys) => keys,
        None => own.insert(Keys::start().map_err(TuiError::while_doing("read keys from"))?),
    };
    let inbox = Inbox {
        keys: keys.read.clone(),
        signals,
        wake: viewer.events.wake.clone(),
    };
    let left = screen_loop.follow(inbox, keys);
    drop(own);
    if left.as_ref().map_or(true, |left| *left == Left::HungUp) {
        screen_loop.abandon();
    }
    let left = left.map_err(TuiError::while_doing("continue on"))?;
    Ok(screen.ended(left))
}
