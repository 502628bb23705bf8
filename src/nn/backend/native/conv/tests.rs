//! The three products against sums written out in f64.

use super::after::After;
use super::gradient::WeightGrad;
use super::maps::Maps;
use super::norm::{self, Moments};
use super::pack::Packed;
use super::plan::{Plan, border_of_small};
use super::product::product;
use super::scattered::Scattered;
use super::spread::Spread;
use super::to_pixel::ToPixel;
use super::winograd::{self, Winograd};
use crate::nn::Activation;
use crate::nn::layer::{Link, Plane, Window};
use crate::nn::matrix::Accumulation;
use crate::rng::Stream;

fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; count];
    Stream::new(seed, "conv tests").fill_normal(&mut values);
    values
}

fn link(large: [usize; 3], small: [usize; 3], window: [usize; 3]) -> Link {
    let plane = |[channels, height, width]: [usize; 3]| Plane {
        channels,
        height,
        width,
    };
    let [kernel, stride, padding] = window;
    Link {
        large: plane(large),
        small: plane(small),
        window: Window {
            kernel,
            stride,
            padding,
        },
    }
}

/// Calls `with` for every product of a value of the small plane, one of the large plane and a weight: their numbers.
fn each(link: Link, rows: usize, mut with: impl FnMut(usize, usize, usize)) {
    let (large, small, window) = (link.large, link.small, link.window);
    let kernel = window.kernel;
    for row in 0..rows {
        for y in 0..small.height {
            for x in 0..small.width {
                for (i, j) in (0..kernel * kernel).map(|tap| (tap / kernel, tap % kernel)) {
                    let at = |at: usize, tap: usize, size: usize| {
                        (at * window.stride + tap)
                            .checked_sub(window.padding)
                            .filter(|at| *at < size)
                    };
                    let (Some(v), Some(u)) = (at(y, i, large.height), at(x, j, large.width)) else {
                        continue;
                    };
                    for o in 0..small.channels {
                        for c in 0..large.channels {
                            with(
                                row * small.values() + (y * small.width + x) * small.channels + o,
                                row * large.values() + (v * large.width + u) * large.channels + c,
                                ((o * large.channels + c) * kernel + i) * kernel + j,
                            );
                        }
                    }
                }
            }
        }
    }
}

fn assert_close(found: &[f32], expected: &[f64], what: &str) {
    let scale = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let off = (f64::from(*found) - expected).abs();
        assert!(off < 1e-5 * scale, "{what}: {found} is not {expected}");
    }
}

/// Channels, height and width of both planes; kernel, stride and padding.
const LINKS: [([usize; 3], [usize; 3], [usize; 3]); 24] = [
    ([3, 8, 8], [5, 4, 4], [4, 2, 1]),
    ([70, 6, 10], [130, 3, 5], [4, 2, 1]),
    ([4, 5, 7], [9, 5, 7], [3, 1, 1]),
    ([3, 4, 4], [17, 1, 1], [4, 1, 0]),
    ([2, 7, 7], [3, 3, 3], [3, 2, 0]),
    ([2, 7, 9], [3, 4, 5], [3, 2, 1]),
    ([1, 9, 9], [2, 3, 3], [5, 3, 1]),
    ([6, 4, 4], [7, 4, 4], [1, 1, 0]),
    ([9, 1, 1], [20, 1, 1], [1, 1, 0]),
    ([90, 5, 5], [7, 1, 1], [5, 1, 0]),
    ([6, 4, 4], [8, 1, 1], [5, 1, 1]),
    ([6, 5, 5], [8, 1, 1], [3, 2, 0]),
    ([70, 7, 7], [1, 1, 1], [7, 1, 0]),
    ([6, 4, 4], [3, 1, 1], [5, 1, 1]),
    ([9, 1, 1], [2, 1, 1], [1, 1, 0]),
    ([1, 28, 28], [70, 14, 14], [4, 2, 1]),
    ([3, 10, 10], [8, 5, 5], [4, 2, 1]),
    ([4, 6, 6], [9, 6, 6], [3, 1, 1]),
    ([16, 14, 14], [33, 7, 7], [4, 2, 1]),
    ([80, 4, 6], [64, 2, 3], [4, 2, 1]),
    ([17, 10, 11], [20, 4, 4], [4, 2, 0]),
    ([16, 6, 6], [16, 4, 4], [4, 2, 2]),
    ([20, 5, 6], [17, 4, 5], [2, 1, 0]),
    ([18, 9, 12], [16, 3, 4], [6, 3, 2]),
];

#[test]
fn products_are_the_sums_that_they_say() {
    for (large, small, window) in LINKS {
        let link = link(large, small, window);
        for rows in [1, 3, 13] {
            let mut small = Maps::new(rows, link.small, border_of_small(link));
            let mut large = Maps::new(rows, link.large, link.window.padding);
            let weights = random(link.weight().into_iter().product(), 1);
            let of_large = random(rows * link.large.values(), 2);
            let of_small = random(rows * link.small.values(), 3);
            let mut expected = [
                vec![0.0; of_small.len()],
                vec![0.0; of_large.len()],
                vec![0.0; weights.len()],
            ];
            each(link, rows, |s, l, w| {
                let (small, large) = (f64::from(of_small[s]), f64::from(of_large[l]));
                let weight = f64::from(weights[w]);
                expected[0][s] += large * weight;
                expected[1][l] += small * weight;
                expected[2][w] += small * large;
            });

            let gather = Plan::gather(link, &large, &small);
            let mut packed = Packed::default();
            packed.pack(&gather.order, &weights);
            large.read(&of_large);
            product(&gather, &packed, &large, After::NOTHING, &mut small);
            let mut found = vec![0.0; of_small.len()];
            small.write(&mut found);
            assert_close(&found, &expected[0], "gather");

            if winograd::is_for(link) {
                let mut gather = Winograd::gather(link, &large, &small);
                gather.pack(&weights);
                small.read(&vec![f32::NAN; of_small.len()]);
                gather.apply(&large, After::NOTHING, &mut small);
                small.write(&mut found);
                assert_close(&found, &expected[0], "Winograd's gather");
            }

            if ToPixel::is_for(link) {
                let mut to_pixel = ToPixel::default();
                to_pixel.pack(&gather, &weights);
                small.read(&vec![f32::NAN; of_small.len()]);
                to_pixel.apply(&gather, &large, After::NOTHING, &mut small);
                small.write(&mut found);
                assert_close(&found, &expected[0], "to a pixel");
            }

            small.read(&of_small);
            let weight_grad = WeightGrad::new(link, &large, &small);
            let (mut sums, mut grad) = (vec![9.0; 3], vec![7.0; weights.len()]);
            for (accumulation, times) in [(Accumulation::Overwrite, 1.0), (Accumulation::Add, 2.0)]
            {
                let between = (&small, &large);
                weight_grad.apply(between, accumulation, &mut sums, &mut grad);
                let expected: Vec<f64> = expected[2].iter().map(|x| times * x).collect();
                assert_close(&grad, &expected, "gradient");
            }

            let mut spread = Spread::new(link, &small, &large);
            spread.pack(&weights);
            spread.apply(&small, After::NOTHING, &mut large);
            let mut found = vec![0.0; of_large.len()];
            large.write(&mut found);
            assert_close(&found, &expected[1], "spread");

            if Scattered::is_for(link) {
                let mut scattered = Scattered::new(link);
                scattered.pack(&weights);
                scattered.apply(&small, After::NOTHING, &mut large);
                large.write(&mut found);
                assert_close(&found, &expected[1], "scattered");

                // With what follows: a bias for each channel and an activation; the derivative of one.
                let bias = random(link.large.channels, 4);
                let leaky = Activation::LeakyRelu(0.5);
                let each = |values: &[f32]| -> Vec<f64> {
                    let channels = bias.iter().cycle();
                    let values = values.iter().zip(channels);
                    values.map(|(x, b)| f64::from(leaky.apply(x + b))).collect()
                };
                let activated = each(&found);
                let after = After::activate(&bias, leaky);
                scattered.apply(&small, after, &mut large);
                large.write(&mut found);
                assert_close(&found, &activated, "activated");
                let mut derived = Maps::new(rows, link.large, link.window.padding);
                scattered.apply(&small, After::derive(&large, leaky), &mut derived);
                derived.write(&mut found);
                let slopes = activated.iter().zip(&expected[1]);
                let slopes: Vec<f64> = slopes
                    .map(|(y, x)| if *y > 0.0 { *x } else { 0.5 * x })
                    .collect();
                assert_close(&found, &slopes, "derived");
            }
        }
    }
}

#[test]
fn sums_by_channel_are_right_for_any_number_of_channels() {
    let (rows, height, width) = (3, 2, 5);
    for channels in [1, 3, 7, 8, 12, 16, 20, 24, 33, 40, 60, 64, 70, 130] {
        let maps = |seed| {
            let plane = Plane {
                channels,
                height,
                width,
            };
            let values = random(rows * plane.values(), seed);
            let mut maps = Maps::new(rows, plane, 1);
            maps.read(&values);
            (maps, values)
        };
        let ((x, of_x), (delta, of_delta)) = (maps(1), maps(2));
        let count = (rows * height * width) as f64;
        let sum = |value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            let pixels = |channel| {
                (0..rows * height * width).map(move |i| (i * channels + channel, channel))
            };
            (0..channels)
                .map(|channel| {
                    pixels(channel)
                        .map(|(at, channel)| value(at, channel))
                        .sum()
                })
                .collect()
        };
        let mean: Vec<f64> = sum(&|at, _| f64::from(of_x[at]) / count);
        let variance: Vec<f64> = sum(&|at, c| (f64::from(of_x[at]) - mean[c]).powi(2) / count);
        let over: Vec<f64> = variance.iter().map(|v| 1.0 / (v + 1e-5).sqrt()).collect();

        let mut moments = Moments::default();
        moments.of(&x);
        let what = format!("{channels} channels");
        assert_close(&moments.mean, &mean, &what);
        assert_close(&moments.over_deviation, &over, &what);

        let (plain, weighted) = norm::sums(&delta, &x, &moments);
        let expected = sum(&|at, _| f64::from(of_delta[at]));
        assert_close(&plain, &expected, &what);
        let mut found = vec![9.0; channels];
        norm::channel_sums(&delta, &mut found);
        assert_close(&found, &expected, &what);
        let hat = |at: usize, c: usize| (f64::from(of_x[at]) - mean[c]) * over[c];
        let expected = sum(&|at, c| f64::from(of_delta[at]) * hat(at, c));
        assert_close(&weighted, &expected, &what);
    }
}
