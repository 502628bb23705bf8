//! Files of tensors that may be anything: read with one clear line about what is wrong.

use std::io;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::{SafeTensorError, SafeTensors};

use super::first_line;

/// Why a file of tensors cannot be used, in one line without the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It does not hold what it should.
    #[error("{0}")]
    Content(String),
    /// The device refused.
    #[error("{}", first_line(.0))]
    Device(#[from] candle_core::Error),
}

/// What is wrong with a safetensors file, in one line for people.
#[must_use]
pub fn what_is_wrong(error: &SafeTensorError) -> String {
    match error {
        SafeTensorError::HeaderTooSmall | SafeTensorError::InvalidHeaderLength => {
            "expected a safetensors file, found one that ends within its header".to_owned()
        }
        SafeTensorError::MetadataIncompleteBuffer => {
            "the file is longer or shorter than its header says".to_owned()
        }
        SafeTensorError::TensorNotFound(name) => format!("expected a tensor `{name}`, found none"),
        SafeTensorError::HeaderTooLarge
        | SafeTensorError::InvalidHeader(_)
        | SafeTensorError::InvalidHeaderDeserialization(_) => {
            format!("expected a safetensors file, found another: {error}")
        }
        error => format!("the header of this safetensors file is wrong: {error}"),
    }
}

/// The tensors of a safetensors file with these names and shapes, in their order, as f32.
///
/// # Errors
/// When the file cannot be read, or a tensor is missing or of another shape.
pub(super) fn read<'a>(
    path: &Path,
    expected: impl Iterator<Item = (&'a str, &'a [usize])>,
    device: &Device,
) -> Result<Vec<Tensor>, LoadError> {
    let bytes = std::fs::read(path)?;
    let wrong = |error: SafeTensorError| LoadError::Content(what_is_wrong(&error));
    let file = SafeTensors::deserialize(&bytes).map_err(wrong)?;
    expected
        .map(|(name, shape)| {
            let found = file.tensor(name).map_err(wrong)?;
            if found.shape() != shape {
                return Err(LoadError::Content(format!(
                    "tensor `{name}`: expected shape {shape:?}, found {:?}",
                    found.shape()
                )));
            }
            Ok(found.load(device)?.to_dtype(DType::F32)?)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn with_header(length: u64, header: &str) -> Vec<u8> {
        [&length.to_le_bytes()[..], header.as_bytes()].concat()
    }

    /// A file with this header.
    fn whole(header: &str) -> Vec<u8> {
        with_header(header.len() as u64, header)
    }

    #[test]
    fn whatever_a_file_holds_one_line_says_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights");
        let of = |tensor: &str| whole(&format!(r#"{{"w":{tensor}}}"#));
        let none = with_header(0, "");
        for (bytes, says) in [
            (Vec::new(), "ends within its header"),
            (vec![1, 2], "ends within its header"),
            (with_header(1000, "{"), "ends within its header"),
            (
                with_header(1 << 60, "{}"),
                "found another: header too large",
            ),
            (
                with_header(u64::MAX, "{}"),
                "found another: header too large",
            ),
            (none, "found another: invalid JSON"),
            (whole(&"[".repeat(100_000)), "found another: invalid JSON"),
            (
                whole(&"{\"w\":".repeat(100_000)),
                "found another: invalid JSON",
            ),
            (
                b"version https://git-lfs.github.com/spec/v1".to_vec(),
                "found another",
            ),
            (whole("{}"), "expected a tensor `w`, found none"),
            (
                of(r#"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#),
                "longer or shorter than its header says",
            ),
            (
                of(r#"{"dtype":"F32","shape":[2],"data_offsets":[0,4611686018427387904]}"#),
                "header of this safetensors file is wrong",
            ),
            (
                of(r#"{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,8]}"#),
                "header of this safetensors file is wrong",
            ),
            (
                of(r#"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#),
                "tensor `w`: expected shape [2], found [0]",
            ),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let expected = [("w", &[2][..])].into_iter();
            let error = read(&path, expected, &Device::Cpu).unwrap_err().to_string();
            assert!(
                error.contains(says) && !error.contains('\n'),
                "{says}: {error}"
            );
        }
    }
}
