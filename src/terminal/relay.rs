//! Multiplexers between this program and the terminal: they draw only what they understand, and are detected only by
//! queries.

use super::probe::Answers;

/// A multiplexer, which passes on only sequences that are wrapped for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Multiplexer {
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tmux => "tmux",
            Self::Screen => "GNU screen",
        }
    }

    /// According to the environment, with the variable. SSH forwards the name of the terminal, but not the other variables.
    #[must_use]
    pub fn named(var: &impl Fn(&str) -> Option<String>) -> Option<(Self, String)> {
        let term = var("TERM").unwrap_or_default();
        if var("TMUX").is_some() {
            Some((Self::Tmux, "TMUX is set".to_owned()))
        } else if term.starts_with("tmux") {
            Some((Self::Tmux, format!("TERM={term}")))
        } else if var("STY").is_some() {
            Some((Self::Screen, "STY is set".to_owned()))
        } else if term.starts_with("screen") {
            Some((Self::Screen, format!("TERM={term}")))
        } else {
            None
        }
    }

    /// According to the terminal's answers; `Some(None)` if it reports to be something else.
    #[must_use]
    pub fn answered(answers: &Answers) -> Option<Option<Self>> {
        // Their secondary attributes start with the first letter of their names.
        let (tmux, screen) = (u32::from(b'T'), u32::from(b'S'));
        match (&answers.name, answers.kind) {
            (Some(name), _) if name.starts_with("tmux") => Some(Some(Self::Tmux)),
            (Some(name), _) if name.to_lowercase().contains("screen") => Some(Some(Self::Screen)),
            (Some(_), _) => Some(None),
            (None, Some(kind)) if kind == tmux => Some(Some(Self::Tmux)),
            (None, Some(kind)) if kind == screen => Some(Some(Self::Screen)),
            (None, _) => None,
        }
    }

    /// Wraps `sequence` for the terminal behind: tmux requires `allow-passthrough`, GNU screen takes pieces.
    #[must_use]
    pub fn wrapped(self, sequence: &str) -> String {
        match self {
            Self::Tmux => {
                let doubled = sequence.replace('\x1b', "\x1b\x1b");
                format!("\x1bPtmux;{doubled}\x1b\\")
            }
            // It drops strings longer than its buffer, and ends a string at the terminator.
            Self::Screen => {
                let mut wrapped = String::with_capacity(sequence.len() * 2);
                for piece in pieces(sequence, SCREEN) {
                    wrapped.extend(["\x1bP", piece, "\x1b\\"]);
                }
                wrapped
            }
        }
    }
}

/// Maximum length of a string that GNU screen passes on, in bytes.
const SCREEN: usize = 764;

/// Splits a sequence into pieces of at most this many bytes, none of which contains a string terminator.
fn pieces(sequence: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = sequence;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len().min(most);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        // The two bytes of the terminator go into two pieces.
        if let Some(at) = rest[..end].find("\x1b\\") {
            end = at + 1;
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// All programs in between according to the environment: the name of each, and how it is known.
#[must_use]
pub fn named(var: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let var = |name: &str| var(name).filter(|value| !value.is_empty());
    let mut seen = Vec::new();
    if let Some((multiplexer, why)) = Multiplexer::named(&var) {
        seen.push((multiplexer.name(), why));
    }
    for (variable, what) in [
        ("ZELLIJ", "Zellij"),
        ("ABDUCO_SESSION", "abduco"),
        ("DTACH_SESSION", "dtach"),
        ("BYOBU_BACKEND", "byobu"),
        ("ASCIINEMA_REC", "asciinema"),
        ("NVIM", "Neovim's terminal"),
        ("VIM_TERMINAL", "Vim's terminal"),
        ("INSIDE_EMACS", "Emacs"),
        ("SSH_TTY", "ssh"),
    ] {
        if let Some(value) = var(variable) {
            seen.push((what, format!("{variable}={value}")));
        }
    }
    let program = var("TERM_PROGRAM").unwrap_or_default();
    if program == "vscode" {
        seen.push(("Visual Studio Code", format!("TERM_PROGRAM={program}")));
    }
    let emulator = var("TERMINAL_EMULATOR").unwrap_or_default();
    if emulator.starts_with("JetBrains") {
        seen.push(("a JetBrains IDE", format!("TERMINAL_EMULATOR={emulator}")));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(variables: &[(&str, &str)]) -> Option<Multiplexer> {
        let var = |name: &str| {
            let mut variables = variables.iter();
            variables
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        Multiplexer::named(&var).map(|(multiplexer, _)| multiplexer)
    }

    #[test]
    fn a_multiplexer_is_detected_by_its_variable_or_the_terminal_name() {
        assert_eq!(
            by(&[("TMUX", "/tmp/x,1,0"), ("TERM", "screen")]),
            Some(Multiplexer::Tmux)
        );
        assert_eq!(by(&[("TERM", "tmux-256color")]), Some(Multiplexer::Tmux));
        assert_eq!(
            by(&[("STY", "1.pts-0.host"), ("TERM", "xterm")]),
            Some(Multiplexer::Screen)
        );
        assert_eq!(
            by(&[("TERM", "screen.xterm-256color")]),
            Some(Multiplexer::Screen)
        );
        assert_eq!(by(&[("TERM", "xterm-256color")]), None);
    }

    #[test]
    fn an_answer_takes_precedence_over_a_name() {
        let answers = |name: Option<&str>, kind| Answers {
            name: name.map(str::to_owned),
            kind,
            ..Answers::default()
        };
        let answered = |name, kind| Multiplexer::answered(&answers(name, kind));
        assert_eq!(
            answered(Some("tmux 3.3a"), Some(84)),
            Some(Some(Multiplexer::Tmux))
        );
        assert_eq!(answered(None, Some(83)), Some(Some(Multiplexer::Screen)));
        assert_eq!(answered(Some("XTerm(379)"), Some(41)), Some(None));
        assert_eq!(answered(None, Some(1)), None);
    }

    #[test]
    fn wrapping_is_undone_by_the_multiplexer() {
        let sequence = format!("\x1b]9;{}\x07\x1b_Ga=d\x1b\\", "x".repeat(2000));
        let tmux = Multiplexer::Tmux.wrapped(&sequence);
        let inner = tmux
            .strip_prefix("\x1bPtmux;")
            .and_then(|t| t.strip_suffix("\x1b\\"));
        assert_eq!(
            inner.unwrap_or_default().replace("\x1b\x1b", "\x1b"),
            sequence
        );
        let mut out = String::new();
        let mut rest = Multiplexer::Screen.wrapped(&sequence);
        while let Some(body) = rest.strip_prefix("\x1bP") {
            let (piece, after) = body.split_once("\x1b\\").unwrap_or((body, ""));
            assert!(piece.len() <= 764, "{}", piece.len());
            out.push_str(piece);
            rest = after.to_owned();
        }
        assert_eq!(out, sequence);
    }

    #[test]
    fn every_multiplexer_is_reported_with_its_reason() {
        let seen = named(|name| match name {
            "TERM" => Some("screen-256color".to_owned()),
            "ZELLIJ" => Some("0".to_owned()),
            "NVIM" => Some(String::new()),
            _ => None,
        });
        let wanted = [
            ("GNU screen", "TERM=screen-256color"),
            ("Zellij", "ZELLIJ=0"),
        ];
        assert_eq!(seen, wanted.map(|(what, why)| (what, why.to_owned())));
    }
}
