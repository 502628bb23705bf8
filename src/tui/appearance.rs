//! Colours and characters, and what is drawn with them everywhere: frames.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::glyphs::Glyphs;
use super::theme::Theme;
use crate::config::ThemeName;
use crate::picture::ColorDepth;
use crate::terminal::caps::Charset;
use crate::text;

/// Colours and characters: all that depends on the terminal.
#[derive(Debug, Clone)]
pub struct Appearance {
    /// Colours.
    pub theme: Theme,
    /// Characters.
    pub glyphs: Glyphs,
    /// Whether samples are drawn in dots: a tenth of the bytes.
    pub plain_samples: bool,
    /// Whether the terminal draws sextants itself.
    pub sextants: bool,
    /// Width and height of a character in pixels, where samples are left to the terminal's own graphics.
    pub pixels: Option<(u16, u16)>,
}

impl Appearance {
    /// For a terminal with these colours and characters.
    #[must_use]
    pub fn new(colors: ColorDepth, charset: Charset) -> Self {
        Self {
            theme: Theme::new(colors),
            glyphs: Glyphs::new(charset),
            plain_samples: false,
            sextants: false,
            pixels: None,
        }
    }

    /// The same in the colours of this name.
    #[must_use]
    pub fn themed(mut self, name: ThemeName) -> Self {
        self.theme = Theme::named(self.theme.depth, name);
        self
    }

    /// A frame with the screen's borders.
    #[must_use]
    pub fn frame(&self) -> Block<'static> {
        Block::bordered()
            .border_set(self.glyphs.border)
            .border_style(self.theme.border)
    }

    /// A frame with a title.
    #[must_use]
    pub fn titled(&self, title: &str) -> Block<'static> {
        self.frame().title_top(Line::from(Span::styled(
            format!(" {title} "),
            self.theme.title,
        )))
    }

    /// Puts the ground of the selected line behind a row. What has a colour of its own keeps it.
    pub fn highlight(&self, row: Rect, buffer: &mut Buffer) {
        let selected = self.theme.selected;
        let ground = Style {
            fg: None,
            ..selected
        };
        buffer.set_style(row, ground);
        for position in row.positions() {
            if let Some(cell) = buffer.cell_mut(position)
                && cell.fg == ratatui::style::Color::Reset
                && let Some(ink) = selected.fg
            {
                cell.fg = ink;
            }
        }
    }

    /// Draws the frame of a dialog over the screen; returns the area inside.
    pub fn dialog(&self, title: &str, area: Rect, buffer: &mut Buffer) -> Rect {
        Clear.render(area, buffer);
        let block = self
            .frame()
            .border_style(self.theme.accent)
            .title_top(Line::from(Span::styled(
                format!(" {title} "),
                self.theme.accent,
            )));
        let inner = block.inner(area).inner(Margin::new(1, 0));
        block.render(area, buffer);
        inner
    }

    /// Writes into the lower right border of a frame, such as how much of its content is visible.
    pub fn note_in_corner(&self, frame: Rect, buffer: &mut Buffer, text: String) {
        let width = text::width(&text) as u16;
        let place = Rect {
            x: frame.right().saturating_sub(width + 2),
            y: frame.bottom().saturating_sub(1),
            width,
            height: 1,
        };
        Line::styled(text, self.theme.dim).render(place.intersection(frame), buffer);
    }
}

/// An area of the terminal, and how to draw on it.
#[derive(Debug, Clone, Copy)]
pub struct Surface<'a> {
    /// The cells.
    pub area: Rect,
    /// Colours and characters.
    pub look: &'a Appearance,
}
