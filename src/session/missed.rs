//! Reports that the process did not run for a while: stopped, or on a machine that was suspended.

use std::time::Duration;

use super::hub::Hub;
use crate::awake;
use crate::protocol::{Recorded, Warning};

/// Shorter gaps are left out of the training's time without a warning.
const WORTH_A_WORD: Duration = Duration::from_secs(2);

/// Watches for such gaps, and reports them.
pub(super) fn watch(hub: &Hub) -> Option<awake::Watch> {
    let hub = hub.clone();
    awake::watch(move |missed| {
        if missed >= WORTH_A_WORD {
            hub.announce(Recorded::Warning(Warning::passing(words(missed))));
        }
    })
}

fn words(missed: Duration) -> String {
    format!(
        "the process did not run for {}: it was stopped, or the machine was suspended; that time does not count as \
         training",
        in_words(missed.as_secs())
    )
}

fn in_words(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_shown_in_readable_units() {
        assert!(words(Duration::from_secs(11_545)).contains("did not run for 3 h 12 min:"));
        assert_eq!(in_words(75), "1 min 15 s");
        assert_eq!(in_words(2), "2 s");
    }
}
