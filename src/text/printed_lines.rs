//! What a program prints, as the lines that a terminal would show: progress bars overwrite themselves, colours stay, and no other
//! escape sequence leaves a trace.
//!
//! Not a terminal: lines are as long as they were printed, up to a limit, and the cursor can go back only to lines that are
//! still kept. That is what logs and progress bars need, and costs a few bytes a character.

use std::collections::VecDeque;
use std::fmt;

use vte::{Params, Parser, Perform};

use super::ink::{Ink, Inks};

/// Characters of a line at the most; what follows on it is dropped.
const LONGEST: usize = 4096;
/// Columns between two tab stops.
const TAB: usize = 8;

/// The newest lines that a program printed.
pub struct PrintedLines {
    parser: Parser,
    page: Page,
}

/// The lines and the cursor.
#[derive(Debug)]
struct Page {
    lines: VecDeque<Line>,
    most: usize,
    /// Lines that are gone by now.
    gone: u64,
    /// Index of the line with the cursor.
    row: usize,
    /// Its column, in characters.
    column: usize,
    /// How what is printed next looks.
    ink: Ink,
}

#[derive(Debug, Clone, Default)]
struct Line {
    text: String,
    /// Its characters.
    length: usize,
    inks: Inks,
}

/// A line as it was printed.
#[derive(Debug, Clone, Copy)]
pub struct PrintedLine<'a>(&'a Line);

impl<'a> PrintedLine<'a> {
    /// Its text.
    #[must_use]
    pub fn text(self) -> &'a str {
        &self.0.text
    }

    /// Its text in pieces of one look.
    #[must_use]
    pub fn pieces(self) -> Vec<(&'a str, Ink)> {
        let line = self.0;
        let runs = line.inks.runs();
        if runs.is_empty() {
            return vec![(&line.text, Ink::default())];
        }
        let ends = runs.iter().skip(1).map(|(begin, _)| *begin);
        let ends = ends.chain([line.length]);
        let pieces = runs.iter().zip(ends);
        let pieces =
            pieces.map(|((begin, ink), end)| (&line.text[line.byte(*begin)..line.byte(end)], *ink));
        pieces.filter(|(text, _)| !text.is_empty()).collect()
    }
}

impl fmt::Debug for PrintedLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrintedLines")
            .field("lines", &self.page.lines.len())
            .finish_non_exhaustive()
    }
}

impl PrintedLines {
    /// No lines yet; of more than `most` the oldest are dropped.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            parser: Parser::new(),
            page: Page {
                lines: VecDeque::from([Line::default()]),
                most: most.max(1),
                gone: 0,
                row: 0,
                column: 0,
                ink: Ink::default(),
            },
        }
    }

    /// Takes in what was printed next.
    pub fn feed(&mut self, text: &str) {
        self.parser.advance(&mut self.page, text.as_bytes());
    }

    /// Says where something is missing, on a line of its own.
    pub fn gap(&mut self, text: &str) {
        if self.page.column > 0 {
            self.page.feed_line();
        }
        self.page.column = 0;
        let ink = std::mem::take(&mut self.page.ink);
        text.chars().for_each(|c| self.page.print(c));
        self.page.ink = ink;
        self.page.feed_line();
        self.page.column = 0;
    }

    /// The lines, oldest first, without the last one while it is empty.
    #[must_use]
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = PrintedLine<'_>> + ExactSizeIterator {
        let all = self.page.lines.len();
        let empty = self.page.lines.back().is_some_and(|line| line.length == 0);
        self.page
            .lines
            .range(..all - usize::from(empty))
            .map(PrintedLine)
    }

    /// How many lines were dropped because there were too many.
    #[must_use]
    pub fn gone(&self) -> u64 {
        self.page.gone
    }
}

impl Page {
    fn feed_line(&mut self) {
        self.row += 1;
        if self.row == self.lines.len() {
            self.lines.push_back(Line::default());
            if self.lines.len() > self.most {
                self.lines.pop_front();
                self.gone += 1;
                self.row -= 1;
            }
        }
    }

    fn line(&mut self) -> Option<&mut Line> {
        self.lines.get_mut(self.row)
    }
}

impl Line {
    /// The byte at which a character begins.
    fn byte(&self, column: usize) -> usize {
        if column >= self.length {
            return self.text.len();
        }
        // Most lines are plain.
        if self.text.len() == self.length {
            return column;
        }
        let found = self.text.char_indices().nth(column);
        found.map_or(self.text.len(), |(at, _)| at)
    }

    fn put(&mut self, column: usize, c: char, ink: Ink) {
        if column >= LONGEST {
            return;
        }
        while self.length < column {
            self.text.push(' ');
            self.length += 1;
            self.inks.set(self.length - 1, Ink::default(), self.length);
        }
        let at = self.byte(column);
        if at < self.text.len() {
            let end = self.byte(column + 1);
            self.text.replace_range(at..end, c.encode_utf8(&mut [0; 4]));
        } else {
            self.text.push(c);
            self.length += 1;
        }
        self.inks.set(column, ink, self.length);
    }

    fn cut(&mut self, column: usize) {
        let at = self.byte(column);
        self.text.truncate(at);
        self.length = self.length.min(column);
        self.inks.cut(self.length);
    }
}

impl Perform for Page {
    fn print(&mut self, c: char) {
        let (column, ink) = (self.column, self.ink);
        self.column = (column + 1).min(LONGEST);
        if let Some(line) = self.line() {
            line.put(column, c, ink);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.feed_line();
                // What goes to a pipe has no carriage return; where a terminal adds one, it is there already.
                self.column = 0;
            }
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            b'\t' => self.column = ((self.column / TAB + 1) * TAB).min(LONGEST),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], _ignore: bool, action: char) {
        if !between.is_empty() {
            return;
        }
        let first = params.iter().next().and_then(|p| p.first()).copied();
        let count = usize::from(first.unwrap_or(0).max(1));
        match action {
            'A' | 'F' => self.row = self.row.saturating_sub(count),
            'B' | 'E' => self.row = (self.row + count).min(self.lines.len() - 1),
            'C' => self.column = (self.column + count).min(LONGEST),
            'D' => self.column = self.column.saturating_sub(count),
            'G' => self.column = (count - 1).min(LONGEST),
            'K' => {
                let column = self.column;
                let (row, all) = (self.row, first.unwrap_or(0));
                if let Some(line) = self.lines.get_mut(row) {
                    match all {
                        0 => line.cut(column),
                        2 => line.cut(0),
                        _ => (0..=column.min(line.length))
                            .for_each(|at| line.put(at, ' ', Ink::default())),
                    }
                }
            }
            'm' => self.ink = self.ink.after(params),
            // To the end of the screen.
            'J' if first.unwrap_or(0) == 0 => {
                let column = self.column;
                if let Some(line) = self.line() {
                    line.cut(column);
                }
                self.lines.truncate(self.row + 1);
            }
            _ => {}
        }
        if matches!(action, 'E' | 'F') {
            self.column = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ink::Hue;
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut printed = PrintedLines::new(4);
        printed.feed(text);
        printed.lines().map(|line| line.text().to_owned()).collect()
    }

    #[test]
    fn a_progress_bar_is_one_line() {
        assert_eq!(
            lines("a\r\n 10%|#   |\r100%|####|\r\nb"),
            ["a", "100%|####|", "b"]
        );
        assert_eq!(lines("epoch 12\x1b[2K\repoch 3"), ["epoch 3"]);
        assert_eq!(lines("long line\rab\x1b[K"), ["ab"]);
    }

    #[test]
    fn bars_below_each_other_overwrite_themselves() {
        assert_eq!(lines("x 1\ny 1\x1b[A\rx 2\n\ry 2"), ["x 2", "y 2"]);
    }

    #[test]
    fn titles_leave_no_trace_and_colours_are_not_text() {
        let text = "\x1b]0;title\x07\x1b[1;31mred\x1b[0m größe\tx\x1b[?25l\x1b[>4;1m";
        assert_eq!(lines(text), ["red größe       x".to_owned()]);
    }

    #[test]
    fn colours_stay_with_their_characters() {
        let pieces = |text: &str| -> Vec<(String, Ink)> {
            let mut printed = PrintedLines::new(4);
            printed.feed(text);
            let lines = printed.lines().flat_map(PrintedLine::pieces);
            lines.map(|(text, ink)| (text.to_owned(), ink)).collect()
        };
        let plain = Ink::default();
        let in_hue = |hue| Ink {
            fore: Some(hue),
            ..plain
        };
        let piece = |text: &str, ink| (text.to_owned(), ink);
        let bold_red = Ink {
            bold: true,
            ..in_hue(Hue::Indexed(1))
        };
        assert_eq!(
            pieces("ä\x1b[1;31mrö\x1b[0md"),
            [piece("ä", plain), piece("rö", bold_red), piece("d", plain)]
        );
        for (sgr, ink) in [
            ("38;5;208", in_hue(Hue::Indexed(208))),
            ("38:5:208", in_hue(Hue::Indexed(208))),
            ("38;2;1;2;3", in_hue(Hue::Rgb(1, 2, 3))),
            ("38:2::1:2:3", in_hue(Hue::Rgb(1, 2, 3))),
            ("97", in_hue(Hue::Indexed(15))),
            ("31;39", plain),
            ("1;2;22", plain),
            ("38;9;95", in_hue(Hue::Indexed(13))),
        ] {
            assert_eq!(pieces(&format!("\x1b[{sgr}mx")), [piece("x", ink)], "{sgr}");
        }
        let look = pieces("\x1b[2;3;4;7;48;5;9mx")[0].1;
        assert!(look.faint && look.italic && look.underlined && look.reversed);
        assert_eq!(look.back, Some(Hue::Indexed(9)));
        // A bar that is drawn again in another colour.
        let red = in_hue(Hue::Indexed(1));
        assert_eq!(pieces("\x1b[32mab\r\x1b[31mcd\x1b[0m"), [piece("cd", red)]);
        assert_eq!(pieces("\x1b[31ma\nb")[1], piece("b", red));
    }

    #[test]
    fn only_the_newest_lines_are_kept_and_none_is_endless() {
        assert_eq!(lines("1\n2\n3\n4\n5\n"), ["3", "4", "5"]);
        let mut printed = PrintedLines::new(2);
        for _ in 0..100 {
            printed.feed(&"x".repeat(1000));
        }
        let longest = printed.lines().map(|line| line.text().len()).sum::<usize>();
        assert_eq!((longest, printed.gone()), (LONGEST, 0));
        printed.feed("\na\nb\n");
        assert_eq!(printed.gone(), 2);
    }

    #[test]
    fn an_escape_sequence_may_come_in_two_pieces() {
        let mut printed = PrintedLines::new(4);
        printed.feed("a\x1b[3");
        printed.feed("1mb");
        assert_eq!(
            printed.lines().map(PrintedLine::text).collect::<Vec<_>>(),
            ["ab"]
        );
    }
}
