//! The values of an array as f64 in C order, whatever their type, byte order and memory order.

use super::header::Header;

/// A type of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    /// Unsigned integers of this many bytes.
    Unsigned(usize, Order),
    /// Signed integers.
    Signed(usize, Order),
    /// Of 2, 4 or 8 bytes.
    Float(usize, Order),
}

/// Byte order of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Kind {
    /// The type that `NumPy` writes as `<f4`; for unsupported types, a description.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (order, rest) = match text.as_bytes().first() {
            Some(b'<') => (Order::Little, &text[1..]),
            Some(b'>') => (Order::Big, &text[1..]),
            Some(b'|' | b'=') => (NATIVE, &text[1..]),
            _ => (NATIVE, text),
        };
        let sized = |size: &str, allowed: &[usize]| {
            let size: Option<usize> = size.parse().ok();
            size.filter(|size| allowed.contains(size))
        };
        let rest_of = |letter: char| rest.strip_prefix(letter);
        let known = if rest == "b1" || rest == "?" {
            Some(Self::Bool)
        } else if let Some(size) = rest_of('u') {
            sized(size, &[1, 2, 4, 8]).map(|size| Self::Unsigned(size, order))
        } else if let Some(size) = rest_of('i') {
            sized(size, &[1, 2, 4, 8]).map(|size| Self::Signed(size, order))
        } else if let Some(size) = rest_of('f') {
            sized(size, &[2, 4, 8]).map(|size| Self::Float(size, order))
        } else {
            None
        };
        known.ok_or_else(|| {
            let what = match rest.chars().next() {
                Some('O') => {
                    return format!(
                        "pickled Python objects (`{text}` values, which are not read: save numbers instead, with `.astype('uint8')`)"
                    );
                }
                Some('c') => "complex numbers",
                Some('f') => "floats of that width",
                Some('U' | 'S' | 'a') => "texts",
                Some('M' | 'm') => "times",
                Some('V') => "records",
                _ => "something unknown",
            };
            format!("`{text}` values ({what})")
        })
    }

    /// Bytes of one value.
    pub fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Unsigned(size, _) | Self::Signed(size, _) | Self::Float(size, _) => size,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Self::Float(..))
    }

    /// Decodes a value of this type.
    fn value(self, bytes: &[u8]) -> f64 {
        match self {
            Self::Bool => f64::from(u8::from(bytes.iter().any(|byte| *byte != 0))),
            Self::Unsigned(_, order) => order.bits(bytes) as f64,
            Self::Signed(size, order) => {
                let unused = 64 - 8 * size as u32;
                ((order.bits(bytes) << unused) as i64 >> unused) as f64
            }
            Self::Float(size, order) => {
                let bits = order.bits(bytes);
                match size {
                    2 => half::f16::from_bits(bits as u16).to_f64(),
                    4 => f64::from(f32::from_bits(bits as u32)),
                    _ => f64::from_bits(bits),
                }
            }
        }
    }
}

const NATIVE: Order = if cfg!(target_endian = "big") {
    Order::Big
} else {
    Order::Little
};

impl Order {
    fn bits(self, bytes: &[u8]) -> u64 {
        let join = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
        match self {
            Self::Big => bytes.iter().fold(0, join),
            Self::Little => bytes.iter().rev().fold(0, join),
        }
    }
}

/// The values of an array.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    bytes: &'a [u8],
    kind: Kind,
    shape: &'a [usize],
    fortran: bool,
}

impl<'a> Values<'a> {
    /// The values in `bytes`, which has exactly as many as the header says.
    pub fn new(bytes: &'a [u8], kind: Kind, header: &'a Header) -> Self {
        Self {
            bytes,
            kind,
            shape: &header.shape,
            fortran: header.fortran,
        }
    }

    /// The bytes themselves, if the values are bytes in C order.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        let is_bytes = matches!(self.kind, Kind::Unsigned(1, _)) && !self.fortran;
        is_bytes.then_some(self.bytes)
    }

    /// The values in C order, whatever their memory order.
    pub fn iter(&self) -> impl Iterator<Item = f64> + use<'a> {
        let values = *self;
        let size = values.kind.size();
        (0..values.bytes.len() / size).map(move |place| {
            let at = values.offset(place) * size;
            values.kind.value(&values.bytes[at..at + size])
        })
    }

    /// The offset of the value at `place` in C order.
    fn offset(&self, place: usize) -> usize {
        if !self.fortran {
            return place;
        }
        // Strides of Fortran order, from the last index to the first.
        let mut stride: usize = self.shape.iter().product();
        let (mut rest, mut offset) = (place, 0);
        for &size in self.shape.iter().rev() {
            stride /= size;
            offset += rest % size * stride;
            rest /= size;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn every_width_and_order_is_decoded() {
        for (kind, bytes, expected) in [
            ("|b1", &[2][..], 1.0_f64),
            ("?", &[0], 0.0),
            ("|u1", &[200], 200.0),
            ("<u1", &[200], 200.0),
            ("u1", &[200], 200.0),
            ("=i1", &[0xff], -1.0),
            ("<u2", &[1, 2], 513.0),
            (">u2", &[1, 2], 258.0),
            ("<i2", &[0xfe, 0xff], -2.0),
            (">i4", &[0xff, 0xff, 0xff, 0xfd], -3.0),
            ("<i8", &[0xfc, 255, 255, 255, 255, 255, 255, 255], -4.0),
            (">u8", &[0, 0, 0, 0, 0, 0, 1, 0], 256.0),
            ("<f2", &[0x00, 0x3c], 1.0),
            (">f4", &[0x3f, 0x80, 0, 0], 1.0),
            ("<f8", &[0, 0, 0, 0, 0, 0, 0xe0, 0xbf], -0.5),
        ] {
            let parsed = Kind::parse(kind).unwrap();
            assert_eq!(parsed.size(), bytes.len(), "{kind}");
            assert_eq!(parsed.value(bytes).to_bits(), expected.to_bits(), "{kind}");
        }
        for (kind, word) in [
            ("|O", "pickled"),
            ("<c8", "complex"),
            ("<f16", "width"),
            ("<U3", "texts"),
            ("<M8[ns]", "times"),
            ("<u3", "unknown"),
            ("", "unknown"),
        ] {
            assert!(Kind::parse(kind).unwrap_err().contains(word), "{kind}");
        }
    }

    #[test]
    fn fortran_order_is_converted() {
        let header = Header {
            kind: String::new(),
            shape: vec![2, 3, 2],
            fortran: true,
        };
        // The value at (i, j, k) is 100i + 10j + k.
        let mut bytes = Vec::new();
        for k in 0..2 {
            for j in 0..3 {
                for i in 0..2 {
                    bytes.push(100 * i + 10 * j + k);
                }
            }
        }
        let kind = Kind::parse("|u1").unwrap();
        let values: Vec<f64> = Values::new(&bytes, kind, &header).iter().collect();
        let expected = [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121];
        assert_eq!(values, expected.map(f64::from));
    }
}
