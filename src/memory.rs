//! Memory that goes back to the system.
//!
//! The allocator keeps what is in use all the time in huge pages, and blocks of megabytes that come and go leave gaps there,
//! which stay with the process for a while. What is filled once in a while and read now and then, images and states to return
//! to, is in blocks that come straight from the system; after work that is done now and then [`give_back`] closes the gaps.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use bytemuck::Pod;
use memmap2::MmapMut;

/// Smaller blocks come from the allocator.
const LARGE: usize = 1 << 20;

/// Gives back to the system what the allocator keeps for this thread, and nothing uses.
///
/// It takes milliseconds, and so does getting the memory again: for the end of work that is done now and then.
#[expect(unsafe_code, reason = "the allocator is a library in C")]
pub fn give_back() {
    // SAFETY: it may be called at any time, by any thread.
    unsafe { libmimalloc_sys::mi_collect(true) }
}

/// The same for all threads of the pool of rayon that this is called on.
pub fn give_back_of_pool() {
    rayon::broadcast(|_| give_back());
}

/// Values of a fixed number.
pub struct Block<T>(Place<T>);

enum Place<T> {
    Allocated(Vec<T>),
    /// Anonymous, so that it begins with a page and with zeros.
    Mapped(MmapMut, PhantomData<T>),
}

impl<T: Pod> Block<T> {
    /// So many zeros.
    #[must_use]
    pub fn zeroed(count: usize) -> Self {
        let size = count.saturating_mul(size_of::<T>());
        let mapped = (size >= LARGE).then(|| MmapMut::map_anon(size).ok());
        Self(match mapped.flatten() {
            Some(map) => Place::Mapped(map, PhantomData),
            // A system that has no map to give may still have memory.
            None => Place::Allocated(vec![T::zeroed(); count]),
        })
    }
}

impl<T: Pod> Block<T> {
    /// Makes it one of `count` values, those beyond its own zeros.
    pub fn grow(&mut self, count: usize) {
        let mut block = Self::zeroed(count);
        let kept = self.len().min(count);
        block[..kept].copy_from_slice(&self[..kept]);
        *self = block;
    }
}

impl<T: Pod> Default for Block<T> {
    fn default() -> Self {
        Self(Place::Allocated(Vec::new()))
    }
}

impl<T: Pod> From<Vec<T>> for Block<T> {
    fn from(values: Vec<T>) -> Self {
        if size_of_val(values.as_slice()) < LARGE {
            return Self(Place::Allocated(values));
        }
        let mut block = Self::zeroed(values.len());
        block.copy_from_slice(&values);
        block
    }
}

impl<T: Pod> Deref for Block<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Place::Allocated(values) => values,
            Place::Mapped(map, _) => bytemuck::cast_slice(map),
        }
    }
}

impl<T: Pod> DerefMut for Block<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Place::Allocated(values) => values,
            Place::Mapped(map, _) => bytemuck::cast_slice_mut(map),
        }
    }
}

impl<T: Pod> AsRef<[T]> for Block<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T: Pod> Clone for Block<T> {
    fn clone(&self) -> Self {
        let mut block = Self::zeroed(self.len());
        block.copy_from_slice(self);
        block
    }
}

impl<T: Pod + PartialEq> PartialEq for Block<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Block<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_what_was_put_into_them_wherever_they_lie() {
        for count in [0, 1, LARGE / 4 - 1, LARGE / 4, LARGE / 4 + 1] {
            let values: Vec<f32> = (0..count).map(|i| i as f32).collect();
            let mut block = Block::<f32>::zeroed(count);
            assert!(block.len() == count && block.iter().all(|value| *value == 0.0));
            block.copy_from_slice(&values);
            assert!(*block == *values && block == Block::from(values.clone()));
            assert!(block.clone() == block);
            let mut grown = block.clone();
            grown.grow(2 * count);
            assert!(grown[..count] == *values && grown[count..].iter().all(|value| *value == 0.0));
            assert_eq!(matches!(block.0, Place::Mapped(..)), count * 4 >= LARGE);
        }
    }
}
