//! Protocol Buffers as they lie in a file: fields by their numbers. A message that breaks off gives the fields before that.

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// An integer.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// A text, bytes, a message, or packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes.
    Fixed32(u32),
}

impl<'a> Value<'a> {
    /// As bytes; empty if it is something else.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// As text; whatever is not UTF-8 is replaced.
    pub fn text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// As an integer; 0 if it is something else.
    pub fn integer(self) -> i64 {
        match self {
            Self::Varint(value) => value as i64,
            _ => 0,
        }
    }

    /// As a double; NaN if it is something else.
    pub fn double(self) -> f64 {
        match self {
            Self::Fixed64(bits) => f64::from_bits(bits),
            _ => f64::NAN,
        }
    }

    /// As a float; NaN if it is something else.
    pub fn float(self) -> f32 {
        match self {
            Self::Fixed32(bits) => f32::from_bits(bits),
            _ => f32::NAN,
        }
    }
}

/// The fields of a message, in the order in which they lie.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    is_broken: bool,
}

impl<'a> Fields<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_broken: false,
        }
    }

    /// Whether the message broke off, or is none.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = varint(&mut self.bytes)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.bytes)?),
            1 => Value::Fixed64(u64::from_le_bytes(*fixed(&mut self.bytes)?)),
            2 => {
                let length = usize::try_from(varint(&mut self.bytes)?).ok()?;
                let (bytes, rest) = self.bytes.split_at_checked(length)?;
                self.bytes = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(u32::from_le_bytes(*fixed(&mut self.bytes)?)),
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() || self.is_broken {
            return None;
        }
        let field = self.field();
        self.is_broken = field.is_none();
        field
    }
}

fn fixed<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * i as u32);
        if byte & 0x80 == 0 {
            *bytes = bytes.get(i + 1..)?;
            return Some(value);
        }
    }
    None
}

/// Packed doubles.
pub(super) fn doubles(bytes: &[u8]) -> impl Iterator<Item = f64> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().map(|chunk| f64::from_le_bytes(*chunk))
}

/// Packed floats.
pub(super) fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().map(|chunk| f32::from_le_bytes(*chunk))
}

/// Packed integers.
pub(super) fn varints(mut bytes: &[u8]) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || varint(&mut bytes))
}

/// A message as it is written.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub fn new() -> Self {
        Self::default()
    }

    fn put_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// An integer.
    pub fn integer(mut self, field: u64, value: i64) -> Self {
        self.put_varint(field << 3);
        self.put_varint(value as u64);
        self
    }

    /// A double.
    pub fn double(mut self, field: u64, value: f64) -> Self {
        self.put_varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A float.
    pub fn float(mut self, field: u64, value: f32) -> Self {
        self.put_varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A text or bytes.
    pub fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.put_varint(field << 3 | 2);
        self.put_varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// A message.
    pub fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, message.0)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it has no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let inner = Message::new().bytes(1, "tag").float(2, 0.5);
        let bytes = Message::new()
            .double(1, 12.5)
            .integer(2, -1)
            .integer(3, 300)
            .message(5, inner);
        let fields: Vec<_> = Fields::of(bytes.as_bytes()).collect();
        assert_eq!(
            fields[..3],
            [
                (1, Value::Fixed64(12.5_f64.to_bits())),
                (2, Value::Varint(u64::MAX)),
                (3, Value::Varint(300))
            ]
        );
        assert_eq!(fields[1].1.integer(), -1);
        let inner: Vec<_> = Fields::of(fields[3].1.bytes()).collect();
        assert_eq!(inner[0].1.text(), "tag");
        assert_eq!(inner[1].1.float().to_bits(), 0.5_f32.to_bits());
    }

    #[test]
    fn a_message_that_breaks_off_gives_what_came_before() {
        let message = Message::new().integer(1, 7).bytes(2, "long");
        let bytes = message.as_bytes();
        for length in 0..bytes.len() {
            let mut fields = Fields::of(&bytes[..length]);
            assert_eq!(fields.by_ref().count(), usize::from(length >= 2));
            assert_eq!(fields.is_broken(), ![0, 2].contains(&length));
        }
        // Eleven bytes of a number, a group, a length beyond the end.
        for bytes in [&[0x80; 11][..], &[0x0b, 0], &[0x0a, 0xff, 0xff, 0x7f]] {
            let mut fields = Fields::of(bytes);
            assert_eq!((fields.next(), fields.is_broken()), (None, true));
        }
    }
}
