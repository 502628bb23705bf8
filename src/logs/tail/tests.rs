#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::OpenOptions;
use std::io::Write as _;

use super::*;

fn lines(tail: &mut Tail) -> Vec<String> {
    let mut found = Vec::new();
    while let Line::Whole(line) = tail.line().unwrap() {
        found.push(String::from_utf8(line).unwrap());
    }
    tail.close();
    found
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_file_is_followed_and_its_torn_end_waits() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "a\nb\r\nto").unwrap();
    let mut tail = Tail::new(&path);
    assert!(!tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["a", "b"]);
    append(&path, "rn\nc\n");
    assert!(!tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["torn", "c"]);
    assert_eq!((tail.left(), tail.position()), (0, 12));
}

#[test]
fn a_file_that_is_written_anew_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "step,loss\n1,2\n").unwrap();
    let mut tail = Tail::new(&path);
    let _ = tail.look().unwrap();
    assert_eq!(lines(&mut tail).len(), 2);
    // Longer, with another beginning.
    fs::write(&path, "step,loss,fid\n1,2,\n2,2,3\n").unwrap();
    assert!(tail.look().unwrap());
    assert_eq!(lines(&mut tail).len(), 3);
    // Shorter.
    fs::write(&path, "step\n").unwrap();
    assert!(tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["step"]);
    // Replaced by a file that continues it.
    fs::write(dir.path().join("new"), "step\n1\n").unwrap();
    fs::rename(dir.path().join("new"), &path).unwrap();
    assert!(tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["step", "1"]);
    // The same up to here and longer: that is growth, however it came about.
    fs::write(&path, "step\n1\n2\n").unwrap();
    assert!(!tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["2"]);
}

#[test]
fn a_last_line_without_an_end_counts_once_nobody_writes_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "a\n1").unwrap();
    let mut tail = Tail::new(&path);
    let _ = tail.look().unwrap();
    assert_eq!(lines(&mut tail), ["a"]);
    assert_eq!(tail.last_line(|_| false), None);
    let file = OpenOptions::new().append(true).open(&path).unwrap();
    let before = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    file.set_modified(before).unwrap();
    assert!(!tail.look().unwrap());
    assert_eq!(tail.line().unwrap(), Line::Waits);
    assert_eq!(tail.last_line(|_| false), Some(b"1".to_vec()));
    assert_eq!(tail.last_line(|_| false), None);
    append(&path, "2\n");
    assert!(tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["a", "12"]);
}

#[test]
fn a_last_line_that_is_whole_counts_at_once_and_its_end_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "a\n{1").unwrap();
    let mut tail = Tail::new(&path);
    let _ = tail.look().unwrap();
    assert_eq!(lines(&mut tail), ["a"]);
    let is_whole = |line: &[u8]| line.ends_with(b"}");
    assert_eq!(tail.last_line(is_whole), None);
    append(&path, "}");
    assert!(!tail.look().unwrap());
    assert_eq!(tail.line().unwrap(), Line::Waits);
    assert_eq!(tail.last_line(is_whole), Some(b"{1}".to_vec()));
    append(&path, "\n{2}\n");
    assert!(!tail.look().unwrap());
    assert_eq!(lines(&mut tail), ["{2}"]);
    append(&path, "c");
    assert!(!tail.look().unwrap());
    assert_eq!(lines(&mut tail), Vec::<String>::new());
}

#[test]
fn a_line_of_any_length_takes_bounded_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let long = "x".repeat(LINE + 10 * CHUNK);
    fs::write(&path, format!("a\n{long}\nb\n")).unwrap();
    let mut tail = Tail::new(&path);
    let _ = tail.look().unwrap();
    assert_eq!(tail.line().unwrap(), Line::Whole(b"a".to_vec()));
    assert_eq!(tail.line().unwrap(), Line::TooLong);
    assert!(tail.bytes.capacity() < 2 * LINE + 4 * CHUNK);
    assert_eq!(tail.line().unwrap(), Line::Whole(b"b".to_vec()));
}

#[test]
fn more_than_the_file_has_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, "0123456789").unwrap();
    let mut tail = Tail::new(&path);
    let _ = tail.look().unwrap();
    assert_eq!(tail.need(usize::MAX / 2).unwrap(), None);
    assert_eq!(tail.need(4).unwrap().map(<[u8]>::len), Some(10));
    tail.consume(8);
    tail.consume(100);
    assert_eq!(tail.need(1).unwrap(), None);
}
