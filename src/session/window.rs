//! The size of the place where the output of a program is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Columns and rows, once a viewer who has control has said them. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Window(Arc<AtomicU32>);

impl Window {
    /// It has so many columns and rows.
    pub fn set(&self, columns: u16, rows: u16) {
        let size = u32::from(columns) << 16 | u32::from(rows);
        self.0.store(size, Ordering::Relaxed);
    }

    /// Columns and rows.
    #[must_use]
    pub fn get(&self) -> Option<(u16, u16)> {
        let size = self.0.load(Ordering::Relaxed);
        (size != 0).then_some(((size >> 16) as u16, size as u16))
    }
}
