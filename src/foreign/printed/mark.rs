//! Words for a position, each with its number: `Epoch [1/5]`, `step=100`, `iter 250:`, `Epoch(train) [2]`.
//!
//! By hand, as every line that is printed passes through here: a regular expression for the same takes ten times as long.

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Counts {
    Epochs,
    Batches,
    /// Steps; whether they are known to count over all epochs.
    Steps {
        is_global: bool,
    },
}

/// A word for a position and its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    pub what: Counts,
    /// The number, and how many there are in all. `None` of a number that is too great to be one.
    pub n: Option<u64>,
    pub of: Option<u64>,
    /// Where the word begins.
    pub start: usize,
    /// Where the last number ends.
    pub number_end: usize,
    /// Where all of it ends, with a bracket.
    pub end: usize,
}

const STEPS: Counts = Counts::Steps { is_global: false };
const GLOBAL: Counts = Counts::Steps { is_global: true };

/// In small letters; of two that begin alike the longer one may come later, as what follows decides.
const WORDS: &[(&[u8], Counts)] = &[
    (b"global_step", GLOBAL),
    (b"global_steps", GLOBAL),
    (b"global step", GLOBAL),
    (b"global steps", GLOBAL),
    (b"globalstep", GLOBAL),
    (b"globalsteps", GLOBAL),
    (b"train_step", STEPS),
    (b"train step", STEPS),
    (b"trainstep", STEPS),
    (b"training_step", STEPS),
    (b"training step", STEPS),
    (b"trainingstep", STEPS),
    (b"num_updates", GLOBAL),
    (b"step", STEPS),
    (b"iter", STEPS),
    (b"iters", STEPS),
    (b"iteration", STEPS),
    (b"minibatch", Counts::Batches),
    (b"batch", Counts::Batches),
    (b"update", STEPS),
    (b"tick", STEPS),
    (b"epoch", Counts::Epochs),
    (b"ep", Counts::Epochs),
    (b"episode", Counts::Epochs),
];

/// The positions in a line, from left to right.
pub(super) fn all(line: &str) -> impl Iterator<Item = Mark> + '_ {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if is_beginning(bytes, at)
                && let Some(mark) = mark(bytes, at)
            {
                at = mark.end;
                return Some(mark);
            }
            at += 1;
        }
        None
    })
}

/// Whether a word may begin here.
fn is_beginning(bytes: &[u8], at: usize) -> bool {
    let first = bytes.get(at).map(u8::to_ascii_lowercase);
    if !matches!(
        first,
        Some(b'g' | b't' | b'n' | b's' | b'i' | b'm' | b'b' | b'u' | b'e')
    ) {
        return false;
    }
    match at.checked_sub(1).and_then(|before| bytes.get(before)) {
        None
        | Some(b'[' | b'(' | b'{' | b'<' | b',' | b';' | b'|' | b'"' | b'\'' | b'>' | b'-') => true,
        Some(before) => before.is_ascii_whitespace(),
    }
}

fn mark(bytes: &[u8], start: usize) -> Option<Mark> {
    let rest = bytes.get(start..)?;
    let first = rest.first()?.to_ascii_lowercase();
    let mut words = WORDS
        .iter()
        .filter(|(word, _)| word.first() == Some(&first));
    words.find_map(|(word, what)| {
        let begins = rest.get(..word.len())?.eq_ignore_ascii_case(word);
        begins
            .then(|| number(bytes, start, start + word.len(), *what))
            .flatten()
    })
}

/// What follows a word that ends at `end`.
fn number(bytes: &[u8], start: usize, end: usize, what: Counts) -> Option<Mark> {
    let mut at = end;
    at = of_a_kind(bytes, at).unwrap_or(at);
    at += usize::from(matches!(bytes.get(at), Some(b'"' | b'\'')));
    at = blanks(bytes, at);
    at += usize::from(matches!(bytes.get(at), Some(b':' | b'=' | b'#')));
    at = blanks(bytes, at);
    at += usize::from(bytes.get(at) == Some(&b'['));
    at = blanks(bytes, at);
    let (n, after) = digits(bytes, at)?;
    let (of, number_end) = in_all(bytes, after).map_or((None, after), |(of, end)| (of, end));
    let bracket = blanks(bytes, number_end);
    let is_closed = bytes.get(bracket) == Some(&b']');
    Some(Mark {
        what,
        n,
        of,
        start,
        number_end,
        end: if is_closed { bracket + 1 } else { number_end },
    })
}

/// Passes over `(train)` and the like.
fn of_a_kind(bytes: &[u8], at: usize) -> Option<usize> {
    let open = at + usize::from(bytes.get(at).is_some_and(u8::is_ascii_whitespace));
    if bytes.get(open) != Some(&b'(') {
        return None;
    }
    let inner = bytes.get(open + 1..)?;
    let kinds: [&[u8]; 4] = [b"train", b"val", b"valid", b"test"];
    kinds.into_iter().find_map(|kind| {
        let is_it = inner.get(..kind.len())?.eq_ignore_ascii_case(kind)
            && inner.get(kind.len()) == Some(&b')');
        is_it.then_some(open + kind.len() + 2)
    })
}

/// `/938` or `of 938`: the number, and where it ends.
fn in_all(bytes: &[u8], at: usize) -> Option<(Option<u64>, usize)> {
    let at = blanks(bytes, at);
    let rest = bytes.get(at..)?;
    let sign = match rest {
        [b'/', ..] => 1,
        [b'o' | b'O', b'f' | b'F', next, ..] if next.is_ascii_whitespace() => 2,
        _ => return None,
    };
    digits(bytes, blanks(bytes, at + sign))
}

fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The digits that begin here, as a number, and where they end: `938`, or `1,000` in groups of three.
fn digits(bytes: &[u8], start: usize) -> Option<(Option<u64>, usize)> {
    let mut value = Some(0_u64);
    let mut at = start;
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    loop {
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            let digit = u64::from(digit - b'0');
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
            at += 1;
        }
        let is_group =
            (start + 1..=start + 3).contains(&at) || bytes.get(at.wrapping_sub(4)) == Some(&b',');
        let follows =
            bytes.get(at) == Some(&b',') && (at + 1..=at + 3).all(is_digit) && !is_digit(at + 4);
        if !is_group || !follows {
            break;
        }
        at += 1;
    }
    (at > start).then_some((value, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<(&str, Option<u64>, Option<u64>)> {
        let text = |mark: Mark| {
            let whole = line.get(mark.start..mark.end).unwrap_or_default();
            (whole, mark.n, mark.of)
        };
        all(line).map(text).collect()
    }

    #[test]
    fn words_with_their_numbers() {
        assert_eq!(
            found("Epoch [1/5], Step [ 100 / 938 ], loss: 1"),
            [
                ("Epoch [1/5]", Some(1), Some(5)),
                ("Step [ 100 / 938 ]", Some(100), Some(938))
            ]
        );
        assert_eq!(
            found("Epoch(train)  [2][ 50/938] global_step=7 'iters': 9 of 10 EP#3"),
            [
                ("Epoch(train)  [2]", Some(2), None),
                ("global_step=7", Some(7), None),
                ("iters': 9 of 10", Some(9), Some(10)),
                ("EP#3", Some(3), None)
            ]
        );
        assert_eq!(
            found("iteration 12 training step: 3"),
            [
                ("iteration 12", Some(12), None),
                ("training step: 3", Some(3), None)
            ]
        );
        assert_eq!(
            found("step 1,000/10,000 loss, epoch 2,500 step 12,34 step 1,2345"),
            [
                ("step 1,000/10,000", Some(1000), Some(10_000)),
                ("epoch 2,500", Some(2500), None),
                ("step 12", Some(12), None),
                ("step 1", Some(1), None)
            ]
        );
        assert_eq!(
            found("step 99999999999999999999"),
            [("step 99999999999999999999", None, None)]
        );
    }

    #[test]
    fn what_is_no_position() {
        for line in [
            "",
            "steps",
            "batch_size=64",
            "laststep 3",
            "epochs",
            "epoch done",
            "größe 3",
            "ep. 3",
            "step -3",
        ] {
            assert_eq!(found(line), [], "{line}");
        }
    }
}
