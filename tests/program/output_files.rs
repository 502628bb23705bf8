//! `genai-tui sample`: files from a checkpoint.

use std::fs;

use crate::workbench::Bench;

/// A run with checkpoints at steps 1 and 2.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.trained("a", &["--steps", "2", "--at", "1:checkpoint"]);
    bench
}

#[test]
fn a_seed_generates_the_same_images_in_every_format() {
    let bench = bench();
    let draw = |file: &str, flags: &[&str]| {
        let done = bench.run(&[&["sample", "a", "-o", file], flags].concat());
        assert_eq!(done.code, Some(0), "{}", done.err);
        assert_eq!(done.out, "");
        assert!(done.err.contains(file), "{}", done.err);
        fs::read(bench.path(file)).unwrap()
    };
    let idx = draw("a.idx", &["--count", "10", "--seed", "3"]);
    assert_eq!(
        &idx[..16],
        [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 28, 0, 0, 0, 28]
    );
    assert_eq!(idx.len(), 16 + 10 * 784);
    assert!(idx == draw("b.idx", &["--count", "10", "--seed", "3"]));
    assert!(idx[16..] != draw("c.idx", &["--count", "10", "--seed", "4"])[16..]);
    let npy = draw("a.npy", &["--count", "10", "--seed", "3"]);
    assert!(npy.starts_with(b"\x93NUMPY"));
    let header = String::from_utf8_lossy(&npy[..128]).into_owned();
    assert!(
        header.contains("'|u1'") && header.contains("(10, 28, 28)"),
        "{header}"
    );
    assert!(npy[npy.len() - 7840..] == idx[16..]);
    let earlier = bench.run(&[
        "sample", "a@1", "--raw", "-o", "d.idx", "--count", "10", "--seed", "3",
    ]);
    assert_eq!(earlier.code, Some(0), "{}", earlier.err);
    assert!(fs::read(bench.path("d.idx")).unwrap() != idx);

    let png = draw("a.png", &["-n", "10", "--seed", "3", "--columns", "5"]);
    assert!(png == draw("b.png", &["-n", "10", "--seed", "3", "--columns", "5"]));
    let grid = image::load_from_memory(&png).unwrap().to_luma8();
    // Around and between the images.
    let gap = (grid.width() - 5 * 28) / 6;
    assert_eq!(grid.height(), 2 * 28 + 3 * gap);
    // The seventh image is the second of the second row.
    let (left, top) = (28 + 2 * gap, 28 + 2 * gap);
    for (i, pixel) in (0_u32..).zip(&idx[16 + 6 * 784..16 + 7 * 784]) {
        assert_eq!(grid.get_pixel(left + i % 28, top + i / 28).0, [*pixel]);
    }
}

#[test]
fn failures_to_generate_are_reported_and_nothing_is_written() {
    let bench = bench();
    for (flags, wanted) in [
        (&["nosuch", "-o", "x.png"][..], "there are: a"),
        (
            &["a@7", "-o", "x.png"],
            "no checkpoint at step 7, only at 1, 2",
        ),
        (
            &["a@x", "-o", "x.png"],
            "expected a step, `latest` or `best`",
        ),
        (&["a", "-o", "x.jpg"], ".jpg"),
        (&["a", "-o", "x"], ".png"),
        (&["a", "-o", "x.idx", "--columns", "3"], "--columns"),
        (&["a", "-o", "x.png", "--count", "0"], "0"),
        (&["a", "-o", "nosuch/x.png"], "nosuch"),
        (&["a"], "-o FILE.png"),
    ] {
        let done = bench.run(&[&["sample"], flags].concat());
        assert_ne!(done.code, Some(0), "{flags:?}");
        assert!(done.err.contains(wanted), "{flags:?}: {}", done.err);
        assert!(!done.err.contains("panicked"));
        assert!(!bench.path("x.png").exists() && !bench.path("x.jpg").exists());
        assert!(!bench.path("x").exists() && !bench.path("x.idx").exists());
    }
}

#[test]
fn a_damaged_checkpoint_is_reported() {
    let bench = bench();
    let file = bench.path("runs/a/checkpoints/step-00000002/generator.safetensors");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let done = bench.run(&["sample", "a", "-o", "x.png"]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("step-00000002"), "{}", done.err);
    assert_eq!(done.err.lines().count(), 1, "{}", done.err);
}
