//! Numbers as programs print them.

/// The number that a text begins with, and what follows it. `tensor(0.69, …)` and `np.float64(0.69)` are their number.
pub(super) fn leading(text: &str) -> Option<(f64, &str)> {
    if let Some(inner) = wrapped(text) {
        let (value, rest) = plain(inner.trim_start_matches(['[', ' ']))?;
        let mut depth = 1_usize;
        for (at, c) in rest.char_indices() {
            match c {
                '(' => depth += 1,
                ')' if depth == 1 => return Some((value, rest.get(at + 1..)?)),
                ')' => depth -= 1,
                // Several numbers.
                ',' if rest
                    .get(at + 1..)?
                    .trim_start()
                    .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '[')) =>
                {
                    return None;
                }
                _ => {}
            }
        }
        return None;
    }
    plain(text)
}

/// What is in the parentheses of a tensor or a scalar of numpy.
fn wrapped(text: &str) -> Option<&str> {
    let (name, inner) = text.split_once('(')?;
    let is_one = matches!(name, "tensor" | "array" | "Array")
        || name.strip_prefix("np.").is_some_and(|name| {
            name.starts_with("float") || name.starts_with("int") || name.starts_with("uint")
        });
    is_one.then_some(inner)
}

fn plain(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    for (word, value) in [
        ("Infinity", f64::INFINITY),
        ("infinity", f64::INFINITY),
        ("inf", f64::INFINITY),
        ("Inf", f64::INFINITY),
        ("nan", f64::NAN),
        ("NaN", f64::NAN),
        ("NAN", f64::NAN),
    ] {
        if let Some(rest) = unsigned.strip_prefix(word) {
            return Some((sign * value, rest));
        }
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    let mut length = whole;
    if let Some(decimals) = unsigned.get(length..)?.strip_prefix('.') {
        let count = digits(decimals);
        if whole + count == 0 {
            return None;
        }
        length += 1 + count;
    } else if whole == 0 {
        return None;
    }
    if let Some(exponent) = unsigned.get(length..)?.strip_prefix(['e', 'E']) {
        let signed = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let count = digits(signed);
        if count > 0 {
            length += 1 + (exponent.len() - signed.len()) + count;
        }
    }
    let value: f64 = unsigned.get(..length)?.parse().ok()?;
    Some((sign * value, unsigned.get(length..)?))
}

/// A text that is a number and nothing else.
pub(super) fn whole(text: &str) -> Option<f64> {
    let (value, rest) = leading(text.trim())?;
    rest.is_empty().then_some(value)
}

/// A count.
pub(super) fn count(value: f64) -> Option<u64> {
    ((0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0)
        .then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_programs() {
        for (text, value, rest) in [
            ("0.69, x", 0.69, ", x"),
            ("-1.5e-04|", -1.5e-4, "|"),
            ("1E+01 ", 10.0, " "),
            ("5.", 5.0, ""),
            (".5", 0.5, ""),
            ("3e", 3.0, "e"),
            ("28ms", 28.0, "ms"),
            ("inf", f64::INFINITY, ""),
            ("-Infinity", f64::NEG_INFINITY, ""),
            (
                "tensor(0.6921, device='cuda:0', grad_fn=<MeanBackward0>) b",
                0.6921,
                " b",
            ),
            ("tensor([2.5])", 2.5, ""),
            ("np.float64(0.25),", 0.25, ","),
        ] {
            assert_eq!(leading(text), Some((value, rest)), "{text}");
        }
        assert!(leading("nan,").is_some_and(|(value, rest)| value.is_nan() && rest == ","));
        for text in [
            "",
            "-",
            ".",
            "e5",
            "x1",
            "tensor([1., 2.])",
            "tensor(0.5",
            "foo(1)",
        ] {
            assert_eq!(leading(text), None, "{text}");
        }
    }
}
