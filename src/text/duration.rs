//! Spans of time as people read them.

/// Seconds as `0:07`, `12:41` or `1:02:03`; days in front where it takes that long.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_hours_and_days_where_it_takes_that_long() {
        assert_eq!(clock(7.9), "0:07");
        assert_eq!(clock(3_723.0), "1:02:03");
        assert_eq!(clock(90_061.0), "1d 01:01:01");
        assert_eq!(clock(f64::NAN), "--:--");
    }
}
