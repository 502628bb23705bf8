//! What the terminal can show: colours, characters, pixels; and why we think so.
//!
//! [`Caps::from_env`] is a pure function of the environment and asks nothing, so the first frame never waits for it.
//! [`Caps::with_answers`] adds what a probe of the terminal has found.

use super::probe::{Answers, ProbeError};
use crate::picture::viuer::{Graphics, Screen};
use crate::picture::{ColorDepth, Glyphs};

/// What the terminal can show. Each finding comes with its reason, in words for `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// `TERM`, or nothing.
    pub term: String,
    /// Colours it shows, or is to show.
    pub colors: ColorDepth,
    /// Why.
    pub colors_why: String,
    /// Whether it takes UTF-8.
    pub utf8: bool,
    /// Why.
    pub utf8_why: String,
    /// How it shows pixels.
    pub graphics: Graphics,
    /// Why.
    pub graphics_why: String,
    /// Width and height of a character in pixels, where known.
    pub cell_px: Option<(u16, u16)>,
    /// Whether tmux is in between.
    pub inside_tmux: bool,
    /// Whether the kitty graphics query may be sent: some terminals print it.
    pub may_ask_kitty: bool,
    /// The characters that pictures look best with here: the finest the terminal is known to have, dots where there is
    /// no colour, ASCII where there is no UTF-8.
    pub glyphs: Glyphs,
}

/// Terminals that show 24-bit colours, by a part of `TERM`; most set no COLORTERM through SSH.
const TRUE_COLOR_TERMS: [&str; 8] = [
    "kitty",
    "ghostty",
    "alacritty",
    "foot",
    "wezterm",
    "direct",
    "truecolor",
    "iterm",
];

/// The same by `TERM_PROGRAM`.
const TRUE_COLOR_PROGRAMS: [&str; 6] = [
    "iTerm.app",
    "WezTerm",
    "ghostty",
    "vscode",
    "WarpTerminal",
    "rio",
];

/// Terminals that draw sextants themselves, by a part of `TERM` or `TERM_PROGRAM`. Hardly any font has them, and without
/// one nothing is seen at all.
const SEXTANT_TERMINALS: [&str; 5] = ["kitty", "ghostty", "foot", "wezterm", "WezTerm"];

/// The same of the terminals built on VTE (GNOME's and many others), by the number in `VTE_VERSION`.
const SEXTANT_VTE: u32 = 6200;

/// Terminals that know iTerm2's inline images, by a part of `TERM_PROGRAM` or `LC_TERMINAL`: those viuer knows.
const ITERM_PROGRAMS: [&str; 4] = ["iTerm", "WezTerm", "mintty", "rio"];

/// The size tmux reports for a character when no client has told it one.
const TMUX_DEFAULT_CELL: (u16, u16) = (16, 32);

impl Caps {
    /// What the environment says; `var` looks a variable up.
    #[must_use]
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        // An empty variable is as good as none.
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let term = var("TERM").unwrap_or_default();
        let program = var("TERM_PROGRAM").unwrap_or_default();
        let inside_tmux = var("TMUX").is_some();
        let (colors, colors_why) = colors(&term, &program, &var);
        let (utf8, utf8_why) = utf8(&var);
        // As text on the screen (the kernel's console, Apple's Terminal), or as a title (tmux, GNU screen).
        let prints_query = matches!(term.as_str(), "" | "dumb" | "linux")
            || inside_tmux
            || term.starts_with("screen")
            || term.starts_with("tmux")
            || program == "Apple_Terminal";
        let (graphics, graphics_why) = iterm(&program, inside_tmux, &var);
        Self {
            glyphs: match (utf8, colors) {
                (false, _) => Glyphs::Ascii,
                // Its fonts have half blocks and little more.
                (true, ColorDepth::None) if term == "linux" => Glyphs::Ascii,
                (true, _) if term == "linux" => Glyphs::HalfBlock,
                (true, ColorDepth::None) => Glyphs::Braille,
                (true, _) if draws_sextants(&term, &program, inside_tmux, &var) => Glyphs::Sextant,
                (true, _) => Glyphs::Quadrant,
            },
            term,
            colors,
            colors_why,
            utf8,
            utf8_why,
            graphics,
            graphics_why,
            cell_px: None,
            inside_tmux,
            may_ask_kitty: !prints_query,
        }
    }

    /// What this process's environment and the terminal driver say.
    #[must_use]
    pub fn detect() -> Self {
        let mut caps = Self::from_env(|name| std::env::var(name).ok());
        if let Ok(window) = crossterm::terminal::window_size() {
            caps.set_cell(
                window.width.checked_div(window.columns),
                window.height.checked_div(window.rows),
            );
        }
        caps
    }

    /// With what the terminal has answered. kitty graphics come before iTerm2's images, and these before sixel, which has
    /// a palette; sixel also needs to know how large a character is.
    #[must_use]
    pub fn with_answers(mut self, answers: &Answers) -> Self {
        if let Some((width, height)) = answers.cell_px {
            self.set_cell(Some(width), Some(height));
        }
        if !answers.attributes {
            self.graphics = Graphics::None;
            self.graphics_why = format!(
                "the terminal did not answer within {} ms",
                answers.took.as_millis()
            );
        } else if answers.kitty {
            self.graphics = Graphics::Kitty;
            "the terminal answered the kitty query".clone_into(&mut self.graphics_why);
        } else if self.graphics == Graphics::Iterm2 {
            // Known from the environment; there is no question for it.
        } else if answers.sixel && self.cell_px.is_some() {
            self.graphics = Graphics::Sixel;
            "the terminal's attributes say sixel".clone_into(&mut self.graphics_why);
        } else if answers.sixel {
            "the terminal's attributes say sixel, but not how large a character is"
                .clone_into(&mut self.graphics_why);
        } else if self.inside_tmux {
            "tmux passes none on".clone_into(&mut self.graphics_why);
        } else {
            "the terminal answered, and named none".clone_into(&mut self.graphics_why);
        }
        self
    }

    /// How a screen that is drawn again and again shows pixels, for a setting of `ui.graphics`: what was asked for, or what
    /// the terminal's name tells. A question would have to be answered before the first key is read.
    #[must_use]
    pub fn live_graphics(&self, setting: &str) -> Graphics {
        let named = |names: &[&str]| names.iter().any(|name| self.term.contains(name));
        match setting {
            "kitty" => Graphics::Kitty,
            "iterm2" => Graphics::Iterm2,
            "sixel" => Graphics::Sixel,
            "none" | "sextants" => Graphics::None,
            _ if self.inside_tmux || !self.utf8 || self.colors == ColorDepth::None => {
                Graphics::None
            }
            _ if named(&["kitty", "ghostty"]) => Graphics::Kitty,
            _ if self.graphics == Graphics::Iterm2 => Graphics::Iterm2,
            _ if named(&["foot"]) => Graphics::Sixel,
            _ => Graphics::None,
        }
    }

    /// Why pictures in the way of `ui.graphics` would not be seen, where the setting names one and the terminal answers that
    /// it has none. One that does not answer may be slow: it gets them.
    #[must_use]
    pub fn refuted(
        &self,
        setting: &str,
        question: impl FnOnce(bool) -> Result<Answers, ProbeError>,
    ) -> Option<String> {
        let asked = match setting {
            "kitty" if self.may_ask_kitty => Graphics::Kitty,
            "sixel" => Graphics::Sixel,
            _ => return None,
        };
        let answers = question(self.may_ask_kitty).ok()?;
        let has = match asked {
            Graphics::Kitty => answers.kitty,
            _ => answers.sixel,
        };
        let name = asked.name();
        (answers.attributes && !has).then(|| {
            format!("ui.graphics = {setting}: this terminal answers that it has no {name}; samples are in characters")
        })
    }

    /// Whether samples of such a screen are drawn in sextants where they are drawn in characters.
    #[must_use]
    pub fn live_sextants(&self, setting: &str) -> bool {
        setting == "sextants" || (setting != "none" && self.glyphs == Glyphs::Sextant)
    }

    /// With what the terminal answers to `question`, which is told whether the kitty query may be part of it; or with the
    /// reason why it was not asked.
    #[must_use]
    pub fn asked(self, question: impl FnOnce(bool) -> Result<Answers, ProbeError>) -> Self {
        if matches!(self.term.as_str(), "" | "dumb") {
            return self.without_graphics("TERM names no terminal that could be asked");
        }
        match question(self.may_ask_kitty) {
            Ok(answers) => self.with_answers(&answers),
            Err(error @ (ProbeError::NoTerminal(_) | ProbeError::Terminal(_))) => {
                self.without_graphics(format!("{:#}", anyhow::Error::new(error)))
            }
            Err(error) => self.without_graphics(error.to_string()),
        }
    }

    /// Without graphics, because of `why`.
    #[must_use]
    fn without_graphics(mut self, why: impl Into<String>) -> Self {
        self.graphics = Graphics::None;
        self.graphics_why = why.into();
        self
    }

    /// The terminal as a screen of pixels with room for `cells` (columns, rows), where it is one.
    #[must_use]
    pub fn screen(&self, cells: (u16, u16)) -> Option<Screen> {
        // kitty and iTerm2 scale pictures themselves: for them a usual shape of character will do.
        let cell_px = self.cell_px.unwrap_or((10, 20));
        (self.graphics != Graphics::None).then_some(Screen {
            graphics: self.graphics,
            cells,
            cell_px,
        })
    }

    fn set_cell(&mut self, width: Option<u16>, height: Option<u16>) {
        let size = width.zip(height).filter(|(w, h)| *w > 0 && *h > 0);
        if size.is_some() && !(self.inside_tmux && size == Some(TMUX_DEFAULT_CELL)) {
            self.cell_px = size;
        }
    }
}

fn colors(
    term: &str,
    program: &str,
    var: &impl Fn(&str) -> Option<String>,
) -> (ColorDepth, String) {
    if var("NO_COLOR").is_some() {
        return (ColorDepth::None, "NO_COLOR is set".to_owned());
    }
    if term == "dumb" {
        return (ColorDepth::None, "TERM=dumb".to_owned());
    }
    if let Some(value) = var("COLORTERM").filter(|v| v.contains("truecolor") || v.contains("24bit"))
    {
        return (ColorDepth::TrueColor, format!("COLORTERM={value}"));
    }
    if TRUE_COLOR_PROGRAMS.contains(&program) {
        return (ColorDepth::TrueColor, format!("TERM_PROGRAM={program}"));
    }
    if var("WT_SESSION").is_some() {
        return (ColorDepth::TrueColor, "WT_SESSION is set".to_owned());
    }
    let why = format!("TERM={term}");
    if TRUE_COLOR_TERMS.iter().any(|part| term.contains(part)) {
        return (ColorDepth::TrueColor, why);
    }
    if term.contains("256color") {
        return (ColorDepth::Ansi256, why);
    }
    match term {
        "" if cfg!(windows) => (ColorDepth::TrueColor, "Windows console".to_owned()),
        "" => (ColorDepth::None, "TERM is not set".to_owned()),
        _ if term.starts_with("vt") || term.ends_with("-m") || term.ends_with("-mono") => {
            (ColorDepth::None, why)
        }
        _ => (ColorDepth::Ansi16, why),
    }
}

fn utf8(var: &impl Fn(&str) -> Option<String>) -> (bool, String) {
    // The first of these that is set decides, as in every C library.
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
        if let Some(value) = var(name) {
            let lower = value.to_lowercase();
            return (
                lower.contains("utf-8") || lower.contains("utf8"),
                format!("{name}={value}"),
            );
        }
    }
    if cfg!(any(windows, target_os = "macos")) {
        (true, "the system's default".to_owned())
    } else {
        (false, "none of LC_ALL, LC_CTYPE, LANG is set".to_owned())
    }
}

fn draws_sextants(
    term: &str,
    program: &str,
    inside_tmux: bool,
    var: &impl Fn(&str) -> Option<String>,
) -> bool {
    let known = SEXTANT_TERMINALS
        .iter()
        .any(|part| term.contains(part) || program.contains(part));
    let vte = var("VTE_VERSION").and_then(|version| version.parse().ok());
    // In tmux these variables are those of the terminal it was started in, which may be another one by now.
    !inside_tmux && (known || vte.is_some_and(|version: u32| version >= SEXTANT_VTE))
}

fn iterm(
    program: &str,
    inside_tmux: bool,
    var: &impl Fn(&str) -> Option<String>,
) -> (Graphics, String) {
    let known = |name: &str| ITERM_PROGRAMS.iter().any(|part| name.contains(part));
    let terminal = var("LC_TERMINAL").unwrap_or_default();
    if inside_tmux {
        (Graphics::None, "tmux passes none on".to_owned())
    } else if known(program) {
        (Graphics::Iterm2, format!("TERM_PROGRAM={program}"))
    } else if known(&terminal) {
        (Graphics::Iterm2, format!("LC_TERMINAL={terminal}"))
    } else {
        (Graphics::None, "the terminal was not asked".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(variables: &[(&str, &str)]) -> Caps {
        Caps::from_env(|name| {
            variables
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        })
    }

    fn answers() -> Answers {
        Answers {
            attributes: true,
            ..Answers::default()
        }
    }

    #[test]
    fn colours_come_from_the_environment() {
        let colors = |variables: &[(&str, &str)]| caps(variables).colors;
        assert_eq!(
            colors(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]),
            ColorDepth::TrueColor
        );
        assert_eq!(colors(&[("TERM", "xterm-kitty")]), ColorDepth::TrueColor);
        assert_eq!(colors(&[("TERM", "tmux-256color")]), ColorDepth::Ansi256);
        assert_eq!(colors(&[("TERM", "xterm")]), ColorDepth::Ansi16);
        assert_eq!(colors(&[("TERM", "linux")]), ColorDepth::Ansi16);
        assert_eq!(colors(&[("TERM", "vt100")]), ColorDepth::None);
        assert_eq!(
            colors(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]),
            ColorDepth::None
        );
    }

    #[test]
    fn no_color_wins_unless_it_is_empty() {
        let with = |value| caps(&[("TERM", "xterm-kitty"), ("NO_COLOR", value)]).colors;
        assert_eq!(with("1"), ColorDepth::None);
        assert_eq!(with(""), ColorDepth::TrueColor);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(caps(&[("LANG", "en_US.UTF-8")]).utf8);
        assert!(caps(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]).utf8);
        let plain = caps(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]);
        assert!(!plain.utf8);
        assert_eq!(plain.utf8_why, "LC_ALL=C");
    }

    #[test]
    fn the_characters_suit_the_terminal() {
        let glyphs = |variables: &[(&str, &str)]| caps(variables).glyphs;
        assert_eq!(
            glyphs(&[("TERM", "xterm-kitty"), ("LANG", "C.UTF-8")]),
            Glyphs::Sextant
        );
        assert_eq!(
            glyphs(&[("TERM", "xterm-256color"), ("LANG", "C.UTF-8")]),
            Glyphs::Quadrant
        );
        let vte = |version| {
            glyphs(&[
                ("TERM", "xterm-256color"),
                ("LANG", "C.UTF-8"),
                ("VTE_VERSION", version),
            ])
        };
        assert_eq!(
            (vte("7000"), vte("5202")),
            (Glyphs::Sextant, Glyphs::Quadrant)
        );
        assert_eq!(
            glyphs(&[
                ("TERM", "tmux-256color"),
                ("TMUX", "x"),
                ("LANG", "C.UTF-8"),
                ("VTE_VERSION", "7000")
            ]),
            Glyphs::Quadrant
        );
        assert_eq!(
            glyphs(&[("TERM", "linux"), ("LANG", "C.UTF-8")]),
            Glyphs::HalfBlock
        );
        assert_eq!(
            glyphs(&[("TERM", "linux"), ("LANG", "C.UTF-8"), ("NO_COLOR", "1")]),
            Glyphs::Ascii
        );
        assert_eq!(
            glyphs(&[
                ("TERM", "xterm-kitty"),
                ("LANG", "C.UTF-8"),
                ("NO_COLOR", "1")
            ]),
            Glyphs::Braille
        );
        assert_eq!(
            glyphs(&[("TERM", "xterm-kitty"), ("LANG", "C")]),
            Glyphs::Ascii
        );
    }

    #[test]
    fn graphics_are_what_was_answered() {
        let asked = |answers: Answers| caps(&[("TERM", "xterm")]).with_answers(&answers).graphics;
        assert_eq!(
            asked(Answers {
                kitty: true,
                sixel: true,
                ..answers()
            }),
            Graphics::Kitty
        );
        assert_eq!(
            asked(Answers {
                sixel: true,
                cell_px: Some((7, 15)),
                ..answers()
            }),
            Graphics::Sixel
        );
        assert_eq!(asked(answers()), Graphics::None);
    }

    #[test]
    fn sixel_without_the_size_of_a_character_would_overflow() {
        let found = caps(&[("TERM", "xterm")]).with_answers(&Answers {
            sixel: true,
            ..answers()
        });
        assert_eq!(found.graphics, Graphics::None);
        assert!(
            found.graphics_why.contains("how large"),
            "{}",
            found.graphics_why
        );
    }

    #[test]
    fn a_live_screen_goes_by_the_terminals_name_or_what_was_asked_for() {
        let live = |variables: &[(&str, &str)], setting: &str| {
            let utf8 = ("LANG", "C.UTF-8");
            caps(&[variables, &[utf8]].concat()).live_graphics(setting)
        };
        let kitty = ("TERM", "xterm-kitty");
        assert_eq!(live(&[kitty], "auto"), Graphics::Kitty);
        assert_eq!(live(&[kitty], "none"), Graphics::None);
        assert_eq!(live(&[kitty, ("TMUX", "x")], "auto"), Graphics::None);
        assert_eq!(live(&[kitty, ("NO_COLOR", "1")], "auto"), Graphics::None);
        assert_eq!(live(&[("TERM", "foot")], "auto"), Graphics::Sixel);
        assert_eq!(live(&[("TERM", "xterm-256color")], "auto"), Graphics::None);
        assert_eq!(
            live(&[("TERM", "xterm-256color")], "sixel"),
            Graphics::Sixel
        );
        let iterm = ("LC_TERMINAL", "iTerm2");
        assert_eq!(
            live(&[("TERM", "xterm-256color"), iterm], "auto"),
            Graphics::Iterm2
        );
    }

    #[test]
    fn a_terminal_that_does_not_answer_gets_no_graphics() {
        let iterm = caps(&[("TERM_PROGRAM", "iTerm.app")]);
        assert_eq!(iterm.graphics, Graphics::Iterm2);
        assert_eq!(
            iterm.with_answers(&Answers::default()).graphics,
            Graphics::None
        );
    }

    #[test]
    fn inside_tmux_nothing_of_the_outer_terminal_counts() {
        let tmux = caps(&[
            ("TMUX", "/tmp/x,1,0"),
            ("TERM", "tmux-256color"),
            ("LC_TERMINAL", "iTerm2"),
        ]);
        assert_eq!(tmux.graphics, Graphics::None);
        let size = |cell| {
            tmux.clone()
                .with_answers(&Answers {
                    cell_px: Some(cell),
                    ..answers()
                })
                .cell_px
        };
        assert_eq!((size((16, 32)), size((9, 18))), (None, Some((9, 18))));
    }

    #[test]
    fn terminals_that_would_print_the_question_are_not_asked() {
        for variables in [
            [("TERM", "linux"), ("LANG", "C")],
            [("TERM", "screen-256color"), ("LANG", "C")],
            [("TERM", "xterm-256color"), ("TMUX", "/tmp/x,1,0")],
            [
                ("TERM", "xterm-256color"),
                ("TERM_PROGRAM", "Apple_Terminal"),
            ],
        ] {
            assert!(!caps(&variables).may_ask_kitty, "{variables:?}");
        }
        assert!(caps(&[("TERM", "xterm-256color")]).may_ask_kitty);
    }
}
