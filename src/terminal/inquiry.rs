//! Queries to the terminal while the screen is drawn: nothing waits for the answers, and late ones still count.

use std::time::{Duration, Instant};

use super::caps::Caps;
use super::probe::{Answers, PATIENCE, graphics_questions, questions};

/// How long to wait for an answer that something depends on.
const SOON: Duration = Duration::from_millis(300);

/// The queries and the answers so far.
#[derive(Debug)]
pub struct Inquiry {
    /// Capabilities by the environment.
    named: Caps,
    answers: Answers,
    /// Number of final answers still to come.
    awaited: usize,
    asked: Instant,
    /// Whether graphics were queried.
    asked_graphics: bool,
    gave_up: bool,
}

/// The consequence of an answer.
#[derive(Debug, Default)]
pub struct Heard {
    /// The next query to send.
    pub ask: Option<String>,
    /// Whether it changed what is known.
    pub news: bool,
}

impl Inquiry {
    /// The first query, for a terminal with these capabilities by name; empty if it would not understand it.
    #[must_use]
    pub fn begin(named: Caps) -> (Self, String) {
        let text = if named.can_be_asked() {
            questions(named.utf8)
        } else {
            String::new()
        };
        let inquiry = Self {
            awaited: usize::from(!text.is_empty()),
            gave_up: text.is_empty(),
            named,
            answers: Answers::default(),
            asked: Instant::now(),
            asked_graphics: false,
        };
        (inquiry, text)
    }

    /// Takes an answer.
    pub fn take_in(&mut self, answer: &[u8]) -> Heard {
        let was_wide = self.answers.wide == Some(true);
        if !self.answers.take_in(answer) || self.awaited == 0 {
            // Wide frames are corrected at once, before all is known.
            let news = !was_wide && self.answers.wide == Some(true);
            return Heard { ask: None, news };
        }
        self.awaited -= 1;
        self.answers.took = self.asked.elapsed();
        let more = !self.asked_graphics && self.named.may_ask_graphics(&self.answers);
        if more {
            self.asked_graphics = true;
            self.awaited += 1;
        }
        Heard {
            ask: more.then(|| graphics_questions(self.answers.sixel)),
            news: true,
        }
    }

    /// The capabilities known so far.
    #[must_use]
    pub fn caps(&self) -> Caps {
        let took = if self.answers.attributes {
            self.answers.took
        } else {
            self.asked.elapsed()
        };
        if !self.named.can_be_asked() {
            return self.named.clone();
        }
        self.named.clone().with_answers(&Answers {
            took,
            ..self.answers.clone()
        })
    }

    /// The answers so far.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// How much longer to wait for an answer; `None` if waiting is over.
    #[must_use]
    pub fn patience_left(&self) -> Option<Duration> {
        let waits = self.awaited > 0 && !self.gave_up;
        waits.then(|| SOON.saturating_sub(self.asked.elapsed()))
    }

    /// No answer arrived in time; it may arrive later.
    pub fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// Cancels the remaining queries.
    pub fn ask_no_more(&mut self) {
        self.awaited = 0;
        self.gave_up = true;
    }

    /// How long a pending answer may still take to arrive, so that no other program receives it; `None` if none is
    /// pending.
    #[must_use]
    pub fn outstanding(&self) -> Option<Duration> {
        let left = PATIENCE.saturating_sub(self.asked.elapsed());
        (self.awaited > 0 && !left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Graphics;

    fn named(term: &'static str) -> Caps {
        Caps::from_env(move |name| match name {
            "TERM" => Some(term.to_owned()),
            "LANG" => Some("C.UTF-8".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn graphics_are_queried_once_the_terminal_is_known_not_to_be_a_multiplexer() {
        let (mut inquiry, asked) = Inquiry::begin(named("xterm"));
        assert!(!asked.contains("\x1b_G"));
        assert!(!inquiry.take_in(b"\x1bP>|kitty(0.26.5)\x1b\\").news);
        let heard = inquiry.take_in(b"\x1b[?62;c");
        assert!(heard.news && heard.ask.is_some_and(|ask| ask.contains("\x1b_G")));
        assert!(inquiry.outstanding().is_some());
        inquiry.take_in(b"\x1b_Gi=31;OK\x1b\\");
        let heard = inquiry.take_in(b"\x1b[?62;c");
        assert!(heard.news && heard.ask.is_none() && inquiry.outstanding().is_none());
        assert_eq!(inquiry.caps().graphics, Graphics::Kitty);

        let (mut inquiry, _) = Inquiry::begin(named("xterm"));
        inquiry.take_in(b"\x1bP>|tmux 3.3a\x1b\\");
        let heard = inquiry.take_in(b"\x1b[?1;2c");
        assert!(heard.news && heard.ask.is_none());
        assert_eq!(inquiry.caps().graphics, Graphics::None);
    }

    #[test]
    fn a_wide_character_is_reported_at_once() {
        let (mut inquiry, _) = Inquiry::begin(named("xterm"));
        assert!(!inquiry.take_in(b"\x1b[1;2R").news);
        assert!(inquiry.take_in(b"\x1b[1;3R").news);
        assert_eq!(inquiry.caps().wide, Some(true));
        assert!(!inquiry.take_in(b"\x1b[1;3R").news);
    }

    #[test]
    fn a_console_that_would_print_queries_gets_none() {
        let (inquiry, asked) = Inquiry::begin(named("linux"));
        assert!(asked.is_empty() && inquiry.outstanding().is_none());
        assert_eq!(inquiry.patience_left(), None);
    }
}
