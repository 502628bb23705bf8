//! What the terminal can show: colours, characters, pixels; and why we think so.
//!
//! [`Caps::from_env`] is a pure function of the environment and asks nothing, so the first frame never waits for it. What the
//! environment says may have come along from another terminal: pixels and wide characters count only when the terminal
//! has answered, and [`Caps::with_answers`] takes its answers over every name.

mod charset;
mod colors;
#[cfg(test)]
mod tests;

pub use charset::Charset;

use super::probe::{Answers, ProbeError};
use super::relay::Multiplexer;
use crate::config::{Frames, SampleGraphics};
use crate::picture::viuer::{Graphics, Screen};
use crate::picture::{ColorDepth, Glyphs};

/// What the terminal can show. Each finding comes with its reason, in words for `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// `TERM`, or nothing.
    pub term: String,
    /// What the terminal calls itself, where it has answered.
    pub name: Option<String>,
    /// Colours it shows, or is to show.
    pub colors: ColorDepth,
    /// Why.
    pub colors_why: String,
    /// The same by the environment, as if nothing were in between.
    named_colors: (ColorDepth, String),
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
    /// A multiplexer in between, which draws by itself.
    pub multiplexer: Option<Multiplexer>,
    /// How that is known.
    pub multiplexer_why: String,
    /// Whether characters of ambiguous width take two cells; none where it is not known.
    pub wide: Option<bool>,
    /// Whether it draws sextants itself.
    sextants: bool,
    /// Whether the kitty graphics query may be sent: some terminals print it.
    may_ask_graphics: bool,
    /// The characters that pictures look best with here: the finest the terminal is known to have, dots where there is
    /// no colour, ASCII where there is no UTF-8.
    pub glyphs: Glyphs,
}

/// Terminals that draw sextants themselves, by a part of `TERM`, of `TERM_PROGRAM` or of the name they answer to. Hardly any
/// font has them, and without one nothing is seen at all.
const SEXTANT_TERMINALS: [&str; 5] = ["kitty", "ghostty", "foot", "wezterm", "WezTerm"];

/// The same of the terminals built on VTE (GNOME's and many others), by the number in `VTE_VERSION`.
const SEXTANT_VTE: u32 = 6200;

/// Terminals that know iTerm2's inline images, by the name they answer to: those viuer knows.
const ITERM_NAMES: [&str; 4] = ["iTerm", "WezTerm", "mintty", "rio"];

/// The size tmux reports for a character when no client has reported one.
const TMUX_DEFAULT_CELL: (u16, u16) = (16, 32);

impl Caps {
    /// What the environment says; `var` looks a variable up.
    #[must_use]
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        // An empty variable is as good as none.
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
            graphics_why: "the terminal was not asked".to_owned(),
            cell_px: None,
            multiplexer,
            multiplexer_why: multiplexer_why.unwrap_or_default(),
            wide: None,
            // In a multiplexer these variables are those of the terminal it was started in, which may be another one by now.
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
                (Some(_), Some(name)) => format!("the terminal answers to be {name}"),
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
                format!("the terminal answers to be {name}"),
            )
        } else if answers.iterm2 {
            (
                Graphics::Iterm2,
                "the terminal answered iTerm2's question".to_owned(),
            )
        } else if answers.sixel && self.cell_px.is_some() {
            (
                Graphics::Sixel,
                "the terminal's attributes say sixel".to_owned(),
            )
        } else if answers.sixel {
            let why = "the terminal's attributes say sixel, but not how large a character is";
            (Graphics::None, why.to_owned())
        } else if let Some(multiplexer) = self.multiplexer {
            let why = format!("{} passes none on by itself", multiplexer.name());
            (Graphics::None, why)
        } else {
            (
                Graphics::None,
                "the terminal answered, and named none".to_owned(),
            )
        };
        self.graphics = graphics;
        self.graphics_why = why;
        self
    }

    /// Returns whether the terminal understands questions at all.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        can_be_asked(&self.term)
    }

    /// Returns whether a terminal with these answers may be asked about graphics: a multiplexer would take the question for a window
    /// title, and some terminals print it.
    #[must_use]
    pub fn may_ask_graphics(&self, answers: &Answers) -> bool {
        let in_between = Multiplexer::answered(answers).unwrap_or(self.multiplexer);
        self.may_ask_graphics && answers.attributes && in_between.is_none()
    }

    /// How the dashboard shows pixels for a setting of `ui.graphics`: as requested, or as the terminal has confirmed.
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

    /// Whether the protocol that `ui.graphics` names is used, and why it may not work; `None` without doubt. A terminal that has not
    /// answered may be slow, and gets the pictures.
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
            // Many terminals support it without a way to ask.
            _ => true,
        };
        match self.multiplexer {
            Some(Multiplexer::Screen) => Some((
                false,
                format!(
                    "ui.graphics = {setting}: GNU screen does not say where on the terminal its window is; samples are in characters"
                ),
            )),
            Some(Multiplexer::Tmux) if wanted == Graphics::Sixel && answers.sixel => None,
            Some(Multiplexer::Tmux) => Some((
                true,
                format!(
                    "ui.graphics = {setting} inside tmux: {name} need `set -g allow-passthrough on`, and a terminal that has them"
                ),
            )),
            None if answers.attributes && !has => Some((
                false,
                format!(
                    "ui.graphics = {setting}: this terminal answers that it has no {name}; samples are in characters"
                ),
            )),
            None => None,
        }
    }

    /// Returns whether samples in characters use sextants.
    #[must_use]
    pub fn live_sextants(&self, setting: SampleGraphics) -> bool {
        setting == SampleGraphics::Sextants
            || (setting != SampleGraphics::None && self.glyphs == Glyphs::Sextant)
    }

    /// The characters the screen is drawn with, for a setting of `ui.frames`.
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

    /// With what the terminal answers to `question`, which is told whether to ask for the width of characters, and which
    /// first answers allow more; or with the reason why it was not asked.
    #[must_use]
    pub fn asked(
        self,
        question: impl FnOnce(bool, &dyn Fn(&Answers) -> bool) -> Result<Answers, ProbeError>,
    ) -> Self {
        if !self.can_be_asked() {
            let why = match self.term.as_str() {
                "" | "dumb" => "TERM names no terminal that could be asked".to_owned(),
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

    /// What follows from the rest.
    fn settle(&mut self) {
        let named = self.named_colors.clone();
        (self.colors, self.colors_why) =
            colors::shown(named, self.multiplexer, self.name.as_deref());
        self.glyphs = match (self.utf8, self.colors) {
            (false, _) => Glyphs::Ascii,
            // Its fonts have half blocks and little more.
            (true, ColorDepth::None) if self.term == "linux" => Glyphs::Ascii,
            (true, _) if self.term == "linux" => Glyphs::HalfBlock,
            (true, ColorDepth::None) => Glyphs::Braille,
            (true, _) if self.sextants => Glyphs::Sextant,
            // Half blocks are two cells wide here, dots are not.
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

/// Whether a terminal of this name understands a question at all, and does not print it.
fn can_be_asked(term: &str) -> bool {
    !matches!(term, "" | "dumb" | "linux" | "cons25" | "emacs") && !term.starts_with("eterm")
}

/// The number in `VTE(7006)`.
fn vte_version(name: &str) -> Option<u32> {
    name.strip_prefix("VTE(")?.strip_suffix(')')?.parse().ok()
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
