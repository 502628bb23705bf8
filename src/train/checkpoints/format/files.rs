//! The files of one state: written with their checksums, and read back only if those hold.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::CHECKSUMS;
use crate::files::{self, md5_hex, md5_of_file};
use crate::nn::what_is_wrong;
use crate::train::TrainError;

/// A tensor to be written: name, shape, values.
pub(super) type Named<'a> = (String, Vec<usize>, &'a [f32]);

pub(super) fn failed(path: &Path, error: &dyn std::fmt::Display) -> TrainError {
    TrainError::Checkpoint {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// Makes a rename or a new file in the folder `path` survive a power cut.
pub(super) fn flush(path: &Path) -> Result<(), TrainError> {
    files::sync_folder(path).map_err(|e| failed(path, &e))
}

/// A folder of files that is being written.
pub(super) struct Writer<'a> {
    folder: &'a Path,
    checksums: String,
}

impl<'a> Writer<'a> {
    /// Makes `folder` new and empty.
    pub fn new(folder: &'a Path) -> Result<Self, TrainError> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| failed(folder, &e))?;
        }
        fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        Ok(Self {
            folder,
            checksums: String::new(),
        })
    }

    /// Writes a file and flushes it.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), TrainError> {
        self.summed(name, &md5_hex(bytes));
        self.unsummed(name, bytes)
    }

    fn unsummed(&self, name: &str, bytes: &[u8]) -> Result<(), TrainError> {
        let path = self.folder.join(name);
        File::create(&path)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| files::sync(&file)))
            .map_err(|e| failed(&path, &e))
    }

    /// Writes tensors as a safetensors file.
    pub fn tensors(
        &mut self,
        name: &str,
        tensors: &[Named<'_>],
        about: Option<String>,
    ) -> Result<(), TrainError> {
        let path = self.folder.join(name);
        let views = tensors
            .iter()
            .map(|(name, shape, values)| {
                let bytes = bytemuck::cast_slice(values);
                Ok((
                    name.as_str(),
                    TensorView::new(Dtype::F32, shape.clone(), bytes)?,
                ))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| failed(&path, &e))?;
        // One entry, since several would be written in another order each time.
        let metadata = about.map(|about| HashMap::from([("genai-tui".to_owned(), about)]));
        // Straight into the file: in memory it would be a second copy of all of it.
        safetensors::serialize_to_file(views, metadata, &path).map_err(|e| failed(&path, &e))?;
        let sum = File::open(&path)
            .and_then(|file| files::sync(&file))
            .and_then(|()| md5_of_file(&path))
            .map_err(|e| failed(&path, &e))?;
        self.summed(name, &sum);
        Ok(())
    }

    fn summed(&mut self, name: &str, sum: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.checksums, "{sum}  {name}");
    }

    /// Writes the checksums and flushes the folder.
    pub fn finish(self) -> Result<(), TrainError> {
        self.unsummed(CHECKSUMS, self.checksums.as_bytes())?;
        flush(self.folder)
    }
}

/// The files of a folder, once their checksums were found to hold.
pub(super) struct Checked {
    files: HashMap<String, Vec<u8>>,
}

impl Checked {
    /// Reads `names` from `folder`.
    pub fn read(folder: &Path, names: &[&str]) -> Result<Self, TrainError> {
        let path = folder.join(CHECKSUMS);
        let text = read(&path)?;
        let text = String::from_utf8_lossy(&text);
        let expected: HashMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name, sum))
            .collect();
        let mut files = HashMap::new();
        for name in names {
            let path = folder.join(name);
            let bytes = read(&path)?;
            let found = md5_hex(&bytes);
            match expected.get(name) {
                Some(expected) if *expected == found => {}
                Some(expected) => {
                    let reason = format!(
                        "the file is damaged: expected md5 {expected} ({CHECKSUMS}), found {found} ({} bytes)",
                        bytes.len()
                    );
                    return Err(failed(&path, &reason));
                }
                None => {
                    let reason = format!("expected a line about {name}, found none");
                    return Err(failed(&folder.join(CHECKSUMS), &reason));
                }
            }
            files.insert((*name).to_owned(), bytes);
        }
        Ok(Self { files })
    }

    /// The bytes of a file that was asked for.
    pub fn bytes(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(&[], Vec::as_slice)
    }

    /// Appends the values of the tensors of `name`, which must have exactly these names and shapes, in their order.
    pub fn values(
        &self,
        folder: &Path,
        name: &str,
        shapes: &[(String, Vec<usize>)],
        into: &mut Vec<f32>,
    ) -> Result<(), TrainError> {
        let path = folder.join(name);
        let wrong = |error| failed(&path, &what_is_wrong(&error));
        let tensors = SafeTensors::deserialize(self.bytes(name)).map_err(wrong)?;
        for (tensor, shape) in shapes {
            let view = tensors.tensor(tensor).map_err(wrong)?;
            if view.shape() != shape.as_slice() || view.dtype() != Dtype::F32 {
                let reason = format!(
                    "tensor `{tensor}`: expected f32 of shape {shape:?}, found {:?} of shape {:?}",
                    view.dtype(),
                    view.shape()
                );
                return Err(failed(&path, &reason));
            }
            into.extend(bytemuck::pod_collect_to_vec::<u8, f32>(view.data()));
        }
        Ok(())
    }
}

/// A whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TrainError> {
    files::read(path).map_err(|e| failed(path, &e))
}
