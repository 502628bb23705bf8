//! Numbers for people, in stable widths.

/// 1234567 as `1,234,567`.
#[must_use]
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The units of [`compact`].
const UNITS: [(f64, &str); 5] = [(1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")];

/// A step on an axis: `500`, `2k`, `12.5k`, `1.2M`, `5G`, `2T`, `5e15`.
#[must_use]
pub fn compact(n: f64) -> String {
    // As they are written: 999,999 is a million.
    let scaled = |size: f64| (n / size * 100.0).round() / 100.0;
    let fitting = UNITS.iter().find(|(size, _)| scaled(*size).abs() < 1000.0);
    match fitting {
        // Without the sign of a zero.
        Some((size, unit)) => format!("{}{unit}", scaled(*size) + 0.0),
        None if n.is_finite() => {
            let text = format!("{n:.2e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{power}")
        }
        None => n.to_string(),
    }
}

/// A metric's value in at most 8 columns: `0.6931`, `-12.40`, `1.2e-5`, `NaN`.
#[must_use]
pub fn value(v: f64) -> String {
    if v.is_nan() {
        return "NaN".to_owned();
    }
    if v.is_infinite() {
        return if v > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    match v.abs() {
        a if a == 0.0 || (1e-3..10.0).contains(&a) => format!("{v:.4}"),
        a if (10.0..1e3).contains(&a) => format!("{v:.2}"),
        a if (1e3..1e5).contains(&a) => format!("{v:.0}"),
        _ => format!("{v:.2e}"),
    }
}

/// A metric's value for narrow places: `-3.60`.
#[must_use]
pub fn short(v: f64) -> String {
    if v.abs() < 100.0 {
        format!("{v:.2}")
    } else {
        value(v)
    }
}

/// A measured value with four or five significant digits. Values that round to zero are zero, without a sign; NaN is `none`.
#[must_use]
pub fn significant(value: f64) -> String {
    if value.is_nan() {
        return "none".to_owned();
    }
    let value = if value.abs() < 5e-7 { 0.0 } else { value };
    let size = value.abs();
    if size >= 1e15 {
        format!("{value:.2e}")
    } else if size >= 1000.0 {
        format!("{value:.0}")
    } else if size >= 10.0 || (value.fract() == 0.0 && size >= 1.0) {
        format!("{value:.2}")
    } else if size >= 0.1 || value == 0.0 {
        format!("{value:.4}")
    } else {
        format!("{value:.6}")
    }
}

/// Three significant digits: `0.00`, `0.21`, `13.4`, `1,250`.
#[must_use]
pub fn amount(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => thousands(v.round() as u64),
    }
}

/// A size in decimal units: `812 MB`, `2.1 GB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    match count as f64 / 1e6 {
        megabytes if megabytes.round() < 1000.0 => format!("{megabytes:.0} MB"),
        megabytes if megabytes < 100e3 => format!("{:.1} GB", megabytes / 1e3),
        megabytes => format!("{:.0} GB", megabytes / 1e3),
    }
}

/// A learning rate: `2.00e-4`.
#[must_use]
pub fn rate(v: f64) -> String {
    format!("{v:.2e}")
}

/// A speed in at most 6 columns: `0.52`, `148.3`, `9,491`.
#[must_use]
pub fn speed(v: f64) -> String {
    match v {
        v if !v.is_finite() || v < 0.0 => "-".to_owned(),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 1e3 => format!("{v:.1}"),
        v if v < 1e5 => thousands(v.round() as u64),
        v => compact(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parsed_as_people_write_them() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(compact(12_500.0), "12.5k");
        assert_eq!(compact(0.0), "0");
        assert_eq!(compact(1_250_000.0), "1.25M");
        assert_eq!(compact(4e9), "4G");
        assert_eq!(compact(2.5e12), "2.5T");
        assert_eq!(compact(5e15), "5e15");
        assert_eq!(compact(-9.007e15), "-9.01e15");
        for (below, at) in [
            (999.994, "999.99"),
            (999.996, "1k"),
            (999_999.0, "1M"),
            (-999_999.0, "-1M"),
            (999_994.0, "999.99k"),
            (999_999_999.0, "1G"),
            (999.999e9, "1T"),
            (-999.999e12, "-1e15"),
            (-0.001, "0"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(compact(below), at, "{below}");
        }
        assert_eq!(speed(9_491.2), "9,491");
        assert_eq!(amount(0.214), "0.21");
        assert_eq!(amount(1_250.3), "1,250");
        assert_eq!(bytes(812_400_000), "812 MB");
        assert_eq!(bytes(2_130_000_000), "2.1 GB");
        assert_eq!(bytes(999_700_000), "1.0 GB");
    }

    #[test]
    fn huge_values_have_a_power() {
        assert_eq!(significant(-1e308), "-1.00e308");
        assert_eq!(significant(123_456.7), "123457");
    }

    #[test]
    fn values_fit_their_column_whatever_they_are() {
        for v in [
            0.0,
            -0.123,
            9.99999,
            -99.999,
            12_345.6,
            -1e5,
            1e300,
            1e-300,
            f64::NAN,
            f64::NEG_INFINITY,
        ] {
            assert!(value(v).len() <= 9, "{v} is {}", value(v));
        }
    }
}
