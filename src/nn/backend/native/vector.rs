//! Activations and their derivatives, a vector at a time.
#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatch is not compiled for the machine's vectors"
)]

use pulp::Simd;

use crate::nn::Activation;

/// `chosen` where the mask is set, otherwise `other`. In a build without full optimisation, pulp's own is a function
/// call with every vector passed through memory.
#[inline(always)]
pub fn choose<S: Simd>(simd: S, mask: S::m32s, chosen: S::f32s, other: S::f32s) -> S::f32s {
    let bits = |x: S::f32s| -> S::u32s { bytemuck::cast(x) };
    bytemuck::cast(simd.select_u32s(mask, bits(chosen), bits(other)))
}

/// Absolute values; pulp's own has the same problem as in [`choose`].
#[inline(always)]
pub fn magnitude<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    simd.and_f32s(x, simd.splat_f32s(f32::from_bits(!(1 << 31))))
}

/// The activation of `x`. NaN stays NaN, so that it is noticed.
#[inline(always)]
pub fn activate<S: Simd>(simd: S, x: S::f32s, activation: Activation) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    match activation {
        Activation::Identity => x,
        Activation::Relu => choose(simd, simd.less_than_f32s(x, zero), zero, x),
        Activation::LeakyRelu(slope) => choose(
            simd,
            simd.less_than_f32s(x, zero),
            simd.mul_f32s(x, simd.splat_f32s(slope)),
            x,
        ),
        Activation::Tanh => tanh(simd, x),
    }
}

/// `delta` times the derivative of the activation whose output is `y`.
#[inline(always)]
pub fn derive<S: Simd>(simd: S, delta: S::f32s, y: S::f32s, activation: Activation) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    match activation {
        Activation::Identity => delta,
        Activation::Relu => choose(simd, simd.less_than_f32s(zero, y), delta, zero),
        Activation::LeakyRelu(slope) => choose(
            simd,
            simd.less_than_f32s(zero, y),
            delta,
            simd.mul_f32s(delta, simd.splat_f32s(slope)),
        ),
        Activation::Tanh => {
            let slope = simd.sub_f32s(simd.splat_f32s(1.0), simd.mul_f32s(y, y));
            simd.mul_f32s(delta, slope)
        }
    }
}

/// tanh(x) as a quotient of two polynomials, as in Eigen: at most a few units in the last place off.
#[inline(always)]
fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// Above this, tanh is 1 in f32.
    const LIMIT: f32 = 7.905_311;
    const ODD: [f32; 7] = [
        -2.760_768_5e-16,
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297e-8,
        1.485_722_4e-5,
        6.372_619e-4,
        4.893_524_6e-3,
    ];
    const EVEN: [f32; 4] = [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525e-3];
    // Not min and max: on some machines they turn NaN into a number.
    let (low, high) = (simd.splat_f32s(-LIMIT), simd.splat_f32s(LIMIT));
    let x = choose(simd, simd.less_than_f32s(x, low), low, x);
    let x = choose(simd, simd.less_than_f32s(high, x), high, x);
    let square = simd.mul_f32s(x, x);
    let polynomial = |coefficients: &[f32]| {
        let mut value = simd.splat_f32s(coefficients[0]);
        for c in &coefficients[1..] {
            value = simd.mul_add_e_f32s(value, square, simd.splat_f32s(*c));
        }
        value
    };
    simd.div_f32s(simd.mul_f32s(x, polynomial(&ODD)), polynomial(&EVEN))
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::nn::backend::native::level::dispatch;

    struct Apply<'a>(&'a mut [f32], Activation);

    impl WithSimd for Apply<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for x in S::as_mut_simd_f32s(self.0).0 {
                *x = activate(simd, *x, self.1);
            }
        }
    }

    fn applied(values: &[f32], activation: Activation) -> Vec<f32> {
        let mut values = values.to_vec();
        dispatch(Apply(&mut values, activation));
        values
    }

    #[test]
    fn tanh_agrees_with_std() {
        let xs: Vec<f32> = (0..=4096).map(|i| (i as f32 - 2048.0) / 200.0).collect();
        let xs = &xs[..4096];
        for (x, y) in xs.iter().zip(applied(xs, Activation::Tanh)) {
            assert!(
                (y - x.tanh()).abs() < 5e-7 && y.abs() <= 1.0,
                "tanh {x}: {y}"
            );
        }
    }

    #[test]
    fn nan_stays_nan() {
        for activation in [
            Activation::Identity,
            Activation::Relu,
            Activation::LeakyRelu(0.2),
            Activation::Tanh,
        ] {
            let found = applied(&[f32::NAN; 16], activation);
            assert!(found.iter().all(|y| y.is_nan()), "{activation:?}");
        }
    }
}
