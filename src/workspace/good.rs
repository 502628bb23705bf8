//! Which way a metric is better, for those that this program does not know, too.

use super::entry::Known;
use crate::metric::Good;
use crate::metric::quality::QUANTITIES;

/// Words in the names of metrics that are better high.
const HIGH: [&str; 31] = [
    "acc",
    "accuracy",
    "auc",
    "auroc",
    "bleu",
    "coverage",
    "dice",
    "elbo",
    "f1",
    "fps",
    "iou",
    "likelihood",
    "map",
    "meanreward",
    "precision",
    "psnr",
    "r2",
    "recall",
    "return",
    "returns",
    "rew",
    "reward",
    "rewards",
    "rouge",
    "score",
    "ssim",
    "success",
    "throughput",
    "top1",
    "top5",
    "win",
];
/// Words in the names of metrics that are better low.
const LOW: [&str; 22] = [
    "bpd",
    "cer",
    "crossentropy",
    "distance",
    "divergence",
    "entropy",
    "err",
    "error",
    "fid",
    "kid",
    "kl",
    "loss",
    "losses",
    "lpips",
    "mae",
    "mape",
    "mse",
    "nll",
    "perplexity",
    "ppl",
    "rmse",
    "wer",
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

/// Which way a metric of a run is better: as its log says, else as this program knows, else by the words in its name. A name that
/// says nothing is neither: a guess would call the worst value the best.
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
    // `fid_score`, `neg_log_likelihood`.
    let is_turned = |word: &str| ["fid", "kid", "neg", "negative", "nelbo"].contains(&word);
    if words.clone().any(is_turned) {
        return Good::Lower;
    }
    // How many of something there are in a second.
    let is_speed = name.ends_with("per_s") || name.ends_with("per_second") || name.ends_with("/s");
    if is_speed || words.clone().any(|word| HIGH.contains(&word)) {
        return Good::Higher;
    }
    if words.clone().any(|word| NEUTRAL.contains(&word)) {
        return Good::Neutral;
    }
    let is_low = words.any(|word| LOW.contains(&word)) || name.ends_with("loss");
    if is_low { Good::Lower } else { Good::Neutral }
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
            ("valLoss", Good::Lower),
            ("fid_score", Good::Lower),
            ("neg_log_likelihood", Good::Lower),
            ("rollout/ep_rew_mean", Good::Higher),
            ("eval/MeanReward", Good::Higher),
            ("log_likelihood", Good::Higher),
            ("it_per_s", Good::Higher),
            ("rollout/ep_len_mean", Good::Neutral),
            ("a", Good::Neutral),
        ] {
            assert_eq!(good(name, None), expected, "{name}");
        }
    }
}
