//! How many colours the terminal shows, and why we think so.

use crate::picture::ColorDepth;
use crate::terminal::relay::Multiplexer;

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

/// The same by how they answer when they are asked their name.
const TRUE_COLOR_NAMES: [&str; 14] = [
    "kitty",
    "ghostty",
    "foot",
    "WezTerm",
    "iTerm2",
    "VTE",
    "Konsole",
    "XTerm",
    "xterm.js",
    "contour",
    "mintty",
    "rio",
    "Alacritty",
    "Windows Terminal",
];

/// What the environment says, leaving aside that something may be in between.
pub(super) fn named(
    term: &str,
    program: &str,
    var: &impl Fn(&str) -> Option<String>,
) -> (ColorDepth, String) {
    if var("NO_COLOR").is_some() {
        return (ColorDepth::None, "NO_COLOR is set".to_owned());
    }
    let why = format!("TERM={term}");
    // What these show their name says; COLORTERM has come along from elsewhere.
    match term {
        "dumb" => return (ColorDepth::None, why),
        "linux" => return (ColorDepth::Ansi16, why),
        _ if term.starts_with("vt") || term.ends_with("-m") || term.ends_with("-mono") => {
            return (ColorDepth::None, why);
        }
        _ => {}
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
    if TRUE_COLOR_TERMS.iter().any(|part| term.contains(part)) {
        return (ColorDepth::TrueColor, why);
    }
    if term.contains("256color") {
        return (ColorDepth::Ansi256, why);
    }
    match term {
        "" if cfg!(windows) => (ColorDepth::TrueColor, "Windows console".to_owned()),
        "" => (ColorDepth::None, "TERM is not set".to_owned()),
        _ => (ColorDepth::Ansi16, why),
    }
}

/// The same through whatever is in between, and of a terminal that answers to this name.
pub(super) fn shown(
    (depth, why): (ColorDepth, String),
    multiplexer: Option<Multiplexer>,
    name: Option<&str>,
) -> (ColorDepth, String) {
    if depth == ColorDepth::None {
        return (depth, why);
    }
    match multiplexer {
        // Fewer it makes of them by itself, where its own terminal shows fewer.
        Some(Multiplexer::Screen) => {
            let why = format!("GNU screen takes so many and no more, whatever comes along ({why})");
            (ColorDepth::Ansi256, why)
        }
        // It turns those that its own terminal does not show into the nearest that it does.
        Some(Multiplexer::Tmux) if name.is_some() && depth < ColorDepth::Ansi256 => {
            (ColorDepth::Ansi256, "tmux answered".to_owned())
        }
        Some(_) => (depth, why),
        None => match name {
            Some(name) if TRUE_COLOR_NAMES.iter().any(|known| name.starts_with(known)) => (
                ColorDepth::TrueColor,
                format!("the terminal answers to be {name}"),
            ),
            _ => (depth, why),
        },
    }
}
