//! A line editor with completion and history. Its grammar is the one `--at` uses, and a few words of the screen's own.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::protocol::{Command, CommandHelp, GRAMMAR, SWITCH_OBJECTIVE};
use crate::text::graphemes;
use crate::tui::dialogs::typing::Typing;

/// Words that mean the screen and not the run.
pub const UI_COMMANDS: &[CommandHelp] = &[
    CommandHelp {
        name: "help",
        arguments: "",
        about: "show keys and commands",
    },
    CommandHelp {
        name: "quit",
        arguments: "",
        about: "quit (asks first)",
    },
    CommandHelp {
        name: "detach",
        arguments: "",
        about: "detach; training continues",
    },
    CommandHelp {
        name: "control",
        arguments: "",
        about: "take control from another viewer",
    },
];

/// What was entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Entered {
    /// A command to the run.
    Command(Command),
    /// Show the help.
    Help,
    /// Leave.
    Quit,
    /// Leave; the run continues.
    Detach,
    /// Take control.
    Control,
}

/// What can be completed, and which commands the run does not take.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The objectives.
    pub objectives: Vec<String>,
    /// The keys of `set`.
    pub settings: Vec<String>,
    /// The names of `action`.
    pub actions: Vec<String>,
    /// The commands that are not offered.
    pub missing: &'static [&'static str],
}

impl Words {
    /// The commands that are offered.
    fn commands(&self) -> impl Iterator<Item = &'static CommandHelp> {
        let run = GRAMMAR.iter().filter(|c| !self.missing.contains(&c.name));
        run.chain(UI_COMMANDS)
    }
}

/// The line being edited.
#[derive(Debug, Clone)]
pub struct Line {
    text: String,
    /// Byte offset, between two visible characters.
    cursor: usize,
    error: Option<String>,
    words: Words,
    history: Vec<String>,
    /// The entry of `history` being shown, and the previous line.
    recalled: Option<(usize, String)>,
    /// The text before completion began, its candidates, and the one inserted.
    completing: Option<(String, Vec<String>, usize)>,
}

impl Line {
    /// An empty line that can complete these words and recall `history`, newest last.
    #[must_use]
    pub fn new(words: Words, history: Vec<String>) -> Self {
        Self {
            text: String::new(),
            cursor: 0,
            error: None,
            words,
            history,
            recalled: None,
            completing: None,
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text left of the cursor.
    #[must_use]
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Why the text could not be run.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// What the first completion would add.
    #[must_use]
    pub fn ghost(&self) -> Option<String> {
        let idle = self.error.is_none() && self.completing.is_none();
        if !idle || self.cursor < self.text.len() || self.text.is_empty() {
            return None;
        }
        let first = self.candidates().into_iter().next()?;
        first
            .strip_prefix(&self.text)
            .filter(|rest| !rest.is_empty())
            .map(str::to_owned)
    }

    /// What was typed, without what completions have added.
    #[must_use]
    pub fn typed(&self) -> &str {
        self.completing
            .as_ref()
            .map_or(self.text.as_str(), |(before, ..)| before.as_str())
            .trim_start()
    }

    /// The commands that fit what was typed so far: all that begin with its first word.
    #[must_use]
    pub fn suggestions(&self) -> Vec<&'static CommandHelp> {
        let typed = self.typed();
        let all = self.words.commands();
        match typed.split_once(char::is_whitespace) {
            Some((word, _)) => all.filter(|c| c.name == word).collect(),
            None => all.filter(|c| c.name.starts_with(typed)).collect(),
        }
    }

    /// Parses the line. On an error, which is shown below it, the line is unchanged.
    pub fn enter(&mut self) -> Option<Entered> {
        match self.text.trim() {
            "help" => return Some(Entered::Help),
            "quit" | "q" => return Some(Entered::Quit),
            "detach" => return Some(Entered::Detach),
            "control" => return Some(Entered::Control),
            _ => {}
        }
        let parsed = self.text.parse::<Command>().map_err(|e| e.to_string());
        match parsed.and_then(|command| self.known(command)) {
            Ok(command) => Some(Entered::Command(command)),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// Rejects a mistyped objective here rather than after a round trip.
    fn known(&self, command: Command) -> Result<Command, String> {
        match &command {
            Command::Objective(name)
                if !self.words.objectives.is_empty() && !self.words.objectives.contains(name) =>
            {
                Err(format!(
                    "`{SWITCH_OBJECTIVE}`: expected one of {}, found `{name}`",
                    self.words.objectives.join(", ")
                ))
            }
            _ => Ok(command),
        }
    }

    fn is_edited(&mut self) {
        self.error = None;
        self.recalled = None;
        self.completing = None;
    }

    /// Bytes of the character left of the cursor.
    fn left(&self) -> usize {
        let before = graphemes(self.before_cursor());
        before.last().map_or(0, str::len)
    }

    /// Bytes of the character right of the cursor.
    fn right(&self) -> usize {
        let mut after = graphemes(&self.text[self.cursor..]);
        after.next().map_or(0, str::len)
    }

    /// What was typed or deleted may have made one character of what stands on both sides of the cursor: it goes behind that.
    fn settle(&mut self) {
        let mut end = 0;
        for grapheme in graphemes(&self.text) {
            if end >= self.cursor {
                break;
            }
            end += grapheme.len();
        }
        self.cursor = end;
    }

    fn accept_ghost(&mut self) {
        if let Some(rest) = self.ghost() {
            self.replace(format!("{}{rest}", self.text));
        }
    }

    /// Takes the next (or previous) completion in the place of what was typed.
    pub fn complete(&mut self, forwards: bool) {
        let going_on = self.completing.take();
        let (before, candidates, at) = going_on.map_or_else(
            || (self.text.clone(), self.candidates(), None),
            |(b, c, at)| (b, c, Some(at)),
        );
        let n = candidates.len().max(1);
        let at = match at {
            None if forwards => 0,
            None => n - 1,
            Some(at) if forwards => (at + 1) % n,
            Some(at) => (at + n - 1) % n,
        };
        let Some(chosen) = candidates.get(at).cloned() else {
            return;
        };
        self.replace(chosen);
        // A single candidate is taken for good: the next completion starts from it.
        self.completing = (candidates.len() > 1).then_some((before, candidates, at));
    }

    fn replace(&mut self, text: String) {
        self.text = text;
        self.cursor = self.text.len();
        self.error = None;
        self.completing = None;
    }

    /// Whole lines that begin with the text.
    fn candidates(&self) -> Vec<String> {
        let text = self.text.trim_start();
        let Some((word, rest)) = text.split_once(' ') else {
            let all = self.words.commands().filter(|c| c.name.starts_with(text));
            return all
                .map(|c| {
                    if c.arguments.is_empty() {
                        c.name.to_owned()
                    } else {
                        format!("{} ", c.name)
                    }
                })
                .collect();
        };
        let rest = rest.trim_start();
        match word {
            SWITCH_OBJECTIVE => self
                .words
                .objectives
                .iter()
                .filter(|o| o.starts_with(rest))
                .map(|o| format!("{SWITCH_OBJECTIVE} {o}"))
                .collect(),
            "lr" => ["d ", "g "]
                .iter()
                .filter(|a| a.starts_with(rest))
                .map(|a| format!("lr {a}"))
                .collect(),
            "set" => self
                .words
                .settings
                .iter()
                .filter(|key| key.starts_with(rest))
                .map(|key| format!("set {key} "))
                .collect(),
            "action" => self
                .words
                .actions
                .iter()
                .filter(|name| name.starts_with(rest))
                .map(|name| format!("action {name} "))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The command before the one shown.
    pub fn older(&mut self) {
        let at = self
            .recalled
            .as_ref()
            .map_or(self.history.len(), |(at, _)| *at);
        let Some(at) = at.checked_sub(1) else { return };
        let draft = self
            .recalled
            .take()
            .map_or_else(|| self.text.clone(), |(_, draft)| draft);
        self.replace(self.history[at].clone());
        self.recalled = Some((at, draft));
    }

    /// The command after the one shown, and at the end the original line.
    pub fn newer(&mut self) {
        let Some((at, draft)) = self.recalled.take() else {
            return;
        };
        if let Some(text) = self.history.get(at + 1).cloned() {
            self.replace(text);
            self.recalled = Some((at + 1, draft));
        } else {
            self.replace(draft);
        }
    }
}

impl Typing for Line {
    fn edit(&mut self, key: &KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('w') if control => {
                let kept = self.text[..self.cursor].trim_end();
                let start = kept.rfind(char::is_whitespace).map_or(0, |i| i + 1);
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char(c) if !control && !key.modifiers.contains(KeyModifiers::ALT) => {
                return self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => {
                let end = self.cursor;
                self.cursor -= self.left();
                self.text.drain(self.cursor..end);
                self.settle();
            }
            KeyCode::Delete => {
                let end = self.cursor + self.right();
                self.text.drain(self.cursor..end);
                self.settle();
            }
            KeyCode::Left => {
                self.cursor -= self.left();
                return;
            }
            KeyCode::Right => {
                match self.right() {
                    0 => self.accept_ghost(),
                    length => self.cursor += length,
                }
                return;
            }
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return,
        }
        self.is_edited();
    }

    /// At the cursor.
    fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        self.settle();
        self.is_edited();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Line {
        let objectives = ["gan", "wgan", "wgan-gp"].map(str::to_owned).to_vec();
        let words = Words {
            objectives,
            ..Words::default()
        };
        let mut line = Line::new(words, vec!["pause".into(), "lr 1e-4".into()]);
        text.chars()
            .for_each(|c| line.edit(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        line
    }

    #[test]
    fn tab_cycles_through_the_candidates() {
        let mut line = typed("loss w");
        let mut seen = Vec::new();
        for _ in 0..3 {
            line.complete(true);
            seen.push(line.text().to_owned());
        }
        assert_eq!(seen, ["loss wgan", "loss wgan-gp", "loss wgan"]);
        line.complete(false);
        assert_eq!(line.text(), "loss wgan-gp");
    }

    #[test]
    fn the_ghost_text_is_what_right_would_insert() {
        let mut line = typed("che");
        assert_eq!(line.ghost().as_deref(), Some("ckpoint"));
        line.edit(&KeyEvent::new(KeyCode::Right, KeyModifiers::NONE));
        assert_eq!(line.text(), "checkpoint");
        assert_eq!(line.enter(), Some(Entered::Command(Command::Checkpoint)));
    }

    #[test]
    fn an_error_keeps_the_text_and_disappears_on_editing() {
        let mut line = typed("lr x");
        assert_eq!(line.enter(), None);
        assert_eq!(line.text(), "lr x");
        assert!(line.error().is_some_and(|e| e.contains("positive number")));
        line.edit(&KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
        assert_eq!((line.text(), line.error()), ("lr ", None));
        let mut line = typed("loss wgna");
        assert!(line.enter().is_none() && line.error().is_some_and(|e| e.contains("wgan-gp")));
    }

    #[test]
    fn history_is_recalled_and_the_draft_is_kept() {
        let mut line = typed("res");
        line.older();
        assert_eq!(line.text(), "lr 1e-4");
        line.older();
        line.older();
        assert_eq!(line.text(), "pause");
        line.newer();
        line.newer();
        assert_eq!(line.text(), "res");
    }

    #[test]
    fn editing_is_safe_with_characters_of_many_bytes() {
        let mut line = typed("note größe");
        for code in [
            KeyCode::Left,
            KeyCode::Left,
            KeyCode::Backspace,
            KeyCode::Backspace,
            KeyCode::Delete,
        ] {
            line.edit(&KeyEvent::new(code, KeyModifiers::NONE));
        }
        assert_eq!((line.text(), line.before_cursor()), ("note ge", "note g"));
        line.edit(&KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(line.text(), "note e");
    }

    #[test]
    fn keys_move_by_and_delete_visible_characters() {
        let press = |line: &mut Line, code| line.edit(&KeyEvent::new(code, KeyModifiers::NONE));
        let mut line = typed("note 数e\u{301}👩\u{200d}🔬");
        for before in ["note 数e\u{301}", "note 数", "note "] {
            press(&mut line, KeyCode::Left);
            assert_eq!(line.before_cursor(), before);
        }
        press(&mut line, KeyCode::Right);
        press(&mut line, KeyCode::Delete);
        assert_eq!(line.text(), "note 数👩\u{200d}🔬");
        press(&mut line, KeyCode::End);
        press(&mut line, KeyCode::Backspace);
        assert_eq!(line.text(), "note 数");
        // An accent that is typed into the middle belongs to the letter before it, wherever that was.
        let mut line = typed("ab");
        press(&mut line, KeyCode::Left);
        press(&mut line, KeyCode::Char('\u{301}'));
        assert_eq!(line.before_cursor(), "a\u{301}");
    }
}
