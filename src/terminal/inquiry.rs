//! Questions to the terminal that are outstanding while the screen is drawn: nothing blocks on the answers, and a late one still
//! counts.

use std::time::{Duration, Instant};

use super::caps::Caps;
use super::probe::{Answers, PATIENCE, graphics_questions, questions};

/// How long features that depend on an answer wait for it.
const SOON: Duration = Duration::from_millis(300);

/// The questions and what was answered so far.
#[derive(Debug)]
pub struct Inquiry {
    /// What the environment says.
    named: Caps,
    answers: Answers,
    /// Outstanding answers that end a wait.
    awaited: usize,
    asked: Instant,
    /// Whether graphics were asked for.
    asked_graphics: bool,
    gave_up: bool,
}

/// What follows from an answer.
#[derive(Debug, Default)]
pub struct Heard {
    /// What to ask next.
    pub ask: Option<String>,
    /// Whether more is known of the terminal than before.
    pub news: bool,
}

impl Inquiry {
    /// The first questions to a terminal; empty if it would not understand them.
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

    /// Takes in an answer.
    pub fn take_in(&mut self, answer: &[u8]) -> Heard {
        let was_wide = self.answers.wide == Some(true);
        if !self.answers.take_in(answer) || self.awaited == 0 {
            // Wide characters break every frame: report them before all is known.
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
            ask: more.then(graphics_questions),
            news: true,
        }
    }

    /// What is known of the terminal by now.
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

    /// What was answered.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// How long features that depend on an answer still wait; `None` if they no longer do.
    #[must_use]
    pub fn patience_left(&self) -> Option<Duration> {
        let waits = self.awaited > 0 && !self.gave_up;
        waits.then(|| SOON.saturating_sub(self.asked.elapsed()))
    }

    /// No answer came in time. It may come later.
    pub fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// Skips the remaining questions.
    pub fn ask_no_more(&mut self) {
        self.awaited = 0;
        self.gave_up = true;
    }

    /// How long to wait for an outstanding answer so that it does not reach the shell; `None` if there is none.
    #[must_use]
    pub fn outstanding(&self) -> Option<Duration> {
        let left = PATIENCE.saturating_sub(self.asked.elapsed());
        (self.awaited > 0 && !left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::viuer::Graphics;

    fn named(term: &'static str) -> Caps {
        Caps::from_env(move |name| match name {
            "TERM" => Some(term.to_owned()),
            "LANG" => Some("C.UTF-8".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn graphics_are_asked_for_when_the_terminal_has_said_that_it_is_no_multiplexer() {
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
    fn a_wide_character_is_news_at_once() {
        let (mut inquiry, _) = Inquiry::begin(named("xterm"));
        assert!(!inquiry.take_in(b"\x1b[1;2R").news);
        assert!(inquiry.take_in(b"\x1b[1;3R").news);
        assert_eq!(inquiry.caps().wide, Some(true));
        assert!(!inquiry.take_in(b"\x1b[1;3R").news);
    }

    #[test]
    fn a_console_that_would_print_the_questions_gets_none() {
        let (inquiry, asked) = Inquiry::begin(named("linux"));
        assert!(asked.is_empty() && inquiry.outstanding().is_none());
        assert_eq!(inquiry.patience_left(), None);
    }
}
