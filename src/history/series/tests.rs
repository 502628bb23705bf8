use super::*;

/// A reproducible sequence of numbers below `bound` (a 64-bit linear congruential generator).
fn below(state: &mut u64, bound: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % bound
}

fn filled(n: u64, value: impl Fn(u64) -> f64) -> Series {
    let mut series = Series::default();
    (1..=n).for_each(|step| series.push(step, step, &Stat::of(value(step))));
    series
}

#[test]
fn extremes_counts_and_order_survive_any_length() {
    for seed in 0..6 {
        let mut state = seed;
        let n = 1_000 + below(&mut state, 60_000);
        let stride = 1 + below(&mut state, 7);
        let (mut low, mut high, mut series) = (f64::INFINITY, f64::NEG_INFINITY, Series::default());
        for i in 0..n {
            let spike = if below(&mut state, 5_000) == 0 {
                100.0
            } else {
                1.0
            };
            let value = (below(&mut state, 2_001) as f64 / 1_000.0 - 1.0) * spike;
            (low, high) = (low.min(value), high.max(value));
            series.push(i * stride + 1, (i + 1) * stride, &Stat::of(value));
        }
        let buckets = series.buckets();
        assert!(buckets.len() <= CAPACITY && buckets.len() >= CAPACITY.min(n as usize) / 3);
        let found_low = buckets.iter().map(|b| b.low).fold(f64::INFINITY, f64::min);
        let found_high = buckets
            .iter()
            .map(|b| b.high)
            .fold(f64::NEG_INFINITY, f64::max);
        assert_eq!((found_low, found_high), (low, high));
        assert_eq!(buckets.iter().map(|b| b.stat.count).sum::<u64>(), n);
        assert!(buckets.windows(2).all(|w| w[0].to < w[1].from));
    }
}

#[test]
fn one_spike_in_a_million_steps_is_kept() {
    let series = filled(1_000_000, |step| if step == 123_456 { 42.0 } else { 0.5 });
    let spike = series.buckets().iter().find(|b| b.high > 40.0);
    assert!(spike.is_some_and(|b| b.from <= 123_456 && 123_456 <= b.to && b.low < 1.0));
}

#[test]
fn a_nan_marks_its_bucket_and_hides_nothing() {
    let series = filled(
        100_000,
        |step| if step == 777 { f64::NAN } else { step as f64 },
    );
    assert_eq!(series.buckets().iter().map(|b| b.odd).sum::<u64>(), 1);
    assert!(
        series
            .buckets()
            .iter()
            .all(|b| b.low.is_finite() && b.centre.is_finite())
    );
}

#[test]
fn a_rarely_measured_metric_does_not_lag_behind() {
    let mut series = Series::default();
    series.push(2_000, 2_000, &Stat::of(200.0));
    series.push(4_000, 4_000, &Stat::of(8.0));
    let [weak, middle, strong] = series.buckets()[1].smooth;
    assert!((weak - 8.0).abs() < 1e-9 && (middle - 8.0).abs() < 1e-6);
    assert!(strong > weak && strong < 9.0, "{strong}");
}

#[test]
fn a_break_keeps_the_two_sides_apart_and_starts_smoothing_anew() {
    let mut series = filled(5_001, |_| 1.0);
    series.break_here();
    (5_002..=9_000).for_each(|step| series.push(step, step, &Stat::of(50.0)));
    let at = series.buckets().iter().position(|b| b.breaks);
    assert_eq!(at.map(|i| series.buckets()[i].from), Some(5_002));
    for bucket in series.buckets() {
        assert!(
            (bucket.low - bucket.high).abs() < 1e-12,
            "a bucket mixes both sides"
        );
        assert!(
            (bucket.smooth[2] - bucket.centre).abs() < 1e-9,
            "smoothing reached across"
        );
    }
}

#[test]
fn many_breaks_do_not_grow_the_series() {
    let mut series = Series::default();
    for step in 1..=20_000 {
        series.push(step, step, &Stat::of(1.0));
        series.break_here();
    }
    assert!(series.buckets().len() <= CAPACITY);
}

#[test]
fn abandoned_stretches_are_kept_and_bounded() {
    let mut series = Series::default();
    let mut step = 0;
    for round in 1..=6_u64 {
        for _ in 0..3_000 {
            step += 1;
            series.push(step, step, &Stat::of(round as f64));
        }
        step -= 2_000;
        series.rewind(step);
    }
    let stretches = series.abandoned();
    assert_eq!(stretches.len(), STRETCHES);
    for (stretch, round) in stretches.iter().zip(3_u64..) {
        assert!(stretch.len() <= STRETCH && stretch.len() > STRETCH / 4);
        assert!((stretch[0].centre - round as f64).abs() < 1e-12);
        assert!(stretch.windows(2).all(|w| w[0].to < w[1].from));
    }
}

#[test]
fn a_partially_reported_window_is_replaced_without_a_break() {
    let mut series = Series::default();
    let values_of = |values: std::ops::Range<u64>| {
        let values: Vec<f64> = values.map(|step| step as f64).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Stat {
            count: values.len() as u64,
            mean,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            last: values.last().copied().unwrap_or(f64::NAN),
        }
    };
    series.push(1, 10, &values_of(1..11));
    series.push(11, 12, &values_of(11..13));
    series.push(11, 20, &values_of(11..21));
    let buckets = series.buckets();
    let spans: Vec<_> = buckets
        .iter()
        .map(|b| (b.from, b.to, b.stat.count))
        .collect();
    assert_eq!(spans, [(1, 10, 10), (11, 20, 10)]);
    assert!(buckets.iter().all(|b| !b.breaks) && series.abandoned().is_empty());
}

#[test]
fn rewinding_removes_later_buckets() {
    let mut series = filled(100, |step| step as f64);
    series.rewind(60);
    series.push(61, 61, &Stat::of(0.0));
    let tail: Vec<u64> = series
        .buckets()
        .iter()
        .rev()
        .take(2)
        .map(|b| b.to)
        .collect();
    assert_eq!(tail, [61, 60]);
    assert!(series.last().is_some_and(|b| b.breaks));
    // Also without an explicit rewind, and where a bucket spans the step.
    let mut series = filled(100_000, |step| step as f64);
    (54_322..60_000).for_each(|step| series.push(step, step, &Stat::of(0.0)));
    assert!(series.buckets().windows(2).all(|w| w[0].to < w[1].from));
    assert_eq!(series.last().map(|b| b.to), Some(59_999));
}

#[test]
fn a_series_bears_smoothing_that_forgets_within_a_third_of_it() {
    for (steps, expected) in [
        (1, None),
        (29, None),
        (30, Some(0)),
        (300, Some(1)),
        (3_000, Some(2)),
    ] {
        assert_eq!(filled(steps, |_| 0.0).bears(Some(2)), expected, "{steps}");
    }
    let long = filled(5_000, |_| 0.0);
    assert_eq!((long.bears(Some(0)), long.bears(None)), (Some(0), None));
    assert_eq!(Series::default().bears(Some(1)), None);
}
