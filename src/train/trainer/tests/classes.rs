//! Conditional networks: they learn what belongs to which class, with any loss and every penalty.

use super::*;

/// 72 images of 4×4 pixels: dark ones of class 0, grey ones of class 1, bright ones of class 2.
fn shades() -> ImageSet {
    let shape = ImageShape::new(1, 4, 4).unwrap();
    let mut stream = Stream::new(0, "shades");
    let level = |i: usize| [20, 128, 235][i % 3] + stream.below(17) as u8 - 8;
    let pixels = (0..72).map(level).flat_map(|level| [level; 16]).collect();
    let labels: Vec<u16> = (0..72).map(|i| i % 3).collect();
    ImageSet::from(ImageGrid::new(shape, pixels)).with_labels(labels)
}

fn conditional(change: impl FnOnce(&mut RunConfig)) -> Bench {
    let (mut parts, events, dir) = parts(&Device::Cpu, Beginning::New, |c| {
        c.arch.conditional = true;
        c.samples.count = 8;
        change(c);
    });
    parts.images = shades();
    parts.dataset.shape = parts.images.shape();
    parts.dataset.classes = ["dark", "grey", "bright"].map(str::to_owned).to_vec();
    Bench {
        trainer: Trainer::new(parts).unwrap(),
        events,
        dir,
    }
}

#[test]
fn each_class_becomes_what_its_images_are() {
    let mut bench = conditional(|c| {
        c.optimizer.d.lr = 2e-3;
        c.optimizer.g.lr = 2e-3;
        c.critic.r1 = 0.1;
    });
    bench.steps(400);
    bench.trainer.sample(false).unwrap();
    let drawn = bench.events.try_iter().filter_map(|e| match e.body {
        Body::Live(Live::Samples(samples)) => Some(samples),
        _ => None,
    });
    let samples = drawn.last().unwrap();
    // Two whole rows of three columns.
    assert_eq!(samples.columns, ["dark", "grey", "bright"]);
    assert_eq!((samples.count, samples.scores.len()), (6, 6));
    let level = |i: usize| {
        let image = samples.images.images().nth(i).unwrap();
        image.iter().map(|v| f64::from(*v)).sum::<f64>() / 16.0
    };
    for (i, expected) in [20.0, 128.0, 235.0].into_iter().cycle().take(6).enumerate() {
        let found = level(i);
        assert!(
            (found - expected).abs() < 45.0,
            "image {i}: {found} is not {expected}"
        );
    }
}

#[test]
fn every_loss_trains_and_continues_unchanged_from_a_restored_snapshot() {
    same_bits::continues_unchanged(&mut conditional(|c| c.at.clear()));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let mut bench = conditional(|c| {
                c.critic.r1 = 1.0;
                c.critic.r2 = 1.0;
                c.augment.noise = 0.1;
            });
            bench.steps(5);
            timeless(&bench.snapshot())
        })
    };
    let one = run(1);
    assert!(run(2) == one && run(4) == one);
}

#[test]
fn a_resumed_run_has_its_classes_and_equals_an_uninterrupted_one() {
    let mut bench = conditional(|c| c.steps = Some(6));
    bench.steps(3);
    let saved = bench.saved();
    bench.steps(3);
    let whole = bench.snapshot();
    let classes = whole.state.identity.classes.clone().unwrap();
    assert_eq!(classes.names(), ["dark", "grey", "bright"]);
    let read = crate::train::check_checkpoint(&saved).unwrap();
    assert_eq!(read.identity.classes, Some(classes));
    let of = |class| {
        crate::train::sample_generator(
            &saved,
            crate::train::Weights::Raw,
            (2, crate::train::OfClass::Only(class)),
            0,
        )
    };
    assert_eq!(of("grey").unwrap().images, of("1").unwrap().images);
    assert_ne!(of("grey").unwrap().images, of("dark").unwrap().images);
    let error = of("blue").unwrap_err().to_string();
    assert!(
        error.contains("expected one of dark, grey, bright"),
        "{error}"
    );
}

#[test]
fn images_without_classes_are_refused() {
    let refused = |images: ImageSet, words: &str| {
        let (mut parts, _events, _dir) = parts(&Device::Cpu, Beginning::New, |c| {
            c.arch.conditional = true;
        });
        parts.images = images;
        let error = Trainer::new(parts).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(noise(), "has no labels, expected a class for each image");
    refused(
        noise().with_labels(vec![0; 70]),
        "are of one class, expected at least two",
    );
}
