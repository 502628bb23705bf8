//! Bytes of a terminal, cut into the lines that a person sees.
//!
//! A line ends at a line feed, a carriage return, a backspace, or where the cursor goes elsewhere. Colours and other escape
//! sequences are left out. A line has up to [`LONGEST`] bytes; what is longer is passed over as a whole, since a number may
//! be cut.

/// The longest line that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// The longest escape sequence; what is longer is none.
const LONGEST_SEQUENCE: usize = 4 * 1024;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// Where in an escape sequence the next byte is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Text,
    /// After the escape character.
    Escape,
    /// In a control sequence: `ESC [ … letter`.
    Control,
    /// In a string that the terminal takes: a title, a link.
    String,
    /// After an escape character in such a string.
    StringEscape,
}

/// The lines so far.
#[derive(Debug, Default)]
pub(super) struct Lines {
    state: State,
    sequence: usize,
    text: Vec<u8>,
    is_too_long: bool,
    passed_over: u64,
    /// How much of the text was read before the line was whole.
    read_early: usize,
}

impl Lines {
    /// Hands each line to `take`, and whether it is whole. What is there of the last line is handed over too; if `take`
    /// says that it has used it, it comes again only when it has changed.
    pub fn read(&mut self, bytes: &[u8], mut take: impl FnMut(&str, bool) -> bool) {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if self.state == State::Text && first >= b' ' {
                let end = rest.iter().position(|byte| *byte < b' ');
                let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
                self.add(text);
                rest = after;
                continue;
            }
            if self.is_end(first) {
                self.end(&mut take);
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        if !self.is_too_long && !self.text.is_empty() && self.text.len() != self.read_early {
            let text = String::from_utf8_lossy(&self.text);
            if take(&text, false) {
                self.read_early = self.text.len();
            }
        }
    }

    /// Hands over what is there of the last line as a whole one: nothing comes after it.
    pub fn finish(&mut self, mut take: impl FnMut(&str, bool) -> bool) {
        self.end(&mut take);
    }

    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    fn add(&mut self, text: &[u8]) {
        if self.text.len() + text.len() > LONGEST {
            self.is_too_long = true;
            self.text.clear();
        } else if !self.is_too_long {
            self.text.extend_from_slice(text);
        }
    }

    fn end(&mut self, take: &mut impl FnMut(&str, bool) -> bool) {
        if self.is_too_long {
            self.passed_over += 1;
        } else if !self.text.is_empty() && self.text.len() != self.read_early {
            take(&String::from_utf8_lossy(&self.text), true);
        }
        self.text.clear();
        self.is_too_long = false;
        self.read_early = 0;
    }

    /// Takes a byte that is not text, and returns whether a line ends with it.
    fn is_end(&mut self, byte: u8) -> bool {
        self.sequence += 1;
        if self.state != State::Text && self.sequence > LONGEST_SEQUENCE {
            self.state = State::Text;
        }
        // Sequences that were never closed end with their line.
        if byte == b'\n' {
            self.state = State::Text;
            return true;
        }
        let (next, is_end) = match self.state {
            State::String if byte == ESCAPE => (State::StringEscape, false),
            State::String if byte != BELL => (State::String, false),
            State::String | State::StringEscape => (State::Text, false),
            _ if byte == ESCAPE => {
                self.sequence = 0;
                (State::Escape, false)
            }
            State::Text => {
                if byte == b'\t' {
                    self.add(b"\t");
                }
                (State::Text, matches!(byte, b'\r' | 0x08 | 0x0b | 0x0c))
            }
            State::Escape => match byte {
                b'[' => (State::Control, false),
                b']' | b'P' | b'X' | b'^' | b'_' => (State::String, false),
                b' '..=b'/' => (State::Escape, false),
                _ => (State::Text, false),
            },
            State::Control if (b'@'..=b'~').contains(&byte) => {
                if byte == b'C' {
                    // Blanks that are not printed.
                    self.add(b" ");
                }
                (State::Text, b"ABEFGHJdf".contains(&byte))
            }
            State::Control => (State::Control, false),
        };
        self.state = next;
        is_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            lines.read(chunk, |line, is_whole| {
                if is_whole {
                    found.push(line.to_owned());
                }
                false
            });
        }
        found
    }

    #[test]
    fn a_line_ends_where_a_person_sees_it_end() {
        assert_eq!(
            lines(&[b"one\r\ntwo\rthree\x08\x08four\x1b[Afive\x1b[Hsix\n"]),
            ["one", "two", "three", "four", "five", "six"]
        );
    }

    #[test]
    fn colours_titles_and_links_are_left_out() {
        let printed: &[u8] = b"\x1b]0;a title\x07\x1b[1;31mloss\x1b[0m: \x1b]8;;http://x?a=1\x1b\\0.5\x1b]8;;\x1b\\\x1b[K\x1b(B\n";
        assert_eq!(lines(&[printed]), ["loss: 0.5"]);
    }

    #[test]
    fn it_does_not_matter_where_the_bytes_are_cut() {
        let printed = "\x1b[32m12%|█▏ | 1/8\x1b[0m größe: 数字\r\n\x1b]0;t\x1b\\next\n".as_bytes();
        let whole = lines(&[printed]);
        assert_eq!(whole, ["12%|█▏ | 1/8 größe: 数字", "next"]);
        let bytes: Vec<&[u8]> = printed.chunks(1).collect();
        assert_eq!(lines(&bytes), whole);
    }

    #[test]
    fn what_never_ends_is_bounded() {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let chunk = [b'x'; 10_000];
        for _ in 0..100 {
            lines.read(&chunk, |_, _| false);
        }
        assert!(lines.text.capacity() <= 2 * LONGEST);
        lines.read(b"\nshort\n\x1b]never closed", |line, _| {
            found.push(line.to_owned());
            false
        });
        assert_eq!((found, lines.passed_over()), (vec!["short".to_owned()], 1));
        for _ in 0..10 {
            lines.read(&chunk, |_, _| false);
        }
        let mut found = Vec::new();
        lines.read(b"\nagain\n", |line, _| {
            found.push(line.to_owned());
            false
        });
        assert_eq!(found.last().map(String::as_str), Some("again"));
    }
}
