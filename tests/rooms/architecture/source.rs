//! The program's source as tokens, without comments and tests.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A word (identifier, keyword or number), the contents of a string as they are written, `::`, or one character of
/// punctuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Word(String),
    Text(String),
    Colons,
    Mark(char),
}

impl Token {
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn is(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }
}

/// The folder of the program's source.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of the program below `dir` that is not a test, sorted.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test_file(&path) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn is_test_file(path: &Path) -> bool {
    let is_named_so = path
        .file_stem()
        .is_some_and(|s| s.to_string_lossy().ends_with("tests"));
    is_named_so || path.components().any(|c| c.as_os_str() == "tests")
}

/// The tokens of a file, without its tests.
pub fn tokens_of(path: &Path) -> Vec<Token> {
    without_tests(&tokens(&fs::read_to_string(path).unwrap_or_default()))
}

/// The tokens of a text.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let next = chars.get(i + 1).copied();
        if c == '/' && next == Some('/') {
            i = skip_while(&chars, i, |c| c != '\n');
        } else if c == '/' && next == Some('*') {
            i = after_comment(&chars, i);
        } else if let Some((inside, end)) = string(&chars, i) {
            tokens.push(Token::Text(chars[inside].iter().collect()));
            i = end;
        } else if c == '\'' {
            i = after_quote(&chars, i);
        } else if is_word(c) {
            let end = skip_while(&chars, i, is_word);
            tokens.push(Token::Word(chars[i..end].iter().collect()));
            i = end;
        } else if c == ':' && next == Some(':') {
            tokens.push(Token::Colons);
            i += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Mark(c));
            }
            i += 1;
        }
    }
    tokens
}

fn skip_while(chars: &[char], from: usize, holds: impl Fn(char) -> bool) -> usize {
    let rest = chars[from..].iter();
    from + rest.take_while(|c| holds(**c)).count()
}

/// The place after the block comment, which may hold others, that begins at `i`.
fn after_comment(chars: &[char], mut i: usize) -> usize {
    let mut depth = 0;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                i += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    i
}

/// The string that begins at `i`, if one does: where its contents are, and the place after it. `"…"`, `r#"…"#`, each also of
/// bytes.
fn string(chars: &[char], i: usize) -> Option<(Range<usize>, usize)> {
    let prefix = skip_while(chars, i, |c| c == 'b' || c == 'r' || c == 'c');
    let hashes = skip_while(chars, prefix, |c| c == '#') - prefix;
    let raw = chars[i..prefix].contains(&'r');
    let open = prefix + hashes;
    if chars.get(open) != Some(&'"') || (hashes > 0 && !raw) || prefix - i > 2 {
        return None;
    }
    let mut at = open + 1;
    while at < chars.len() {
        if chars[at] == '\\' && !raw {
            at += 2;
        } else if chars[at] == '"' && skip_while(chars, at + 1, |c| c == '#') > at + hashes {
            return Some((open + 1..at, at + 1 + hashes));
        } else {
            at += 1;
        }
    }
    Some((open + 1..chars.len(), chars.len()))
}

/// The place after a character, or after the quote of a lifetime.
fn after_quote(chars: &[char], i: usize) -> usize {
    if chars.get(i + 1) == Some(&'\\') {
        // `'\''`: what follows the backslash cannot end it.
        skip_while(chars, i + 3, |c| c != '\'') + 1
    } else if chars.get(i + 2) == Some(&'\'') {
        i + 3
    } else {
        i + 1
    }
}

/// The tokens without each item that `#[cfg(test)]` precedes.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let text = |s: &str| Token::Word(s.to_owned());
    let mark = [
        Token::Mark('#'),
        Token::Mark('['),
        text("cfg"),
        Token::Mark('('),
        text("test"),
        Token::Mark(')'),
        Token::Mark(']'),
    ];
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if tokens[i..].starts_with(&mark) {
            i = after_item(tokens, i + mark.len());
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    kept
}

/// The place after the item that begins at `i`: after its `;`, or after its braces.
fn after_item(tokens: &[Token], mut i: usize) -> usize {
    let mut depth = 0_u32;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token {
            Token::Mark('{' | '(' | '[') => depth += 1,
            Token::Mark('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    // `use x::{a, b};`
                    return i + usize::from(tokens.get(i).is_some_and(|t| t.is(';')));
                }
            }
            Token::Mark(')' | ']') => depth = depth.saturating_sub(1),
            Token::Mark(';') if depth == 0 => return i,
            _ => {}
        }
    }
    i
}

#[test]
fn comments_and_tests_are_left_out_and_strings_are_no_words() {
    let code = r##"
        use crate::a; // crate::b
        /* crate::c /* crate::d */ crate::e */
        const T: &str = "crate::f \" "; const R: &str = r#"crate::g" "#; const C: [char; 2] = ['"', '\''];
        #[cfg(test)]
        use crate::h::{i, j};
        fn f<'a>(x: &'a str) { crate::k::l(x) }
        #[cfg(test)]
        mod tests { fn g() { crate::m() } }
        fn last() {}
    "##;
    let tokens = without_tests(&tokens(code));
    let texts: Vec<&str> = tokens.iter().filter_map(Token::text).collect();
    assert_eq!(texts, [r#"crate::f \" "#, r#"crate::g" "#]);
    let words: Vec<String> = tokens
        .iter()
        .filter_map(|t| t.word().map(str::to_owned))
        .filter(|w| w.len() == 1 || w == "last")
        .collect();
    assert_eq!(
        words,
        [
            "a", "T", "R", "C", "2", "f", "a", "x", "a", "k", "l", "x", "last"
        ]
    );
}
