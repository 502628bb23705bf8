//! What a fork of a live run is to have otherwise, as it is typed: an objective, settings.

use crate::config::{KEYS, find_key};
use crate::metric::objectives;
use crate::text::{did_you_mean, nearest};

/// The settings in a text: `wgan-gp`, `optimizer.g.lr=1e-4 critic.r1=0`.
///
/// # Errors
/// What was found and what was expected.
pub(super) fn differences(text: &str) -> Result<Vec<String>, String> {
    const EXPECTED: &str =
        "expected an objective or KEY=VALUE, such as wgan-gp or optimizer.g.lr=1e-4";
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let Some((key, value)) = word.split_once('=') else {
            if objectives::find(word).is_none() {
                let guess = did_you_mean(nearest(word, objectives::names()));
                return Err(format!("found `{word}`{guess}: {EXPECTED}"));
            }
            found.push(format!("objective={word}"));
            continue;
        };
        let Some(known) = find_key(key) else {
            let names = KEYS.iter().map(|key| key.name);
            let guess = did_you_mean(nearest(key, names));
            return Err(format!("found no key `{key}`{guess}: {EXPECTED}"));
        };
        if value.is_empty() {
            return Err(format!("found no value after `{key}=`: {EXPECTED}"));
        }
        let read = known.value_type.read(value);
        read.map_err(|problem| format!("`{key}`: {problem}"))?;
        found.push(word.to_owned());
    }
    if found.is_empty() {
        return Err(format!("found nothing: {EXPECTED}"));
    }
    Ok(found)
}

/// What the last word can be: where it begins, and the candidates.
pub(super) fn of_forks(text: &str) -> (usize, Vec<String>) {
    let from = text.rfind(' ').map_or(0, |at| at + 1);
    let word = text.get(from..).unwrap_or_default();
    let keys = KEYS.iter().filter(|key| key.acts_on_training());
    let keys = keys.map(|key| format!("{}=", key.name));
    let all = objectives::names().map(str::to_owned).chain(keys);
    (from, all.filter(|name| name.starts_with(word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_and_settings_are_read_and_mistakes_are_named() {
        assert_eq!(
            differences(" wgan-gp  optimizer.g.lr=1e-4 "),
            Ok(vec![
                "objective=wgan-gp".to_owned(),
                "optimizer.g.lr=1e-4".to_owned()
            ])
        );
        for (text, expected) in [
            ("", "found nothing"),
            ("wgan-gd", "did you mean `wgan-gp`"),
            ("optimizer.g.lt=1", "found no key `optimizer.g.lt`"),
            ("batch_size=", "found no value"),
            (
                "critic.r1=-1",
                "`critic.r1`: expected a number of at least 0",
            ),
            ("critic.r1=abc", "found `abc`"),
            ("wgan-gp optimizer.g.lr=nan", "`optimizer.g.lr`: expected"),
        ] {
            let error = differences(text).err().unwrap_or_default();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
