//! How many colours the terminal supports, and how that is known.

use crate::picture::ColorDepth;
use crate::terminal::relay::Multiplexer;

/// Terminals with 24-bit colour, by a part of `TERM`; SSH usually does not forward COLORTERM.
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

/// The same by the name they report.
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

/// According to the environment, ignoring multiplexers.
pub(super) fn named(
    term: &str,
    program: &str,
    var: &impl Fn(&str) -> Option<String>,
) -> (ColorDepth, String) {
    if var("NO_COLOR").is_some() {
        return (ColorDepth::None, "NO_COLOR is set".to_owned());
    }
    let why = format!("TERM={term}");
    // Their name is reliable; COLORTERM may be inherited from another terminal.
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

/// The same through a multiplexer, and for a terminal that reports this name.
pub(super) fn shown(
    (depth, why): (ColorDepth, String),
    multiplexer: Option<Multiplexer>,
    name: Option<&str>,
) -> (ColorDepth, String) {
    if depth == ColorDepth::None {
        return (depth, why);
    }
    match multiplexer {
        // It reduces them itself if its own terminal supports fewer.
        Some(Multiplexer::Screen) => {
            let why = format!("GNU screen supports no more ({why})");
            (ColorDepth::Ansi256, why)
        }
        // It maps colours that its own terminal lacks to the nearest.
        Some(Multiplexer::Tmux) if name.is_some() && depth < ColorDepth::Ansi256 => {
            (ColorDepth::Ansi256, "tmux answered".to_owned())
        }
        Some(_) => (depth, why),
        None => match name {
            Some(name) if TRUE_COLOR_NAMES.iter().any(|known| name.starts_with(known)) => (
                ColorDepth::TrueColor,
                format!("the terminal reports to be {name}"),
            ),
            _ => (depth, why),
        },
    }
}
