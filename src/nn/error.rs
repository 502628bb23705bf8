//! Errors of devices, in one line.

/// The message of an error, without the backtrace that may follow.
#[must_use]
pub fn first_line(error: &candle_core::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
