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
}

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
    /// Its start, in characters from 0.
    pub at: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn width(&self) -> usize {
        self.text.chars().count()
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
            (Kind::Word, while_all(rest, is_word))
        } else if is_comparing(first) {
            (Kind::Sign, while_all(rest, is_comparing))
        } else {
            (Kind::Sign, 1)
        };
        found.push(Token {
            kind,
            text: rest[..length].iter().collect(),
            at,
        });
        at += length;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
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
