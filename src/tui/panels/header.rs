//! The run's name, state and progress.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::bar::bar_spans;
use super::pack::{Part, pack};
use crate::metric::Role;
use crate::metric::quality::with_role;
use crate::protocol::State;
use crate::text;
use crate::text::duration;
use crate::text::number;
use crate::tui::app::App;
use crate::tui::appearance::Appearance;
use crate::tui::layout;
use crate::tui::screen::Screen;

/// Maximum columns of the run's name, so that the rest fits too.
const NAME: usize = 40;

/// Draws the header: framed in four rows, bare in two.
pub fn draw(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let inner = if area.height >= 4 {
        let mut block = look.titled("genai-tui");
        if area.width >= 80 {
            block = block.title_top(tabs(app, look).right_aligned());
        }
        if let Some(line) = super::system::line(area.width.saturating_sub(6), app, look) {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(line.spans);
            spans.push(Span::raw(" "));
            block = block.title_bottom(Line::from(spans).right_aligned());
        }
        let inner = block.inner(area).inner(Margin::new(1, 0));
        block.render(area, buffer);
        inner
    } else {
        area
    };
    let [first, second] = [0, 1].map(|i| layout::row(inner, i).unwrap_or_default());
    identity(first, buffer, app, look);
    progress(second, buffer, app, look);
}

/// The screens and their keys.
fn tabs(app: &App, look: &Appearance) -> Line<'static> {
    let theme = &look.theme;
    let mut spans = vec![Span::raw(" ")];
    for (i, screen) in Screen::of_run(app.run.prints()).enumerate() {
        let style = if screen == app.screen {
            theme.strong
        } else {
            theme.dim
        };
        spans.push(Span::styled((i + 1).to_string(), theme.accent));
        spans.push(Span::styled(format!(" {}", screen.name()), style));
        spans.push(Span::raw("  "));
    }
    spans.pop();
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// The screen whose name in the header of a terminal of `area` is at a column of its first row. The names end before the
/// right corner.
#[must_use]
pub fn tab_at(column: u16, area: Rect, is_program: bool) -> Option<Screen> {
    // A digit, a space, the name; two spaces between two of them, one at either end.
    let screens = || Screen::of_run(is_program);
    let widths = screens().map(|screen| screen.name().len() as u16 + 2);
    let count = screens().len() as u16;
    let all = widths.sum::<u16>() + 2 * (count - 1) + 2;
    let width = area.width;
    let mut left = (width >= 80).then(|| width.checked_sub(all + 1))?? + 1;
    for screen in screens() {
        let width = screen.name().len() as u16 + 2;
        if (left..left + width).contains(&column) {
            return Some(screen);
        }
        left += width + 2;
    }
    None
}

/// State, name, what it trains; time on the right.
fn identity(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let theme = &look.theme;
    let run = &app.run;
    let time = |label: &str, seconds: f64, rank| {
        Part::new(
            rank,
            vec![
                Span::styled(format!("{label} "), theme.dim),
                Span::styled(format!("{:>7}", duration::clock(seconds)), theme.text),
            ],
        )
    };
    let mut right = Vec::new();
    if run.state == State::Starting {
        right.push(time("waiting", run.waited(), 1));
    } else if !run.is_log() || run.elapsed() > 0.0 {
        right.push(time("elapsed", run.elapsed(), 1));
    }
    if let Some(eta) = run.eta() {
        right.push(time("ETA", eta, 2));
    }
    let right = pack(area.width / 2, &Span::raw("  "), right);
    let right_width = right.width() as u16;

    let mut left = vec![Part::new(
        0,
        vec![Span::styled(
            format!(" {} ", run.word()),
            theme.badge(run.state),
        )],
    )];
    if !app.has_control() && !app.run.is_log() {
        left.push(Part::new(
            0,
            vec![Span::styled(" WATCHING ", theme.badge(State::Paused))],
        ));
        let who = format!("{} has control", look.glyphs.text(app.control.who()));
        left.push(Part::new(4, vec![Span::styled(who, theme.warn)]));
    }
    if app.stopping {
        left.push(Part::new(
            0,
            vec![Span::styled(
                if run.is_program() {
                    "stopping"
                } else {
                    "stopping: saving the checkpoint"
                },
                theme.warn,
            )],
        ));
    } else if !app.pending.is_empty() {
        let names: Vec<String> = app.pending.commands().map(ToString::to_string).collect();
        let text = format!(
            "{} {}",
            look.glyphs.pending,
            text::fit(
                &look.glyphs.text(&names.join(", ")),
                24,
                look.glyphs.ellipsis
            )
        );
        left.push(Part::new(1, vec![Span::styled(text, theme.warn)]));
    }
    left.extend(facts(app, look));
    if app.control.viewers() > 1 {
        let count = format!("{} viewers", app.control.viewers());
        left.push(Part::new(4, vec![Span::styled(count, theme.dim)]));
    }
    // The banner shows anything more important.
    if !run.detail.is_empty() && !app.stopping && run.lost.is_none() {
        left.push(Part::new(
            5,
            vec![Span::styled(look.glyphs.text(&run.detail), theme.warn)],
        ));
    }
    let room = area.width.saturating_sub(right_width + 2);
    pack(room, &Span::raw("  "), left).render(
        Rect {
            width: room.min(area.width),
            ..area
        },
        buffer,
    );
    let right_area = Rect {
        x: area.right().saturating_sub(right_width),
        width: right_width,
        ..area
    };
    right.render(right_area.intersection(area), buffer);
}

/// What the run is: its name, what it trains, on what and where.
fn facts(app: &App, look: &Appearance) -> Vec<Part> {
    let (run, theme) = (&app.run, &look.theme);
    let Some(info) = &run.info else {
        return Vec::new();
    };
    let mut left = Vec::new();
    let fact = |text: &str, style, rank| {
        Part::new(rank, vec![Span::styled(look.glyphs.text(text), style)])
    };
    let name = look.glyphs.text(&info.name);
    let name = text::fit(&name, NAME, look.glyphs.ellipsis);
    left.push(Part::new(3, vec![Span::styled(name, theme.strong)]));
    if let Some(objective) = run.objective.as_ref().filter(|o| !o.title.is_empty()) {
        left.push(fact(&objective.title, theme.accent, 2));
    }
    if let Some(own) = info.own() {
        left.push(fact(&own.dataset.name, theme.text, 4));
        let device = match own.device.threads {
            0 | 1 => own.device.name.clone(),
            threads => format!("{} {}{threads}", own.device.name, look.glyphs.times),
        };
        left.push(fact(&device, theme.dim, 6));
    }
    if let Some(program) = info.program() {
        let title = run.declared.as_ref().and_then(|d| d.title.clone());
        let title = title.unwrap_or_else(|| program.command.join(" "));
        let title = text::fit(&look.glyphs.text(&title), NAME, look.glyphs.ellipsis);
        left.push(Part::new(4, vec![Span::styled(title, theme.text)]));
    }
    left
}

/// Step, epoch, a bar as wide as there is room, speeds.
fn progress(area: Rect, buffer: &mut Buffer, app: &App, look: &Appearance) {
    let theme = &look.theme;
    let run = &app.run;
    let fact = |rank, label: &str, value: String, unit: &str| {
        Part::new(
            rank,
            vec![
                Span::styled(label.to_owned(), theme.dim),
                Span::styled(value, theme.strong),
                Span::styled(unit.to_owned(), theme.dim),
            ],
        )
    };
    let gap = Span::raw("  ");
    let mut left = vec![fact(
        0,
        "step ",
        format!("{:>7}", number::thousands(run.at.step)),
        "",
    )];
    if run.at.epoch > 0 {
        let of = run
            .epochs()
            .map_or_else(String::new, |n| format!("/{}", number::thousands(n)));
        left.push(fact(1, "epoch ", format!("{:>2}", run.at.epoch), &of));
    }
    let mut right = Vec::new();
    if let Some(fraction) = run.fraction() {
        right.push(fact(
            1,
            "",
            format!("{:>5.1}", (fraction * 1000.0).floor() / 10.0),
            " %",
        ));
    }
    if run.at.step > 0 {
        right.push(fact(
            2,
            "",
            format!("{:>6}", number::speed(run.at.steps_per_second)),
            " steps/s",
        ));
        if run.at.images > 0 {
            right.push(fact(
                3,
                "",
                format!("{:>6}", number::speed(run.at.images_per_second)),
                " images/s",
            ));
        }
    }
    let headline = with_role(Role::FrechetDistance);
    if let Some(measure) = headline
        && let Some(value) = run.quality.as_ref().and_then(|q| q.value(measure.name))
    {
        let title = format!("{} ", measure.title);
        right.push(fact(4, &title, format!("{:>6}", number::short(value)), ""));
    }
    let left = pack(area.width, &gap, left);
    let room = area.width.saturating_sub(left.width() as u16 + 2);
    let right = pack(room, &gap, right);
    let bar = room.saturating_sub(right.width() as u16 + 2);
    let mut spans = left.spans;
    if let Some(fraction) = run.fraction().filter(|_| bar >= 8) {
        spans.push(gap.clone());
        spans.extend(bar_spans(fraction, bar, look));
    }
    if !right.spans.is_empty() {
        spans.push(gap);
        spans.extend(right.spans);
    }
    Line::from(spans).render(area, buffer);
}
