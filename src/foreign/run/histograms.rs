//! Distributions: one of each name in a second is enough.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::foreign::limits;
use crate::foreign::problem::{Code, Problem};

/// Time between two recorded distributions of one name.
const EVERY: Duration = Duration::from_secs(1);

/// When a distribution of each name was taken.
#[derive(Debug, Default)]
pub(super) struct Histograms {
    taken: BTreeMap<String, Instant>,
    is_full: bool,
}

impl Histograms {
    /// A distribution came. Returns whether it is taken.
    ///
    /// # Errors
    /// The first time that there are too many names.
    pub fn take(&mut self, name: &str, now: Instant) -> Result<bool, Problem> {
        let room = self.taken.len() < limits::COUNT;
        match self.taken.get_mut(name) {
            Some(last) if now.saturating_duration_since(*last) < EVERY => return Ok(false),
            Some(last) => *last = now,
            None if room => {
                self.taken.insert(name.to_owned(), now);
            }
            None if std::mem::replace(&mut self.is_full, true) => return Ok(false),
            None => {
                let text = format!(
                    "found more than {} distributions; expected at most that many in a run: the others are left out",
                    limits::COUNT
                );
                return Err(Problem::new(Code::TooMany, text));
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_name_in_a_second_and_so_many_names() {
        let begin = Instant::now();
        let mut histograms = Histograms::default();
        let mut take = |name: &str, millis| {
            histograms
                .take(name, begin + Duration::from_millis(millis))
                .ok()
        };
        assert_eq!(take("a", 0), Some(true));
        assert_eq!(take("a", 999), Some(false));
        assert_eq!(take("a", 1000), Some(true));
        for number in 1..limits::COUNT {
            assert_eq!(take(&number.to_string(), 0), Some(true));
        }
        assert_eq!((take("b", 0), take("c", 0)), (None, Some(false)));
    }
}
