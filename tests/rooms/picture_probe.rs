//! The bounded probe against a real pseudo-terminal: answers, silence, and the mode left behind.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::thread;
use std::time::Duration;

use genai_tui::terminal::probe::{Answers, RawMode, ask, questions};
use portable_pty::{MasterPty, PtySize, native_pty_system};
use rustix::termios::{LocalModes, Termios, tcgetattr};

/// Long enough for a busy machine; only a terminal that never answers takes this long.
const PATIENT: Duration = Duration::from_secs(30);

/// A pseudo-terminal, seen from both sides.
struct Pty {
    /// The emulator's side.
    master: Box<dyn MasterPty + Send>,
    /// Keeps the program's side open.
    _slave: Box<dyn portable_pty::SlavePty + Send>,
    /// The program's side.
    terminal: File,
}

fn open() -> Pty {
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    let path = pair.master.tty_name().unwrap();
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed());
    Pty {
        terminal: options.open(path).unwrap(),
        master: pair.master,
        _slave: pair.slave,
    }
}

/// Reads the queries as an emulator would, then sends `answer`.
fn emulator(pty: &Pty, answer: &'static [&'static [u8]]) -> thread::JoinHandle<()> {
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut writer = pty.master.take_writer().unwrap();
    thread::spawn(move || {
        let mut asked = vec![0; questions(true).len()];
        reader.read_exact(&mut asked).unwrap();
        assert_eq!(asked, questions(true).as_bytes());
        for piece in answer {
            writer.write_all(piece).unwrap();
            writer.flush().unwrap();
            thread::sleep(Duration::from_millis(5));
        }
    })
}

fn mode(terminal: &File) -> (Termios, bool) {
    let mode = tcgetattr(terminal).unwrap();
    let cooked = mode
        .local_modes
        .contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
    (mode, cooked)
}

fn asked(pty: &Pty, patience: Duration) -> Answers {
    let raw = RawMode::enter_on(pty.terminal.try_clone().unwrap()).unwrap();
    assert!(!mode(&pty.terminal).1);
    ask(&raw, true, |_| false, patience).unwrap()
}

#[test]
fn split_answers_with_keys_in_between_are_understood() {
    let pty = open();
    let answer: &[&[u8]] = &[
        b"c",
        b"\x1b_Gi=31;O",
        b"K\x1b\\x\x1b[6;1",
        b"8;9t",
        b"\x1b[?62",
        b";4c",
    ];
    let emulator = emulator(&pty, answer);
    let answers = asked(&pty, PATIENT);
    emulator.join().unwrap();
    let expected = Answers {
        attributes: true,
        kitty: true,
        sixel: true,
        cell_px: Some((9, 18)),
        took: answers.took,
        ..Answers::default()
    };
    assert_eq!(answers, expected);
    assert!(answers.took < PATIENT, "the last answer ends the wait");
    assert!(mode(&pty.terminal).1, "the mode is restored");
}

#[test]
fn a_silent_terminal_is_not_waited_for() {
    let pty = open();
    let emulator = emulator(&pty, &[b"typed"]);
    let answers = asked(&pty, Duration::from_millis(200));
    emulator.join().unwrap();
    assert_eq!(
        answers,
        Answers {
            took: answers.took,
            ..Answers::default()
        }
    );
    assert!(mode(&pty.terminal).1, "the mode is restored");
}

#[test]
fn the_mode_is_restored_after_a_panic() {
    let pty = open();
    let before = mode(&pty.terminal);
    assert!(before.1);
    let terminal = pty.terminal.try_clone().unwrap();
    let asker = thread::spawn(move || {
        let _raw = RawMode::enter_on(terminal).unwrap();
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(asker.join().is_err());
    assert!(mode(&pty.terminal).1);
}
