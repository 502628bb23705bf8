//! The header of an npy file: a Python dictionary with three keys, as written by `repr` in any version of Python, or
//! imitated by other programs.

/// The content of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Type of the values: `|u1`, `<f4`.
    pub kind: String,
    pub shape: Vec<usize>,
    /// Whether the first index runs fastest.
    pub fortran: bool,
}

impl Header {
    /// Parses the dictionary; `None` if it is invalid, or its array holds records.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut kind, mut shape, mut fortran) = (None, None, None);
        let mut rest = text.trim().strip_prefix('{')?.trim_start();
        while !rest.starts_with('}') {
            let (key, after) = quoted(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            let after = match key {
                "descr" => {
                    let (text, after) = quoted(value)?;
                    kind = Some(text.to_owned());
                    after
                }
                "fortran_order" => {
                    let found = ["True", "False"]
                        .into_iter()
                        .find(|w| value.starts_with(w))?;
                    fortran = Some(found == "True");
                    &value[found.len()..]
                }
                "shape" => {
                    let (text, after) = value.strip_prefix('(')?.split_once(')')?;
                    shape = Some(sizes(text)?);
                    after
                }
                _ => return None,
            };
            let after = after.trim_start();
            rest = after.strip_prefix(',').map_or(after, str::trim_start);
            // Between two keys there is a comma.
            if rest.len() == after.len() && !rest.starts_with('}') {
                return None;
            }
        }
        Some(Self {
            kind: kind?,
            shape: shape?,
            fortran: fortran?,
        })
    }

    /// The shape in Python's notation.
    pub fn shape_text(&self) -> String {
        let sizes: Vec<_> = self.shape.iter().map(ToString::to_string).collect();
        format!("({})", sizes.join(", "))
    }

    /// The indices of the value at offset `place` in C order: `[3, 4, 5]`.
    pub fn place_text(&self, place: usize) -> String {
        let mut indices = Vec::new();
        let mut rest = place;
        for &size in self.shape.iter().rev() {
            indices.push((rest % size.max(1)).to_string());
            rest /= size.max(1);
        }
        indices.reverse();
        format!("[{}]", indices.join(", "))
    }
}

/// A quoted text, in quotes of either kind, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    text[1..].split_once(quote)
}

/// `60000, 28, 28`, also with Python 2's `L` after the numbers.
fn sizes(text: &str) -> Option<Vec<usize>> {
    let mut sizes: Vec<&str> = text.split(',').map(str::trim).collect();
    if sizes.last() == Some(&"") {
        sizes.pop();
    }
    let number = |size: &str| size.strip_suffix('L').unwrap_or(size).parse().ok();
    sizes.into_iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_writer_are_read() {
        for text in [
            "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28, 28), }   \n",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28, 28)}",
            "{\"descr\":\"|u1\",\"fortran_order\":False,\"shape\":(3,28,28)}",
            "{'shape': (3L, 28L, 28L), 'fortran_order': False, 'descr': '|u1'}\n",
            "{'shape' : ( 3 , 28,28, ),'fortran_order' : False ,'descr' : '|u1' , }",
        ] {
            let expected = Header {
                kind: "|u1".to_owned(),
                shape: vec![3, 28, 28],
                fortran: false,
            };
            assert_eq!(Header::parse(text), Some(expected), "{text}");
        }
        let one = Header::parse("{'descr': '<f8', 'fortran_order': True, 'shape': (5,), }");
        assert_eq!(one.as_ref().map(|h| &h.shape[..]), Some(&[5][..]));
        assert_eq!(one.map(|h| h.fortran), Some(true));
    }

    #[test]
    fn invalid_headers_are_refused() {
        for text in [
            "",
            "{}",
            "{'descr': '|u1'}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '|u1', 'fortran_order': Maybe, 'shape': (3,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (3,}",
            "{'descr': '|u1' 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)",
            "{'descr': 'é",
        ] {
            assert_eq!(Header::parse(text), None, "{text}");
        }
    }

    #[test]
    fn positions_are_shown_as_indices() {
        let header = Header {
            kind: String::new(),
            shape: vec![3, 28, 28],
            fortran: true,
        };
        assert_eq!(header.place_text(784 + 28 * 4 + 5), "[1, 4, 5]");
    }
}
