//! The command line: input, suggestions, errors.

mod line;

pub use line::UI_COMMANDS;

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Widget;

use line::{Entered, Line, Words};

use super::dialog::{Answer, Dialog};
use super::typing::Typing;
use crate::config::{LIVE, find_key};
use crate::protocol::{Control, SWITCH_OBJECTIVE};
use crate::text;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::{Appearance, Surface};
use crate::tui::keymap::bind::{DOWN, ENTER, ESCAPE, UP, bind, hint, named};
use crate::tui::keymap::{Action, Binding, Context, INTERRUPT, TERMINAL};
use crate::tui::layout;

/// Its keys.
pub static CONTEXT: Context = Context::of_dialog("Command line", &[KEYS, INTERRUPT, TERMINAL]);

const KEYS: &[Binding] = &[
    bind(
        &[ENTER],
        Action::Confirm,
        hint("Enter", "run", 0),
        "run the command",
    ),
    bind(
        &[named(KeyCode::Tab)],
        Action::Complete,
        hint("Tab", "complete", 2),
        "next completion (→ at the end accepts it)",
    ),
    bind(
        &[named(KeyCode::BackTab)],
        Action::CompleteBack,
        None,
        "previous completion",
    ),
    bind(
        &[UP],
        Action::Previous,
        hint("Up/Down", "history", 3),
        "an earlier command",
    ),
    bind(&[DOWN], Action::Next, None, "a later command"),
    bind(
        &[ESCAPE],
        Action::Cancel,
        hint("Esc", "close", 1),
        "close without running it",
    ),
];

/// The command line.
#[derive(Debug)]
pub struct CommandLine {
    line: Line,
}

impl CommandLine {
    /// An empty one, which knows the run's objectives and what was entered before.
    #[must_use]
    pub fn open(app: &App) -> Self {
        Self {
            line: Line::new(words(app), app.commands().to_vec()),
        }
    }

    /// The commands that what trains does not have.
    #[must_use]
    pub fn missing(app: &App) -> &'static [&'static str] {
        if app.run.is_program() {
            OWN
        } else {
            OF_PROGRAMS
        }
    }

    fn enter(&mut self, app: &mut App) -> Answer {
        let Some(entered) = self.line.enter() else {
            return Answer::Stay;
        };
        app.keep_command(self.line.text());
        match entered {
            Entered::Command(command) => Answer::Close(app.ask(command)),
            Entered::Help => Answer::Act(Action::Help),
            Entered::Quit => Answer::Act(Action::Quit),
            Entered::Detach => Answer::Act(Action::Detach),
            Entered::Control => Answer::Act(Action::TakeControl),
        }
    }
}

impl Dialog for CommandLine {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn on_action(&mut self, action: Action, app: &mut App, _surface: Surface<'_>) -> Answer {
        match action {
            Action::Confirm => return self.enter(app),
            Action::Complete => self.line.complete(true),
            Action::CompleteBack => self.line.complete(false),
            Action::Previous => self.line.older(),
            Action::Next => self.line.newer(),
            _ => return Answer::Close(None),
        }
        Answer::Stay
    }

    fn typing<'a>(&'a mut self, _app: &'a mut App) -> Option<&'a mut dyn Typing> {
        Some(&mut self.line)
    }

    fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        app: &App,
        look: &Appearance,
    ) -> Option<Position> {
        Some(draw(area, buffer, app, look, &self.line))
    }

    fn in_brief(&self, _app: &App, look: &Appearance) -> Option<String> {
        let text = look.glyphs.text(self.line.text());
        Some(format!(":{text} (Esc: cancel)"))
    }

    fn outlasts(&self, app: &App) -> bool {
        !app.run.has_ended()
    }
}

/// Draws the command line above the key line; returns where the cursor belongs.
fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance, line: &Line) -> Position {
    let theme = &look.theme;
    let width = area.width.min(96);
    let text_width = usize::from(width.saturating_sub(4));
    let mut below: Vec<Text> = Vec::new();
    if let Some(error) = line.error() {
        let wrapped = text::wrap(&look.glyphs.text(error), text_width);
        below.extend(
            wrapped
                .into_iter()
                .map(|text| Text::styled(text, theme.bad)),
        );
    } else {
        let offered = offered(app, line);
        if offered.is_empty() {
            below.push(Text::styled("unknown command", theme.warn));
        }
        let nows: Vec<String> = offered
            .iter()
            .map(|offer| match &offer.now {
                Some(now) => look.glyphs.text(&format!("now {now}  ")),
                None => String::new(),
            })
            .collect();
        // Arguments have their values in a column; among commands few have any.
        let widest = nows.iter().map(|now| text::width(now)).max();
        let all = nows.iter().all(|now| !now.is_empty());
        let padded = widest.filter(|_| all).unwrap_or(0);
        for (offer, now) in offered.iter().zip(nows) {
            let column = offer.column.min(text_width / 2);
            let what = text::fit(
                &look.glyphs.text(&offer.what),
                column.saturating_sub(1),
                look.glyphs.ellipsis,
            );
            let now = text::pad(&now, padded);
            let room = text_width.saturating_sub(column + text::width(&now));
            let about = look.glyphs.text(&offer.about);
            let about = text::fit(&about, room, look.glyphs.ellipsis);
            below.push(Text::from(vec![
                Span::styled(text::pad(&what, column), theme.accent),
                Span::styled(now, theme.strong),
                Span::styled(about, theme.dim),
            ]));
        }
    }
    let rows = (below.len() as u16 + 3).min(area.height.saturating_sub(1));
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.bottom().saturating_sub(rows + 1),
        width,
        height: rows,
    };
    let inner = look.dialog("Command", place, buffer);

    // The part of a long line around the cursor, which needs a column.
    let room = usize::from(inner.width).saturating_sub(3);
    let column = text::width(&look.glyphs.text(line.before_cursor()));
    let skip = column.saturating_sub(room);
    let typed = text::window(&look.glyphs.text(line.text()), skip, room);
    let mut spans = vec![
        Span::styled(": ", theme.accent),
        Span::styled(typed, theme.strong),
    ];
    if let Some(ghost) = line.ghost() {
        spans.push(Span::styled(ghost, theme.dim));
    }
    Text::from(spans).render(layout::row(inner, 0).unwrap_or_default(), buffer);
    for (i, text) in below.into_iter().enumerate() {
        if let Some(row) = layout::row(inner, i + 1) {
            text.render(row, buffer);
        }
    }
    Position::new(inner.x + 2 + (column - skip) as u16, inner.y)
}

/// What can be typed next.
struct Offer {
    what: String,
    /// Columns for that.
    column: usize,
    about: String,
    /// What it would change, as it is now.
    now: Option<String>,
}

/// The arguments that fit, of a command that has a list of them; else the commands.
fn offered(app: &App, line: &Line) -> Vec<Offer> {
    let arguments = arguments(app, line);
    if !arguments.is_empty() {
        return arguments;
    }
    let commands = line.suggestions().into_iter();
    commands
        .map(|command| Offer {
            what: format!("{} {}", command.name, command.arguments),
            column: 32,
            about: match command.name {
                "set" if app.run.is_program() => {
                    let names: Vec<&str> = controls(app).map(|c| c.name.as_str()).collect();
                    format!("change a control: {}", names.join(", "))
                }
                _ => command.about.to_owned(),
            },
            now: now(app, command.name),
        })
        .collect()
}

fn arguments(app: &App, line: &Line) -> Vec<Offer> {
    let Some((word, rest)) = line.typed().split_once(' ') else {
        return Vec::new();
    };
    let begun = rest.split_whitespace().next().unwrap_or_default();
    match word {
        "set" if app.run.is_program() => controls(app)
            .filter(|control| control.name.starts_with(begun))
            .map(|control| Offer {
                what: control.name.clone(),
                column: 24,
                about: control.about.clone(),
                now: Some(control.value.to_string()),
            })
            .collect(),
        "action" => {
            let declared = app.run.declared.iter();
            declared
                .flat_map(|declared| &declared.actions)
                .filter(|action| action.name.starts_with(begun))
                .map(|action| Offer {
                    what: format!("{} {}", action.name, action.arguments),
                    column: 24,
                    about: action.about.clone(),
                    now: None,
                })
                .collect()
        }
        "set" => LIVE
            .iter()
            .filter(|key| key.starts_with(begun))
            .map(|key| Offer {
                what: (*key).to_owned(),
                column: 24,
                about: find_key(key).map_or("", |key| key.about).to_owned(),
                now: app.run.settings.get(*key).map(ToString::to_string),
            })
            .collect(),
        SWITCH_OBJECTIVE => app
            .objectives()
            .into_iter()
            .filter(|choice| choice.name.starts_with(begun))
            .map(|choice| Offer {
                what: choice.name,
                column: 10,
                about: choice.about,
                now: None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn now(app: &App, command: &str) -> Option<String> {
    match command {
        "lr" if app.run.is_program() => {
            let rates = app.run.declared.iter().flat_map(|d| d.rates(None));
            let rates: Vec<String> = rates
                .map(|rate| format!("{} {}", rate.name, rate.value))
                .collect();
            (!rates.is_empty()).then(|| rates.join(" "))
        }
        "lr" if app.run.info.is_some() => Some(format!(
            "d {} g {}",
            number::rate(app.rates.d.value),
            number::rate(app.rates.g.value)
        )),
        SWITCH_OBJECTIVE => {
            let objective = app.run.objective.as_ref().map(|o| o.name.clone());
            objective.filter(|name| !name.is_empty())
        }
        _ => None,
    }
}

/// Commands that only this program's own trainer takes.
const OWN: &[&str] = &["rewind", "walk", "dimension", "neighbours", "real", "raw"];
/// Commands that only another program takes.
const OF_PROGRAMS: &[&str] = &["action"];

/// What the line completes.
fn words(app: &App) -> Words {
    let is_program = app.run.is_program();
    let actions = app.run.declared.iter().flat_map(|d| &d.actions);
    Words {
        objectives: app.objective_names(),
        settings: if is_program {
            controls(app).map(|control| control.name.clone()).collect()
        } else {
            LIVE.iter().map(|key| (*key).to_owned()).collect()
        },
        actions: actions.map(|action| action.name.clone()).collect(),
        missing: CommandLine::missing(app),
    }
}

fn controls(app: &App) -> impl Iterator<Item = &Control> {
    app.run.declared.iter().flat_map(|d| &d.controls)
}
