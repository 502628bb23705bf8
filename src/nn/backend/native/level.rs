//! The vector instructions for which the loops of this backend are compiled.

use pulp::{Arch, Simd, WithSimd};

/// The widest vectors supported by both this program and this processor: `AVX-512`, `AVX2`, `NEON`, or `no vectors`.
#[must_use]
pub fn vector_level() -> &'static str {
    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    match Arch::new().dispatch(Lanes) {
        16.. => "AVX-512",
        8.. => "AVX2",
        4.. => "NEON",
        _ => "no vectors",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
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
