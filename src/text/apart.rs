//! Cutting several texts so that what tells them apart stays.

use std::collections::BTreeSet;

use super::layout::{fit, fit_end, window};
use super::{graphemes, width};

/// A way to cut a text to so many columns.
type Way<'a> = &'a dyn Fn(&str, usize) -> String;

/// Texts, each cut to at most its number of columns, with `ellipsis` where something was cut. Those that fit stay whole. The others lose
/// their end, as [`fit`] cuts them; where they would read the same then, what all have in common, or their front, or their middle:
/// whatever leaves the most of them different.
#[must_use]
pub fn fit_apart(texts: &[(String, usize)], ellipsis: &str) -> Vec<String> {
    let names: BTreeSet<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
    let common = common(&names);
    let alike = alike(&names);
    let ways: [Way<'_>; 5] = [
        &|text, columns| fit(text, columns, ellipsis),
        &|text, columns| fit_rest(text, whole_words(common), columns, ellipsis),
        &|text, columns| fit_rest(text, whole_numbers(common), columns, ellipsis),
        &|text, columns| fit_words(text, &alike, columns, ellipsis),
        &|text, columns| fit_end(text, columns, ellipsis),
    ];
    let cut = |way: Way<'_>| -> Vec<String> {
        let cut = texts.iter().map(|(text, columns)| way(text, *columns));
        cut.collect()
    };
    // Middles from one that leaves as much in front as behind to one that leaves a single column in front.
    let most = texts.iter().map(|(_, columns)| *columns).max();
    let fronts = (1..=most.unwrap_or(0) / 2).rev();
    let middles = fronts.map(|front| {
        let way = |text: &str, columns: usize| fit_ends(text, front, columns, ellipsis);
        cut(&way)
    });
    let mut best: (usize, Vec<String>) = (0, Vec::new());
    for cut in ways.into_iter().map(cut).chain(middles) {
        let count = cut.iter().collect::<BTreeSet<_>>().len();
        if count > best.0 {
            best = (count, cut);
        }
        // Texts that are equal read the same however they are cut.
        if count == names.len() {
            break;
        }
    }
    best.1
}

/// What all texts begin with.
fn common<'a>(texts: &BTreeSet<&'a str>) -> &'a str {
    // Of texts in their order, all others lie between the first and the last.
    let (Some(first), Some(last)) = (texts.first(), texts.last()) else {
        return "";
    };
    let pairs = graphemes(first).zip(graphemes(last));
    let same = pairs.take_while(|(a, b)| a == b);
    &first[..same.map(|(a, _)| a.len()).sum()]
}

/// Which words all texts have at the same place, where they have equally many.
fn alike(texts: &BTreeSet<&str>) -> Vec<bool> {
    let Some(first) = texts.first() else {
        return Vec::new();
    };
    let first: Vec<&str> = first.split(' ').collect();
    let mut alike = vec![true; first.len()];
    for text in texts {
        let words: Vec<&str> = text.split(' ').collect();
        if words.len() != first.len() {
            return Vec::new();
        }
        for ((alike, word), other) in alike.iter_mut().zip(words).zip(&first) {
            *alike &= word == *other;
        }
    }
    alike
}

/// The beginning of a text up to where a word begins.
fn whole_words(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '.')
}

/// The beginning of a text up to where a number begins.
fn whole_numbers(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
}

/// A text without what all have in common in front, and cut at its end if it is still too wide.
fn fit_rest(text: &str, common: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns || common.is_empty() {
        return fit(text, columns, ellipsis);
    }
    let rest = text.strip_prefix(common).unwrap_or(text);
    // As much of it as there is room for.
    if width(rest) + width(ellipsis) <= columns {
        return fit_end(text, columns, ellipsis);
    }
    fit(&format!("{ellipsis}{rest}"), columns, ellipsis)
}

/// A text without the words that all have, and cut at its end if it is still too wide.
fn fit_words(text: &str, alike: &[bool], columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns || alike.is_empty() {
        return fit(text, columns, ellipsis);
    }
    let (mut kept, mut is_cut) = (String::new(), false);
    for (word, alike) in text.split(' ').zip(alike) {
        if !alike {
            if !kept.is_empty() {
                kept.push(' ');
            }
            if is_cut {
                kept.push_str(ellipsis);
            }
            kept.push_str(word);
        }
        is_cut = *alike;
    }
    if is_cut {
        kept.push_str(ellipsis);
    }
    fit(&kept, columns, ellipsis)
}

/// A text cut in its middle, with at most so many columns of its front.
fn fit_ends(text: &str, front: usize, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(width(ellipsis));
    let back = kept - front.min(kept / 2);
    let front = window(text, 0, kept - back);
    let end = window(text, width(text) - back, back);
    fit(&format!("{front}{ellipsis}{end}"), columns, ellipsis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(texts: &[&str], columns: usize) -> Vec<String> {
        let texts: Vec<(String, usize)> = texts
            .iter()
            .map(|text| ((*text).to_owned(), columns))
            .collect();
        let cut = fit_apart(&texts, "…");
        for text in &cut {
            assert!(width(text) <= columns, "{text}");
        }
        cut
    }

    #[test]
    fn texts_lose_their_end_where_their_beginning_tells_them_apart() {
        assert_eq!(cut(&["tb/a", "tb/b"], 8), ["tb/a", "tb/b"]);
        let texts = ["gan, lr 0.1", "wgan, lr 0.1"];
        assert_eq!(cut(&texts, 8), ["gan, lr…", "wgan, l…"]);
    }

    #[test]
    fn what_all_have_in_common_goes_first() {
        let texts = ["tb/lr0.001-a", "tb/lr0.003-a"];
        assert_eq!(cut(&texts, 10), ["…lr0.001-a", "…lr0.003-a"]);
        // Where there is less room, a word goes as well, but not the digits of a number.
        let texts = ["tb/lr0.001-seed", "tb/lr0.003-seed"];
        assert_eq!(cut(&texts, 8), ["…0.001-…", "…0.003-…"]);
        let texts = ["数字/薄い一", "数字/薄い二"];
        assert_eq!(cut(&texts, 8), ["…/薄い一", "…/薄い二"]);
        let texts = ["in a long folder/", "in a long folder/b"];
        assert_eq!(cut(&texts, 8), ["…folder/", "…older/b"]);
    }

    #[test]
    fn words_in_common_go_where_settings_differ_at_several_places() {
        let texts = [
            "lr 0.1, width 64, beta 0.5",
            "lr 0.1, width 64, beta 0.9",
            "lr 0.2, width 64, beta 0.5",
        ];
        let short = ["…0.1, …0.5", "…0.1, …0.9", "…0.2, …0.5"];
        assert_eq!(cut(&texts, 12), short);
    }

    #[test]
    fn a_middle_in_common_goes_where_ends_differ() {
        let texts = ["a-long-name-1", "b-long-name-1", "a-long-name-2"];
        assert_eq!(cut(&texts, 7), ["a-l…e-1", "b-l…e-1", "a-l…e-2"]);
        // The longer end has more room.
        let texts = ["tb/lr0.0001-s2", "wb-lr0.0001-s1", "wb-lr0.0001-s2"];
        let short = ["tb/lr…001-s2", "wb-lr…001-s1", "wb-lr…001-s2"];
        assert_eq!(cut(&texts, 12), short);
        let texts = [
            "tb/lr0.0001-s2",
            "wb-lr0.0001-s2",
            "wb-lr0.0003-s1",
            "wb-lr0.0103-s1",
        ];
        let short = ["tb/l…001-s2", "wb-l…001-s2", "wb-l…003-s1", "wb-l…103-s1"];
        assert_eq!(cut(&texts, 11), short);
    }

    #[test]
    fn equal_texts_are_cut_alike_and_no_room_is_no_fault() {
        let texts = ["the same name", "the same name"];
        assert_eq!(cut(&texts, 9), ["the same…", "the same…"]);
        for columns in 0..16 {
            cut(&["the first name", "the second name"], columns);
            cut(&["数字が薄い", "数字が濃い"], columns);
        }
        assert_eq!(cut(&[], 4), Vec::<String>::new());
    }
}
