//! JSON as writers of logs write it: with bare `NaN`, `Infinity` and `-Infinity`.

use std::borrow::Cow;

use serde_json::Value;

/// The words that JSON lacks.
const WORDS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

/// Parses a text; numbers that JSON lacks become the texts "NaN", "Infinity" and "-Infinity". So do those that are too large
/// for a float, as other readers take them.
pub(super) fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    let text = quoted(text);
    let parsed = serde_json::from_slice(&text);
    if parsed.is_ok() {
        return parsed;
    }
    match without_too_large(&text) {
        Some(text) => serde_json::from_slice(&text),
        None => parsed,
    }
}

/// How deep values may be nested to be parsed: no more than the parser takes, and far beyond what is looked at.
const DEEPEST: usize = 64;

/// Parses a text whose values are nested too deep to be parsed: those beyond are null. `None` where that was not the reason.
pub(super) fn parse_cut(text: &[u8]) -> Option<Value> {
    let mut depth = 0;
    let mut is_cut = false;
    let cut = rewritten(text, |rest, out| {
        match rest.first() {
            Some(b'{' | b'[') if depth == DEEPEST => {
                let length = length_of(rest);
                out.extend_from_slice(b"null");
                is_cut = true;
                return length;
            }
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        0
    });
    is_cut.then(|| parse(&cut).ok())?
}

/// Bytes up to the end of the object or the array that a text begins with.
fn length_of(text: &[u8]) -> usize {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b'{' | b'[' if !is_string => depth += 1,
            b'}' | b']' if !is_string => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The same text with words in place of numbers that are too large; `None` if there are none.
fn without_too_large(text: &[u8]) -> Option<Vec<u8>> {
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let mut is_changed = false;
    let out = rewritten(text, |rest, out| {
        let length = rest.iter().take_while(|byte| is_of_number(byte)).count();
        let (number, _) = rest.split_at(length);
        let value = std::str::from_utf8(number).ok().map(str::parse::<f64>);
        match value {
            Some(Ok(value)) if value.is_infinite() => {
                quote(if value > 0.0 { WORDS[1] } else { WORDS[2] }, out);
                is_changed = true;
            }
            _ => out.extend_from_slice(number),
        }
        length
    });
    is_changed.then_some(out)
}

/// The same text with such words in quotes.
fn quoted(text: &[u8]) -> Cow<'_, [u8]> {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    if !has(b"NaN") && !has(b"Infinity") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(rewritten(text, |rest, out| {
        let word = WORDS.into_iter().find(|word| rest.starts_with(word));
        word.map_or(0, |word| {
            quote(word, out);
            word.len()
        })
    }))
}

fn quote(word: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(word);
    out.push(b'"');
}

/// The same text in which `replace` has written something else for what it took of the beginning of a rest that is in no string;
/// where it takes nothing, a byte stays.
fn rewritten(text: &[u8], mut replace: impl FnMut(&[u8], &mut Vec<u8>) -> usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    let (mut is_string, mut at) = (false, 0);
    while let Some(byte) = text.get(at) {
        if !is_string {
            let taken = replace(text.get(at..).unwrap_or(&[]), &mut out);
            if taken > 0 {
                at += taken;
                continue;
            }
        }
        out.push(*byte);
        at += 1;
        match byte {
            b'"' => is_string = !is_string,
            b'\\' if is_string => {
                out.extend(text.get(at));
                at += 1;
            }
            _ => {}
        }
    }
    out
}

/// A number, or one of the words for what is none.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(word) => word_of(word),
        _ => None,
    }
}

/// One of the words for what is no number.
pub(super) fn word_of(word: &str) -> Option<f64> {
    match word {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// How deep objects may be nested.
const DEPTH: usize = 16;

/// Calls `found` for every value that is no object, with its keys joined.
pub(super) fn flat(value: &Value, joint: char, found: &mut dyn FnMut(&str, &Value)) {
    fn below(
        key: &mut String,
        value: &Value,
        joint: char,
        depth: usize,
        found: &mut dyn FnMut(&str, &Value),
    ) {
        match value {
            Value::Object(fields) if depth < DEPTH => {
                for (name, value) in fields {
                    let length = key.len();
                    if length > 0 {
                        key.push(joint);
                    }
                    key.push_str(name);
                    below(key, value, joint, depth + 1, found);
                    key.truncate(length);
                }
            }
            other => found(key, other),
        }
    }
    below(&mut String::new(), value, joint, 0, found);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn words_for_what_is_no_number_are_read_outside_of_texts() {
        let value =
            parse(br#"{"a": NaN, "b": {"c": -Infinity, "d": Infinity}, "NaN": "a NaN \" NaN"}"#)
                .unwrap();
        let mut found = Vec::new();
        flat(&value, '/', &mut |key, value| {
            found.push((key.to_owned(), number(value)));
        });
        assert!(found[0].0 == "a" && found[0].1.unwrap().is_nan());
        assert_eq!(found[1], ("b/c".to_owned(), Some(f64::NEG_INFINITY)));
        assert_eq!(found[2], ("b/d".to_owned(), Some(f64::INFINITY)));
        assert_eq!(found[3], ("NaN".to_owned(), None));
    }

    #[test]
    fn numbers_that_are_too_large_are_infinite() {
        let value = parse(br#"{"a": 1e999, "b": -2E400, "c": "1e999", "d": 1.5e3}"#).unwrap();
        let number = |key: &str| number(&value[key]);
        assert_eq!(number("a"), Some(f64::INFINITY));
        assert_eq!(number("b"), Some(f64::NEG_INFINITY));
        assert_eq!(number("c"), None);
        assert_eq!(number("d"), Some(1500.0));
        assert!(parse(b"{1e999").is_err());
    }

    #[test]
    fn what_is_nested_too_deep_is_cut_and_the_rest_is_read() {
        let deep = |inner: &str| {
            let (open, close) = ("{\"a\": [".repeat(2_500), "]}".repeat(2_500));
            format!("{{\"step\": 1, \"x\": {open}{inner}{close}, \"loss\": 0.5}}")
        };
        for inner in ["1", r#""]}\"]}""#, ""] {
            let text = deep(inner);
            assert!(parse(text.as_bytes()).is_err());
            let value = parse_cut(text.as_bytes()).unwrap();
            assert_eq!((&value["step"], &value["loss"]), (&1.into(), &0.5.into()));
        }
        // What is wrong for another reason is, and so is what has no end.
        assert_eq!(parse_cut(br#"{"a": }"#), None);
        let text = deep("1");
        assert_eq!(parse_cut(&text.as_bytes()[..4_000]), None);
    }
}
