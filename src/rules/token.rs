//! The words, numbers and signs of a condition, with their positions.

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// Anything that begins like a number.
    Number,
    /// A comparison, or something similar; `@`; any other character.
    Sign,
    /// A text in quotes, without them: in filters only.
    Text,
    /// A regular expression, without its slashes: in filters only.
    Regex,
}

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
    /// Its start, in characters from 0.
    pub at: usize,
    /// How many characters it takes.
    length: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it compares, or is meant to.
    pub fn is_comparison(&self) -> bool {
        self.kind == Kind::Sign && self.text.chars().all(is_comparing)
    }

    pub fn width(&self) -> usize {
        self.length
    }
}

/// Splits a condition into tokens. Every character except white space belongs to one.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at).copied() {
        let rest = &chars[at..];
        let (kind, length) = if first.is_whitespace() {
            at += 1;
            continue;
        } else if is_numeric(rest) {
            (Kind::Number, number_length(rest))
        } else if is_word(first) {
            (Kind::Word, while_all(rest, is_in_word))
        } else if is_comparing(first) {
            (Kind::Sign, while_all(rest, is_comparing))
        } else {
            (Kind::Sign, 1)
        };
        found.push(Token {
            kind,
            text: rest[..length].iter().collect(),
            at,
            length,
        });
        at += length;
    }
    found
}

/// Splits a filter into tokens. The names of runs, settings and metrics of any origin are words, with their slashes, points
/// and hyphens; what has spaces stands in quotes.
pub(super) fn words(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at).copied() {
        let rest = &chars[at..];
        if first.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, text, length) = match first {
            '"' | '\'' => {
                let (text, length) = enclosed(rest, first);
                (Kind::Text, text, length)
            }
            // What follows a comparison is a value, which may be a path.
            '/' if !found.last().is_some_and(Token::is_comparison) => {
                let (text, length) = enclosed(rest, '/');
                (Kind::Regex, text, length)
            }
            first if is_comparing(first) => {
                let length = while_all(rest, is_comparing);
                (Kind::Sign, rest[..length].iter().collect(), length)
            }
            first if is_in_name(first) => {
                let length = while_all(rest, is_in_name);
                let kind = if is_numeric(rest) {
                    Kind::Number
                } else {
                    Kind::Word
                };
                (kind, rest[..length].iter().collect(), length)
            }
            _ => (Kind::Sign, first.to_string(), 1),
        };
        found.push(Token {
            kind,
            text,
            at,
            length,
        });
        at += length;
    }
    found
}

/// A text up to its closing character, before which a backslash may stand, and how many characters it takes in all. One that is not
/// closed goes to the end.
fn enclosed(chars: &[char], close: char) -> (String, usize) {
    let (mut text, mut length) = (String::new(), 1);
    while let Some(c) = chars.get(length).copied() {
        length += 1;
        match (c, chars.get(length)) {
            (c, _) if c == close => return (text, length),
            ('\\', Some(next)) if *next == close || *next == '\\' && close != '/' => {
                text.push(*next);
                length += 1;
            }
            _ => text.push(c),
        }
    }
    (text, length)
}

fn is_in_name(c: char) -> bool {
    !c.is_whitespace() && !is_comparing(c) && !"()\"',;&|@".contains(c)
}

/// Words that join parts of a filter.
pub(super) fn is_keyword(word: &str) -> bool {
    ["and", "or", "not", "is"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a text is one word of a filter.
pub(super) fn is_one_word(text: &str) -> bool {
    let mut chars = text.chars();
    let starts_well = chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    starts_well
        && text.chars().all(is_in_name)
        && !text.starts_with("tag:")
        && !text.starts_with("has:")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Other programs name metrics `val/loss`, `train.loss` or `top-5`.
fn is_in_word(c: char) -> bool {
    is_word(c) || matches!(c, '/' | '.' | '-')
}

fn is_comparing(c: char) -> bool {
    "<>=!~≤≥≠".contains(c)
}

fn while_all(chars: &[char], good: impl Fn(char) -> bool) -> usize {
    chars.iter().take_while(|c| good(**c)).count()
}

/// Returns whether a number begins here: a digit, or a sign or a point before one, or a sign before `inf`.
fn is_numeric(chars: &[char]) -> bool {
    match chars {
        ['+' | '-', rest @ ..] => {
            matches!(rest, ['i' | 'I', ..]) || !matches!(rest, ['+' | '-', ..]) && is_numeric(rest)
        }
        ['.', next, ..] => next.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    }
}

/// Length of a number: digits, letters and points, and a sign after the `e` of an exponent.
fn number_length(chars: &[char]) -> usize {
    let mut length = 1;
    while let Some(c) = chars.get(length) {
        let in_exponent = matches!(c, '+' | '-') && matches!(chars[length - 1], 'e' | 'E');
        if !is_word(*c) && *c != '.' && !in_exponent {
            break;
        }
        length += 1;
    }
    length
}
