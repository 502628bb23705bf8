//! The sets of characters that a screen can be drawn with.

/// Which characters the screen may be drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Unicode,
    /// Text in UTF-8; frames as the fonts of the kernel's console have them, and no dots.
    Console,
    /// Text in UTF-8; the screen's own characters in ASCII, for a terminal that would draw them too wide.
    Plain,
    /// The same for a terminal that has answered so: what is ambiguous in a text takes two cells.
    Wide,
    /// ASCII alone: the locale is not UTF-8.
    Ascii,
}
