//! What a program may send without end: one of each name in a second is enough, and so many names.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::foreign::limits;
use crate::foreign::problem::{Code, Problem};

/// Time between two of one name.
const EVERY: Duration = Duration::from_secs(1);

/// When one of each name was taken.
#[derive(Debug)]
pub(super) struct Paced {
    /// What they are, in the plural.
    what: &'static str,
    taken: BTreeMap<String, Instant>,
    is_full: bool,
}

impl Paced {
    /// None of these yet.
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            taken: BTreeMap::new(),
            is_full: false,
        }
    }

    /// One came. Returns whether it is taken; one that is asked for always is, if there is room for its name.
    ///
    /// # Errors
    /// The first time that there are too many names.
    pub fn take(&mut self, name: &str, is_asked: bool, now: Instant) -> Result<bool, Problem> {
        let room = self.taken.len() < limits::COUNT;
        match self.taken.get_mut(name) {
            Some(last) if !is_asked && now.saturating_duration_since(*last) < EVERY => {
                return Ok(false);
            }
            Some(last) => *last = now,
            None if room => {
                self.taken.insert(name.to_owned(), now);
            }
            None if std::mem::replace(&mut self.is_full, true) => return Ok(false),
            None => {
                let text = format!(
                    "found {} of more than {} names; expected at most that many in a run: the others are left out",
                    self.what,
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
        let mut paced = Paced::new("things");
        let mut take = |name: &str, millis| {
            let now = begin + Duration::from_millis(millis);
            paced.take(name, false, now).ok()
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
