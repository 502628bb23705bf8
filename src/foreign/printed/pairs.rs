//! Pairs of a name and a number: `d_loss: 0.69`, `lr=2e-4`, `D(G(z)): 0.67 / 0.006`, `"loss": 0.5`; in lines that name their
//! step also `loss 0.69`.

use super::{name, number};

/// Words after a number that say that it is a time or a size.
const UNITS: &[&str] = &[
    "B", "GB", "GiB", "KB", "KiB", "MB", "MiB", "TB", "bytes", "day", "days", "h", "hour", "hours",
    "hr", "hrs", "it/s", "m", "min", "mins", "minutes", "ms", "px", "s", "s/it", "sec", "second",
    "seconds", "secs", "us", "µs",
];

/// Words before a name that belong to the log.
const LEVELS: &[&str] = &[
    "CRITICAL", "DEBUG", "ERROR", "INFO", "Info", "NOTICE", "SUCCESS", "TRACE", "WARN", "WARNING",
];

/// First words of what names in a line are about: `Test set: Average loss: 0.05`.
const MODES: &[&str] = &[
    "dev",
    "eval",
    "evaluation",
    "test",
    "testing",
    "train",
    "training",
    "val",
    "valid",
    "validation",
];

/// Words of sentences, which are not part of a name before a number alone.
const PROSE: &[&str] = &[
    "and", "at", "by", "for", "from", "in", "is", "of", "than", "the", "to", "was", "with",
];

/// A name has up to so many words.
const MOST_WORDS: usize = 3;

/// The pairs with a colon or an equals sign, in a line that does not name its step: what stands in parentheses behind a name is
/// how something was made, as in `BatchNorm2d(512, eps=1e-05, momentum=0.1)`.
pub(super) fn read_alone(text: &str) -> Vec<(String, f64)> {
    if !text.contains('(') {
        return read(text);
    }
    let mut outside = String::with_capacity(text.len());
    // Of each open parenthesis, whether a name stands before it.
    let mut open: Vec<bool> = Vec::new();
    for c in text.chars() {
        match c {
            '(' => {
                let is_call = outside.ends_with(|c: char| c.is_alphanumeric() || c == '_');
                open.push(is_call || open.last() == Some(&true));
            }
            ')' => drop(open.pop()),
            _ => {}
        }
        let is_inside = open.last() == Some(&true);
        outside.push(if is_inside && c == '=' { ';' } else { c });
    }
    read(&outside)
}

/// The pairs with a colon or an equals sign.
pub(super) fn read(text: &str) -> Vec<(String, f64)> {
    let masked = mask(text);
    let text = masked.as_deref().unwrap_or(text);
    let mut found: Vec<(String, f64)> = Vec::new();
    let mut mode = None;
    let mut from = 0;
    let signs = text.bytes().enumerate();
    for (at, sign) in signs.filter(|(_, byte)| matches!(byte, b':' | b'=')) {
        let (Some(before), Some(after)) = (text.get(from..at), text.get(at + 1..)) else {
            continue;
        };
        let Some(key) = key(before, sign) else {
            continue;
        };
        let Some(value) = value(after) else {
            if sign == b':' {
                mode = self::mode(&key).or(mode);
            }
            continue;
        };
        from = text.len() - value.rest.len();
        let Some(name) = name::metric(&key) else {
            continue;
        };
        let first = match value.of {
            // Right ones of all.
            Some(of) if name.to_lowercase().contains("acc") && of > 0.0 => value.first / of,
            Some(_) => continue,
            None => value.first,
        };
        let name = match &mode {
            Some(mode) if !name.to_lowercase().starts_with(mode.as_str()) => {
                format!("{mode}/{name}")
            }
            _ => name,
        };
        if name::is_moment(&name, first) {
            continue;
        }
        let second = value.second.map(|second| (format!("{name}_2"), second));
        for (name, value) in [(name, first)].into_iter().chain(second) {
            add(&mut found, name, value);
        }
    }
    found
}

/// The pairs of a name and a number behind it, in a line that names its step: parts that consist of nothing else.
pub(super) fn read_spaced(text: &str) -> Vec<(String, f64)> {
    let masked = mask(text);
    let text = masked.as_deref().unwrap_or(text);
    let mut found = Vec::new();
    for part in text.split([',', ';', '|', '\t', '[', ']']) {
        if part.contains([':', '=']) {
            continue;
        }
        let parts = match spaced(part) {
            Some(pairs) => vec![pairs],
            None => part
                .split("  ")
                .flat_map(|part| part.split(" - "))
                .filter_map(spaced)
                .collect(),
        };
        for (name, value) in parts.into_iter().flatten() {
            add(&mut found, name, value);
        }
    }
    found
}

/// Adds what is not there yet: up to one more than are taken, so that it is known that there were more.
pub(super) fn add(found: &mut Vec<(String, f64)>, name: String, value: f64) {
    if found.len() <= super::MOST_IN_A_LINE && !found.iter().any(|(other, _)| *other == name) {
        found.push((name, value));
    }
}

/// A part that is names and numbers in turn, each number with its mean in parentheses at most.
fn spaced(part: &str) -> Option<Vec<(String, f64)>> {
    let mut rest = part.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .find(|(at, c)| {
                let is_start = rest
                    .get(..*at)
                    .is_some_and(|before| before.ends_with(char::is_whitespace));
                is_start
                    && (c.is_ascii_digit()
                        || "-+.".contains(*c)
                        || rest.get(*at..).is_some_and(is_word_for_number))
            })
            .map(|(at, _)| at)?;
        let (words, number) = rest.split_at_checked(end)?;
        let words: Vec<&str> = words.split_whitespace().collect();
        let is_name = |word: &&str| {
            word.starts_with(char::is_alphabetic)
                && word
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_@/.-()".contains(c))
                && !LEVELS.contains(word)
                && !PROSE.contains(word)
        };
        if words.is_empty() || words.len() > MOST_WORDS || !words.iter().all(is_name) {
            return None;
        }
        let (value, after) = number::leading(number)?;
        if !is_end(after) {
            return None;
        }
        rest = after.strip_prefix('%').unwrap_or(after).trim_start();
        if let Some(mean) = rest.strip_prefix('(') {
            let (inner, after) = mean.split_once(')')?;
            number::whole(inner.trim_end_matches('%'))?;
            rest = after.trim_start();
        }
        let name = name::metric(&words.join(" "))?;
        if !name::is_moment(&name, value) {
            found.push((name, value));
        }
    }
    Some(found)
}

fn is_word_for_number(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    matches!(word, "nan" | "NaN" | "inf" | "Infinity")
}

/// Paths and addresses made blank. `None` where there are none.
fn mask(text: &str) -> Option<String> {
    let is_place = |word: &str| {
        let word = word.trim_start_matches(|c| "\"'`([<=".contains(c));
        word.contains("://")
            || ["/", "./", "../", "~/"]
                .iter()
                .any(|start| word.starts_with(start) && word.len() > start.len())
    };
    if !text.contains('/') || !text.split_whitespace().any(is_place) {
        return None;
    }
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        if is_place(piece.trim_end()) {
            masked.push(';');
        } else {
            masked.push_str(piece);
        }
    }
    Some(masked)
}

/// What follows a colon or an equals sign.
struct Value<'a> {
    first: f64,
    /// After a slash that stands alone.
    second: Option<f64>,
    /// After a slash in the number.
    of: Option<f64>,
    rest: &'a str,
}

fn value(after: &str) -> Option<Value<'_>> {
    let text = after.trim_start_matches([' ', '\t']);
    let (first, mut rest) = number::leading(text)?;
    let (mut second, mut of) = (None, None);
    if let Some((value, after)) = rest.strip_prefix('/').and_then(number::leading) {
        (of, rest) = (Some(value), after);
    } else if let Some((value, after)) = rest.strip_prefix(" / ").and_then(number::leading) {
        (second, rest) = (Some(value), after);
    }
    is_end(rest).then_some(Value {
        first,
        second,
        of,
        rest,
    })
}

/// Whether a number ends before this: in a date, a version, a file or a duration it does not.
fn is_end(rest: &str) -> bool {
    let mut chars = rest.chars();
    let (first, second) = (chars.next(), chars.next());
    match first {
        None | Some(';' | '|' | ')' | ']' | '}' | '"' | '\'' | '`' | '%' | '(') => true,
        Some(',') => second.is_none_or(|c| !c.is_ascii_digit()),
        Some('.') => second.is_none_or(char::is_whitespace),
        Some(c) if c.is_whitespace() => {
            let word = rest.split_whitespace().next().unwrap_or_default();
            let word = word.trim_end_matches([',', ';', ')', ']', '.']);
            UNITS.binary_search(&word).is_err()
        }
        Some(_) => false,
    }
}

/// The name that stands before a sign.
fn key(before: &str, sign: u8) -> Option<String> {
    let before = before.trim_end_matches([' ', '\t']);
    if let Some(quote) = before.chars().last().filter(|c| matches!(c, '"' | '\'')) {
        let inner = before.strip_suffix(quote)?;
        return Some(inner.rsplit(quote).next()?.to_owned());
    }
    let part = before
        .rsplit([
            ',', ';', '|', '[', ']', '{', '}', '"', '\'', '\t', '•', '│', '·',
        ])
        .next()?;
    let part = part.rsplit("  ").next()?;
    let part = open(part);
    let mut words = part.split(' ').rev();
    let last = words.next()?;
    if !last.starts_with(char::is_alphabetic)
        || last.contains([':', '=', '<', '>', '\\', '&', '?', '#', '+', '*', '!'])
    {
        return None;
    }
    if sign == b'=' {
        return Some(last.to_owned());
    }
    let others: Vec<&str> = words
        .take_while(|word| {
            word.starts_with(char::is_alphabetic)
                && !word.ends_with([':', '.', '!', '?', ')'])
                && !word.contains(['=', ':'])
                && !LEVELS.contains(word)
        })
        .take(MOST_WORDS)
        .collect();
    if others.len() >= MOST_WORDS {
        return Some(last.to_owned());
    }
    let mut name: Vec<&str> = others;
    name.reverse();
    name.push(last);
    Some(name.join(" "))
}

/// What follows the last parenthesis that is not closed.
fn open(part: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in part.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return part.get(at + 1..).unwrap_or_default(),
            '(' => depth -= 1,
            _ => {}
        }
    }
    part
}

/// Whether a heading says what the names after it are about.
fn mode(heading: &str) -> Option<String> {
    let lower = heading.to_lowercase();
    let first = lower.split(' ').next()?;
    let rest = lower.get(first.len()..)?.trim();
    (MODES.contains(&first) && matches!(rest, "" | "set" | "results" | "metrics"))
        .then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_are_sorted_for_the_search() {
        assert!(UNITS.is_sorted());
    }
}
