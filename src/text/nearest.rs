//! "Did you mean …?": the known name that a mistyped one is closest to.

/// Minimum length of a prefix that is completed to a name.
const PREFIX: usize = 3;

/// The candidate closest to `found` by edit distance, else the shortest that starts with it; `None` if all are too far
/// away. Ignores case.
pub fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    // Up to a third of the letters of the last word may differ, and at least two: `gna` is close to `gan`.
    let last = found.rsplit('.').next().unwrap_or(&found);
    let limit = (last.chars().count() / 3).max(2);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let closest = candidates
        .iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&found, &candidate.to_lowercase());
            (distance, *candidate)
        })
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate);
    let begins = |candidate: &&str| candidate.to_lowercase().starts_with(&found);
    closest.or_else(|| {
        let candidates = candidates.into_iter().filter(begins);
        candidates
            .filter(|_| found.chars().count() >= PREFIX)
            .min_by_key(|candidate| candidate.len())
    })
}

/// ` (did you mean `A` or `B`?)`, to append to what was found; empty without guesses.
#[must_use]
pub fn did_you_mean(guesses: impl IntoIterator<Item = impl AsRef<str>>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_found_among_typos_cases_and_beginnings() {
        let names = ["mnist", "kmnist", "fashion-mnist", "digits"];
        assert_eq!(nearest("mnits", names), Some("mnist"));
        assert_eq!(nearest("MNIST", names), Some("mnist"));
        assert_eq!(nearest("digts", names), Some("digits"));
        assert_eq!(nearest("fashion", names), Some("fashion-mnist"));
        assert_eq!(nearest("fashion-mnit", names), Some("fashion-mnist"));
        assert_eq!(nearest("imagenet", names), None);
        assert_eq!(nearest("", names), None);
        // A name that shares no letter is not close.
        assert_eq!(nearest("q", ["lr"]), None);
    }

    #[test]
    fn a_hint_lists_the_guesses_or_is_empty() {
        assert_eq!(did_you_mean(None::<&str>), "");
        assert_eq!(did_you_mean(["a", "b"]), " (did you mean `a` or `b`?)");
    }
}
