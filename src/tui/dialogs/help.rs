//! The help, scrollable and searchable.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Widget;

use super::dialog::{Answer, Dialog};
use super::search;
use super::typing::Typing;
use crate::text;
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{DOWN, ENTER, ESCAPE, UP, bind, hint, key, named};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};
use crate::tui::layout::{self, PAGE};

/// Its keys.
pub static CONTEXT: Context = Context::of_dialog("Help", &[KEYS, INTERRUPT, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[UP, key('k')],
        Action::Previous,
        hint("Up/Down", "scroll", 1),
        "a line up",
    ),
    bind(&[DOWN, key('j')], Action::Next, None, "a line down"),
    bind(&[named(KeyCode::PageUp)], Action::PageUp, None, "a page up"),
    bind(
        &[named(KeyCode::PageDown), key(' ')],
        Action::PageDown,
        None,
        "a page down",
    ),
    bind(
        &[key('/')],
        Action::Filter,
        hint("/", "find", 2),
        "show only lines containing a text",
    ),
    bind(
        &[ESCAPE, key('q'), key('?'), ENTER],
        Action::Cancel,
        hint("Esc", "close", 0),
        "close the help",
    ),
];

/// Columns of a key, and of a command with its arguments.
const KEY: usize = 16;
const COMMAND: usize = 34;
/// Columns of the whole, its frame included: the longest line fits.
const WIDTH: u16 = 112;

/// One line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Between two parts.
    Empty,
    /// Above a part.
    Heading(&'static str),
    /// A key, and what it does.
    Key(String, &'static str),
    /// A command, and what it does.
    Command(String, &'static str),
}

impl Line {
    /// Whether it is about a key or a command and has this text in it, in lower case.
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::Key(key, about) | Self::Command(key, about) => {
                key.to_lowercase().contains(wanted) || about.to_lowercase().contains(wanted)
            }
            Self::Empty | Self::Heading(_) => false,
        }
    }
}

/// The state of the help dialog.
#[derive(Debug)]
pub struct Help {
    lines: Vec<Line>,
    /// Rows it is scrolled down by.
    scroll: usize,
    /// Only lines with this text are shown.
    search: String,
    /// Whether that text is being typed.
    is_typing: bool,
}

impl Help {
    /// The help with these lines, from the first.
    #[must_use]
    pub fn new(lines: Vec<Line>) -> Self {
        Self {
            lines,
            scroll: 0,
            search: String::new(),
            is_typing: false,
        }
    }

    /// Scrolls down by this many rows, but not beyond the last page.
    fn scroll_by(&mut self, rows: isize, surface: Surface<'_>) {
        let page = self.page(surface);
        let scroll = self.scroll.saturating_add_signed(rows);
        self.scroll = scroll.min(page.last_top());
    }

    /// Its content on a terminal like this, and the area.
    fn page(&self, surface: Surface<'_>) -> Page {
        let area = surface.area;
        let width = area.width.saturating_sub(4).min(WIDTH);
        let wanted = self.search.to_lowercase();
        let lines = self.lines.iter();
        let rows: Vec<Text> = lines
            .filter(|line| wanted.is_empty() || line.has(&wanted))
            .flat_map(|line| rows(line, usize::from(width.saturating_sub(4)), surface.look))
            .collect();
        let height = (rows.len() as u16 + 2).min(area.height.saturating_sub(2));
        Page {
            place: layout::centred(area, width, height),
            rows,
        }
    }

    fn title(&self, look: &Appearance) -> String {
        let search = look.glyphs.text(&self.search);
        match (search.as_str(), self.is_typing) {
            ("", false) => "Help".to_owned(),
            (search, true) => format!("Help: lines containing {search}_"),
            (search, false) => format!("Help: lines containing {search}"),
        }
    }
}

/// The help laid out.
struct Page {
    place: Rect,
    rows: Vec<Text<'static>>,
}

impl Page {
    /// The first row of the last page.
    fn last_top(&self) -> usize {
        let room = usize::from(self.place.height.saturating_sub(2));
        self.rows.len().saturating_sub(room)
    }
}

impl Help {
    /// Its keys now.
    #[must_use]
    pub fn keys(&self) -> &'static Context {
        if self.is_typing {
            &search::CONTEXT
        } else {
            &CONTEXT
        }
    }

    /// Handles a key of its context. Returns whether it stays open.
    pub fn act(&mut self, action: Action, surface: Surface<'_>) -> bool {
        if self.is_typing {
            self.is_typing = false;
            if action == Action::Cancel {
                self.search.clear();
            }
            return true;
        }
        match action {
            Action::Filter => self.is_typing = true,
            Action::Previous => self.scroll_by(-1, surface),
            Action::Next => self.scroll_by(1, surface),
            Action::PageUp => self.scroll_by(-PAGE, surface),
            Action::PageDown => self.scroll_by(PAGE, surface),
            _ => return false,
        }
        true
    }

    /// The text that is typed into it, if one is: it is about to change.
    pub fn text(&mut self) -> Option<&mut String> {
        if !self.is_typing {
            return None;
        }
        self.scroll = 0;
        Some(&mut self.search)
    }

    /// Draws it over the screen.
    pub fn show(&self, area: Rect, buffer: &mut Buffer, look: &Appearance) {
        let page = self.page(Surface { area, look });
        let inner = look.dialog(&self.title(look), page.place, buffer);
        let (last_top, count) = (page.last_top(), page.rows.len());
        let top = self.scroll.min(last_top);
        for (i, line) in page.rows.into_iter().skip(top).enumerate() {
            let Some(row) = layout::row(inner, i) else {
                break;
            };
            line.render(row, buffer);
        }
        if last_top > 0 {
            let last = top + usize::from(inner.height);
            let text = format!(" {}-{last} of {count} ", top + 1);
            look.note_in_corner(page.place, buffer, text);
        }
    }
}

impl Dialog for Help {
    fn context(&self) -> &'static Context {
        self.keys()
    }

    fn on_action(&mut self, action: Action, _app: &mut App, surface: Surface<'_>) -> Answer {
        if self.act(action, surface) {
            Answer::Stay
        } else {
            Answer::Close(None)
        }
    }

    fn typing<'a>(&'a mut self, _app: &'a mut App) -> Option<&'a mut dyn Typing> {
        self.text().map(|text| text as &mut dyn Typing)
    }

    fn on_wheel(&mut self, lines: i16, surface: Surface<'_>) {
        self.scroll_by(isize::from(lines), surface);
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        _app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        self.show(area, buffer, look);
        None
    }

    fn outlasts(&self, _app: &App) -> bool {
        true
    }
}

/// A line of the help, in as many rows as it takes.
fn rows(line: &Line, width: usize, look: &Appearance) -> Vec<Text<'static>> {
    let (key, columns, about) = match line {
        Line::Empty => return vec![Text::default()],
        Line::Heading(text) => return vec![Text::styled(*text, look.theme.title)],
        Line::Key(key, about) => (key, KEY, about),
        Line::Command(command, about) => (command, COMMAND, about),
    };
    let columns = columns.min(width / 2);
    let room = columns.saturating_sub(2);
    let key = text::fit(&look.glyphs.text(key), room, look.glyphs.ellipsis);
    let about = text::wrap(&look.glyphs.text(about), (width - columns).max(1));
    let keys = std::iter::once(key).chain(std::iter::repeat(String::new()));
    about
        .into_iter()
        .zip(keys)
        .map(|(about, key)| {
            Text::from(vec![
                Span::styled(format!("  {}", text::pad(&key, room)), look.theme.accent),
                Span::raw(about),
            ])
        })
        .collect()
}
