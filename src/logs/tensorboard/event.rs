//! Events and the values in them, in every encoding that writers use.

use crate::logs::source::Histogram;
use crate::logs::wire::{Fields, Value, doubles, floats, varints};

/// An event, as far as it concerns a reader of runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event<'a> {
    /// Seconds since 1970.
    pub time: f64,
    pub step: i64,
    pub what: What<'a>,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What<'a> {
    /// Values: a `Summary`.
    Summary(&'a [u8]),
    /// The run starts at this step, perhaps not for the first time.
    Start,
    /// Something else: a version, a graph.
    Other,
}

/// The plugins whose data is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plugin {
    Scalars,
    Images,
    Histograms,
    Text,
    HParams,
    Other,
}

/// One value of a summary.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Item<'a> {
    pub tag: &'a str,
    /// The plugin, where the value says so: some writers say it only with the first value of a tag.
    pub plugin: Option<Plugin>,
    /// What the plugin adds.
    pub content: &'a [u8],
    pub data: Data<'a>,
}

/// The data of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Data<'a> {
    #[default]
    None,
    Scalar(f32),
    /// An encoded picture.
    Image(&'a [u8]),
    Histogram(&'a [u8]),
    Tensor(&'a [u8]),
}

impl<'a> Event<'a> {
    /// The event in a record; `None` if it is none.
    pub fn of(record: &'a [u8]) -> Option<Self> {
        let mut event = Self {
            time: 0.0,
            step: 0,
            what: What::Other,
        };
        let mut fields = Fields::of(record);
        for (number, value) in fields.by_ref() {
            match number {
                1 => event.time = value.double(),
                2 => event.step = value.integer(),
                5 => event.what = What::Summary(value.bytes()),
                7 if Fields::of(value.bytes()).any(|f| f == (1, Value::Varint(1))) => {
                    event.what = What::Start;
                }
                _ => {}
            }
        }
        (!fields.is_broken()).then_some(event)
    }

    /// Its time, where it has one.
    pub fn when(&self) -> Option<f64> {
        (self.time > 0.0).then_some(self.time)
    }
}

/// The values of a summary.
pub(super) fn items(summary: &[u8]) -> impl Iterator<Item = Item<'_>> {
    Fields::of(summary).filter_map(|(number, value)| match (number, value) {
        (1, Value::Bytes(bytes)) => Item::of(bytes),
        _ => None,
    })
}

impl<'a> Item<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut item = Self::default();
        let mut fields = Fields::of(bytes);
        for (number, value) in fields.by_ref() {
            match number {
                1 => item.tag = std::str::from_utf8(value.bytes()).ok()?,
                2 => item.data = Data::Scalar(value.float()),
                4 => item.data = Data::Image(value.bytes()),
                5 => item.data = Data::Histogram(value.bytes()),
                8 => item.data = Data::Tensor(value.bytes()),
                9 => (item.plugin, item.content) = metadata(value.bytes()),
                _ => {}
            }
        }
        (!fields.is_broken()).then_some(item)
    }
}

/// The plugin that metadata names, and what it adds.
fn metadata(bytes: &[u8]) -> (Option<Plugin>, &[u8]) {
    let mut found = (None, &[][..]);
    for (_, data) in Fields::of(bytes).filter(|(number, _)| *number == 1) {
        for (number, value) in Fields::of(data.bytes()) {
            match number {
                1 => {
                    found.0 = Some(match value.bytes() {
                        b"scalars" => Plugin::Scalars,
                        b"images" => Plugin::Images,
                        b"histograms" => Plugin::Histograms,
                        b"text" => Plugin::Text,
                        b"hparams" => Plugin::HParams,
                        _ => Plugin::Other,
                    });
                }
                2 => found.1 = value.bytes(),
                _ => {}
            }
        }
    }
    found
}

/// The encoded picture of an `Image`.
pub(super) fn picture(image: &[u8]) -> Option<&[u8]> {
    let found = Fields::of(image).find(|(number, _)| *number == 4)?;
    Some(found.1.bytes())
}

/// A `HistogramProto`: limits are right edges; the first and the last may be as wide as numbers go.
pub(super) fn histogram(bytes: &[u8]) -> Option<Histogram> {
    let (mut min, mut max) = (f64::NAN, f64::NAN);
    let (mut number_of, mut sum) = (f64::NAN, f64::NAN);
    let (mut limits, mut counts) = (Vec::new(), Vec::new());
    for (number, value) in Fields::of(bytes) {
        match (number, value) {
            (1, value) => min = value.double(),
            (2, value) => max = value.double(),
            (3, value) => number_of = value.double(),
            (4, value) => sum = value.double(),
            (6, Value::Bytes(packed)) => limits.extend(doubles(packed)),
            (6, one) => limits.push(one.double()),
            (7, Value::Bytes(packed)) => counts.extend(doubles(packed)),
            (7, one) => counts.push(one.double()),
            _ => {}
        }
    }
    if limits.len() != counts.len() || limits.is_empty() {
        return None;
    }
    // What is no number is in no bin, and hides where the bins begin and end: then those with something in them say it.
    let is_known = min <= max;
    let (low, high) = if is_known {
        (min, max)
    } else {
        let filled = || counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        let (first, last) = (filled().next()?.0, filled().next_back()?.0);
        let left = limits.get(first.saturating_sub(1)).copied()?;
        (left, limits.get(last).copied()?)
    };
    if !(low <= high && low.is_finite() && high.is_finite()) {
        return None;
    }
    let first = limits.first().copied().unwrap_or(low);
    let edges = std::iter::once(low.min(first)).chain(limits);
    let edges = edges.map(|edge| edge.max(low).min(high)).collect();
    // A writer that left the sum out has written zero, which is a mean only of values on both sides of it.
    let mean = Some(sum / number_of).filter(|mean| (low..=high).contains(mean));
    Some(Histogram {
        edges,
        counts,
        mean,
    })
}

/// A `TensorProto`.
#[derive(Debug, Default)]
pub(super) struct Tensor<'a> {
    kind: i64,
    shape: Vec<i64>,
    content: &'a [u8],
    numbers: Vec<f64>,
    strings: Vec<&'a [u8]>,
}

/// Numbers of a tensor that are read at most.
const NUMBERS: usize = 4_096;

impl<'a> Tensor<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut tensor = Self::default();
        for (number, value) in Fields::of(bytes) {
            match (number, value) {
                (1, value) => tensor.kind = value.integer(),
                (2, value) => {
                    let dims = Fields::of(value.bytes()).filter(|(number, _)| *number == 2);
                    let sizes = dims.map(|(_, dim)| {
                        let size = Fields::of(dim.bytes()).find(|(number, _)| *number == 1);
                        size.map_or(0, |(_, size)| size.integer())
                    });
                    tensor.shape.extend(sizes.take(8));
                }
                (4, value) => tensor.content = value.bytes(),
                (5, Value::Bytes(packed)) => tensor.push(floats(packed).map(f64::from)),
                (5, one) => tensor.push([f64::from(one.float())]),
                (6, Value::Bytes(packed)) => tensor.push(doubles(packed)),
                (6, one) => tensor.push([one.double()]),
                (7 | 10 | 11, Value::Bytes(packed)) => {
                    tensor.push(varints(packed).map(|v| v as i64 as f64));
                }
                (7 | 10 | 11, one) => tensor.push([one.integer() as f64]),
                (13, Value::Bytes(packed)) => {
                    let kind = tensor.kind;
                    tensor.push(varints(packed).map(|bits| half(kind, bits as u16)));
                }
                (13, one) => tensor.push([half(tensor.kind, one.integer() as u16)]),
                (8, value) if tensor.strings.len() < NUMBERS => tensor.strings.push(value.bytes()),
                _ => {}
            }
        }
        tensor
    }

    fn push(&mut self, numbers: impl IntoIterator<Item = f64>) {
        let room = NUMBERS - self.numbers.len().min(NUMBERS);
        self.numbers.extend(numbers.into_iter().take(room));
    }

    /// Its strings.
    pub fn strings(&self) -> &[&'a [u8]] {
        &self.strings
    }

    /// Its numbers, in whichever of its forms they are written.
    pub fn numbers(&self) -> Vec<f64> {
        if !self.numbers.is_empty() {
            return self.numbers.clone();
        }
        let bytes = self.content;
        match self.kind {
            1 => each(bytes, |c| f64::from(f32::from_le_bytes(c))),
            2 => each(bytes, f64::from_le_bytes),
            3 => each(bytes, |c| f64::from(i32::from_le_bytes(c))),
            4 | 10 => each(bytes, |[c]| f64::from(c)),
            5 => each(bytes, |c| f64::from(i16::from_le_bytes(c))),
            6 => each(bytes, |[c]| f64::from(c as i8)),
            9 => each(bytes, |c| i64::from_le_bytes(c) as f64),
            14 | 19 => each(bytes, |c| half(self.kind, u16::from_le_bytes(c))),
            17 => each(bytes, |c| f64::from(u16::from_le_bytes(c))),
            22 => each(bytes, |c| f64::from(u32::from_le_bytes(c))),
            23 => each(bytes, |c| u64::from_le_bytes(c) as f64),
            _ => Vec::new(),
        }
    }

    /// Whether it is one number.
    pub fn is_scalar(&self) -> bool {
        let is_number = !matches!(self.kind, 0 | 7);
        is_number && self.shape.iter().all(|size| *size == 1)
    }

    /// As a distribution: rows of left edge, right edge, count.
    pub fn histogram(&self) -> Option<Histogram> {
        let numbers = self.numbers();
        let (rows, rest) = numbers.as_chunks::<3>();
        let [left, ..] = rows.first()?;
        if !rest.is_empty() {
            return None;
        }
        let edges = std::iter::once(*left).chain(rows.iter().map(|[_, right, _]| *right));
        Some(Histogram {
            edges: edges.collect(),
            counts: rows.iter().map(|[_, _, count]| *count).collect(),
            mean: None,
        })
    }
}

/// Numbers of `N` bytes each.
fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().take(NUMBERS).map(|c| number(*c)).collect()
}

/// A number of two bytes: BFLOAT16 or HALF.
fn half(kind: i64, bits: u16) -> f64 {
    match kind {
        14 => half::bf16::from_bits(bits).to_f64(),
        _ => half::f16::from_bits(bits).to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `HistogramProto` with these extremes.
    fn proto(min: f64, max: f64, limits: &[f64], counts: &[f64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, value) in [(1_u8, min), (2, max)] {
            bytes.push(number << 3 | 1);
            bytes.extend(value.to_le_bytes());
        }
        for (number, values) in [(6_u8, limits), (7, counts)] {
            bytes.extend([number << 3 | 2, values.len() as u8 * 8]);
            for value in values {
                bytes.extend(value.to_le_bytes());
            }
        }
        bytes
    }

    #[test]
    fn a_histogram_with_values_that_are_no_numbers_has_its_bins() {
        let of = |min, max, limits: &[f64], counts: &[f64]| {
            let found = histogram(&proto(min, max, limits, counts))?;
            Some((found.edges, found.counts))
        };
        let nan = f64::NAN;
        assert_eq!(
            of(nan, nan, &[0.0, 1.0, 2.0], &[0.0, 3.0, 0.0]),
            Some((vec![0.0, 0.0, 1.0, 1.0], vec![0.0, 3.0, 0.0]))
        );
        assert_eq!(
            of(0.0, 0.0, &[0.5], &[5.0]),
            Some((vec![0.0, 0.0], vec![5.0]))
        );
        for (min, max, limits, counts) in [
            (nan, nan, [0.0, 1.0], [0.0, 0.0]),
            (2.0, 1.0, [nan, 1.0], [1.0, 0.0]),
            (f64::NEG_INFINITY, f64::INFINITY, [0.0, 1.0], [1.0, 1.0]),
        ] {
            assert_eq!(of(min, max, &limits, &counts), None);
        }
    }

    #[test]
    fn the_mean_of_a_histogram_is_that_of_its_values() {
        let with = |number: f64, sum: f64| {
            let mut bytes = proto(0.0, 8.0, &[4.0, 8.0], &[3.0, 1.0]);
            for (tag, value) in [(0x19, number), (0x21, sum)] {
                bytes.push(tag);
                bytes.extend(value.to_le_bytes());
            }
            histogram(&bytes).and_then(|found| found.mean)
        };
        assert_eq!(with(4.0, 6.0), Some(1.5));
        // What cannot be one is none.
        assert_eq!((with(0.0, 0.0), with(4.0, 99.0)), (None, None));
    }
}
