//! The parts of the screen, one file each: state in, cells out. Nothing here changes state.

mod banner;
mod chart;
mod charts;
mod command_line;
mod distribution;
mod ending;
mod header;
mod health;
mod help;
mod keys;
mod log;
mod menu;
mod pack;
mod quality;
mod question;
mod samples;
mod system;
mod values;

pub use samples::{Drawn, caption};

use std::num::NonZeroU16;

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::app::{App, Dialog, Screen};
use super::glyphs::Glyphs;
use super::layout::{self, SMALLEST};
use super::theme::Theme;
use crate::picture::ColorDepth;
use crate::session::outlook::Outlook;
use crate::terminal::caps::Charset;
use crate::text::{self, ambiguous};

/// Colours and characters: all that depends on the terminal.
#[derive(Debug, Clone)]
pub struct Look {
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

impl Look {
    /// The look for a terminal with these colours and characters.
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

    /// The same in the colours of this name, if there are such colours.
    #[must_use]
    pub fn themed(mut self, name: &str) -> Self {
        self.theme = Theme::named(self.theme.depth, name);
        self
    }

    /// A frame with the screen's borders.
    fn frame(&self) -> Block<'static> {
        Block::bordered()
            .border_set(self.glyphs.border)
            .border_style(self.theme.border)
    }

    /// A frame with a title.
    fn titled(&self, title: &str) -> Block<'static> {
        self.frame().title_top(Line::from(Span::styled(
            format!(" {title} "),
            self.theme.title,
        )))
    }

    /// The frame of a dialog, over whatever lies below it.
    fn dialog(&self, title: &str, area: Rect, buffer: &mut Buffer) -> Rect {
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
}

/// Draws the whole screen.
pub fn draw(frame: &mut Frame, app: &App, look: &Look) {
    draw_around(frame, app, look);
}

/// Draws the whole screen but the samples that are to be seen in pixels, where the look wants that: gives these. Their cells
/// are left alone.
pub fn draw_around(frame: &mut Frame, app: &App, look: &Look) -> Drawn {
    let drawn = draw_all(frame, app, look);
    if look.glyphs.charset == Charset::Wide {
        give_room(frame.buffer_mut());
    }
    drawn
}

/// Gives characters that this terminal draws in two cells both of them. One for which there is no room would push all that
/// follows to the right.
fn give_room(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width.max(1));
    let mut filler = [0; 4];
    let filler = ambiguous::FILLER.encode_utf8(&mut filler);
    for at in 0..buffer.content.len() {
        let first = buffer.content[at].symbol().chars().next();
        if !first.is_some_and(ambiguous::is_ambiguous) {
            if first == Some(ambiguous::FILLER) {
                buffer.content[at].set_symbol(" ");
            }
            continue;
        }
        let has_room = (at + 1) % width != 0 && buffer.content[at + 1].symbol() == filler;
        if has_room {
            buffer.content[at].set_diff_option(CellDiffOption::ForcedWidth(TWO));
            buffer.content[at + 1].set_symbol(" ");
        } else if first != Some(ambiguous::FILLER) {
            buffer.content[at].set_symbol("?");
        }
    }
}

/// Cells of a character that takes more than one.
const TWO: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

fn draw_all(frame: &mut Frame, app: &App, look: &Look) -> Drawn {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let mut drawn = Drawn::default();
    if app.gallery.full.is_some() {
        samples::full(area, buffer, app, look, &mut drawn);
        return drawn;
    }
    let fits = match app.screen {
        Screen::Dashboard => dashboard(area, buffer, app, look, &mut drawn),
        _ => whole(area, buffer, app, look, &mut drawn),
    };
    if fits.is_none() {
        too_small(area, buffer, app, look);
        return Drawn::default();
    }
    if let Some(position) = dialog(area, buffer, app, look, &mut drawn) {
        frame.set_cursor_position(position);
    }
    drawn.placed = samples::uncovered(drawn.placed, frame.buffer_mut(), look);
    drawn
}

/// The screen whose name in the header is at a column, on a terminal of `width` columns.
#[must_use]
pub fn tab_at(column: u16, width: u16) -> Option<Screen> {
    header::tab_at(column, width)
}

/// A screen that is filled by one thing.
fn whole(area: Rect, buffer: &mut Buffer, app: &App, look: &Look, drawn: &mut Drawn) -> Option<()> {
    let (header, body, keys) = layout::whole(area)?;
    header::draw(header, buffer, app, look);
    let body = banner::draw(body, buffer, app, look);
    match app.screen {
        Screen::Charts => charts::draw(body, buffer, app, look),
        Screen::Samples => samples::screen(body, buffer, app, look, drawn),
        Screen::Health => health::draw(body, buffer, app, look),
        _ => log::draw(body, buffer, app, look, Some(app.scroll)),
    }
    keys::draw(keys, buffer, app, look);
    Some(())
}

fn dashboard(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Look,
    drawn: &mut Drawn,
) -> Option<()> {
    let places = layout::arrange(area)?;
    header::draw(places.header, buffer, app, look);
    let below = banner::draw(places.chart, buffer, app, look);
    chart::draw(below, buffer, app, look, &chart::loss(app));
    if let Some(area) = places.samples {
        samples::draw(area, buffer, app, look, drawn);
    }
    // Once the run has ended, how it ended takes the place of what matters least.
    let ended = app.run.has_ended();
    // That is the log, or what of it is not needed; where it does not fit there, the values.
    let fits = |place: Option<Rect>| {
        place.is_some_and(|area| ending::rows(app, area.width, look) <= area.height)
    };
    let in_values = ended && !fits(places.log) && (places.log.is_none() || fits(places.values));
    match places.values {
        Some(area) if in_values => ending::draw(area, buffer, app, look),
        Some(area) => values::draw(area, buffer, app, look),
        None if ended => ending::draw_over(places.chart, buffer, app, look),
        None => {}
    }
    if let Some(area) = places.log {
        let rows = if ended && !in_values {
            let rows = ending::rows(app, area.width, look);
            if rows + 3 > area.height {
                area.height
            } else {
                rows
            }
        } else {
            0
        };
        if rows > 0 {
            ending::draw(
                Rect {
                    height: rows,
                    ..area
                },
                buffer,
                app,
                look,
            );
        }
        log::draw(
            Rect {
                y: area.y + rows,
                height: area.height - rows,
                ..area
            },
            buffer,
            app,
            look,
            None,
        );
    }
    if let Some(area) = places.status {
        log::draw_status(area, buffer, app, look);
    }
    keys::draw(places.keys, buffer, app, look);
    Some(())
}

/// The dialog that is open, over all else; gives where the terminal's cursor is.
fn dialog(
    area: Rect,
    buffer: &mut Buffer,
    app: &App,
    look: &Look,
    drawn: &mut Drawn,
) -> Option<Position> {
    match &app.dialog {
        Dialog::None | Dialog::Search => None,
        Dialog::Menu(selected) => {
            menu::draw(area, buffer, app, look, *selected);
            None
        }
        Dialog::CommandLine(line) => Some(command_line::draw(area, buffer, app, look, line)),
        Dialog::Help(view) => {
            drawn.help_end = Some(help::draw(area, buffer, app, look, view));
            None
        }
        Dialog::Rewind => {
            question::rewind(area, buffer, look);
            None
        }
        Dialog::Detach => {
            question::detach(area, buffer, app, look);
            None
        }
        Dialog::Quit => {
            question::quit(area, buffer, app, look);
            None
        }
    }
}

/// What a screen says that is too small for anything else.
fn too_small(area: Rect, buffer: &mut Buffer, app: &App, look: &Look) {
    let size = format!(
        "too small: {}{}{}, need {}{}{}",
        area.width, look.glyphs.times, area.height, SMALLEST.0, look.glyphs.times, SMALLEST.1
    );
    // What a key would do must be seen, however little room there is.
    let text = match &app.dialog {
        Dialog::None | Dialog::Search => size,
        Dialog::Rewind => "Go back? Enter: yes, Esc: no".to_owned(),
        Dialog::Detach => match app.outlook {
            Outlook::Ends(_) => "no detach: the run would end; Esc: stay".to_owned(),
            _ => "Detach? The run may end. d: yes, Esc: no".to_owned(),
        },
        Dialog::Quit => "Stop the run? Enter: stop, d: detach, Esc: no".to_owned(),
        Dialog::CommandLine(line) => format!(":{} (Esc: not)", look.glyphs.text(line.text())),
        Dialog::Menu(_) | Dialog::Help(_) => "Esc: back".to_owned(),
    };
    let mut lines = Vec::new();
    let text = text::wrap(&text, usize::from(area.width));
    if usize::from(area.height) > text.len() {
        lines.push(Line::from(Span::styled(
            format!(" {} ", app.run.word()),
            look.theme.badge(app.run.state),
        )));
    }
    lines.extend(text.into_iter().map(Line::from));
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (row, line) in (top..area.bottom()).zip(lines) {
        line.centered().render(
            Rect {
                y: row,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}

/// A place for a dialog of `width`×`height` in the middle of the screen, or as much of it as there is.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Says in the lower border of a frame, on the right, how much of what is in it is to be seen.
fn say_in_corner(frame: Rect, buffer: &mut Buffer, text: String, look: &Look) {
    let width = text::width(&text) as u16;
    let place = Rect {
        x: frame.right().saturating_sub(width + 2),
        y: frame.bottom().saturating_sub(1),
        width,
        height: 1,
    };
    Line::styled(text, look.theme.dim).render(place.intersection(frame), buffer);
}

/// The row `index` of an area, if it has one.
fn row(area: Rect, index: usize) -> Option<Rect> {
    let index = u16::try_from(index).ok()?;
    (index < area.height).then_some(Rect {
        y: area.y + index,
        height: 1,
        ..area
    })
}
