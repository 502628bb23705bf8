//! Objects that Python prints over many lines, as networks and optimizers of PyTorch: what is in them is how they were made.
//!
//! ```text
//! Adam (
//! Parameter Group 0
//!     eps: 1e-08
//!     lr: 0.0002
//! )
//! ```

/// At most so many lines are taken for one object: whatever begins like one may be none.
const LONGEST: usize = 10_000;

/// The object that is being printed.
#[derive(Debug, Default)]
pub(super) struct Reprs {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    indent: usize,
    lines: usize,
}

impl Reprs {
    /// Takes the next line. Returns whether it belongs to an object.
    pub fn holds(&mut self, line: &str) -> bool {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        match &mut self.open {
            Some(open) => {
                open.lines += 1;
                if text.trim_end() == ")" && indent <= open.indent || open.lines > LONGEST {
                    self.open = None;
                }
                true
            }
            None if is_beginning(text) => {
                self.open = Some(Open { indent, lines: 0 });
                true
            }
            None => false,
        }
    }

    /// The training goes on: no object is being printed.
    pub fn end(&mut self) {
        self.open = None;
    }
}

/// Whether a line is a name, with words before it at most, and a parenthesis that stays open: `Generator(`, `G: Sequential(`.
fn is_beginning(text: &str) -> bool {
    let Some(before) = text.trim_end().strip_suffix('(') else {
        return false;
    };
    let name = before.trim_end();
    name.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        && !name.contains(['=', '[', '{', '|', '%'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_ends_with_its_parenthesis() {
        let mut reprs = Reprs::default();
        let held: Vec<bool> = [
            "loss: 1",
            "netG: Generator(",
            "  (main): Sequential(",
            "    (0): Linear(in_features=100, out_features=28)",
            "  )",
            ")",
            "loss: 1",
        ]
        .into_iter()
        .map(|line| reprs.holds(line))
        .collect();
        assert_eq!(held, [false, true, true, true, true, true, false]);
        reprs.holds("Adam (");
        reprs.end();
        assert!(!reprs.holds("    lr: 0.1"));
    }

    #[test]
    fn what_never_ends_is_bounded() {
        let mut reprs = Reprs::default();
        let lines = std::iter::once("starting (").chain(std::iter::repeat_n("a: 1", LONGEST + 1));
        let held = lines.map(|line| reprs.holds(line)).filter(|held| *held);
        assert_eq!(held.count(), LONGEST + 2);
        assert!(!reprs.holds("a: 1"));
    }
}
