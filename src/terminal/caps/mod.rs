//! The terminal's capabilities: colours, characters, graphics; and how each is known.
//!
//! [`Caps::from_env`] is a pure function of the environment, so the first frame never waits. The environment may be inherited
//! from another terminal: graphics and wide characters count only if the terminal has answered, and [`Caps::with_answers`]
//! prefers its answers to every name.

mod charset;
mod colors;
#[cfg(test)]
mod tests;

pub use charset::Charset;

use super::probe::{Answers, ProbeError};
use super::relay::Multiplexer;
use crate::config::{Frames, SampleGraphics};
use crate::picture::{ColorDepth, Glyphs, Graphics, Screen};

/// The terminal's capabilities, each with its reason in words for `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// `TERM`, or nothing.
    pub term: String,
    /// The name that the terminal reports.
    pub name: Option<String>,
    /// Colours to use.
    pub colors: ColorDepth,
    /// Why.
    pub colors_why: String,
    /// The same by the environment, ignoring multiplexers.
    named_colors: (ColorDepth, String),
    /// Whether it supports UTF-8.
    pub utf8: bool,
    /// Why.
    pub utf8_why: String,
    /// Its graphics protocol.
    pub graphics: Graphics,
    /// Why.
    pub graphics_why: String,
    /// Width and height of a character in pixels, where known.
    pub cell_px: Option<(u16, u16)>,
    /// Most colours of a sixel image: as many as the terminal reports registers, or as most of them have.
    pub registers: usize,
    /// The multiplexer in between, if any.
    pub multiplexer: Option<Multiplexer>,
    /// How that is known.
    pub multiplexer_why: String,
    /// Whether characters of ambiguous width take two cells, if known.
    pub wide: Option<bool>,
    /// Whether it draws sextants itself.
    sextants: bool,
    /// Whether the kitty graphics query may be sent: some terminals print it.
    may_ask_graphics: bool,
    /// The best characters for images: the finest that the terminal is known to support, braille without colour, ASCII
    /// without UTF-8.
    pub glyphs: Glyphs,
}

/// Terminals that draw sextants themselves, by a part of `TERM`, of `TERM_PROGRAM` or of the name they report. Few fonts have
/// them, and without one nothing is visible.
const SEXTANT_TERMINALS: [&str; 5] = ["kitty", "ghostty", "foot", "wezterm", "WezTerm"];

/// The same of the terminals built on VTE (GNOME's and many others), by the number in `VTE_VERSION`.
const SEXTANT_VTE: u32 = 6200;

/// Terminals with iTerm2's inline images, by the name they report.
const ITERM_NAMES: [&str; 4] = ["iTerm", "WezTerm", "mintty", "rio"];

/// Colours of a sixel image where the terminal does not report how many it has, and at most.
const REGISTERS: usize = 256;

/// The character size that tmux reports if no client has reported one.
const TMUX_DEFAULT_CELL: (u16, u16) = (16, 32);

impl Caps {
    /// According to the environment; `var` looks up a variable.
    #[must_use]
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        // An empty variable counts as unset.
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let term = var("TERM").unwrap_or_default();
        let program = var("TERM_PROGRAM").unwrap_or_default();
        let (multiplexer, multiplexer_why) = Multiplexer::named(&var).unzip();
        let (utf8, utf8_why) = utf8(&var);
        let known = |part: &&str| term.contains(*part) || program.contains(*part);
        let vte = var("VTE_VERSION").and_then(|version| version.parse().ok());
        let mut caps = Self {
            named_colors: colors::named(&term, &program, &var),
            colors: ColorDepth::None,
            colors_why: String::new(),
            name: None,
            utf8,
            utf8_why,
            graphics: Graphics::None,
            graphics_why: "the terminal was not queried".to_owned(),
            cell_px: None,
            registers: REGISTERS,
            multiplexer,
            multiplexer_why: multiplexer_why.unwrap_or_default(),
            wide: None,
            // In a multiplexer these variables are those of the terminal it was started in, which may not be the current one.
            sextants: multiplexer.is_none()
                && (SEXTANT_TERMINALS.iter().any(known)
                    || vte.is_some_and(|version: u32| version >= SEXTANT_VTE)),
            // As text on the screen (the kernel's console, Emacs, Apple's Terminal).
            may_ask_graphics: can_be_asked(&term) && program != "Apple_Terminal",
            glyphs: Glyphs::Ascii,
            term,
        };
        caps.settle();
        caps
    }

    /// According to this process's environment and the terminal driver.
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

    /// With the terminal's answers. kitty graphics are preferred to iTerm2's images, and these to sixel, which has a palette;
    /// sixel also requires the size of a character.
    #[must_use]
    pub fn with_answers(mut self, answers: &Answers) -> Self {
        self.wide = answers.wide;
        if !answers.attributes {
            self.settle();
            return self.without_graphics(format!(
                "the terminal did not answer within {} ms",
                answers.took.as_millis()
            ));
        }
        self.name.clone_from(&answers.name);
        if let Some(answered) = Multiplexer::answered(answers) {
            self.multiplexer = answered;
            self.multiplexer_why = match (answered, &answers.name) {
                (None, _) => String::new(),
                (Some(_), Some(name)) => format!("the terminal reports to be {name}"),
                (Some(_), None) => "the terminal answered".to_owned(),
            };
        }
        if let Some(name) = &answers.name {
            self.sextants = SEXTANT_TERMINALS.iter().any(|part| name.contains(part))
                || vte_version(name).is_some_and(|version| version >= SEXTANT_VTE)
                || (self.sextants && self.multiplexer.is_none());
        }
        if let Some((width, height)) = answers.cell_px {
            self.set_cell(Some(width), Some(height));
        }
        self.registers = (answers.registers).map_or(REGISTERS, |all| all.clamp(2, REGISTERS));
        self.settle();
        let is_iterm2 = |name: &String| ITERM_NAMES.iter().any(|part| name.starts_with(part));
        let (graphics, why) = if answers.kitty {
            (
                Graphics::Kitty,
                "the terminal answered the kitty query".to_owned(),
            )
        } else if let Some(name) = answers.name.as_ref().filter(|name| is_iterm2(name)) {
            (
                Graphics::Iterm2,
                format!("the terminal reports to be {name}"),
            )
        } else if answers.iterm2 {
            (
                Graphics::Iterm2,
                "the terminal answered the iTerm2 query".to_owned(),
            )
        } else if answers.sixel && self.cell_px.is_some() {
            (
                Graphics::Sixel,
                "the terminal's attributes include sixel".to_owned(),
            )
        } else if answers.sixel {
            let why =
                "the terminal's attributes include sixel, but the size of a character is unknown";
            (Graphics::None, why.to_owned())
        } else if let Some(multiplexer) = self.multiplexer {
            let why = format!("{} does not pass them on", multiplexer.name());
            (Graphics::None, why)
        } else {
            (
                Graphics::None,
                "the terminal answered, and reported none".to_owned(),
            )
        };
        self.graphics = graphics;
        self.graphics_why = why;
        self
    }

    /// Returns whether the terminal understands queries at all.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        can_be_asked(&self.term)
    }

    /// Returns whether a terminal with these answers may be queried for graphics: a multiplexer would take the query
    /// for a window title, and some terminals print it.
    #[must_use]
    pub fn may_ask_graphics(&self, answers: &Answers) -> bool {
        let in_between = Multiplexer::answered(answers).unwrap_or(self.multiplexer);
        self.may_ask_graphics && answers.attributes && in_between.is_none()
    }

    /// The graphics protocol of the dashboard for a setting of `ui.graphics`: the requested one, or what the terminal supports.
    #[must_use]
    pub fn live_graphics(&self, setting: SampleGraphics) -> Graphics {
        match setting {
            SampleGraphics::Kitty => Graphics::Kitty,
            SampleGraphics::Iterm2 => Graphics::Iterm2,
            SampleGraphics::Sixel => Graphics::Sixel,
            SampleGraphics::None | SampleGraphics::Sextants => Graphics::None,
            SampleGraphics::Auto if !self.utf8 || self.colors == ColorDepth::None => Graphics::None,
            SampleGraphics::Auto => self.graphics,
        }
    }

    /// Why images in the protocol that `ui.graphics` names are not sent, or may be invisible; and whether they are sent. A
    /// terminal that has not answered may be slow, and gets them.
    #[must_use]
    pub fn doubt(&self, setting: SampleGraphics, answers: &Answers) -> Option<(bool, String)> {
        let wanted = self.live_graphics(setting);
        if wanted == Graphics::None || setting == SampleGraphics::Auto {
            return None;
        }
        let (setting, name) = (setting.name(), wanted.name());
        let has = match wanted {
            Graphics::Kitty => answers.kitty || !self.may_ask_graphics,
            Graphics::Sixel => answers.sixel,
            // Many terminals support it but answer no query for it.
            _ => true,
        };
        match self.multiplexer {
            Some(Multiplexer::Screen) => Some((
                false,
                format!(
                    "ui.graphics = {setting}: GNU screen does not report the position of its window; samples are drawn as characters"
                ),
            )),
            Some(Multiplexer::Tmux) if wanted == Graphics::Sixel && answers.sixel => None,
            Some(Multiplexer::Tmux) => Some((
                true,
                format!(
                    "ui.graphics = {setting} inside tmux: {name} need `set -g allow-passthrough on`, and a terminal that supports them"
                ),
            )),
            None if answers.attributes && !has => Some((
                false,
                format!(
                    "ui.graphics = {setting}: this terminal reports no {name}; samples are drawn as characters"
                ),
            )),
            None => None,
        }
    }

    /// Returns whether samples drawn as characters use sextants.
    #[must_use]
    pub fn live_sextants(&self, setting: SampleGraphics) -> bool {
        setting == SampleGraphics::Sextants
            || (setting != SampleGraphics::None && self.glyphs == Glyphs::Sextant)
    }

    /// The characters of the screen for a setting of `ui.frames`.
    #[must_use]
    pub fn charset(&self, setting: Frames) -> Charset {
        let is_wide = self.wide == Some(true);
        match setting {
            _ if !self.utf8 => Charset::Ascii,
            Frames::Unicode => Charset::Unicode,
            _ if is_wide => Charset::Wide,
            Frames::Plain => Charset::Plain,
            _ if self.term == "linux" => Charset::Console,
            Frames::Auto => Charset::Unicode,
        }
    }

    /// With the terminal's answers to `question`, or with the reason why it was not queried. `question` gets whether to query
    /// the width of characters, and a function that decides by the first answers whether to query more.
    #[must_use]
    pub fn asked(
        self,
        question: impl FnOnce(bool, &dyn Fn(&Answers) -> bool) -> Result<Answers, ProbeError>,
    ) -> Self {
        if !self.can_be_asked() {
            let why = match self.term.as_str() {
                "" | "dumb" => "TERM names no terminal that can be queried".to_owned(),
                term => format!("TERM={term} has none"),
            };
            return self.without_graphics(why);
        }
        match question(self.utf8, &|answers| self.may_ask_graphics(answers)) {
            Ok(answers) => self.with_answers(&answers),
            Err(error @ (ProbeError::NoTerminal(_) | ProbeError::Terminal(_))) => {
                self.without_graphics(format!("{:#}", anyhow::Error::new(error)))
            }
            Err(error) => self.without_graphics(error.to_string()),
        }
    }

    /// Without graphics, for the reason `why`.
    #[must_use]
    fn without_graphics(mut self, why: impl Into<String>) -> Self {
        self.graphics = Graphics::None;
        self.graphics_why = why.into();
        self
    }

    /// The terminal as a screen of pixels of `cells` (columns, rows), if it has graphics.
    #[must_use]
    pub fn screen(&self, cells: (u16, u16)) -> Option<Screen> {
        // kitty and iTerm2 scale images themselves: a typical character size is good enough.
        let cell_px = self.cell_px.unwrap_or((10, 20));
        (self.graphics != Graphics::None).then_some(Screen {
            graphics: self.graphics,
            cells,
            cell_px,
            registers: self.registers,
        })
    }

    /// Sets what depends on the other fields.
    fn settle(&mut self) {
        let named = self.named_colors.clone();
        (self.colors, self.colors_why) =
            colors::shown(named, self.multiplexer, self.name.as_deref());
        self.glyphs = match (self.utf8, self.colors) {
            (false, _) => Glyphs::Ascii,
            // Its fonts have little more than half blocks.
            (true, ColorDepth::None) if self.term == "linux" => Glyphs::Ascii,
            (true, _) if self.term == "linux" => Glyphs::HalfBlock,
            (true, ColorDepth::None) => Glyphs::Braille,
            (true, _) if self.sextants => Glyphs::Sextant,
            // Half blocks are two cells wide here, braille is not.
            (true, _) if self.wide == Some(true) => Glyphs::Braille,
            (true, _) => Glyphs::Quadrant,
        };
    }

    fn set_cell(&mut self, width: Option<u16>, height: Option<u16>) {
        let size = width.zip(height).filter(|(w, h)| *w > 0 && *h > 0);
        let is_a_guess =
            self.multiplexer == Some(Multiplexer::Tmux) && size == Some(TMUX_DEFAULT_CELL);
        if size.is_some() && !is_a_guess {
            self.cell_px = size;
        }
    }
}

/// Returns whether a terminal of this name understands queries and does not print them.
fn can_be_asked(term: &str) -> bool {
    !matches!(term, "" | "dumb" | "linux" | "cons25" | "emacs") && !term.starts_with("eterm")
}

/// The number in `VTE(7006)`.
fn vte_version(name: &str) -> Option<u32> {
    name.strip_prefix("VTE(")?.strip_suffix(')')?.parse().ok()
}

fn utf8(var: &impl Fn(&str) -> Option<String>) -> (bool, String) {
    // The first that is set decides, as in every C library.
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
