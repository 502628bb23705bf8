//! How large an image is, is a value: no file says it, but for those of the data that has that shape.

use std::fs;
use std::path::Path;

use super::source::{Token, files, root, tokens, tokens_of};

/// Names that such constants once had.
const NAMES: &[&str] = &["DIGIT_SIDE", "IMAGE_BYTES", "IMAGE_PIXELS", "IMAGE_SIDE"];

/// Pixels of an image of MNIST, and of one of its sides.
const PIXELS: &str = "784";
const SIDE: &str = "28";

/// Files that say 28 and mean something else.
const OTHER_MEANINGS: &[&str] = &[
    // The fractions of a page by which strokes bend.
    "data/digits/glyphs.rs",
    "data/digits/hand.rs",
    "testkit/digits.rs",
    // The code of a key.
    "terminal/decode/keys.rs",
    // Columns of the log.
    "tui/panels/log.rs",
    // The number of a colour.
    "tui/theme.rs",
];

/// Where the shape is written down.
const SHAPE: &str = "shape.rs";

/// Files of data that has the shape of MNIST's, and of what is made for it.
const OF_MNIST: &[&str] = &[
    "bench/train.rs",
    "data/digits/mod.rs",
    "data/registry/fashion_mnist.rs",
    "data/registry/mnist.rs",
    "eval/judge/network.rs",
    "testkit/digits.rs",
    "testkit/events.rs",
    "testkit/images.rs",
];

fn name(path: &Path) -> String {
    let below = path.strip_prefix(root()).unwrap_or(path);
    below.display().to_string()
}

/// What a file says of the shape of images.
fn said(file: &str, tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        let is_side = |word: &str| word == SIDE && !OTHER_MEANINGS.contains(&file);
        match token {
            Token::Word(word) if NAMES.contains(&&**word) || word == PIXELS || is_side(word) => {
                found.push(format!("{file}: {word}"));
            }
            Token::Text(text) if text.contains("28×28") || text.contains(PIXELS) => {
                found.push(format!("{file}: \"{text}\""));
            }
            _ => {}
        }
    }
    let is_mnist = |three: &[Token]| {
        let words = (three[0].word(), three[2].word());
        words == (Some("ImageShape"), Some("MNIST")) && three[1] == Token::Colons
    };
    if !OF_MNIST.contains(&file) && tokens.windows(3).any(is_mnist) {
        found.push(format!("{file}: ImageShape::MNIST"));
    }
    found
}

#[test]
fn no_constant_says_how_large_an_image_is() {
    let mut wrong = Vec::new();
    let all = files(&root());
    for path in all.iter().filter(|path| name(path) != SHAPE) {
        wrong.extend(said(&name(path), &tokens_of(path)));
    }
    // Its words and comments are enough like Rust's.
    let kernels = root().join("nn/backend/cuda/kernels.cu");
    let kernels = fs::read_to_string(kernels).unwrap();
    wrong.extend(said("kernels.cu", &tokens(&kernels)));
    assert!(
        wrong.is_empty(),
        "take it from an `ImageShape`:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_places_of_exceptions_exist() {
    for file in OTHER_MEANINGS.iter().chain(OF_MNIST).chain([&SHAPE]) {
        assert!(root().join(file).is_file(), "{file}");
    }
    let found = said(
        "a.rs",
        &tokens("const N: usize = 28 * 28; f(784, DIGIT_SIDE, \"28×28\")"),
    );
    assert_eq!(found.len(), 5, "{found:?}");
    let found = said("a.rs", &tokens("ImageShape::MNIST // 28"));
    assert_eq!(found, ["a.rs: ImageShape::MNIST"]);
}
