//! Moves by hand, the backward pass against the adjoint, and tensors against loops; grey and in colour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

const ALL: Changes = Changes {
    noise: 0.0,
    shift: 3.0,
    turn: 0.3,
    growth: 0.2,
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

#[test]
fn a_move_by_whole_pixels_moves_pixels() {
    let images = random(1, ImageShape::MNIST, 0);
    let mut augmented = Augmented::new(1, ImageShape::MNIST, &Device::Cpu).unwrap();
    augmented.maps[0] = Map {
        linear: [1.0, 0.0, 0.0, 1.0],
        offset: [2.0, -1.0],
    };
    augmented.gather(&images).unwrap();
    let (from, to) = (values(&images), values(augmented.images()));
    assert!((to[5 * SIDE + 7] - from[4 * SIDE + 9]).abs() < 1e-6);
    // Background comes in at the upper and the right edge.
    assert!((to[7] - BACKGROUND).abs() < 1e-6);
    assert!((to[5 * SIDE + 27] - BACKGROUND).abs() < 1e-6);
}

#[test]
fn a_quarter_turn_rotates_the_image() {
    let images = random(1, ImageShape::MNIST, 1);
    let mut augmented = Augmented::new(1, ImageShape::MNIST, &Device::Cpu).unwrap();
    augmented.maps[0] = Map {
        linear: [0.0, 1.0, -1.0, 0.0],
        offset: [0.0; 2],
    };
    augmented.gather(&images).unwrap();
    let (from, to) = (values(&images), values(augmented.images()));
    for (y, x) in [(3, 10), (20, 5), (14, 25)] {
        let turned = to[y * SIDE + x];
        assert!((turned - from[(SIDE - 1 - x) * SIDE + y]).abs() < 1e-4);
    }
}

#[test]
fn the_channels_of_a_pixel_move_together() {
    let [grey, colour] = shapes();
    let planes: Vec<Tensor> = (0..3).map(|seed| random(1, grey, seed)).collect();
    let moved = |images: &Tensor, shape: ImageShape| {
        let mut augmented = Augmented::new(1, shape, &Device::Cpu).unwrap();
        let mut stream = Stream::new(4, "augment");
        augmented.draw(&ALL, &mut stream).unwrap();
        augmented.change(images).unwrap();
        values(augmented.images())
    };
    let shape = ImageShape::new(3, grey.height(), grey.width()).unwrap();
    let together = Tensor::stack(&planes, 2).unwrap().flatten_from(1).unwrap();
    let together = moved(&together, shape);
    for (channel, plane) in planes.iter().enumerate() {
        let alone = moved(plane, grey);
        let of_channel = together.iter().skip(channel).step_by(3);
        assert!(of_channel.eq(alone.iter()), "channel {channel}");
    }
    // An oblong image turns about its own centre.
    let mut augmented = Augmented::new(1, colour, &Device::Cpu).unwrap();
    augmented.maps[0] = Map {
        linear: [-1.0, 0.0, 0.0, -1.0],
        offset: [0.0; 2],
    };
    let image = random(1, colour, 5);
    augmented.gather(&image).unwrap();
    let (from, to) = (values(&image), values(augmented.images()));
    let pixels: Vec<&[f32]> = from.chunks(3).rev().collect();
    assert_eq!(pixels.concat(), to);
}

#[test]
fn the_backward_pass_is_the_adjoint() {
    for shape in shapes() {
        // Relative to the background the map is linear: ⟨T a, b⟩ = ⟨a, Tᵀ b⟩.
        let (images, grad) = (random(5, shape, 2), random(5, shape, 3));
        let mut augmented = Augmented::new(5, shape, &Device::Cpu).unwrap();
        let mut stream = Stream::new(4, "augment");
        augmented.draw(&ALL, &mut stream).unwrap();
        augmented.change(&images).unwrap();
        let out = images.zeros_like().unwrap();
        augmented.back(&grad, &out).unwrap();
        let dot = |a: &Tensor, b: &Tensor| -> f64 {
            let pairs = values(a).into_iter().zip(values(b));
            pairs
                .map(|(a, b)| f64::from(a - BACKGROUND) * f64::from(b))
                .sum()
        };
        let (there, back) = (dot(augmented.images(), &grad), dot(&images, &out));
        assert!((there - back).abs() < 1e-3 * there.abs(), "{there} {back}");
    }
}

#[test]
fn tensors_and_kernels_augment_alike() {
    for shape in shapes() {
        let (images, grad) = (random(4, shape, 5), random(4, shape, 6));
        let mut augmented = Augmented::new(4, shape, &Device::Cpu).unwrap();
        let mut stream = Stream::new(7, "augment");
        augmented.draw(&ALL, &mut stream).unwrap();
        augmented.change(&images).unwrap();
        let (at, weights) = augmented.tap_tensors().unwrap();
        let from_background = (&images - f64::from(BACKGROUND)).unwrap();
        let taken = (from_background.gather(&at, 1).unwrap() * &weights).unwrap();
        let changed = (summed(&taken).unwrap() + f64::from(BACKGROUND)).unwrap();
        let out = images.zeros_like().unwrap();
        augmented.back(&grad, &out).unwrap();
        let native = (values(augmented.images()), values(&out));
        augmented.tensors.taps = Some((at, weights));
        augmented.back(&grad, &out).unwrap();
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&native.0, &values(&changed)));
        assert!(close(&native.1, &values(&out)));
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
