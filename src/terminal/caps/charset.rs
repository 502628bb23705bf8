//! Character sets for the screen.

/// Which characters the screen may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Unicode,
    /// UTF-8 text; frames in characters of the Linux console's fonts, no braille.
    Console,
    /// UTF-8 text; frames in ASCII, for terminals that would draw them too wide.
    Plain,
    /// The same for a terminal known to draw ambiguous characters in two cells.
    Wide,
    /// ASCII only: the locale is not UTF-8.
    Ascii,
}
