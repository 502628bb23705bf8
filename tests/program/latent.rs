//! `genai-tui latent`: looking into the latent space of a trained run.

use crate::workbench::Bench;

/// Width and height of a PNG, from its header.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_gan_and_a_vae_can_be_walked_through() {
    let bench = Bench::new();
    for (run, flags) in [
        ("gan", &["--objective", "gan"][..]),
        ("vae", &["--objective", "vae", "--set", "latent_dim=2"]),
    ] {
        bench.trained(run, &[&["--steps", "3"], flags].concat());
    }
    let png = |arguments: &[&str]| {
        let done = bench.run(&[arguments, &["-o", "out.png"]].concat());
        assert_eq!(done.code, Some(0), "{}", done.err);
        (
            size(&std::fs::read(bench.path("out.png")).unwrap()),
            done.err,
        )
    };
    let grid = |columns: u32, rows: u32| (columns * 30 + 2, rows * 30 + 2);
    let (walk, said) = png(&["latent", "gan"]);
    assert_eq!(walk, grid(16, 1));
    assert!(
        said.contains("interpolation from seed 0 to seed 1 of run gan, step 3"),
        "{said}"
    );
    let (rows, _) = png(&["latent", "gan", "dimension", "0", "7", "99", "-n", "5"]);
    assert_eq!(rows, grid(5, 3));
    let (near, said) = png(&[
        "latent",
        "gan",
        "neighbours",
        "-n",
        "2",
        "-k",
        "3",
        "--seed",
        "5",
    ]);
    assert_eq!(near, grid(4, 2));
    assert!(said.contains("seed 6: "), "{said}");
    assert_eq!(png(&["latent", "vae", "map", "-n", "4"]).0, grid(4, 4));
    assert_eq!(
        png(&["latent", "vae", "reconstruct", "-n", "8"]).0,
        grid(8, 2)
    );

    for (arguments, says) in [
        (
            &["latent", "gan", "dimension", "100"][..],
            "expected 0 to 99, found 100",
        ),
        (&["latent", "gan", "map"], "found 100"),
        (
            &["latent", "gan", "reconstruct"],
            "found one without an encoder",
        ),
        (&["latent", "vae", "map", "--reach=-1"], "--reach"),
        (&["latent", "vae", "--ema"], "keeps no average"),
    ] {
        let done = bench.run(&[arguments, &["-o", "none.png"]].concat());
        assert_eq!(done.code, Some(2), "{}", done.err);
        assert!(done.err.contains(says), "{}", done.err);
        assert!(!bench.path("none.png").exists());
    }
}

#[test]
fn a_vae_is_saved_and_resumed_with_its_own_file_names() {
    let bench = Bench::new();
    let done = bench.train("v", &["--objective", "vae", "--steps", "4"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("objective: VAE"), "{}", done.err);
    let folder = bench.path("runs/v/checkpoints/step-00000004");
    for network in ["encoder", "decoder"] {
        assert!(folder.join(format!("{network}.safetensors")).is_file());
    }
    let done = bench.run(&[
        "--no-tui",
        "--resume",
        "v",
        "--steps",
        "6",
        "--set",
        "vae.beta=2",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(
        done.err.contains("set vae.beta 2: vae.beta 1 -> 2"),
        "{}",
        done.err
    );
    // Networks of another kind cannot be resumed.
    let done = bench.run(&[
        "--no-tui",
        "--fork",
        "v",
        "--objective",
        "gan",
        "--name",
        "f",
    ]);
    assert_eq!(done.code, Some(2), "{}", done.err);
    assert!(done.err.contains("the networks of vae"), "{}", done.err);
    let done = bench.run(&[
        "--no-tui",
        "--resume",
        "v",
        "--steps",
        "9",
        "--objective",
        "gan",
    ]);
    assert!(done.err.contains("starts a separate run"), "{}", done.err);
}
