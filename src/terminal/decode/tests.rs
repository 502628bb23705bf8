use crossterm::event::{KeyModifiers, MouseButton, MouseEventKind};

use super::*;

/// What comes of bytes, taken in at once and then byte by byte.
fn read(bytes: &[u8]) -> Vec<Item> {
    let mut whole = Decoder::default();
    let mut items = whole.feed(bytes);
    items.extend(whole.settle());
    let mut pieces = Decoder::default();
    let mut same: Vec<Item> = bytes.iter().flat_map(|b| pieces.feed(&[*b])).collect();
    same.extend(pieces.settle());
    assert_eq!(items, same, "in pieces");
    assert_eq!(whole.patience(), None);
    items
}

fn keys(bytes: &[u8]) -> Vec<(KeyCode, KeyModifiers)> {
    let items = read(bytes).into_iter();
    items
        .filter_map(|item| match item {
            Item::Input(Event::Key(key)) => Some((key.code, key.modifiers)),
            _ => None,
        })
        .collect()
}

const NONE: KeyModifiers = KeyModifiers::NONE;

#[test]
fn keys_are_decoded() {
    assert_eq!(keys(b"a"), [(KeyCode::Char('a'), NONE)]);
    assert_eq!(keys(b"Q"), [(KeyCode::Char('Q'), KeyModifiers::SHIFT)]);
    assert_eq!(keys(b"\x03"), [(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
    assert_eq!(
        keys(b"\r\n\x7f\t"),
        [
            (KeyCode::Enter, NONE),
            (KeyCode::Enter, NONE),
            (KeyCode::Backspace, NONE),
            (KeyCode::Tab, NONE)
        ]
    );
    assert_eq!(keys("字".as_bytes()), [(KeyCode::Char('字'), NONE)]);
    assert_eq!(
        keys(b"\x1b[A\x1bOB"),
        [(KeyCode::Up, NONE), (KeyCode::Down, NONE)]
    );
    assert_eq!(
        keys(b"\x1b[1;5C"),
        [(KeyCode::Right, KeyModifiers::CONTROL)]
    );
    assert_eq!(
        keys(b"\x1b[3~\x1b[15~"),
        [(KeyCode::Delete, NONE), (KeyCode::F(5), NONE)]
    );
    assert_eq!(
        keys(b"\x1b[[C\x1b[21~"),
        [(KeyCode::F(3), NONE), (KeyCode::F(10), NONE)]
    );
    assert_eq!(keys(b"\x1b[Z"), [(KeyCode::BackTab, KeyModifiers::SHIFT)]);
    assert_eq!(
        keys(b"\x1b[97;5u"),
        [(KeyCode::Char('a'), KeyModifiers::CONTROL)]
    );
}

#[test]
fn escape_is_a_key_if_nothing_follows_at_once() {
    let mut decoder = Decoder::default();
    let (x, escape) = (character('x'), Item::Input(key(KeyCode::Esc)));
    let with_alt = Item::Input(with(KeyModifiers::ALT, x.clone()));
    assert_eq!(decoder.feed(b"\x1bx"), [with_alt]);
    assert_eq!(decoder.feed(b"\x1b"), []);
    assert_eq!(decoder.feed(b"x"), [escape, Item::Input(x)]);
    assert_eq!(decoder.feed(b"\x1b"), []);
    assert_eq!(decoder.patience(), Some(ESCAPE));
    assert_eq!(decoder.settle(), [Item::Input(key(KeyCode::Esc))]);
    assert_eq!(
        keys(b"\x1b\x1b"),
        [(KeyCode::Esc, NONE), (KeyCode::Esc, NONE)]
    );
    assert_eq!(keys(b"\x1b["), [(KeyCode::Char('['), KeyModifiers::ALT)]);
    // Half a sequence is not a key.
    assert_eq!(keys(b"\x1b[1;"), []);
}

#[test]
fn a_character_in_pieces_is_waited_for_like_the_rest_of_a_sequence() {
    let mut decoder = Decoder::default();
    let [a, b, c] = [0, 1, 2].map(|at| "数".as_bytes()[at]);
    for piece in [a, b] {
        assert_eq!(decoder.feed(&[piece]), []);
        assert_eq!(decoder.patience(), Some(REST));
    }
    assert_eq!(decoder.feed(&[c]), [Item::Input(character('数'))]);
    assert_eq!(decoder.patience(), None);
}

#[test]
fn answers_are_never_keys() {
    for answer in [
        &b"\x1bP>|tmux 3.3a\x1b\\"[..],
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b[?62;4;22c",
        b"\x1b[>84;0;0c",
        b"\x1b[12;3R",
        b"\x1b[6;16;8t",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\",
        b"\x1b]1337;ReportCellSize=16.0;8.0\x07",
        b"\x1b[?2026;2$y",
    ] {
        let around = [b"a", answer, b"b"].concat();
        let wanted = [
            Item::Input(character('a')),
            Item::Answer(answer.to_vec()),
            Item::Input(character('b')),
        ];
        assert_eq!(read(&around), wanted);
        // A truncated answer does not swallow what follows.
        let mut decoder = Decoder::default();
        decoder.feed(&answer[..answer.len() - 1]);
        decoder.settle();
        assert_eq!(decoder.feed(b"q"), [Item::Input(character('q'))]);
    }
    assert_eq!(
        keys(b"\x1b_Gi=3\x03"),
        [(KeyCode::Char('c'), KeyModifiers::CONTROL)]
    );
}

#[test]
fn a_paste_is_one_text() {
    let paste = |text: &str| vec![Item::Input(Event::Paste(text.to_owned()))];
    assert_eq!(read(b"\x1b[200~q\r\x1b[A\x1b[201~"), paste("q\r\x1b[A"));
    assert_eq!(read("\x1b[200~数字\x1b[201~".as_bytes()), paste("数字"));
    // Without its end it is over when nothing more comes.
    assert_eq!(read(b"\x1b[200~abc"), paste("abc"));
    let mut decoder = Decoder::default();
    decoder.feed(b"\x1b[200~");
    (0..100).for_each(|_| assert_eq!(decoder.feed(&[b'x'; 4096]), []));
    let items = decoder.feed(b"\x1b[201~z");
    assert!(matches!(&items[..], [Item::Input(Event::Paste(text)), _] if text.len() == PASTE));
}

#[test]
fn all_three_mouse_encodings_are_decoded() {
    let kind = |bytes: &[u8]| match read(bytes).as_slice() {
        [Item::Input(Event::Mouse(mouse))] => Some((mouse.kind, mouse.column, mouse.row)),
        _ => None,
    };
    let down = MouseEventKind::Down(MouseButton::Left);
    for form in [&b"\x1b[<0;5;7M"[..], b"\x1b[32;5;7M", b"\x1b[M %'"] {
        assert_eq!(kind(form), Some((down, 4, 6)));
    }
    let up = MouseEventKind::Up(MouseButton::Left);
    assert_eq!(kind(b"\x1b[<0;5;7m"), Some((up, 4, 6)));
    assert_eq!(
        kind(b"\x1b[<64;1;1M"),
        Some((MouseEventKind::ScrollUp, 0, 0))
    );
    let drag = MouseEventKind::Drag(MouseButton::Left);
    assert_eq!(kind(b"\x1b[<32;9;1M"), Some((drag, 8, 0)));
}

#[test]
fn invalid_bytes_are_skipped() {
    assert_eq!(keys(b"\xff\xc3q\xe6\x95"), [(KeyCode::Char('q'), NONE)]);
    assert_eq!(
        keys(b"\x1b[1\x01"),
        [(KeyCode::Char('a'), KeyModifiers::CONTROL)]
    );
}

#[test]
fn the_rest_of_a_delayed_sequence_is_never_a_bound_key() {
    let escape = || Item::Input(key(KeyCode::Esc));
    let pieces = |pieces: &[&[u8]]| -> Vec<Item> {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.feed(b"\x1b"), []);
        assert_eq!(decoder.settle(), [escape()]);
        assert_eq!(decoder.patience(), None);
        pieces
            .iter()
            .flat_map(|piece| decoder.feed(piece))
            .collect()
    };
    let right = Item::Input(key(KeyCode::Right));
    for rest in [&[&b"[C"[..]][..], &[b"[", b"C"], &[b"OC"], &[b"O", b"C"]] {
        assert_eq!(pieces(rest), std::slice::from_ref(&right));
    }
    assert_eq!(
        pieces(&[b"[", b"5", b"~"]),
        [Item::Input(key(KeyCode::PageUp))]
    );
    assert_eq!(pieces(&[b"[12;3R"]), [Item::Answer(b"\x1b[12;3R".to_vec())]);
    // A sequence that is never completed leaves no keys behind.
    let mut decoder = Decoder::default();
    decoder.feed(b"\x1b");
    decoder.settle();
    assert_eq!([decoder.feed(b"["), decoder.feed(b"5")], [vec![], vec![]]);
    assert!(decoder.is_late());
    assert_eq!(decoder.settle(), []);
    // The same where a second byte came in time.
    let mut decoder = Decoder::default();
    decoder.feed(b"\x1b[");
    decoder.settle();
    assert_eq!(decoder.feed(b"C"), [right]);
}

#[test]
fn brackets_typed_after_escape_are_keys() {
    let keys =
        |text: &str| -> Vec<Item> { text.chars().map(|c| Item::Input(character(c))).collect() };
    let after_escape = || {
        let mut decoder = Decoder::default();
        decoder.feed(b"\x1b");
        decoder.settle();
        decoder
    };
    // Alone it waits for a while.
    let mut decoder = after_escape();
    assert_eq!(decoder.feed(b"["), []);
    assert_eq!(decoder.patience(), Some(REST));
    assert_eq!(decoder.settle(), keys("["));
    assert_eq!(decoder.feed(b"["), keys("["));
    // What no sequence ends with shows that there is none.
    let mut decoder = after_escape();
    assert_eq!(decoder.feed(b"["), []);
    assert_eq!(decoder.feed(b"q"), keys("[q"));
    assert_eq!(decoder.feed(b"["), keys("["));
    let mut decoder = after_escape();
    assert_eq!(decoder.feed(b"[[["), keys("[[["));
    // Later it is not the rest of a sequence.
    let mut decoder = after_escape();
    decoder.forget();
    assert_eq!(decoder.feed(b"["), keys("["));
    // Nor behind another key.
    let mut decoder = after_escape();
    assert_eq!(decoder.feed(b"x["), keys("x["));
}
