//! Colours, and their substitutes on terminals without colour. The only file of the screen that names a colour; those of runs in 24
//! bits are the workspace's.
//!
//! The first two series are a blue and an orange that colour-blind eyes tell apart (Okabe and Ito); nothing is said by
//! colour alone. Below 24 bits no RGB is used; without colour everything uses the terminal's own colours, distinguished by bold,
//! dim and reverse.

use ratatui::style::{Color, Modifier, Style};

use crate::config::ThemeName;
use crate::picture::{ColorDepth, Rgb, Shade, numbered};
use crate::protocol::State;
use crate::text::{Hue, Ink};
use crate::workspace::{COLOURS, palette};

/// Series a chart tells apart.
pub const SERIES: usize = 6;

/// Runs that the workspace tells apart by colour.
pub const RUNS: usize = COLOURS;

/// Colours of runs on dark paper where there are 256: lines, and raw values behind them.
const ON_DARK: [(u8, u8); RUNS] = [
    (74, 24),
    (214, 94),
    (36, 22),
    (175, 96),
    (228, 101),
    (166, 88),
    (99, 54),
    (80, 30),
    (149, 64),
    (204, 89),
    (180, 95),
    (110, 60),
];

/// The same on light paper.
const ON_LIGHT: [(u8, u8); RUNS] = [
    (25, 153),
    (130, 223),
    (29, 152),
    (126, 182),
    (58, 187),
    (124, 217),
    (55, 183),
    (30, 116),
    (64, 193),
    (161, 218),
    (94, 180),
    (60, 189),
];

/// The sixteen ANSI colours by their numbers.
const ANSI: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The terminal's own colour, also where text lies on a frame that has another.
const OWN: Style = Style::new().fg(Color::Reset);

/// Every style of the screen.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Colours the terminal takes.
    pub depth: ColorDepth,
    /// Whether the paper is light and ink dark.
    pub light: bool,
    /// Lines that carry the meaning, by index of the metric.
    pub series: [Style; SERIES],
    /// The same, behind them: raw values.
    pub series_raw: [Style; SERIES],
    /// Plain text.
    pub text: Style,
    /// Text that matters more.
    pub strong: Style,
    /// Text that matters less: labels, units.
    pub dim: Style,
    /// Frames.
    pub border: Style,
    /// Frames of dialogs, keys.
    pub accent: Style,
    /// Titles of frames.
    pub title: Style,
    /// Interventions.
    pub mark: Style,
    /// Reference lines.
    pub reference: Style,
    /// Something went well.
    pub good: Style,
    /// Worth a look; not yet so.
    pub warn: Style,
    /// Something is lost.
    pub bad: Style,
    /// The selected line of a list.
    pub selected: Style,
    /// The part of a bar that is filled.
    pub bar: Style,
    /// The part that is not.
    pub bar_rest: Style,
}

impl Theme {
    /// The theme for a terminal.
    #[must_use]
    pub fn new(colors: ColorDepth) -> Self {
        match colors {
            ColorDepth::None => Self::plain(),
            depth => Self::coloured(depth),
        }
    }

    /// The theme of this name. Without colour there is only one.
    #[must_use]
    pub fn named(depth: ColorDepth, name: ThemeName) -> Self {
        match (depth, name) {
            (ColorDepth::None, _) => Self::plain(),
            (_, ThemeName::Light) => Self::light(depth),
            (_, ThemeName::Dark) => Self::dark(depth),
            (_, ThemeName::Mono) => Self {
                depth,
                ..Self::plain()
            },
            (_, ThemeName::Default) => Self::coloured(depth),
        }
    }

    /// On white paper: darker, and ink is dark.
    fn light(depth: ColorDepth) -> Self {
        let pick =
            |rgb: (u8, u8, u8), indexed: u8, named: Color| Self::pick(depth, rgb, indexed, named);
        let accent = pick((20, 80, 190), 25, Color::Blue);
        Self {
            light: true,
            series: [
                pick((0, 114, 178), 25, Color::Blue),
                pick((190, 90, 0), 130, Color::Red),
                pick((0, 120, 90), 29, Color::Green),
                pick((160, 60, 130), 126, Color::Magenta),
                pick((110, 100, 0), 58, Color::Black),
                pick((90, 70, 60), 94, Color::DarkGray),
            ],
            series_raw: [
                pick((176, 208, 232), 153, Color::Gray),
                pick((246, 214, 176), 223, Color::Gray),
                pick((176, 222, 208), 152, Color::Gray),
                pick((228, 196, 220), 182, Color::Gray),
                pick((220, 216, 170), 187, Color::Gray),
                pick((212, 200, 192), 181, Color::Gray),
            ],
            dim: pick((96, 100, 112), 242, Color::DarkGray),
            border: pick((180, 184, 194), 250, Color::Gray),
            accent: accent.add_modifier(Modifier::BOLD),
            mark: pick((110, 60, 180), 55, Color::Magenta),
            reference: pick((110, 116, 128), 243, Color::DarkGray),
            good: pick((0, 120, 60), 28, Color::Green),
            warn: pick((150, 95, 0), 94, Color::Magenta),
            bad: pick((190, 20, 30), 124, Color::Red),
            selected: match depth {
                ColorDepth::TrueColor => Style::new()
                    .bg(Color::Rgb(206, 220, 246))
                    .fg(Color::Rgb(16, 20, 30)),
                ColorDepth::Ansi256 => Style::new().bg(Color::Indexed(153)).fg(Color::Indexed(16)),
                _ => Style::new().add_modifier(Modifier::REVERSED),
            },
            bar: accent,
            bar_rest: pick((210, 214, 222), 252, Color::Gray),
            ..Self::coloured(depth)
        }
    }

    /// Stronger colours on black, for eyes that tell red from green.
    fn dark(depth: ColorDepth) -> Self {
        let pick =
            |rgb: (u8, u8, u8), indexed: u8, named: Color| Self::pick(depth, rgb, indexed, named);
        let base = Self::coloured(depth);
        let mut series = base.series;
        series[0] = pick((90, 220, 110), 77, Color::LightGreen);
        series[1] = pick((255, 105, 110), 203, Color::LightRed);
        series[2] = pick((120, 190, 255), 75, Color::LightBlue);
        let mut series_raw = base.series_raw;
        series_raw[0] = pick((30, 90, 42), 22, Color::DarkGray);
        series_raw[1] = pick((110, 36, 42), 52, Color::DarkGray);
        series_raw[2] = pick((36, 72, 112), 24, Color::DarkGray);
        Self {
            series,
            series_raw,
            good: pick((90, 230, 120), 84, Color::LightGreen),
            warn: pick((255, 205, 60), 221, Color::LightYellow),
            bad: pick((255, 85, 85), 203, Color::LightRed),
            ..base
        }
    }

    fn pick(depth: ColorDepth, rgb: (u8, u8, u8), indexed: u8, named: Color) -> Style {
        Style::new().fg(match depth {
            ColorDepth::TrueColor => Color::Rgb(rgb.0, rgb.1, rgb.2),
            ColorDepth::Ansi256 => Color::Indexed(indexed),
            ColorDepth::Ansi16 | ColorDepth::None => named,
        })
    }

    fn coloured(depth: ColorDepth) -> Self {
        // One row for each colour: 24 bits, 256, 16.
        let pick =
            |rgb: (u8, u8, u8), indexed: u8, named: Color| Self::pick(depth, rgb, indexed, named);
        let dim = pick((132, 140, 156), 245, Color::DarkGray);
        let accent = pick((139, 175, 250), 111, Color::LightBlue);
        Self {
            depth,
            light: false,
            series: [
                pick((86, 180, 233), 74, Color::Cyan),
                pick((245, 166, 35), 214, Color::Yellow),
                pick((38, 190, 145), 36, Color::Green),
                pick((220, 140, 190), 175, Color::Magenta),
                pick((240, 228, 110), 228, Color::White),
                pick((230, 110, 60), 166, Color::LightRed),
            ],
            series_raw: [
                pick((34, 82, 112), 24, Color::DarkGray),
                pick((116, 78, 20), 94, Color::DarkGray),
                pick((18, 88, 68), 22, Color::DarkGray),
                pick((100, 62, 88), 96, Color::DarkGray),
                pick((110, 104, 50), 101, Color::DarkGray),
                pick((106, 52, 30), 88, Color::DarkGray),
            ],
            text: OWN,
            strong: OWN.add_modifier(Modifier::BOLD),
            dim,
            border: pick((72, 79, 96), 239, Color::DarkGray),
            accent: accent.add_modifier(Modifier::BOLD),
            title: OWN.add_modifier(Modifier::BOLD),
            mark: pick((190, 150, 240), 141, Color::LightMagenta),
            reference: pick((120, 128, 140), 244, Color::Gray),
            good: pick((110, 205, 150), 78, Color::Green),
            warn: pick((226, 184, 62), 179, Color::Yellow),
            bad: pick((245, 100, 100), 203, Color::Red),
            selected: match depth {
                ColorDepth::TrueColor => Style::new()
                    .bg(Color::Rgb(44, 56, 86))
                    .fg(Color::Rgb(236, 240, 250)),
                ColorDepth::Ansi256 => Style::new().bg(Color::Indexed(237)).fg(Color::Indexed(255)),
                _ => Style::new().add_modifier(Modifier::REVERSED),
            },
            bar: accent,
            bar_rest: pick((58, 64, 80), 238, Color::DarkGray),
        }
    }

    /// Without any colour: `NO_COLOR`.
    fn plain() -> Self {
        let text = Style::new();
        let (bold, dim) = (
            text.add_modifier(Modifier::BOLD),
            text.add_modifier(Modifier::DIM),
        );
        Self {
            depth: ColorDepth::None,
            light: false,
            series: [text; SERIES],
            series_raw: [dim; SERIES],
            text: OWN,
            strong: OWN.add_modifier(Modifier::BOLD),
            dim,
            border: dim,
            accent: bold,
            title: bold,
            mark: text,
            reference: dim,
            good: text,
            warn: bold,
            bad: text.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            selected: text.add_modifier(Modifier::REVERSED),
            bar: text,
            bar_rest: dim,
        }
    }

    /// The line of a run in the workspace, by the number of its colour, and its raw values behind it.
    #[must_use]
    pub fn run(&self, colour: usize) -> (Style, Style) {
        let index = colour % SERIES;
        match self.depth {
            ColorDepth::None | ColorDepth::Ansi16 => (self.series[index], self.series_raw[index]),
            depth => {
                let colour = colour % RUNS;
                let ([r, g, b], (line, raw)) = if self.light {
                    (palette::ON_LIGHT[colour], ON_LIGHT[colour])
                } else {
                    (palette::ON_DARK[colour], ON_DARK[colour])
                };
                let towards = |ink: u8| {
                    let (paper, share) = if self.light {
                        (255.0, 0.36)
                    } else {
                        (14.0, 0.42)
                    };
                    (paper + (f32::from(ink) - paper) * share) as u8
                };
                let faint = (towards(r), towards(g), towards(b));
                (
                    Self::pick(depth, (r, g, b), line, Color::Reset),
                    Self::pick(depth, faint, raw, Color::Reset),
                )
            }
        }
    }

    /// What a program printed, as it looks on this terminal.
    #[must_use]
    pub fn printed(&self, ink: Ink) -> Style {
        let mut style = self.text;
        // A theme without colours has none for others either.
        let is_coloured = self.series[0].fg.is_some();
        if let Some(fore) = ink.fore.filter(|_| is_coloured) {
            style = style.fg(self.hue(fore));
        }
        if let Some(back) = ink.back.filter(|_| is_coloured) {
            style = style.bg(self.hue(back));
        }
        for (is_so, modifier) in [
            (ink.bold, Modifier::BOLD),
            (ink.faint, Modifier::DIM),
            (ink.italic, Modifier::ITALIC),
            (ink.underlined, Modifier::UNDERLINED),
            (ink.reversed, Modifier::REVERSED),
        ] {
            if is_so {
                style = style.add_modifier(modifier);
            }
        }
        style
    }

    /// The nearest colour that the terminal has.
    fn hue(&self, hue: Hue) -> Color {
        match (hue, self.depth) {
            (_, ColorDepth::None) => Color::Reset,
            (Hue::Indexed(number), _) if number < 16 => ANSI[usize::from(number)],
            (Hue::Indexed(number), ColorDepth::Ansi256 | ColorDepth::TrueColor) => {
                Color::Indexed(number)
            }
            (Hue::Rgb(r, g, b), ColorDepth::TrueColor) => Color::Rgb(r, g, b),
            (Hue::Rgb(r, g, b), depth) => of_shade(depth.shade([r, g, b])),
            (Hue::Indexed(number), depth) => of_shade(depth.shade(numbered(number))),
        }
    }

    /// The badge behind a state's word.
    #[must_use]
    pub fn badge(&self, state: State) -> Style {
        let colour = match state {
            State::Starting => self.series[0],
            State::Running => self.good,
            State::Paused => self.warn,
            State::WarmUp => self.mark,
            State::Finished => self.accent,
            State::Failed => self.bad,
        };
        match colour.fg {
            Some(fg) => Style::new()
                .bg(fg)
                .fg(self.on_badge())
                .add_modifier(Modifier::BOLD),
            None => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        }
    }

    fn on_badge(&self) -> Color {
        match self.depth {
            _ if self.light => Self::white(self.depth),
            ColorDepth::TrueColor => Color::Rgb(16, 18, 24),
            ColorDepth::Ansi256 => Color::Indexed(16),
            _ => Color::Black,
        }
    }

    fn white(depth: ColorDepth) -> Color {
        match depth {
            ColorDepth::TrueColor => Color::Rgb(255, 255, 255),
            ColorDepth::Ansi256 => Color::Indexed(231),
            _ => Color::White,
        }
    }

    /// The colour that the terminal has for a pixel of a picture, at this column and row of it.
    #[must_use]
    pub fn colour(&self, colour: Rgb, place: (usize, usize)) -> Color {
        of_shade(self.depth.dithered(colour, place))
    }

    /// The colour of ink, 0 (paper) to 255, in as many greys as the terminal has.
    #[must_use]
    pub fn ink(&self, level: u8) -> Color {
        let level = if self.light { 255 - level } else { level };
        match self.depth {
            // 16 levels: more are not visible in a moving digit, and fewer cells change. Paper is not quite black, so that
            // a tile is seen as one on a black screen.
            ColorDepth::TrueColor => {
                let level = f32::from(level / 16) / 15.0;
                let mix = |paper: f32, ink: f32| (paper + (ink - paper) * level).round() as u8;
                Color::Rgb(mix(20.0, 250.0), mix(22.0, 246.0), mix(30.0, 236.0))
            }
            // 12 of the 24 greys, for the same reason.
            ColorDepth::Ansi256 => Color::Indexed(match level / 20 {
                12.. => 231,
                step => 233 + step * 2,
            }),
            // On white, the lighter of the two greys is hardly visible.
            ColorDepth::Ansi16 if self.light => match level {
                0..=109 => Color::Black,
                110..=219 => Color::DarkGray,
                _ => Color::White,
            },
            ColorDepth::Ansi16 => match level {
                0..=49 => Color::Black,
                50..=119 => Color::DarkGray,
                120..=199 => Color::Gray,
                _ => Color::White,
            },
            ColorDepth::None => Color::Reset,
        }
    }
}

fn of_shade(shade: Option<Shade>) -> Color {
    match shade {
        None => Color::Reset,
        Some(Shade::Rgb([r, g, b])) => Color::Rgb(r, g, b),
        Some(Shade::Indexed(number)) => Color::Indexed(number),
        Some(Shade::Ansi(number)) => ANSI[usize::from(number) % ANSI.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_depth_uses_unavailable_colours() {
        for (colors, allowed) in [
            (
                ColorDepth::Ansi256,
                (|c| !matches!(c, Color::Rgb(..))) as fn(Color) -> bool,
            ),
            (ColorDepth::Ansi16, |c| {
                !matches!(c, Color::Rgb(..) | Color::Indexed(_))
            }),
            (ColorDepth::None, |c| c == Color::Reset),
        ] {
            let theme = Theme::new(colors);
            let states = [
                State::Starting,
                State::Running,
                State::Paused,
                State::WarmUp,
                State::Finished,
                State::Failed,
            ];
            let styles = [
                theme.text,
                theme.dim,
                theme.border,
                theme.accent,
                theme.mark,
                theme.reference,
                theme.good,
            ]
            .into_iter()
            .chain([
                theme.warn,
                theme.bad,
                theme.selected,
                theme.bar,
                theme.bar_rest,
            ])
            .chain(theme.series)
            .chain(theme.series_raw)
            .chain(states.map(|s| theme.badge(s)))
            .chain(
                [Hue::Indexed(3), Hue::Indexed(200), Hue::Rgb(1, 200, 3)].map(|hue| {
                    theme.printed(Ink {
                        fore: Some(hue),
                        back: Some(hue),
                        ..Ink::default()
                    })
                }),
            );
            for style in styles {
                let used = [style.fg, style.bg].into_iter().flatten();
                assert!(
                    used.clone().all(allowed),
                    "{colors:?}: {:?}",
                    used.collect::<Vec<_>>()
                );
            }
            assert!(
                (0..=255).all(|level| allowed(theme.ink(level))
                    && allowed(theme.colour([level, 255 - level, 7], (2, 1)))),
                "{colors:?}"
            );
        }
    }

    #[test]
    fn every_depth_with_colour_shows_more_ink_as_lighter() {
        let theme = Theme::new(ColorDepth::Ansi256);
        let mut last = 0;
        for level in 0..=239 {
            let Color::Indexed(i) = theme.ink(level) else {
                unreachable!("256 colours are indexed")
            };
            assert!(i >= last && (232..=255).contains(&i));
            last = i;
        }
    }
}
