//! "Did you mean …?": the known name that a mistyped one is closest to.

/// The candidate that is closest in spelling, if it is close enough to be worth a guess.
pub(super) fn nearest<'a>(
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A third of the letters of the last word may be wrong, and two always may: `gna` is still `gan`.
    let last = found.rsplit('.').next().unwrap_or(found);
    let limit = (last.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(found, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean `A` or `B`?)`, to go behind what was found; empty where there is no guess.
pub(super) fn did_you_mean(guesses: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let guesses: Vec<_> = guesses
        .into_iter()
        .map(|guess| format!("`{}`", guess.as_ref()))
        .collect();
    if guesses.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", guesses.join(" or "))
    }
}
