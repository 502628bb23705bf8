//! The vector instructions for which the loops of this backend are compiled.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use std::sync::OnceLock;

use pulp::{Arch, Simd, WithSimd};

/// The length of a line with AVX-512.
pub const WIDE: usize = 64;
/// With anything else.
pub const NARROW: usize = 16;

static NARROWED: OnceLock<()> = OnceLock::new();

/// Keeps this process to the 256 bits of AVX2 on processors that have more, to measure what a lesser one does. Products
/// have the same bits at either width. Call it before the first network is made: the width decides the order of values in
/// memory.
pub fn use_avx2() {
    let _ = NARROWED.set(());
}

/// Runs `work`, compiled for the vectors in use.
#[inline]
pub fn dispatch<W: WithSimd>(work: W) -> W::Output {
    arch().dispatch(work)
}

/// Number of adjacent values in the order that products read: rows of a batch, or inputs of a layer.
///
/// With AVX-512, four vectors, so that a tile reads one stream of memory. With less, a cache line: a tile of two vectors of
/// AVX2 would otherwise read every fourth line, which fills a quarter of the sets of a cache.
#[inline]
pub fn line() -> usize {
    struct Line;

    impl WithSimd for Line {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            line_of::<S>()
        }
    }

    dispatch(Line)
}

/// [`line`], for vectors of this width.
#[inline(always)]
pub const fn line_of<S: Simd>() -> usize {
    match S::F32_LANES {
        16.. => WIDE,
        _ => NARROW,
    }
}

fn arch() -> Arch {
    let widest = Arch::new();
    #[cfg(target_arch = "x86_64")]
    if NARROWED.get().is_some()
        && let (Arch::V4(_), Some(narrow)) = (widest, pulp::x86::V3::try_new())
    {
        return Arch::V3(narrow);
    }
    widest
}

/// The widest vectors in use: `AVX-512`, `AVX2`, `NEON`, or `no vectors`.
#[must_use]
pub fn vector_level() -> &'static str {
    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    match dispatch(Lanes) {
        16.. => "AVX-512",
        8.. => "AVX2",
        4.. => "NEON",
        _ => "no vectors",
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn the_level_matches_the_processor() {
        let expected =
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
                "AVX-512"
            } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                "AVX2"
            } else {
                "no vectors"
            };
        assert_eq!(vector_level(), expected);
    }
}
