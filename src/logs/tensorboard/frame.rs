//! The frames of event files: `u64 length · u32 checksum of it · data · u32 checksum of it`, little endian; checksums are
//! CRC-32C, masked.

use crate::logs::error::LogError;
use crate::logs::tail::Tail;

/// Bytes before the data.
pub(super) const HEAD: usize = 12;
/// Bytes after it.
const FOOT: usize = 4;
/// The longest record that is read.
const LONGEST: u64 = 512 * 1024 * 1024;

/// What follows in an event file.
#[derive(Debug)]
pub(super) enum Next<'a> {
    /// A record, and where its data lies in the file.
    Record(&'a [u8], u64),
    /// A record that is damaged or too long, which was passed over.
    Damaged,
    /// No frame begins here, so that nothing after this place can be found.
    Lost,
    /// Nothing that is whole.
    Waits,
}

/// A checksum as it is written.
pub(super) fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// Whether a frame can begin with these bytes; `None` if there are too few of them to tell.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (sum, _) = rest.split_first_chunk::<4>()?;
    Some(masked(length) == u32::from_le_bytes(*sum))
}

/// Takes the next record.
pub(super) fn next(tail: &mut Tail) -> Result<Next<'_>, LogError> {
    let Some(head) = tail.need(HEAD)? else {
        return Ok(Next::Waits);
    };
    if begins(head) != Some(true) {
        return Ok(Next::Lost);
    }
    let length = head
        .first_chunk::<8>()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let whole = length.saturating_add((HEAD + FOOT) as u64);
    if length > LONGEST {
        if whole > tail.left() {
            return Ok(Next::Waits);
        }
        tail.consume(usize::try_from(whole).unwrap_or(usize::MAX));
        return Ok(Next::Damaged);
    }
    let at = tail.position() + HEAD as u64;
    let (length, whole) = (length as usize, whole as usize);
    if tail.need(whole)?.is_none() {
        return Ok(Next::Waits);
    }
    tail.consume(whole);
    // Consumed bytes stay in place until more is read.
    let frame = tail.consumed(whole);
    let (data, rest) = frame.get(HEAD..).unwrap_or(&[]).split_at(length);
    let sum = rest.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    if sum == Some(masked(data)) {
        Ok(Next::Record(data, at))
    } else {
        Ok(Next::Damaged)
    }
}

/// A record as it is written.
pub(super) fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut bytes = Vec::with_capacity(data.len() + HEAD + FOOT);
    bytes.extend(length);
    bytes.extend(masked(&length).to_le_bytes());
    bytes.extend_from_slice(data);
    bytes.extend(masked(data).to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;

    use super::*;

    #[test]
    fn the_checksum_is_tensorboards() {
        assert_eq!(masked(b"\x1a\x11CRC test, one two"), 0x5794_d08a);
    }

    #[test]
    fn a_damaged_record_is_passed_over_and_a_damaged_length_is_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut bytes = [frame(b"one"), frame(b"two"), frame(b"three")].concat();
        bytes[19 + 13] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let mut tail = Tail::new(&path);
        let _ = tail.look().unwrap();
        assert!(matches!(next(&mut tail).unwrap(), Next::Record(b"one", 12)));
        assert!(matches!(next(&mut tail).unwrap(), Next::Damaged));
        assert!(matches!(
            next(&mut tail).unwrap(),
            Next::Record(b"three", 50)
        ));
        assert!(matches!(next(&mut tail).unwrap(), Next::Waits));
        bytes[19] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let mut tail = Tail::new(&path);
        let _ = tail.look().unwrap();
        assert!(matches!(next(&mut tail).unwrap(), Next::Record(b"one", 12)));
        assert!(matches!(next(&mut tail).unwrap(), Next::Lost));
    }
}
