//! What a checkpoint costs.

use super::*;

/// `cargo test --release --locked --lib -- --ignored --nocapture measure_cost_of_a_checkpoint`
#[test]
#[expect(clippy::print_stdout, reason = "what was measured is what it is for")]
#[ignore = "a measurement: for a release build on a quiet machine"]
fn measure_cost_of_a_checkpoint() {
    let mut bench = bench(|c| {
        c.batch_size = 64;
        c.rewind.every_steps = 0;
    });
    bench.trainer.keep_state().unwrap();
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (mut steps, mut saves) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        for _ in 0..20 {
            let since = std::time::Instant::now();
            bench.steps(1);
            steps.push(since.elapsed().as_secs_f64() * 1e3);
        }
        let since = std::time::Instant::now();
        bench.trainer.save(CheckpointReason::Interval).unwrap();
        saves.push(since.elapsed().as_secs_f64() * 1e3);
        let written = bench.trainer.checkpoints.results().recv().unwrap();
        bench.trainer.report_saved(written);
    }
    let worst = saves.iter().copied().fold(0.0, f64::max);
    println!(
        "a step: {:.1} ms; a checkpoint: {:.1} ms of the training thread, {worst:.1} at the worst (median and worst of {})",
        median(steps),
        median(saves.clone()),
        saves.len()
    );
}
