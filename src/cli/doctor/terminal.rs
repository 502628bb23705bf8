//! The terminal on standard output, the programs between it and this one, and how they are known.

use super::checks::good;
use super::{Check, Status};
use crate::cli::show_image::Terminal;
use crate::config::{Frames, SampleGraphics};
use crate::picture::Graphics;
use crate::picture::{ColorDepth, Glyphs};
use crate::terminal::caps::Caps;
use crate::terminal::caps::Charset;
use crate::terminal::relay::Multiplexer;
use crate::terminal::{relay, tmux};

/// Programs in between, by the environment and by this process's ancestors.
#[derive(Debug, Default)]
pub(super) struct Relays {
    /// The name of each, and how it is known.
    seen: Vec<(&'static str, String)>,
    /// Whether tmux passes on wrapped sequences, if known.
    passes_through: Option<bool>,
}

/// Programs between this one and the terminal, by the name of their process.
const PROCESSES: [(&str, &str); 12] = [
    ("mosh-server", "mosh"),
    ("tmux: server", "tmux"),
    ("screen", "GNU screen"),
    ("SCREEN", "GNU screen"),
    ("zellij", "Zellij"),
    ("dtach", "dtach"),
    ("abduco", "abduco"),
    ("script", "script"),
    ("asciinema", "asciinema"),
    ("ttyd", "ttyd"),
    ("sshd", "ssh"),
    ("emacs", "Emacs"),
];

/// Detects them.
pub(super) fn relays() -> Relays {
    let mut seen = relay::named(|name| std::env::var(name).ok());
    for process in ancestors() {
        let known = PROCESSES.iter().find(|(name, _)| process.starts_with(name));
        if let Some((_, what)) = known
            && seen.iter().all(|(other, _)| other != what)
        {
            seen.push((what, format!("a process above this one is {process}")));
        }
    }
    Relays {
        seen,
        passes_through: tmux::passes_through(),
    }
}

/// The names of this process's ancestors, if known.
fn ancestors() -> Vec<String> {
    let mut names = Vec::new();
    let mut process = "self".to_owned();
    // Real chains are shorter.
    while names.len() < 64 {
        let Ok(text) = std::fs::read_to_string(format!("/proc/{process}/stat")) else {
            break;
        };
        // The name before the state may contain anything, including parentheses.
        let Some((head, rest)) = text.rsplit_once(") ") else {
            break;
        };
        let name = head.split_once('(').map_or("", |(_, name)| name);
        names.push(name.to_owned());
        match rest.split(' ').nth(1) {
            Some(parent) if parent != "0" => parent.clone_into(&mut process),
            _ => break,
        }
    }
    names.into_iter().skip(1).collect()
}

/// The terminal, and the programs in between.
pub(super) fn checks(terminal: Option<&Terminal>, relays: &Relays) -> Vec<Check> {
    let Some(terminal) = terminal else {
        let check = Check::new("terminal", "stdout", Status::Note, "not a terminal")
            .advice("training runs as with --no-tui if standard output is a file or a pipe");
        return vec![check];
    };
    let caps = &terminal.caps;
    let mut checks = vec![term(&caps.term)];
    if let Some(name) = &caps.name {
        checks.push(Check::new("terminal", "answers", Status::Ok, name));
    }
    checks.extend(in_between(caps, relays));
    checks.extend([size(terminal.cells), cell(caps.cell_px)]);
    checks.push(colors(caps));
    let utf8 = Check::new(
        "terminal",
        "UTF-8",
        good(caps.utf8),
        if caps.utf8 { "yes" } else { "no" },
    );
    let utf8 = utf8.why(&caps.utf8_why);
    checks.push(if caps.utf8 {
        utf8
    } else {
        utf8.advice("without it the screen is ASCII only: set LANG=C.UTF-8")
    });
    checks.push(frames(caps));
    checks.push(glyphs(caps.glyphs));
    let (status, found) = match caps.graphics {
        Graphics::None => (Status::Note, "as characters"),
        graphics => (Status::Ok, graphics.name()),
    };
    checks.push(Check::new("terminal", "images", status, found).why(&caps.graphics_why));
    checks.push(live(caps));
    checks
}

/// Each program in between, by its answer or its traces.
fn in_between(caps: &Caps, relays: &Relays) -> Vec<Check> {
    let mut checks = Vec::new();
    let answered = caps
        .multiplexer
        .map(|multiplexer| (multiplexer.name(), caps.multiplexer_why.clone()));
    let multiplexers = [Multiplexer::Tmux, Multiplexer::Screen].map(Multiplexer::name);
    let seen = relays.seen.iter().cloned();
    // For a multiplexer the answer is more reliable: its variable may be inherited by a terminal that was opened from it.
    let others = seen.filter(|(what, _)| {
        !(multiplexers.contains(what) && (caps.name.is_some() || answered.is_some()))
    });
    for (what, why) in answered.clone().into_iter().chain(others) {
        let check = Check::new("terminal", what, Status::Note, "in between").why(why);
        checks.push(match what {
            "tmux" => {
                let mut advice = Vec::new();
                if caps.colors < ColorDepth::TrueColor {
                    advice.push("for true colour: `set -as terminal-features ',*:RGB'` in tmux.conf, and COLORTERM=truecolor");
                }
                if relays.passes_through != Some(true) {
                    advice.push("`set -g allow-passthrough on` lets notifications (ui.notify=osc) through, and graphics that are asked for");
                }
                if advice.is_empty() {
                    check
                } else {
                    check.advice(advice.join("; "))
                }
            }
            "GNU screen" => check.advice(
                "it supports 256 colours and no graphics; notifications (ui.notify=osc) are wrapped for it",
            ),
            "mosh" => check.advice("it supports no graphics and renders characters itself"),
            "Emacs" => check.advice("its term supports 16 colours; eat and vterm support more"),
            _ => check,
        });
    }
    checks
}

fn term(term: &str) -> Check {
    match term {
        "" => Check::new("terminal", "TERM", good(cfg!(windows)), "not set"),
        "dumb" => Check::new("terminal", "TERM", Status::Warn, term)
            .advice("training runs as with --no-tui"),
        _ => Check::new("terminal", "TERM", Status::Ok, term),
    }
}

fn size((columns, rows): (u16, u16)) -> Check {
    let fits = columns >= 80 && rows >= 24;
    let check = Check::new(
        "terminal",
        "size",
        good(fits),
        format!("{columns} columns, {rows} rows"),
    );
    if fits {
        check
    } else {
        check.advice("the dashboard needs 80 columns and 24 rows; a larger terminal shows more")
    }
}

fn cell(cell_px: Option<(u16, u16)>) -> Check {
    match cell_px {
        Some((width, height)) => Check::new(
            "terminal",
            "character",
            Status::Ok,
            format!("{width}×{height} pixels"),
        ),
        None => Check::new(
            "terminal",
            "character",
            Status::Note,
            "size in pixels unknown",
        ),
    }
}

fn colors(caps: &Caps) -> Check {
    let (depth, why) = (caps.colors, &caps.colors_why);
    let wanted = why.starts_with("NO_COLOR");
    let check = Check::new(
        "terminal",
        "colours",
        good(depth >= ColorDepth::Ansi256 || wanted || caps.term == "linux"),
        depth.name(),
    )
    .why(why);
    // These support no more, whatever the environment says.
    let has_no_more =
        caps.multiplexer == Some(Multiplexer::Screen) || caps.term == "linux" || wanted;
    if depth == ColorDepth::TrueColor || has_no_more {
        return check;
    }
    check.advice("if the terminal supports 24-bit colour, set COLORTERM=truecolor")
}

/// The width of ambiguous characters, and which characters frames use because of it.
fn frames(caps: &Caps) -> Check {
    let width = match caps.wide {
        Some(true) => "the terminal draws ambiguous characters in two cells",
        Some(false) => "the terminal draws ambiguous characters in one cell",
        None => "the width of ambiguous characters is unknown",
    };
    let (found, why) = match caps.charset(Frames::Auto) {
        Charset::Unicode => ("box drawing", width),
        Charset::Console => (
            "plain boxes, no dots",
            "the kernel's console has few characters",
        ),
        Charset::Ascii => ("ASCII", "the locale is not UTF-8"),
        Charset::Plain | Charset::Wide => ("ASCII, text in UTF-8", width),
    };
    let check = Check::new("terminal", "frames", Status::Ok, found).why(why);
    if caps.wide.is_none() && caps.charset(Frames::Auto) == Charset::Unicode {
        check.advice("if frames are broken: `--set ui.frames=plain`")
    } else {
        check
    }
}

fn glyphs(glyphs: Glyphs) -> Check {
    let example = match glyphs {
        Glyphs::HalfBlock => "▀▄█",
        Glyphs::Quadrant => "▘▚▟",
        Glyphs::Sextant => "🬗🬤🬻",
        Glyphs::Braille => "⠑⢕⣿",
        Glyphs::Ascii => ".+@",
    };
    Check::new(
        "terminal",
        "digits",
        Status::Ok,
        format!("drawn with {} {example}", glyphs.name()),
    )
}

/// How the dashboard draws samples.
fn live(caps: &Caps) -> Check {
    let drawn = match caps.live_graphics(SampleGraphics::Auto) {
        Graphics::None => match caps.colors {
            _ if !caps.utf8 => Glyphs::Ascii,
            ColorDepth::None => Glyphs::Braille,
            ColorDepth::Ansi16 => Glyphs::HalfBlock,
            _ if caps.live_sextants(SampleGraphics::Auto) => Glyphs::Sextant,
            _ => Glyphs::Quadrant,
        }
        .name(),
        pixels => pixels.name(),
    };
    Check::new(
        "terminal",
        "dashboard",
        Status::Ok,
        format!("draws samples with {drawn}"),
    )
    .why("ui.graphics=auto relies on the terminal's answers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::probe::Answers;

    fn a_terminal(variables: &'static [(&'static str, &'static str)]) -> Terminal {
        let look_up = |name: &str| {
            variables
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        Terminal {
            caps: Caps::from_env(look_up),
            cells: (80, 24),
        }
    }

    fn of(terminal: &Terminal) -> Vec<Check> {
        checks(Some(terminal), &Relays::default())
    }

    fn found<'a>(checks: &'a [Check], name: &str) -> Option<&'a Check> {
        checks.iter().find(|check| check.name == name)
    }

    fn status(checks: &[Check], name: &str) -> Option<Status> {
        found(checks, name).map(|check| check.status)
    }

    #[test]
    fn a_good_terminal_has_no_warning() {
        let checks = of(&a_terminal(&[("TERM", "xterm-kitty"), ("LANG", "C.UTF-8")]));
        assert!(
            checks.iter().all(|check| check.status != Status::Warn),
            "{checks:#?}"
        );
    }

    #[test]
    fn fixable_problems_are_warnings_with_advice() {
        let poor = Terminal {
            cells: (60, 20),
            ..a_terminal(&[("TERM", "xterm"), ("LANG", "C")])
        };
        let checks = of(&poor);
        for name in ["size", "colours", "UTF-8"] {
            assert_eq!(status(&checks, name), Some(Status::Warn), "{name}");
        }
        assert!(
            checks
                .iter()
                .all(|check| check.status != Status::Warn || check.advice.is_some())
        );
    }

    #[test]
    fn unwanted_colours_are_not_a_problem() {
        let checks = of(&a_terminal(&[
            ("TERM", "xterm-kitty"),
            ("LANG", "C.UTF-8"),
            ("NO_COLOR", "1"),
        ]));
        assert_eq!(status(&checks, "colours"), Some(Status::Ok));
    }

    #[test]
    fn multiplexers_are_reported_with_their_evidence() {
        let tmux = a_terminal(&[("TERM", "tmux-256color"), ("LANG", "C.UTF-8")]);
        let checks = of(&tmux);
        let check = found(&checks, "tmux").map(|check| (check.why.clone(), check.advice.clone()));
        let (why, advice) = check.unwrap_or_default();
        assert_eq!(why.as_deref(), Some("TERM=tmux-256color"));
        assert!(advice.is_some_and(|advice| advice.contains("allow-passthrough")));
        let mosh = Relays {
            seen: vec![("mosh", "a process above this one is mosh-server".to_owned())],
            passes_through: None,
        };
        let terminal = a_terminal(&[("TERM", "xterm-256color"), ("LANG", "C.UTF-8")]);
        assert_eq!(
            status(&super::checks(Some(&terminal), &mosh), "mosh"),
            Some(Status::Note)
        );
        // A terminal that was opened from within tmux reports its own name.
        let mut opened = a_terminal(&[("TERM", "xterm-256color"), ("TMUX", "/tmp/x,1,0")]);
        let relays = Relays {
            seen: vec![("tmux", "TMUX is set".to_owned())],
            passes_through: None,
        };
        opened.caps = opened.caps.with_answers(&Answers {
            attributes: true,
            name: Some("XTerm(379)".to_owned()),
            ..Answers::default()
        });
        let checks = super::checks(Some(&opened), &relays);
        assert!(found(&checks, "tmux").is_none(), "{checks:#?}");
        assert_eq!(
            found(&checks, "answers").map(|c| c.found.as_str()),
            Some("XTerm(379)")
        );
    }

    #[test]
    fn wide_characters_are_reported_with_their_treatment() {
        let terminal = a_terminal(&[("TERM", "xterm-256color"), ("LANG", "ja_JP.UTF-8")]);
        let wide = |wide| Terminal {
            caps: terminal.caps.clone().with_answers(&Answers {
                attributes: true,
                wide,
                ..Answers::default()
            }),
            ..terminal.clone()
        };
        let frames = |terminal: &Terminal| {
            found(&of(terminal), "frames")
                .map(|check| (check.found.clone(), check.advice.is_some()))
        };
        assert_eq!(
            frames(&wide(Some(true))),
            Some(("ASCII, text in UTF-8".to_owned(), false))
        );
        assert_eq!(
            frames(&wide(Some(false))),
            Some(("box drawing".to_owned(), false))
        );
        assert_eq!(frames(&wide(None)), Some(("box drawing".to_owned(), true)));
    }
}
