//! Moves, colours and hidden parts by hand, the backward pass against the adjoint and finite differences, tensors against loops;
//! grey and in colour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::colour::Colour;
use super::cut::Cut;
use super::map::Map;
use super::*;

const MOVES: Changes = Changes {
    noise: 0.0,
    shift: 3.0,
    turn: 0.3,
    growth: 0.2,
    brightness: 0.0,
    saturation: 0.0,
    contrast: 0.0,
    cutout: 0.0,
    chance: None,
};

const ALL: Changes = Changes {
    brightness: 0.5,
    saturation: 1.0,
    contrast: 0.5,
    cutout: 0.4,
    ..MOVES
};

const SIDE: usize = ImageShape::MNIST.width();

/// Grey and square, and in colour and oblong.
fn shapes() -> [ImageShape; 2] {
    [ImageShape::MNIST, ImageShape::new(3, 8, 12).unwrap()]
}

fn random(rows: usize, shape: ImageShape, seed: u64) -> Tensor {
    let mut values = vec![0.0; rows * shape.values()];
    Stream::new(seed, "test").fill_between(&mut values, -1.0, 1.0);
    Tensor::from_vec(values, (rows, shape.values()), &Device::Cpu).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// An image moved by this map.
fn moved(image: &Tensor, shape: ImageShape, map: Map) -> Vec<f32> {
    let mut to = vec![f32::NAN; shape.values()];
    map.gather(shape, &values(image), &mut to);
    to
}

#[test]
fn a_move_by_whole_pixels_moves_pixels() {
    let images = random(1, ImageShape::MNIST, 0);
    let map = Map {
        linear: [1.0, 0.0, 0.0, 1.0],
        offset: [2.0, -1.0],
    };
    let (from, to) = (values(&images), moved(&images, ImageShape::MNIST, map));
    assert!((to[5 * SIDE + 7] - from[4 * SIDE + 9]).abs() < 1e-6);
    // Background comes in at the upper and the right edge.
    assert!((to[7] - BACKGROUND).abs() < 1e-6);
    assert!((to[5 * SIDE + 27] - BACKGROUND).abs() < 1e-6);
}

#[test]
fn a_quarter_turn_rotates_the_image() {
    let images = random(1, ImageShape::MNIST, 1);
    let map = Map {
        linear: [0.0, 1.0, -1.0, 0.0],
        offset: [0.0; 2],
    };
    let (from, to) = (values(&images), moved(&images, ImageShape::MNIST, map));
    for (y, x) in [(3, 10), (20, 5), (14, 25)] {
        let turned = to[y * SIDE + x];
        assert!((turned - from[(SIDE - 1 - x) * SIDE + y]).abs() < 1e-4);
    }
}

#[test]
fn the_channels_of_a_pixel_move_together() {
    let [grey, colour] = shapes();
    let planes: Vec<Tensor> = (0..3).map(|seed| random(1, grey, seed)).collect();
    let drawn = |images: &Tensor, shape: ImageShape| {
        let mut augmented = Augmented::new(1, shape, &Device::Cpu).unwrap();
        let mut stream = Stream::new(4, "augment");
        augmented.draw(&MOVES, &mut stream).unwrap();
        augmented.change(images).unwrap();
        values(augmented.images())
    };
    let shape = ImageShape::new(3, grey.height(), grey.width()).unwrap();
    let together = Tensor::stack(&planes, 2).unwrap().flatten_from(1).unwrap();
    let together = drawn(&together, shape);
    for (channel, plane) in planes.iter().enumerate() {
        let alone = drawn(plane, grey);
        let of_channel = together.iter().skip(channel).step_by(3);
        assert!(of_channel.eq(alone.iter()), "channel {channel}");
    }
    // An oblong image turns about its own centre.
    let half_turn = Map {
        linear: [-1.0, 0.0, 0.0, -1.0],
        offset: [0.0; 2],
    };
    let image = random(1, colour, 5);
    let (from, to) = (values(&image), moved(&image, colour, half_turn));
    let pixels: Vec<&[f32]> = from.chunks(3).rev().collect();
    assert_eq!(pixels.concat(), to);
}

#[test]
fn colours_change_as_one_after_the_other() {
    let changes = [0.25_f32, 0.4, 1.3];
    let [brightness, saturation, contrast] = changes;
    let colour = Colour {
        own: contrast * saturation,
        pixel: contrast * (1.0 - saturation),
        image: 1.0 - contrast,
        shift: brightness,
    };
    let mut image = values(&random(1, shapes()[1], 9));
    let mut expected: Vec<f32> = image.iter().map(|value| value + brightness).collect();
    for pixel in expected.chunks_exact_mut(3) {
        let mean = pixel.iter().sum::<f32>() / 3.0;
        for value in pixel {
            *value = mean + saturation * (*value - mean);
        }
    }
    let mean = expected.iter().sum::<f32>() / expected.len() as f32;
    for value in &mut expected {
        *value = mean + contrast * (*value - mean);
    }
    colour.apply(3, &mut image);
    let far = image.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    assert!(far.fold(0.0, f32::max) < 1e-5);
    // A grey image has no saturation to change.
    let drawn = |saturation| {
        let mut image = vec![0.1, 0.7, -0.4];
        let changes = Changes {
            saturation,
            ..Changes::default()
        };
        Colour::draw(&changes, &mut Stream::new(3, "test")).apply(1, &mut image);
        image
    };
    let far = drawn(1.0).into_iter().zip(drawn(0.0));
    assert!(far.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-6);
}

#[test]
fn the_hidden_part_has_its_share_of_each_side_and_may_reach_over_the_edge() {
    let shape = ImageShape::new(3, 10, 20).unwrap();
    let changes = Changes {
        cutout: 0.5,
        ..Changes::default()
    };
    let mut stream = Stream::new(1, "test");
    let (mut tops, mut whole) = (std::collections::BTreeSet::new(), 0);
    for _ in 0..500 {
        let cut = Cut::draw(&changes, shape, &mut stream);
        let (high, wide) = (cut.bottom - cut.top, cut.right - cut.left);
        assert!(high <= 5 && wide <= 10 && cut.bottom <= 10 && cut.right <= 20);
        whole += usize::from((high, wide) == (5, 10));
        tops.insert((cut.top, cut.bottom));
        let mut image = vec![1.0; shape.values()];
        cut.fill(shape, &mut image, BACKGROUND);
        let hidden = image.iter().filter(|value| **value < 0.0).count();
        assert_eq!(hidden, high * wide * 3);
        assert!(high * wide == 0 || image[(cut.top * 20 + cut.left) * 3] < 0.0);
    }
    // Of 10 rows each is the middle of the five at times; all are inside for 6 of these, and for 11 of 21 places across.
    assert_eq!(tops.len(), 10);
    assert!((100..220).contains(&whole), "{whole}");
}

#[test]
fn a_share_of_images_is_augmented_and_the_others_stay() {
    let rows = 2000;
    let shape = ImageShape::new(1, 3, 3).unwrap();
    let images = random(rows, shape, 11);
    let changed = |chance| {
        let by = Changes { chance, ..ALL };
        let mut augmented = Augmented::new(rows, shape, &Device::Cpu).unwrap();
        augmented.draw(&by, &mut Stream::new(1, "augment")).unwrap();
        augmented.change(&images).unwrap();
        let (before, after) = (values(&images), values(augmented.images()));
        let pairs = before.chunks(9).zip(after.chunks(9));
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
        pairs.filter(|(a, b)| !a.iter().zip(*b).all(near)).count()
    };
    assert_eq!([None, Some(1.0)].map(changed), [rows; 2]);
    assert_eq!(changed(Some(0.0)), 0);
    assert!(
        !Changes {
            chance: Some(0.0),
            ..ALL
        }
        .is_any()
    );
    let some = changed(Some(0.3));
    assert!((520..680).contains(&some), "{some}");
}

#[test]
fn the_backward_pass_is_the_adjoint() {
    for shape in shapes() {
        // But for what it adds the augmentation is linear: ⟨T a − T 0, b⟩ = ⟨a, Tᵀ b⟩.
        let (images, grad) = (random(5, shape, 2), random(5, shape, 3));
        let mut augmented = Augmented::new(5, shape, &Device::Cpu).unwrap();
        let mut stream = Stream::new(4, "augment");
        augmented.draw(&ALL, &mut stream).unwrap();
        let of = |images: &Tensor| {
            augmented.change(images).unwrap();
            values(augmented.images())
        };
        let (seen, of_zero) = (of(&images), of(&images.zeros_like().unwrap()));
        let out = images.zeros_like().unwrap();
        augmented.back(&grad, &out).unwrap();
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let linear: Vec<f32> = seen.iter().zip(of_zero).map(|(a, b)| a - b).collect();
        let (there, back) = (
            dot(&linear, &values(&grad)),
            dot(&values(&images), &values(&out)),
        );
        assert!(
            (there - back).abs() < 1e-3 * (1.0 + there.abs()),
            "{there} {back}"
        );
    }
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    let shape = ImageShape::new(3, 5, 6).unwrap();
    let images = random(1, shape, 12);
    // A loss that bends, so that a constant factor would show: Σ sin(2·y).
    let mut augmented = Augmented::new(1, shape, &Device::Cpu).unwrap();
    augmented
        .draw(&ALL, &mut Stream::new(5, "augment"))
        .unwrap();
    let seen = |images: &Tensor| {
        augmented.change(images).unwrap();
        values(augmented.images())
    };
    let loss = |images: &Tensor| -> f64 {
        let seen = seen(images).into_iter();
        seen.map(|y| (2.0 * f64::from(y)).sin()).sum()
    };
    let grad = seen(&images).into_iter().map(|y| 2.0 * (2.0 * y).cos());
    let grad = Tensor::from_vec(grad.collect(), images.dims(), &Device::Cpu).unwrap();
    let out = images.zeros_like().unwrap();
    augmented.back(&grad, &out).unwrap();
    let (found, at) = (values(&out), values(&images));
    for i in 0..at.len() {
        let beside = |by: f32| {
            let mut values = at.clone();
            values[i] += by;
            loss(&Tensor::from_vec(values, images.dims(), &Device::Cpu).unwrap())
        };
        let difference = (beside(0.01) - beside(-0.01)) / 0.02;
        let off = (difference - f64::from(found[i])).abs();
        assert!(
            off < 2e-3 * (1.0 + difference.abs()),
            "{i}: {difference}, {}",
            found[i]
        );
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let shape = shapes()[1];
    let (images, grad) = (random(33, shape, 13), random(33, shape, 14));
    let augmented = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let by = Changes { noise: 0.1, ..ALL };
            let mut augmented = Augmented::new(33, shape, &Device::Cpu).unwrap();
            augmented.draw(&by, &mut Stream::new(6, "augment")).unwrap();
            augmented.change(&images).unwrap();
            let out = images.zeros_like().unwrap();
            augmented.back(&grad, &out).unwrap();
            [values(augmented.images()), values(&out)]
                .map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        })
    };
    assert_eq!(augmented(1), augmented(4));
}

#[test]
fn tensors_and_kernels_augment_alike() {
    for shape in shapes() {
        for chance in [None, Some(0.5)] {
            let (images, grad) = (random(6, shape, 5), random(6, shape, 6));
            let mut augmented = Augmented::new(6, shape, &Device::Cpu).unwrap();
            let mut stream = Stream::new(7, "augment");
            let by = Changes {
                noise: 0.1,
                chance,
                ..ALL
            };
            augmented.draw(&by, &mut stream).unwrap();
            let of = |augmented: &Augmented| {
                augmented.change(&images).unwrap();
                let out = images.zeros_like().unwrap();
                augmented.back(&grad, &out).unwrap();
                [values(augmented.images()), values(&out)]
            };
            let native = of(&augmented);
            augmented.tensors = Some(augmented.as_tensors(&Device::Cpu).unwrap());
            let tensors = of(&augmented);
            let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(close(&native[0], &tensors[0]) && close(&native[1], &tensors[1]));
        }
    }
}

#[test]
fn noise_has_its_standard_deviation_and_does_not_affect_the_gradient() {
    let (images, grad) = (
        random(20, ImageShape::MNIST, 8),
        random(20, ImageShape::MNIST, 9),
    );
    let by = Changes {
        noise: 0.1,
        ..Changes::default()
    };
    let mut augmented = Augmented::new(20, ImageShape::MNIST, &Device::Cpu).unwrap();
    augmented.draw(&by, &mut Stream::new(1, "augment")).unwrap();
    augmented.change(&images).unwrap();
    let noise: Vec<f32> = values(augmented.images())
        .iter()
        .zip(values(&images))
        .map(|(a, b)| a - b)
        .collect();
    let spread = (noise.iter().map(|n| n * n).sum::<f32>() / noise.len() as f32).sqrt();
    assert!((spread - 0.1).abs() < 0.003, "{spread}");
    let out = images.zeros_like().unwrap();
    augmented.back(&grad, &out).unwrap();
    assert_eq!(values(&out), values(&grad));
}
