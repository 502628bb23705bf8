//! Why a text is not a condition, and where in it the error is.

/// What is wrong with a condition. The message is one line; [`ConditionError::excerpt`] points at the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (column {})", at + 1)]
pub struct ConditionError {
    text: String,
    /// Where the error is, in characters from 0, and how many characters it spans.
    at: usize,
    width: usize,
    problem: String,
}

impl ConditionError {
    /// `problem` is about the `width` characters of `text` from `at` on.
    pub(super) fn new(text: &str, at: usize, width: usize, problem: String) -> Self {
        Self {
            text: text.to_owned(),
            at,
            width: width.max(1),
            problem,
        }
    }

    /// The same error as part of something larger, such as `rule 2`.
    #[must_use]
    pub fn within(mut self, what: &str) -> Self {
        self.problem = format!("{what}: {}", self.problem);
        self
    }

    /// The condition on one line, and carets under the faulty characters on the next; both indented by two.
    #[must_use]
    pub fn excerpt(&self) -> String {
        // A tab or a line break would shift what follows it.
        let text: String = self
            .text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        // A character may be two columns wide, or zero.
        let columns = |from: usize, count: usize| -> usize {
            let part: String = text.chars().skip(from).take(count).collect();
            let beyond = count - part.chars().count();
            crate::text::width(&part) + beyond
        };
        format!(
            "  {}\n  {}{}",
            text.trim_end(),
            " ".repeat(columns(0, self.at)),
            "^".repeat(columns(self.at, self.width).max(1))
        )
    }
}
