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
fn graphics_follow_the_answers() {
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
        found
            .graphics_why
            .contains("size of a character is unknown"),
        "{}",
        found.graphics_why
    );
}

#[test]
fn live_graphics_follow_the_answers_or_the_setting() {
    let utf8 = ("LANG", "C.UTF-8");
    let kitty = Answers {
        kitty: true,
        ..answers()
    };
    let live = |variables: &[(&str, &str)], answers: &Answers, setting: SampleGraphics| {
        let caps = caps(&[variables, &[utf8]].concat()).with_answers(answers);
        caps.live_graphics(setting)
    };
    let term = ("TERM", "xterm-kitty");
    assert_eq!(live(&[term], &kitty, SampleGraphics::Auto), Graphics::Kitty);
    assert_eq!(live(&[term], &kitty, SampleGraphics::None), Graphics::None);
    assert_eq!(
        live(&[term, ("NO_COLOR", "1")], &kitty, SampleGraphics::Auto),
        Graphics::None
    );
    // Names come along to where nobody knows them.
    assert_eq!(
        live(&[term], &answers(), SampleGraphics::Auto),
        Graphics::None
    );
    assert_eq!(
        live(&[term], &Answers::default(), SampleGraphics::Auto),
        Graphics::None
    );
    assert_eq!(
        live(&[term], &Answers::default(), SampleGraphics::Sixel),
        Graphics::Sixel
    );
}

#[test]
fn inline_images_need_an_answer_not_just_a_name() {
    let iterm = [
        ("TERM", "xterm-256color"),
        ("LC_TERMINAL", "iTerm2"),
        ("TERM_PROGRAM", "iTerm.app"),
    ];
    let by = |answers: Answers| caps(&iterm).with_answers(&answers).graphics;
    assert_eq!(caps(&iterm).graphics, Graphics::None);
    assert_eq!(by(Answers::default()), Graphics::None);
    assert_eq!(by(answers()), Graphics::None);
    let named = |name: &str| Answers {
        name: Some(name.to_owned()),
        ..answers()
    };
    assert_eq!(by(named("iTerm2 3.5.0")), Graphics::Iterm2);
    assert_eq!(by(named("tmux 3.3a")), Graphics::None);
    let iterm2 = true;
    assert_eq!(
        by(Answers {
            iterm2,
            ..answers()
        }),
        Graphics::Iterm2
    );
}

#[test]
fn colours_are_limited_by_the_multiplexer() {
    let came_along = ("COLORTERM", "truecolor");
    let colors = |variables: &[(&str, &str)]| caps(variables).colors;
    assert_eq!(
        colors(&[("TERM", "screen"), came_along]),
        ColorDepth::Ansi256
    );
    assert_eq!(
        colors(&[("TERM", "xterm-256color"), ("STY", "1.a"), came_along]),
        ColorDepth::Ansi256
    );
    assert_eq!(
        colors(&[("TERM", "screen"), ("TMUX", "x"), came_along]),
        ColorDepth::TrueColor
    );
    assert_eq!(colors(&[("TERM", "linux"), came_along]), ColorDepth::Ansi16);
    assert_eq!(
        colors(&[("TERM", "screen"), ("NO_COLOR", "1")]),
        ColorDepth::None
    );
    let answered = |variables: &[(&str, &str)], name: Option<&str>, kind| {
        let answers = Answers {
            name: name.map(str::to_owned),
            kind,
            ..answers()
        };
        caps(variables).with_answers(&answers).colors
    };
    // Nothing says so but the answer: in a container, through mosh, on a line of its own.
    let xterm = [("TERM", "xterm"), came_along];
    assert_eq!(answered(&xterm, None, Some(83)), ColorDepth::Ansi256);
    assert_eq!(
        answered(&xterm[..1], Some("kitty(0.26.5)"), Some(1)),
        ColorDepth::TrueColor
    );
    assert_eq!(
        answered(&xterm[..1], Some("tmux 3.3a"), Some(84)),
        ColorDepth::Ansi256
    );
    // A window that was opened from within GNU screen is not in it.
    let opened = [("TERM", "xterm-256color"), ("STY", "1.a"), came_along];
    assert_eq!(
        answered(&opened, Some("XTerm(379)"), Some(41)),
        ColorDepth::TrueColor
    );
}

#[test]
fn frames_are_plain_if_box_characters_are_wide() {
    let utf8 = ("LANG", "C.UTF-8");
    let charset = |variables: &[(&str, &str)], wide, setting: Frames| {
        let answers = Answers { wide, ..answers() };
        caps(variables).with_answers(&answers).charset(setting)
    };
    let xterm = [("TERM", "xterm-256color"), utf8];
    assert_eq!(charset(&xterm, Some(false), Frames::Auto), Charset::Unicode);
    assert_eq!(charset(&xterm, None, Frames::Auto), Charset::Unicode);
    assert_eq!(charset(&xterm, Some(true), Frames::Auto), Charset::Wide);
    assert_eq!(charset(&xterm, Some(false), Frames::Plain), Charset::Plain);
    assert_eq!(charset(&xterm, Some(true), Frames::Plain), Charset::Wide);
    assert_eq!(
        charset(&xterm, Some(true), Frames::Unicode),
        Charset::Unicode
    );
    assert_eq!(
        charset(&xterm[..1], Some(true), Frames::Unicode),
        Charset::Ascii
    );
    assert_eq!(
        charset(&[("TERM", "linux"), utf8], None, Frames::Auto),
        Charset::Console
    );
}

#[test]
fn requested_pictures_are_questioned_if_a_multiplexer_swallows_them() {
    let doubt = |variables: &[(&str, &str)], answers: &Answers, setting: SampleGraphics| {
        caps(variables)
            .with_answers(answers)
            .doubt(setting, answers)
    };
    let xterm = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];
    let sent = |doubt: Option<(bool, String)>| doubt.map(|(sent, _)| sent);
    assert_eq!(
        sent(doubt(&xterm, &answers(), SampleGraphics::Kitty)),
        Some(false)
    );
    assert_eq!(
        sent(doubt(&xterm, &Answers::default(), SampleGraphics::Kitty)),
        None
    );
    assert_eq!(sent(doubt(&xterm, &answers(), SampleGraphics::Auto)), None);
    assert_eq!(sent(doubt(&xterm, &answers(), SampleGraphics::None)), None);
    let tmux = [("TERM", "tmux-256color"), ("LANG", "C.UTF-8")];
    assert_eq!(
        sent(doubt(&tmux, &answers(), SampleGraphics::Kitty)),
        Some(true)
    );
    let screen = [("TERM", "screen"), ("LANG", "C.UTF-8")];
    assert_eq!(
        sent(doubt(&screen, &Answers::default(), SampleGraphics::Sixel)),
        Some(false)
    );
}

#[test]
fn inside_tmux_the_outer_terminal_is_ignored() {
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
fn terminals_that_would_print_queries_are_not_queried() {
    let may =
        |variables: &[(&str, &str)], answers: &Answers| caps(variables).may_ask_graphics(answers);
    for variables in [
        [("TERM", "linux"), ("LANG", "C")],
        [("TERM", "screen-256color"), ("LANG", "C")],
        [("TERM", "tmux-256color"), ("LC_TERMINAL", "iTerm2")],
        [("TERM", "xterm-256color"), ("TMUX", "/tmp/x,1,0")],
        [
            ("TERM", "xterm-256color"),
            ("TERM_PROGRAM", "Apple_Terminal"),
        ],
    ] {
        assert!(!may(&variables, &answers()), "{variables:?}");
    }
    let xterm = [("TERM", "xterm-256color")];
    assert!(may(&xterm, &answers()));
    assert!(!may(&xterm, &Answers::default()));
    let screen = Answers {
        kind: Some(83),
        ..answers()
    };
    assert!(!may(&xterm, &screen));
}
