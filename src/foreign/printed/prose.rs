//! Lines that speak of a step in words: `Step 2 of 5: preprocessing, workers=4`. What they count may be the chapters of a script.

/// Whether a line has words that are the name of no number.
pub(super) fn is_prose(line: &str) -> bool {
    line.split([',', ';', '|', '\t']).any(|part| {
        let mut words = 0_usize;
        for token in part.split_whitespace() {
            let has_digit = token.contains(|c: char| c.is_ascii_digit());
            match token.find('=') {
                // A name before `=` is one word.
                Some(at) if at > 0 && words > 0 => return true,
                Some(0) => {}
                Some(_) => words = 0,
                None if has_digit => words = 0,
                None => words += usize::from(token.contains(char::is_alphabetic)),
            }
        }
        words > 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_and_without_numbers() {
        for line in [
            "Step 1: download dataset, size=3",
            "Step 2 of 5: preprocessing workers=4",
            "step 3: saving",
        ] {
            assert!(is_prose(line), "{line}");
        }
        for line in [
            "step 3 reward=5",
            "Step [3/10], total reward: 5, length = 7",
            "INFO:root:step 200 - loss: 25",
            "iter 3: train loss 4, val loss 5 | lr=1",
        ] {
            assert!(!is_prose(line), "{line}");
        }
    }
}
