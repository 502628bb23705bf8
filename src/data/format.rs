//! Recognises the format of a file by its first bytes.

/// A format from which no images can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// The first bytes of such files.
    begin: &'static [u8],
    /// Its name in messages.
    pub name: &'static str,
    /// Whether it may contain the images.
    pub is_packed: bool,
}

const FOREIGN: &[Foreign] = &[
    packed(b"\xfd7zXZ\0", "an xz archive"),
    packed(b"BZh", "a bzip2 archive"),
    packed(b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    packed(b"\x04\x22\x4d\x18", "an LZ4 archive"),
    packed(b"\x1f\x9d", "a file packed by `compress`"),
    packed(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    packed(b"Rar!", "a RAR archive"),
    packed(b"PK\x03\x04", "a zip archive"),
    other(b"PK\x05\x06", "an empty zip archive"),
    other(
        b"\x89PNG",
        "a PNG picture; a dataset of pictures is the folder that holds them",
    ),
    other(
        b"\xff\xd8\xff",
        "a JPEG picture; a dataset of pictures is the folder that holds them",
    ),
    other(b"\x89HDF", "an HDF5 file"),
    other(b"PAR1", "a Parquet file"),
    other(b"%PDF", "a PDF document"),
    other(
        b"version https://git-lfs",
        "a pointer of Git LFS, not the file itself",
    ),
    other(b"<!DOCTYPE", "a web page"),
    other(b"<!doctype", "a web page"),
    other(b"<html", "a web page"),
    other(b"<HTML", "a web page"),
    other(b"<?xml", "an XML document, perhaps a server's error"),
    other(b"\x80\x02", "a pickle of Python"),
    other(b"\x80\x03", "a pickle of Python"),
    other(b"\x80\x04", "a pickle of Python"),
    other(b"\x80\x05", "a pickle of Python"),
];

const fn packed(begin: &'static [u8], name: &'static str) -> Foreign {
    Foreign {
        begin,
        name,
        is_packed: true,
    }
}

const fn other(begin: &'static [u8], name: &'static str) -> Foreign {
    Foreign {
        begin,
        name,
        is_packed: false,
    }
}

/// Number of bytes that [`foreign`] and [`is_tar`] need.
pub(super) const LOOKED_AT: usize = 512;

/// How an archive of files is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packed {
    /// A zip archive.
    Zip,
    /// A tar archive, gzipped or not.
    Tar,
}

/// Returns whether a file with this beginning is a tar archive: the magic of POSIX and GNU stands at byte 257.
pub(super) fn is_tar(start: &[u8]) -> bool {
    start.get(257..262) == Some(b"ustar")
}

/// The first bytes of a gzip stream.
pub(super) const GZIP: &[u8] = &[0x1f, 0x8b];

/// The first bytes of an npy file.
pub(super) const NPY: &[u8] = b"\x93NUMPY";

/// The first bytes of a zip archive, and therefore of an npz file.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";

/// The format of a file with this beginning, if it is known but not supported.
pub(super) fn foreign(start: &[u8]) -> Option<&'static Foreign> {
    FOREIGN
        .iter()
        .find(|format| start.starts_with(format.begin))
}
