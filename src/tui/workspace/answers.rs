//! What runs answered, in a box over the screen: it takes no key away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::text;
use crate::tui::appearance::Appearance;
use crate::tui::layout;

/// Columns of the widest box, and of its longest name.
const WIDEST: u16 = 100;
const LONGEST: usize = 30;

/// Answers to one question.
#[derive(Debug)]
pub(super) struct Answers {
    title: String,
    /// Of each the run, whether what was asked took effect, and what was said.
    all: Vec<(String, bool, String)>,
}

impl Answers {
    pub fn to(question: String) -> Self {
        Self {
            title: question,
            all: Vec::new(),
        }
    }

    pub fn are_to(&self, question: &str) -> bool {
        self.title == question
    }

    pub fn add(&mut self, answer: (String, bool, String)) {
        self.all.push(answer);
    }

    pub fn draw(&self, area: Rect, buffer: &mut Buffer, look: &Appearance) {
        let theme = &look.theme;
        let width = area.width.saturating_sub(4).min(WIDEST);
        let names = self.all.iter().map(|(name, ..)| text::width(name));
        let names = names.max().unwrap_or(0).min(LONGEST);
        let room = usize::from(width).saturating_sub(names + 6).max(10);
        let mut lines = Vec::new();
        for (name, is_done, said) in &self.all {
            let style = if *is_done { theme.text } else { theme.bad };
            let pieces = text::wrap(&look.glyphs.text(said), room);
            for (at, piece) in pieces.into_iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                let name = text::fit(&look.glyphs.text(name), names, look.glyphs.ellipsis);
                lines.push(Line::from(vec![
                    Span::styled(text::pad(&name, names + 2), theme.strong),
                    Span::styled(piece, style),
                ]));
            }
        }
        let height = (lines.len() as u16 + 2).min(area.height.saturating_sub(2));
        let place = layout::centred(area, width, height);
        let inner = look.dialog(&look.glyphs.text(&self.title), place, buffer);
        let skip = lines.len().saturating_sub(usize::from(inner.height));
        for (at, line) in lines.into_iter().skip(skip).enumerate() {
            if let Some(row) = layout::row(inner, at) {
                line.render(row, buffer);
            }
        }
    }
}
