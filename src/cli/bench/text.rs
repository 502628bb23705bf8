//! What benchmarks found, for people.

use std::fmt::Write as _;

use serde::Serialize;

use crate::bench::{conv, layers, logs, many, sweep, train, ui, watch as frames};
use crate::text::number::thousands;

/// What is counted where a network has convolutions: a rate may be above the peak.
const COUNTED: &str = "GFLOP are counted as plain sums; convolutions with kernels of twice their stride take 9 multiplications of 16";

pub fn train(report: &train::Report) -> String {
    let mut text = format!(
        "{}, {}, {} for images of {}, batch {}, {} ({}) with {} thread{}\n{}\n\n\
         {:>10.3} ms per step, median of {} blocks of {} steps\n\
         {:>10.0} images per second\n\
         {:>10.1} GFLOP/s in matrix products, of which a step needs {:.3} GFLOP\n",
        report.framework,
        report.loss,
        report.arch,
        report.shape,
        report.batch_size,
        report.device,
        report.mode,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        report.processor,
        report.ms_per_step,
        report.ms_of_blocks.len(),
        report.steps,
        report.images_per_s,
        report.gflop_per_s,
        report.gflop_per_step,
    );
    if let Some(peak) = report.peak_gflop_per_s {
        let _ = writeln!(
            text,
            "{peak:>10.1} GFLOP/s is the peak, of a product that fits the cache: the step has {:.0} % of it",
            report.gflop_per_s / peak * 100.0
        );
    }
    if let Some(shares) = &report.shares {
        let lines = [
            ("matrix products", shares.products),
            ("activations", shares.activations),
            ("optimizers", shares.optimizer),
            ("the rest", shares.rest),
        ];
        text.push('\n');
        for (name, share) in lines {
            let _ = writeln!(text, "{:>10.1} % {name}", share * 100.0);
        }
        let _ = writeln!(
            text,
            "\n{:>10.3} ms per step in matrix products alone: the whole step takes {:.2} times as long",
            shares.products_ms,
            1.0 / shares.products
        );
        if let Some(peak) = report.peak_gflop_per_s {
            let reached = report.gflop_per_step / shares.products_ms * 1e3;
            let _ = writeln!(
                text,
                "{reached:>10.1} GFLOP/s in them, {:.0} % of the peak",
                reached / peak * 100.0
            );
        }
    }
    if report.peak_gflop_per_s.is_some() && report.arch != "mlp" {
        let _ = writeln!(text, "\n{COUNTED}");
    }
    let losses: Vec<String> = report
        .losses
        .iter()
        .map(|(name, loss)| format!("{name} {loss:.4}"))
        .collect();
    let _ = writeln!(text, "\n{}", losses.join(", "));
    text
}

pub fn conv(report: &conv::Report) -> String {
    let mut text = format!(
        "{} with {} thread{}: {:.0} GFLOP/s is the peak, of a product that fits the cache\n\n{:>10} {:>10} {:>10} {:>10}   GFLOP/s\n",
        report.processor,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        report.peak_gflop_per_s,
        "forward",
        "weights",
        "input",
        "together",
    );
    for (rates, of) in [
        (
            &report.convolution,
            "a convolution: 16,384 windows of 1,024 values, 128 channels",
        ),
        (
            &report.linear,
            "a linear layer: 64 rows of 1,024 values, 512 outputs",
        ),
    ] {
        let _ = writeln!(
            text,
            "{:>10.0} {:>10.0} {:>10.0} {:>10.0}   {of}",
            rates.forward,
            rates.weights,
            rates.input,
            rates.together(),
        );
    }
    let share = |of: fn(&conv::Rates) -> f64| of(&report.convolution) / of(&report.linear) * 100.0;
    let _ = writeln!(
        text,
        "{:>8.0} % {:>8.0} % {:>8.0} % {:>8.0} %   of the linear layer's rate",
        share(|rates| rates.forward),
        share(|rates| rates.weights),
        share(|rates| rates.input),
        share(conv::Rates::together),
    );
    let _ = writeln!(text, "\n{COUNTED}");
    text
}

pub fn layers(report: &layers::Report) -> String {
    let mut text = format!(
        "{} with {} thread{}, batches of {}: {:.0} GFLOP/s is the peak, of a product that fits the cache\n",
        report.processor,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
        report.rows,
        report.peak_gflop_per_s,
    );
    let mut network = "";
    for layer in &report.layers {
        if network != layer.network {
            network = layer.network;
            let _ = writeln!(
                text,
                "\n{network:<44} {:>8}  {:>17}  {:>17}  {:>17}",
                "GFLOP", "forward", "weights", "input"
            );
        }
        let _ = write!(text, "{:<44} {:>8.3}", layer.map, layer.gflop);
        for (seconds, rate) in layer.seconds.iter().zip(layer.rates()) {
            let _ = write!(text, "  {:>7.3} ms {rate:>5.0}/s", seconds * 1e3);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "\n{COUNTED}");
    text
}

pub fn ui(report: &ui::Report) -> String {
    format!(
        "dashboard of {}\u{d7}{}, {} steps of history, {} frames with new data\n{}\n\n\
         {:>10.3} ms per frame, median; {:.3} ms at the 99th percentile\n\
         {:>10.0} bytes per frame, median; {:.0} at the 99th percentile\n\
         {:>10.1} s to take in the history\n",
        report.columns,
        report.rows,
        report.history,
        report.frames,
        report.processor,
        report.ms_p50,
        report.ms_p99,
        report.bytes_p50,
        report.bytes_p99,
        report.history_s,
    )
}

/// What `bench watch` measures.
#[derive(Serialize)]
pub struct Watched {
    #[serde(flatten)]
    pub reading: logs::Report,
    pub many: many::Report,
    pub drawing: frames::Report,
}

pub fn watch(report: &Watched) -> String {
    let mut text = logs_read(&report.reading);
    let many = &report.many;
    let _ = write!(
        text,
        "\n{} runs of this program, {:.0} MB of records:\n\
         {:>10.3} s to the first frame\n\
         {:>10.3} s to the whole list\n",
        thousands(many.runs as u64),
        many.megabytes,
        many.first_frame_s,
        many.list_s
    );
    if let Some(peak) = many.peak_megabytes {
        let _ = writeln!(text, "{peak:>10.0} MB of memory at the peak");
    }
    let drawing = &report.drawing;
    let _ = writeln!(
        text,
        "\na frame of {}x{} with {} runs selected, median and 99th of 100:",
        drawing.columns, drawing.rows, drawing.runs
    );
    for frames in &drawing.frames {
        let _ = writeln!(
            text,
            "{:>10.2} ms {:>7.2} ms {}",
            frames.ms_p50, frames.ms_p99, frames.way
        );
    }
    text
}

fn logs_read(report: &logs::Report) -> String {
    let mut text = format!("{}\n\n", report.processor);
    for (name, reading) in [
        ("TensorBoard's event file", report.tensorboard),
        ("a .wandb file", report.wandb),
    ] {
        let values = thousands(reading.values);
        let _ = writeln!(
            text,
            "{:>10.3} s to read {name} of {values} values, {:.0} MB, of which {:.1} MB are kept",
            reading.seconds, reading.megabytes, reading.kept_megabytes
        );
    }
    text
}

pub fn sweep(report: &sweep::Report) -> String {
    format!(
        "{} trials by {} workers, {} disk; training is simulated, {:.0} s of it in all; the shortest takes about 10 s\n{}\n\n\
         {:>10} trainings, {} of them made twice; {} claims left\n\
         {:>10.2} % of the time of workers is claiming and deciding\n\
         {:>10.1} ms between two trainings on average; one attempt at a trial took {:.1} ms at most\n\
         {:>10.0} s from beginning to end; workers had nothing to do for {:.1} % of it\n",
        thousands(report.trials),
        report.workers,
        match report.manners {
            sweep::Manners::Local => "local",
            sweep::Manners::Nfs => "NFS-like",
        },
        report.training,
        report.processor,
        thousands(report.jobs),
        report.made_twice,
        report.claims_left,
        report.percent,
        report.deciding * 1000.0 / report.jobs.max(1) as f64,
        report.longest_ms,
        report.lasted,
        100.0 * report.waiting / (report.lasted * report.workers as f64).max(1e-9),
    )
}

pub fn sampler(found: &sweep::Samples) -> String {
    let mut sorted = found.least.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = sorted.len().saturating_sub(1) as f64;
        sorted
            .get((last * share).round() as usize)
            .copied()
            .unwrap_or_default()
    };
    format!(
        "the least of {} trials, median of {} seeds: {:.4} ({:.4} to {:.4} for the middle half)\n",
        found.trials,
        sorted.len(),
        at(0.5),
        at(0.25),
        at(0.75),
    )
}
