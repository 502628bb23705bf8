//! Durations for people.

/// Seconds as `0:07`, `12:41`, `1:02:03` or `1d 01:01:01`.
#[must_use]
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "--:--".to_owned();
    }
    let s = seconds as u64;
    let (days, hours, minutes, rest) = (s / 86_400, s / 3_600 % 24, s / 60 % 60, s % 60);
    if days > 0 {
        format!("{days}d {hours:02}:{minutes:02}:{rest:02}")
    } else if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes}:{rest:02}")
    }
}

/// Seconds in words: `42.0 s`, `3 min 5 s`, `2 h 10 min`.
#[must_use]
pub fn words(seconds: f64) -> String {
    // Also where it is not finite: a cast takes NaN to 0.
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

/// An age in the largest unit that fits: `5 min ago`. Negative ages, from a clock that was set back, count as 0.
#[must_use]
pub fn ago(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_the_two_largest_units() {
        assert_eq!(words(42.04), "42.0 s");
        assert_eq!(words(185.0), "3 min 5 s");
        assert_eq!(words(7_800.0), "2 h 10 min");
    }

    #[test]
    fn ages_are_in_one_unit() {
        let ages = [-5, 59, 60, 7_199, 90_000].map(ago);
        assert_eq!(
            ages,
            ["0 s ago", "59 s ago", "1 min ago", "1 h ago", "1 d ago"]
        );
    }

    #[test]
    fn a_clock_shows_hours_and_days_where_it_takes_that_long() {
        assert_eq!(clock(7.9), "0:07");
        assert_eq!(clock(3_723.0), "1:02:03");
        assert_eq!(clock(90_061.0), "1d 01:01:01");
        assert_eq!(clock(f64::NAN), "--:--");
    }
}
