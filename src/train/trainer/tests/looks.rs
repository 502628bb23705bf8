//! What someone asks to see.

use super::*;

#[test]
fn looking_at_latents_changes_nothing() {
    let mut bench = bench(|c| c.ema.decay = 0.9);
    bench.steps(13);
    let before = bench.snapshot();
    let drawn = bench.trainer.show_samples(false).map(|_| ()).map_err(drop);
    assert_eq!(drawn, Ok(()));
    let samples = bench
        .events
        .try_iter()
        .filter_map(|event| match event.body {
            Body::Live(Live::Samples(samples)) => Some(samples.images),
            _ => None,
        });
    let samples = samples.last().unwrap();
    let mut see = |look| bench.see(look);
    let walk = see(Look::Walk(1, 3)).unwrap();
    assert_eq!(walk.images.image(0), samples.image(0));
    let last = walk.images.count() - 1;
    assert_eq!(walk.images.image(last), samples.image(2));
    assert_ne!(walk.images.image(last / 2), samples.image(0));
    let dimension = see(Look::Dimension(2, 1)).unwrap();
    assert_eq!(dimension.images.count(), dimension.captions.len());
    let near = see(Look::Neighbours(2)).unwrap();
    assert_eq!(near.images.image(0), samples.image(1));
    assert!(near.captions[1].parse::<f64>().unwrap() <= near.captions[2].parse::<f64>().unwrap());
    let real = see(Look::Real).unwrap();
    assert_eq!(real.images.count(), samples.count());
    assert!(real.images.images().all(|image| {
        let set = bench.trainer.learner.images();
        set.pixels().chunks(784).any(|known| known == image)
    }));
    let mut see = |look| bench.see(look);
    // The average is that of step 10.
    let raw = see(Look::Raw).unwrap();
    assert_eq!(raw.images.count(), samples.count());
    assert_ne!(raw.images, samples);
    assert!(see(Look::Walk(1, 99)).is_err_and(|e| e.contains("no sample 99")));
    assert!(see(Look::Dimension(1, 1000)).is_err_and(|e| e.contains("dimensions 0 to")));
    assert!(timeless(&bench.snapshot()) == timeless(&before));
    bench.command("set ema.decay 0");
    assert!(
        bench
            .see(Look::Raw)
            .is_err_and(|e| e.contains("`ema.decay` is 0"))
    );
}
