//! A judge from its training to its verdict, on the built-in digits.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use super::judge::{Card, TrainOptions, train};
use super::*;
use crate::data::{Dataset, ImageSet, digits};
use crate::protocol::ImageGrid;
use crate::rng::Stream;
use crate::shape::ImageShape;

/// Few digits under the name of all.
fn dataset() -> Dataset {
    Dataset {
        name: "digits".to_owned(),
        title: "few digits".to_owned(),
        train: digits::generate(0, "train", 2000),
        test: Some(digits::generate(0, "test", 400)),
        classes: (0..10).map(|class| class.to_string()).collect(),
        notice: None,
        known_digest: std::sync::OnceLock::new(),
    }
}

fn trained(images: usize, epochs: usize, seed: u64) -> (Card, Vec<u8>) {
    let dataset = Dataset {
        train: digits::generate(0, "train", images),
        ..dataset()
    };
    train(&dataset, TrainOptions { epochs, seed }, &mut |_| {}).unwrap()
}

/// Images of the shape of digits.
fn digits_of(pixels: Vec<u8>) -> ImageSet {
    ImageGrid::new(digits::SHAPE, pixels).into()
}

/// The file of a judge of [`dataset`].
fn file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| trained(2000, 3, 0).1)
}

fn judge() -> Judge {
    Judge::decode(file()).unwrap()
}

#[test]
fn the_same_seed_trains_the_same_judge_at_any_number_of_threads() {
    let with = |threads: usize, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| trained(300, 1, seed))
    };
    let one = with(1, 0);
    assert_eq!(one, with(2, 0));
    assert_ne!(one.0.weights, with(2, 1).0.weights);
}

#[test]
fn it_learns_and_says_how_well() {
    let judge = judge();
    let card = judge.card();
    assert!(card.accuracy > 0.9, "{card:?}");
    let dataset = dataset();
    let test = dataset.test.unwrap();
    let set = judge.judge(&test).unwrap();
    let labels = test.labels().unwrap();
    let right = set
        .logits()
        .unwrap()
        .column_iter()
        .zip(labels)
        .filter(|(logits, label)| logits.imax() == usize::from(**label))
        .count();
    let accuracy = right as f64 / labels.len() as f64;
    assert!((accuracy - card.accuracy).abs() < 1e-12);
    // Features are standardised on the images it was trained on.
    let moments = judge.judge(&dataset.train).unwrap();
    let moments = moments.moments();
    assert!(moments.mean.amax() < 1e-4, "{}", moments.mean.amax());
    assert!((moments.covariance.trace() / 64.0 - 1.0).abs() < 0.01);
}

#[test]
fn the_judge_in_this_program_is_of_mnist_and_good() {
    let bytes = include_bytes!("../../assets/judge-mnist.safetensors");
    let judge = Judge::decode(bytes).unwrap();
    assert_eq!(judge.card().dataset, "mnist");
    assert_eq!(judge.card().classes, 10);
    assert!(judge.card().accuracy > 0.99, "{:?}", judge.card());
    assert!(bytes.len() < 1 << 20);
}

#[test]
fn it_refuses_other_images_and_says_how_to_train_another() {
    let other = Dataset {
        train: digits::generate(1, "train", 2000),
        ..dataset()
    };
    let message = judge().check(&other).unwrap_err().to_string();
    assert!(
        message.contains("train-judge --dataset digits"),
        "{message}"
    );
    let file = Dataset {
        name: "somewhere/my images".to_owned(),
        ..other
    };
    let message = Judge::for_dataset(&file).unwrap_err().to_string();
    assert!(
        message.contains("no judge")
            && message.contains("`genai-tui eval train-judge --dataset 'somewhere/my images' --image-size 28 --channels 1`"),
        "{message}"
    );
}

/// Digits of another size, in one colour or another, that are held out from nothing.
fn coloured(count: usize) -> Dataset {
    let shape = ImageShape::new(3, 20, 24).unwrap();
    let colours = digits::generate(0, "train", count).fitted(shape);
    Dataset {
        name: "/somewhere/coloured".to_owned(),
        title: "coloured".to_owned(),
        train: colours,
        test: None,
        ..dataset()
    }
}

#[test]
fn a_judge_of_any_labelled_images_is_trained_and_looks_at_their_colours() {
    let dataset = coloured(1500);
    let options = TrainOptions { epochs: 4, seed: 0 };
    let (card, bytes) = train(&dataset, options, &mut |_| {}).unwrap();
    assert_eq!((card.channels, card.classes, card.held_out), (3, 10, 150));
    assert_eq!(card.dataset, "coloured");
    assert!(card.accuracy > 0.7, "{card:?}");
    let judge = Judge::decode(&bytes).unwrap();
    assert!(judge.check(&dataset).is_ok());
    assert!(judge.check(&coloured(1400)).is_err());
    // Nothing is held out: the two halves are compared.
    let live = Live::with_judge(judge, &dataset, 500, None).unwrap();
    let fid = live.evaluate(&dataset.train.part(0..500)).unwrap();
    let noise = ImageSet::from(ImageGrid::new(
        dataset.train.shape(),
        noise(300 * 20 * 24 * 3),
    ));
    let worse = live.evaluate(&noise).unwrap();
    assert!(worse.value("fid").unwrap() > 5.0 * fid.value("fid").unwrap());
    assert!(fid.value("modes").unwrap() > 8.0);
}

fn noise(count: usize) -> Vec<u8> {
    let mut stream = Stream::new(1, "noise");
    (0..count).map(|_| stream.below(256) as u8).collect()
}

#[test]
fn images_without_labels_are_compared_by_random_features_under_their_own_name() {
    let mut dataset = coloured(600);
    let images = ImageSet::from(dataset.train.gather(&(0..600).collect::<Vec<u32>>()));
    dataset.train = images.clone();
    assert_eq!(check_judged(&dataset).unwrap(), judge::Kind::Random);
    let live = Live::open(&dataset, 300, None).unwrap();
    let found = live.evaluate(&images.part(0..300)).unwrap();
    let names: Vec<_> = found
        .values
        .iter()
        .map(|(quantity, _)| quantity.name)
        .collect();
    assert_eq!(names, ["random_fid"]);
    let measured: Vec<_> = live_metrics(judge::Kind::Random, true)
        .into_iter()
        .map(|m| m.name)
        .collect();
    assert_eq!(measured, names);
    assert!(found.classes.is_empty());
    let noise = ImageSet::from(ImageGrid::new(images.shape(), noise(300 * 20 * 24 * 3)));
    let worse = live.evaluate(&noise).unwrap();
    assert!(worse.value("random_fid").unwrap() > 5.0 * found.value("random_fid").unwrap());
    let unlabelled = Dataset { ..dataset };
    let options = TrainOptions { epochs: 1, seed: 0 };
    let message = train(&unlabelled, options, &mut |_| {})
        .unwrap_err()
        .to_string();
    assert!(message.ends_with("its images have no labels"), "{message}");
}

#[test]
fn samples_of_another_shape_than_the_data_are_refused() {
    let shape = ImageShape::new(3, 8, 12).unwrap();
    let images = ImageSet::from(ImageGrid::new(shape, vec![7; 20 * 288]));
    let live = Live::with_judge(judge(), &dataset(), 100, None).unwrap();
    let message = live.evaluate(&images).unwrap_err().to_string();
    assert_eq!(
        message,
        "found images of 8×12 colour, expected the shape of the dataset's images, 28×28 grey"
    );
}

/// Digits of the built-in judge in the channels, which makes a thousand classes.
#[test]
fn channels_are_judged_by_themselves_and_read_as_a_number() {
    let grey = digits::generate(0, "test", 120);
    let shape = ImageShape::new(3, 28, 28).unwrap();
    let mut pixels = Vec::new();
    for i in 0..40 {
        for at in 0..28 * 28 {
            pixels.extend((0..3).map(|channel| grey.image(3 * i + channel).unwrap()[at]));
        }
    }
    let stacked = Dataset {
        name: "stacked-mnist".to_owned(),
        train: ImageSet::from(ImageGrid::new(shape, pixels)),
        test: None,
        ..dataset()
    };
    let judge = Judge::for_dataset(&stacked).unwrap();
    assert_eq!(
        (judge.classes(), judge.card().kind),
        (1000, judge::Kind::Channels)
    );
    let set = judge.judge(&stacked.train).unwrap();
    assert_eq!((set.features().nrows(), set.len()), (192, 40));
    let shares = set.class_shares().unwrap();
    let single = Judge::decode(include_bytes!("../../assets/judge-mnist.safetensors")).unwrap();
    let digits = single.judge(&grey).unwrap();
    let digits: Vec<usize> = digits
        .logits()
        .unwrap()
        .column_iter()
        .map(|c| c.imax())
        .collect();
    let mut expected = vec![0.0; 1000];
    for number in digits.chunks(3) {
        expected[number[0] * 100 + number[1] * 10 + number[2]] += 1.0;
    }
    for share in &mut expected {
        *share /= 40.0;
    }
    assert_eq!(shares, expected);
}

#[test]
fn data_is_not_accepted_as_mnist_by_its_name_alone() {
    let mnist = Dataset {
        name: "mnist".to_owned(),
        ..dataset()
    };
    let message = Judge::for_dataset(&mnist).unwrap_err().to_string();
    assert!(
        message.contains("for the MNIST files as they were published"),
        "{message}"
    );
    // Nor are the same images others under another name.
    assert!(judge().check(&mnist).is_ok());
}

#[test]
fn damaged_weights_are_found_out() {
    let mut bytes = file().to_vec();
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    let message = Judge::decode(&bytes).unwrap_err();
    assert!(message.contains("damaged"), "{message}");
    assert!(Judge::decode(&file()[..1000]).is_err());
    assert!(Judge::decode(b"nothing of the kind").is_err());
}

#[test]
fn real_images_are_good_copies_are_found_and_noise_is_bad() {
    let dataset = dataset();
    let new = || Evaluator::new(judge(), &dataset, &Against::Test, 400, 0).unwrap();
    let evaluator = new();
    let floor = evaluator.floor(400, MEASURES).unwrap();
    assert_eq!((floor.samples, floor.real), (400, 400));
    let fresh = digits::generate(7, "train", 400);
    let good = evaluator.evaluate(&fresh, MEASURES).unwrap();
    let value = |of: &Evaluation, name: &str| of.value(name).unwrap();
    assert!(value(&good, "fid") < 2.0 * value(&floor, "fid"));
    assert!(value(&good, "modes") > 9.5 && value(&good, "coverage") > 0.8);
    assert!(value(&good, "memorisation") > 0.8 * value(&floor, "memorisation"));

    let copies = some(&dataset.train, 400, &mut Stream::new(3, "test"));
    let copied = evaluator.evaluate(&copies, MEASURES).unwrap();
    assert!(value(&copied, "memorisation") < 1e-12);

    let mut stream = Stream::new(4, "test");
    let noise = (0..400 * digits::SHAPE.values()).map(|_| stream.below(256) as u8);
    let bad = evaluator
        .evaluate(&digits_of(noise.collect()), MEASURES)
        .unwrap();
    assert!(value(&bad, "fid") > 10.0 * value(&floor, "fid"));
    assert!(value(&bad, "precision") < 0.1 && value(&bad, "two_sample") > 0.95);

    // The same again on one thread, from an evaluator of its own.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let again = pool
        .unwrap()
        .install(|| new().evaluate(&fresh, MEASURES).unwrap());
    assert_eq!(again, good);
}

#[test]
fn samples_that_are_all_alike_have_values_too() {
    let dataset = dataset();
    let evaluator = Evaluator::new(judge(), &dataset, &Against::Train, 300, 0).unwrap();
    let one = dataset.train.image(0).unwrap();
    let alike = evaluator.evaluate(&digits_of(one.repeat(100)), MEASURES);
    let alike = alike.unwrap();
    assert!(
        alike.values.iter().all(|(_, value)| value.is_finite()),
        "{alike:?}"
    );
    assert!((alike.value("modes").unwrap() - 1.0).abs() < 1e-12);
    assert!((alike.value("score").unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn too_few_samples_and_numbers_that_are_none_are_named() {
    let message = judge()
        .judge(&digits_of(vec![0; 3 * digits::SHAPE.values()]))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("found 3 images, expected at least 10"),
        "{message}"
    );
    let mut features = Matrix::zeros(4, 20);
    features[(2, 7)] = f64::NAN;
    let message = Set::new(features).unwrap_err().to_string();
    assert_eq!(
        message,
        "feature 2 of row 7 is NaN, expected a finite number"
    );
    let set = |d| Set::new(Matrix::from_fn(d, 20, |i, j| (i * j) as f64)).unwrap();
    let (samples, real) = (set(3), set(4));
    let case = Case {
        real: &real,
        samples: &samples,
        prior: None,
        originals: None,
        seed: 0,
    };
    let message = Evaluation::of(&case, MEASURES).unwrap_err().to_string();
    assert!(
        message.contains("3 features") && message.contains('4'),
        "{message}"
    );
}

/// What a run measures is what `genai-tui eval` measures of as many samples.
#[test]
fn live_values_are_those_of_an_evaluation() {
    let dataset = dataset();
    let samples = digits::generate(7, "train", 200);
    let whole = Evaluator::new(judge(), &dataset, &Against::Test, 200, 0).unwrap();
    let whole = whole.evaluate(&samples, measure::live()).unwrap();
    let live = Live::with_judge(judge(), &dataset, 200, None).unwrap();
    let found = live.evaluate(&samples).unwrap();
    assert_eq!(whole.by_class.len(), 10);
    let whole = Evaluation {
        by_class: Vec::new(),
        ..whole
    };
    assert_eq!(found, whole);
    // These samples have labels, as those of a conditional run.
    let names: Vec<_> = live_metrics(judge::Kind::Trained, true)
        .into_iter()
        .map(|m| m.name)
        .collect();
    let measured: Vec<_> = found.values.iter().map(|(q, _)| q.name).collect();
    assert_eq!(names, measured);
}

#[test]
fn features_of_real_images_are_kept_and_remade_when_they_are_damaged() {
    let (dataset, folder) = (dataset(), tempfile::tempdir().unwrap());
    let below = folder.path().join("not/there/yet");
    let open = || Live::with_judge(judge(), &dataset, 100, Some(below.clone())).unwrap();
    let samples = digits::generate(7, "train", 100);
    let first = open().evaluate(&samples).unwrap();
    let files = || -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let files = std::fs::read_dir(&below).unwrap().flatten();
        let mut files: Vec<_> = files
            .map(|file| (file.path(), std::fs::read(file.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let whole = files();
    assert_eq!(whole.len(), 2, "held-out images and the floor's");
    let values = |evaluation: &Evaluation| evaluation.values.len();
    assert_eq!(
        values(open().floor()),
        values(&first),
        "from the files, too"
    );

    // The files' contents are used: other features, with the right sum, are another FID.
    for (path, bytes) in &whole {
        let mut other = bytes.clone();
        let count = (other.len() - 32) / 16;
        let pair = [0.0_f64, 1.0].map(f64::to_le_bytes).concat();
        other[32..].copy_from_slice(&pair.repeat(count));
        let sum = crate::files::md5(&other[32..]);
        other[16..32].copy_from_slice(&sum);
        std::fs::write(path, &other).unwrap();
    }
    assert_ne!(open().evaluate(&samples).unwrap(), first);

    for damage in [
        |bytes: &mut Vec<u8>| bytes[500] ^= 1,
        |bytes: &mut Vec<u8>| bytes.truncate(700),
        |bytes: &mut Vec<u8>| bytes.clear(),
        |bytes: &mut Vec<u8>| *bytes = b"something else".to_vec(),
    ] {
        for (path, bytes) in &whole {
            let mut damaged = bytes.clone();
            damage(&mut damaged);
            std::fs::write(path, damaged).unwrap();
        }
        assert_eq!(open().evaluate(&samples).unwrap(), first);
        assert_eq!(files(), whole);
    }

    // Where nothing can be kept, nothing is.
    let file = Some(whole[0].0.join("below-a-file"));
    let live = Live::with_judge(judge(), &dataset, 100, file).unwrap();
    assert_eq!(live.evaluate(&samples).unwrap(), first);
}
