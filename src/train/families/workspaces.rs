//! One workspace for each batch size.

use candle_core::Result;

/// Workspaces by their number of rows: one for full batches, one for the short batch that ends an epoch.
#[derive(Debug)]
pub(super) struct Workspaces<W>(Vec<(usize, W)>);

impl<W> Default for Workspaces<W> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<W> Workspaces<W> {
    /// The workspace for `rows` rows, allocated the first time that it is needed.
    ///
    /// # Errors
    /// Those of `allocate`.
    pub fn for_rows(
        &mut self,
        rows: usize,
        allocate: impl FnOnce() -> Result<W>,
    ) -> Result<&mut W> {
        let existing = self.0.iter().position(|(found, _)| *found == rows);
        let index = if let Some(index) = existing {
            index
        } else {
            self.0.push((rows, allocate()?));
            self.0.len() - 1
        };
        Ok(&mut self.0[index].1)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn each_batch_size_is_allocated_once() {
        let mut workspaces = Workspaces::default();
        let mut allocated = 0;
        for rows in [64, 64, 16, 64, 16] {
            let found = workspaces.for_rows(rows, || {
                allocated += 1;
                Ok(rows)
            });
            assert_eq!(*found.unwrap(), rows);
        }
        assert_eq!(allocated, 2);
    }
}
