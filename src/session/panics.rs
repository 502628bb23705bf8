//! A panic on a thread of the session is an event for its viewers, not text across their screen.

use std::any::Any;
use std::panic::{self, PanicHookInfo};
use std::sync::Mutex;
use std::thread;

/// Where the newest panic off the main thread happened; its message alone does not say.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics of other threads quiet: the code that joins or catches them reports them. The main thread's still go to the hook
/// that was there.
pub fn keep_quiet() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if thread::current().name() == Some("main") {
            before(info);
        } else if let (Some(place), Ok(mut kept)) = (info.location(), PLACE.lock()) {
            *kept = Some(place.to_string());
        }
    }));
}

/// The message of a caught panic, and where it happened.
pub(super) fn message(cause: &(dyn Any + Send)) -> String {
    let text = cause
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a thread panicked".to_owned());
    match PLACE.lock().ok().and_then(|mut place| place.take()) {
        Some(place) => format!("{text} (at {place})"),
        None => text,
    }
}
