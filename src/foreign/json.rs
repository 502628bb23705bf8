//! JSON as trainers write it: also with bare `NaN`, `Infinity` and `-Infinity`, as Python's `json` has them, and with numbers that
//! are too large to be one.

use serde_json::{Map, Value};

use super::excerpt::beginning;
use super::problem::{Code, Problem};

/// Characters of a line that are shown in a message.
const SHOWN: usize = 60;

/// Reads a line that holds one object.
///
/// # Errors
/// [`Code::Malformed`] when it does not.
pub fn object(line: &[u8]) -> Result<Map<String, Value>, Problem> {
    let text = std::str::from_utf8(line).map_err(|error| {
        malformed(format!(
            "found bytes that are no UTF-8 at byte {}; expected a line of JSON",
            error.valid_up_to() + 1
        ))
    })?;
    let value = serde_json::from_str(text).or_else(|error| {
        quoted(text)
            .and_then(|text| serde_json::from_str(&text).ok())
            .ok_or(error)
    });
    match value {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(malformed(format!(
            "found {}; expected an object with a `type`",
            kind(&other)
        ))),
        Err(error) => Err(malformed(format!(
            "found `{}`; expected one JSON object on a line: {error}",
            beginning(text, SHOWN)
        ))),
    }
}

fn malformed(text: String) -> Problem {
    Problem::new(Code::Malformed, text)
}

/// What a value is, in words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What a value is, in words, with the value where it is short.
pub fn shown(value: &Value) -> String {
    const LONGEST: usize = 24;
    let written = match value {
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => return flag.to_string(),
        Value::String(text) if text.chars().count() <= LONGEST => {
            return format!("the text `{}`", text.replace(char::is_control, " "));
        }
        other => return kind(other).to_owned(),
    };
    if written.len() <= LONGEST {
        written
    } else {
        value
            .as_f64()
            .map_or(written, |number| format!("{number:e}"))
    }
}

/// A number, which may be one that JSON lacks.
#[must_use]
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        // What JavaScript makes of NaN.
        Value::Null => Some(f64::NAN),
        Value::String(name) => match name.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// The number at the beginning of a text, if it is too large to be one, and its length.
fn too_large(text: &str) -> Option<(&'static str, usize)> {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let length = text.bytes().take_while(is_part).count();
    let number: f64 = text[..length].parse().ok()?;
    let name = if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    number.is_infinite().then_some((name, length))
}

/// The same text with these words in quotes where they stand for themselves, and numbers that are too large as such words; `None`
/// where there are none.
fn quoted(text: &str) -> Option<String> {
    const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];
    let mut out = String::with_capacity(text.len() + 16);
    let (mut rest, mut in_string, mut found) = (text, false, false);
    while let Some(c) = rest.chars().next() {
        if !in_string && let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
            found = true;
            out.push('"');
            out.push_str(word);
            out.push('"');
            rest = &rest[word.len()..];
            continue;
        }
        if !in_string
            && (c == '-' || c.is_ascii_digit())
            && let Some((word, length)) = too_large(rest)
        {
            found = true;
            out.push('"');
            out.push_str(word);
            out.push('"');
            rest = &rest[length..];
            continue;
        }
        let mut length = c.len_utf8();
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn words_for_numbers_are_read_with_and_without_quotes() {
        let line = r#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN", "text": "say \"NaN\" NaN", "d": null, "e": [1e999, -2.5E+400, 12]}"#;
        let read = object(line.as_bytes()).unwrap();
        assert!(number(&read["a"]).unwrap().is_nan() && number(&read["c"]).unwrap().is_nan());
        assert!(number(&read["d"]).unwrap().is_nan());
        let b: Vec<f64> = read["b"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(number)
            .collect();
        assert_eq!(b, [f64::NEG_INFINITY, f64::INFINITY]);
        assert_eq!(read["text"], "say \"NaN\" NaN");
        assert_eq!(number(&read["text"]), None);
        let e = read["e"].as_array().unwrap();
        let e: Vec<f64> = e.iter().filter_map(number).collect();
        assert_eq!(e, [f64::INFINITY, f64::NEG_INFINITY, 12.0]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, expected) in [
            (
                &b"{\"type\": \"log\", \"met"[..],
                "found `{\"type\": \"log\", \"met`; expected one JSON object",
            ),
            (b"[1]", "found a list; expected an object"),
            (b"\xff\xfe", "no UTF-8 at byte 1"),
            (b"NaN", "found a text; expected an object"),
        ] {
            let problem = object(line).unwrap_err();
            assert_eq!(problem.code, Code::Malformed);
            assert!(problem.text.contains(expected), "{}", problem.text);
        }
        let long = object(&[b'x'; 10_000]).unwrap_err();
        assert!(long.text.len() < 200, "{}", long.text);
    }
}
