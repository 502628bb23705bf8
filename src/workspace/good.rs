//! Which way a metric is better, for those that this program does not know, too.

use super::entry::Known;
use crate::metric::Good;
use crate::metric::quality::QUANTITIES;

/// Words in the names of metrics that are better high.
const HIGH: [&str; 21] = [
    "acc",
    "accuracy",
    "auc",
    "auroc",
    "bleu",
    "coverage",
    "dice",
    "f1",
    "iou",
    "map",
    "precision",
    "psnr",
    "r2",
    "recall",
    "return",
    "reward",
    "rouge",
    "score",
    "ssim",
    "success",
    "top1",
];
/// Words in the names of metrics that are neither.
const NEUTRAL: [&str; 10] = [
    "epoch", "images", "learning", "lr", "memory", "rate", "samples", "step", "time", "weight",
];

/// Words in the names of metrics that are looked at first.
const LIKED: [&str; 8] = [
    "fid", "val", "eval", "test", "loss", "acc", "accuracy", "score",
];

/// The rank of a metric among those that nobody chose: the lower, the sooner it is shown.
#[must_use]
pub fn liked(metric: &str) -> usize {
    let name = metric.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let found = LIKED.iter().position(|liked| words.contains(liked));
    found.unwrap_or(LIKED.len())
}

/// Which way a metric of a run is better: as its log says, else as this program knows, else by the words in its name; lower,
/// where nothing else is known.
#[must_use]
pub fn good(metric: &str, known: Option<&Known>) -> Good {
    if let Some(good) = known.and_then(|known| known.about.goals.get(metric)) {
        return *good;
    }
    if let Some(quantity) = QUANTITIES.iter().find(|q| q.name == metric) {
        return quantity.good;
    }
    let name = metric.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    if words.clone().any(|word| word == "loss" || word == "error") {
        return Good::Lower;
    }
    if words.clone().any(|word| HIGH.contains(&word)) {
        return Good::Higher;
    }
    if words.any(|word| NEUTRAL.contains(&word)) {
        return Good::Neutral;
    }
    Good::Lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_which_way_is_better() {
        for (name, expected) in [
            ("fid", Good::Lower),
            ("val/accuracy", Good::Higher),
            ("eval_F1", Good::Higher),
            ("train/loss", Good::Lower),
            ("accuracy_loss", Good::Lower),
            ("lr-Adam", Good::Neutral),
            ("perplexity", Good::Lower),
        ] {
            assert_eq!(good(name, None), expected, "{name}");
        }
    }
}
