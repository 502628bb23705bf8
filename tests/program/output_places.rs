//! `-o` can be anything that other tools write to: links, pipes, devices, files with modes.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::workbench::{Bench, Done, Program};

fn bench() -> Bench {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2"]);
    bench
}

fn draw(bench: &Bench, file: &str) -> Done {
    bench.run(&["sample", "a", "-n", "4", "-o", file])
}

fn drawn(bench: &Bench, file: &str) {
    let done = draw(bench, file);
    assert_eq!(done.code, Some(0), "{file}: {}", done.err);
}

fn is_png(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG"))
}

#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let bench = bench();
    fs::create_dir(bench.path("shared")).unwrap();
    symlink("shared/digits.png", bench.path("link.png")).unwrap();
    // Its target does not exist at first.
    for _ in 0..2 {
        drawn(&bench, "link.png");
        assert!(bench.path("link.png").is_symlink());
        assert!(is_png(&bench.path("shared/digits.png")));
    }
    symlink("circle.png", bench.path("circle.png")).unwrap();
    let done = draw(&bench, "circle.png");
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("circle"), "{}", done.err);
}

#[test]
fn pipes_and_devices_are_written_directly() {
    let bench = bench();
    let pipe = bench.path("pipe.idx");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let program = Program::start(&mut bench.command(&["sample", "a", "-n", "4", "-o", "pipe.idx"]));
    let mut bytes = Vec::new();
    File::open(&pipe).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(program.finish().code, Some(0));
    assert_eq!(bytes.len(), 16 + 4 * 784);
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());

    symlink("/dev/null", bench.path("null.npy")).unwrap();
    drawn(&bench, "null.npy");
    drawn(&bench, "/dev/null");
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    let done = draw(&bench, "/dev/full");
    assert_eq!(done.code, Some(1), "{}", done.err);
    assert!(done.err.contains("No space left"), "{}", done.err);
}

#[test]
fn standard_output_accepts_a_picture_under_each_name() {
    let bench = bench();
    for name in ["-", "/dev/stdout", "/proc/self/fd/1"] {
        let path = bench.path("out");
        let status = bench
            .command(&["sample", "a", "-n", "4", "-o", name])
            .stdout(File::create(&path).unwrap())
            .status();
        assert_eq!(status.unwrap().code(), Some(0), "{name}");
        assert!(is_png(&path), "{name}");
    }
}

#[test]
fn a_replaced_file_keeps_its_mode_and_a_folder_is_refused() {
    let bench = bench();
    let (file, mode) = (bench.path("a.png"), 0o640);
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    drawn(&bench, "a.png");
    assert!(is_png(&file));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        mode
    );
    fs::create_dir(bench.path("b.png")).unwrap();
    let done = draw(&bench, "b.png");
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("folder"), "{}", done.err);
}
