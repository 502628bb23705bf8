//! The output of `--version`; the long form adds the commit, the target, the features, and the vector instructions used on
//! this machine.

use std::sync::LazyLock;

use crate::nn::vector_level;

/// The long form.
pub(super) static LONG: LazyLock<String> = LazyLock::new(|| {
    let features = features();
    let features = if features.is_empty() {
        "none".to_owned()
    } else {
        features.join(", ")
    };
    format!(
        "{}\ncommit:   {}\ntarget:   {}\nfeatures: {features}\nvectors:  {}",
        env!("CARGO_PKG_VERSION"),
        env!("GENAI_TUI_COMMIT"),
        env!("GENAI_TUI_TARGET"),
        vector_level(),
    )
});

/// Cargo features that this program was built with.
pub(super) fn features() -> Vec<&'static str> {
    [
        ("cuda", cfg!(feature = "cuda")),
        ("cudnn", cfg!(feature = "cudnn")),
        ("metal", cfg!(feature = "metal")),
        ("mkl", cfg!(feature = "mkl")),
        ("accelerate", cfg!(feature = "accelerate")),
    ]
    .into_iter()
    .filter_map(|(name, compiled)| compiled.then_some(name))
    .collect()
}
