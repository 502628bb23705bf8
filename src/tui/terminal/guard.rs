//! Entering the screen and giving it back.
//!
//! While the screen is ours, a panic in the thread that draws gives it back first and is printed after; one in any
//! other thread is held back and printed when the screen is given back, because it would be printed over the screen.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{execute, queue};

static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
static DRAWING: Mutex<Option<ThreadId>> = Mutex::new(None);
static HELD_BACK: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Holds the screen; dropping it gives the screen back.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the screen: raw mode, alternate screen, bracketed paste, no cursor.
    ///
    /// # Errors
    /// When the terminal refuses, in which case it is left as it was.
    pub fn enter() -> io::Result<Self> {
        install_hook();
        *DRAWING.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        // NO_COLOR is the theme's to honour; left to crossterm, it would take bold and reverse away too.
        crossterm::style::force_color_output(true);
        let guard = Self(());
        take()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
        let held = std::mem::take(&mut *HELD_BACK.lock().unwrap_or_else(PoisonError::into_inner));
        let mut err = io::stderr().lock();
        for message in held {
            // Nobody is left to be told when this fails.
            let _ = writeln!(err, "{message}");
        }
    }
}

/// Takes the screen again after [`restore`], while the guard is still held.
///
/// # Errors
/// When the terminal refuses.
pub fn take() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    execute!(
        io::stdout().lock(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Hide
    )
}

/// Gives the screen back if it was taken; does nothing otherwise. May be called from any thread, and twice.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // A terminal that is gone cannot be restored, and there is nowhere to say so.
    let mut out = io::stdout();
    let _ = queue!(
        out,
        ResetColor,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.flush();
    let _ = terminal::disable_raw_mode();
}

fn install_hook() {
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let drawing = *DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
            if ENTERED.load(Ordering::SeqCst) && drawing != Some(thread::current().id()) {
                let message = format!(
                    "thread `{}` {panic}",
                    thread::current().name().unwrap_or("unnamed")
                );
                HELD_BACK
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message);
                return;
            }
            restore();
            previous(panic);
        }));
    });
}
