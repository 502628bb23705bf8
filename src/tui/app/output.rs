//! What the program that trains has printed, and the search in it.

use crate::protocol::Output;
use crate::text::{PrintedLine, PrintedLines};

/// Lines that can be scrolled back to; `output.log` has all of them.
const MOST: usize = 10_000;

/// What the program has printed, as lines.
#[derive(Debug)]
pub struct Printed {
    lines: PrintedLines,
    /// What is looked for; empty for nothing.
    pub search: String,
    /// How many lines the newest one is below the last row that is shown.
    pub back: usize,
}

impl Default for Printed {
    fn default() -> Self {
        Self {
            lines: PrintedLines::new(MOST),
            search: String::new(),
            back: 0,
        }
    }
}

impl Printed {
    /// The program has printed more. Someone who has scrolled back keeps looking at the same lines.
    pub(super) fn add(&mut self, output: &Output) {
        let count = |printed: &Self| printed.lines.gone() + printed.len() as u64;
        let before = count(self);
        if output.skipped > 0 {
            let text = format!(
                "[{} bytes are left out here; output.log has them]",
                output.skipped
            );
            self.lines.gap(&text);
        }
        self.lines.feed(&output.text);
        if self.back > 0 {
            let more = count(self).saturating_sub(before);
            self.scroll(usize::try_from(more).unwrap_or(usize::MAX));
        }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.lines().len()
    }

    /// Returns whether nothing was printed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = PrintedLine<'_>> + ExactSizeIterator {
        self.lines.lines()
    }

    /// Goes back so many lines.
    pub fn scroll(&mut self, lines: usize) {
        self.back = self
            .back
            .saturating_add(lines)
            .min(self.len().saturating_sub(1));
    }

    /// Goes on so many lines.
    pub fn follow(&mut self, lines: usize) {
        self.back = self.back.saturating_sub(lines);
    }

    /// Returns whether the text of a line has what is looked for, in capitals or not.
    #[must_use]
    pub fn is_found(&self, line: PrintedLine<'_>) -> bool {
        let text = || line.text().to_lowercase();
        !self.search.is_empty() && text().contains(&self.search.to_lowercase())
    }

    /// How many lines have it.
    #[must_use]
    pub fn found(&self) -> usize {
        self.lines().filter(|line| self.is_found(*line)).count()
    }

    /// Shows the newest line that has it, or with `further` the one before the last row that is shown. Returns whether there is
    /// one.
    pub fn find(&mut self, further: bool) -> bool {
        let skipped = if further { self.back + 1 } else { 0 };
        let from_end = self.lines().rev().skip(skipped);
        let Some(at) = from_end.into_iter().position(|line| self.is_found(line)) else {
            return false;
        };
        self.back = skipped + at;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Printed {
        let mut printed = Printed::default();
        printed.add(&Output {
            text: text.to_owned(),
            skipped: 0,
        });
        printed
    }

    #[test]
    fn a_search_goes_back_from_the_newest_line() {
        let mut printed = printed("Epoch 1\nx\nep\x1b[31moch 2\x1b[0m\ny\nz\n");
        assert!(!printed.find(false));
        printed.search = "EPOCH".to_owned();
        assert_eq!(printed.found(), 2);
        assert!(printed.find(false) && printed.back == 2);
        assert!(printed.find(true) && printed.back == 4);
        assert!(!printed.find(true) && printed.back == 4);
    }

    #[test]
    fn who_scrolled_back_stays_where_they_are() {
        let mut printed = printed("a\nb\nc\n");
        printed.scroll(1);
        printed.add(&Output {
            text: "d\ne\n".to_owned(),
            skipped: 0,
        });
        assert_eq!((printed.back, printed.len()), (3, 5));
        printed.follow(9);
        printed.add(&Output {
            text: "f\n".to_owned(),
            skipped: 7,
        });
        assert_eq!(printed.back, 0);
        assert!(
            printed
                .lines()
                .any(|line| line.text().contains("7 bytes are left out"))
        );
    }
}
