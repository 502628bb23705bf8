//! Taking over the screen and restoring it.
//!
//! While the screen is taken, a panic in the drawing thread restores it first and is then printed; a panic in another thread
//! is held back and printed after the screen is restored, so that it is not printed over the screen.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::queue;
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};

/// Mouse buttons and dragging, in SGR coordinates. Unlike crossterm's mode, without all movements, each of which would wake
/// the process.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

static ENTERED: AtomicBool = AtomicBool::new(false);
static MOUSE: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
static DRAWING: Mutex<Option<ThreadId>> = Mutex::new(None);
static HELD_BACK: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Holds the screen; dropping it restores the terminal.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the screen: raw mode, alternate screen, bracketed paste, hidden cursor, and the mouse if wanted.
    ///
    /// # Errors
    /// When the terminal refuses, in which case it is left unchanged.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        install_hook();
        MOUSE.store(mouse, Ordering::SeqCst);
        *DRAWING.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        // The theme handles NO_COLOR; crossterm would drop bold and reverse as well.
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
            // Nothing can be done if this fails.
            let _ = writeln!(err, "{message}");
        }
    }
}

/// Takes the screen again after [`restore`], while the guard is still held.
///
/// # Errors
/// When the terminal refuses.
pub fn take() -> io::Result<()> {
    // Another process may have changed the mode: raw mode has to be set again.
    terminal::disable_raw_mode()?;
    terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let mut out = io::stdout().lock();
    claim(&mut out)?;
    out.flush()
}

/// Switches to a blank alternate screen with bracketed paste, the mouse if wanted, and a hidden cursor. Other programs may
/// have switched any of these off.
///
/// # Errors
/// When the terminal refuses.
pub fn claim(out: &mut impl Write) -> io::Result<()> {
    queue!(
        out,
        EnterAlternateScreen,
        ResetColor,
        Clear(ClearType::All),
        MoveTo(0, 0),
        EnableBracketedPaste,
        Hide
    )?;
    if MOUSE.load(Ordering::SeqCst) {
        queue!(out, Print(MOUSE_ON))?;
    }
    Ok(())
}

/// Restores the terminal if it was taken; otherwise does nothing. May be called from any thread and repeatedly.
pub fn restore() {
    super::quiet::end();
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // A terminal that is gone cannot be restored, and there is nowhere to report it.
    let mut out = io::stdout();
    if MOUSE.load(Ordering::SeqCst) {
        let _ = queue!(out, Print(MOUSE_OFF));
    }
    let _ = queue!(out, Print(super::pixels::farewell()));
    let _ = queue!(
        out,
        ResetColor,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.flush();
    // In the background the modes belong to the shell, and setting them would stop this process.
    if !super::job::in_background() {
        let _ = terminal::disable_raw_mode();
    }
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
