//! Albums of pictures that other programs wrote (Pillow), as they lie on disks. `fixtures/` has one scene in many formats: 16 rows
//! of 24 pixels, the left half red with white above it, the right half blue.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;

use super::*;
use crate::data::watch::Progress;

macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!("fixtures/", $name)).as_slice(),
        )
    };
}

const COLOUR: &[(&str, &[u8])] = &[
    fixture!("colour.jpg"),
    fixture!("progressive.jpg"),
    fixture!("cmyk.jpg"),
    fixture!("turned.jpg"),
    fixture!("palette.png"),
    fixture!("lossy.webp"),
    fixture!("lossless.webp"),
    fixture!("animated.gif"),
];
const GREY: &[(&str, &[u8])] = &[fixture!("grey.jpg"), fixture!("deep.png")];
const ALPHA: &[u8] = include_bytes!("fixtures/alpha.png");

/// An album, and a data directory.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("album")).unwrap();
        Self { dir }
    }

    fn with(self, name: &str, bytes: &[u8]) -> Self {
        let path = self.album().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// One picture for each of some folders.
    fn with_pictures(mut self, folders: &[&str]) -> Self {
        for (i, folder) in folders.iter().enumerate() {
            self = self.with(&format!("{folder}/{i}.jpg"), COLOUR[0].1);
        }
        self
    }

    fn album(&self) -> PathBuf {
        self.dir.path().join("album")
    }

    fn read(&self) -> Result<Prepared, DataError> {
        self.read_at(&self.album(), None, &Fit::default()).0
    }

    fn read_fit(&self, fit: &Fit) -> Result<Prepared, DataError> {
        self.read_at(&self.album(), None, fit).0
    }

    /// Also what was said meanwhile.
    fn read_at(
        &self,
        path: &Path,
        packed: Option<Packed>,
        fit: &Fit,
    ) -> (Result<Prepared, DataError>, Vec<String>) {
        let mut said = Vec::new();
        let mut progress = |progress: Progress| said.push(progress.what);
        let mut watch = Watch {
            progress: &mut progress,
            cancelled: &|| false,
        };
        let store = Store::below(Some(&self.dir.path().join("data")));
        let read = read(path, packed, fit, &store, &mut watch);
        (read, said)
    }
}

/// Returns whether pixel (row, column) of an image of the scene's size is about this colour.
fn is_about(image: &[u8], row: usize, column: usize, colour: [u8; 3]) -> bool {
    let pixel = &image[(row * 24 + column) * 3..][..3];
    pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 24)
}

#[test]
fn every_format_shows_the_scene_upright_and_in_its_colours() {
    for (name, bytes) in COLOUR {
        let prepared = Place::new().with(name, bytes).read().unwrap();
        let set = prepared.sets.train;
        assert_eq!(set.shape().to_string(), "16×24 colour", "{name}");
        let image = set.image(0).unwrap();
        assert!(
            is_about(image, 3, 3, [250, 250, 250]),
            "{name}: {:?}",
            &image[..3]
        );
        assert!(is_about(image, 12, 3, [200, 30, 30]), "{name}");
        assert!(is_about(image, 8, 20, [30, 30, 200]), "{name}");
        assert!(prepared.facts.notices.is_empty() && set.labels().is_none());
    }
    for (name, bytes) in GREY {
        let set = Place::new().with(name, bytes).read().unwrap().sets.train;
        assert_eq!(set.shape().to_string(), "16×24 grey", "{name}");
        let image = set.image(0).unwrap();
        assert!(
            image[3].abs_diff(250) < 6 && image[20].abs_diff(49) < 6,
            "{name}"
        );
    }
    // What is transparent lies over black.
    let set = Place::new().with("a.png", ALPHA).read().unwrap().sets.train;
    assert!(is_about(set.image(0).unwrap(), 8, 20, [0, 0, 0]));
    assert!(is_about(set.image(0).unwrap(), 12, 3, [200, 30, 30]));
}

#[test]
fn content_counts_and_not_the_name() {
    let place = Place::new()
        .with("a.jpg", COLOUR[6].1)
        .with("b", COLOUR[4].1);
    let place = place
        .with("notes.txt", b"not a picture")
        .with(".hidden.jpg", b"x");
    let prepared = place.read().unwrap();
    assert_eq!(prepared.sets.train.len(), 2);
    assert!(prepared.facts.left_out.is_empty());
}

#[test]
fn the_second_time_nothing_is_read_until_a_file_changes() {
    let place = Place::new().with_pictures(&["cat", "dog", "dog"]);
    let first = place.read().unwrap();
    let (again, said) = place.read_at(&place.album(), None, &Fit::default());
    let again = again.unwrap();
    assert_eq!((&again.sets, &again.facts), (&first.sets, &first.facts));
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(
        again.facts.digest,
        crate::files::md5_hex(first.sets.train.pixels())
    );
    assert_eq!(
        (again.facts.classes, again.sets.train.labels().unwrap()),
        (vec!["cat".to_owned(), "dog".to_owned()], &[0, 1, 1][..])
    );

    // The same files with other times are read, but not decoded.
    let path = place.album().join("cat/0.jpg");
    let file = fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    let (touched, said) = place.read_at(&place.album(), None, &Fit::default());
    assert_eq!(touched.unwrap().facts, first.facts);
    assert!(said.iter().any(|what| what.starts_with("reading")));
    assert!(!said.iter().any(|what| what.starts_with("decoding")));

    let place = place.with("cat/new.jpg", COLOUR[1].1);
    assert_eq!(place.read().unwrap().sets.train.len(), 4);
    let small = Fit {
        size: Some("8".parse().unwrap()),
        ..Fit::default()
    };
    let small = place.read_fit(&small).unwrap();
    assert_eq!(small.sets.train.shape().to_string(), "8×8 colour");
    // The first images are still mapped, whatever is written meanwhile.
    assert_eq!(first.sets.train.len(), 3);
}

#[test]
fn a_damaged_prepared_file_is_made_anew() {
    let place = Place::new().with_pictures(&["cat", "dog"]);
    let first = place.read().unwrap();
    let folder = place.dir.path().join("data/prepared");
    let images = || {
        let mut files = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files
            .find(|path| path.extension().is_some_and(|e| e == "images"))
            .unwrap()
    };
    for damage in [&b""[..], &b"short"[..], &[0; 4096][..]] {
        // Not in place: the file is mapped.
        fs::remove_file(images()).unwrap();
        let stale = folder.join("00000000000000000000000000000000.images");
        fs::write(&stale, damage).unwrap();
        assert_eq!(place.read().unwrap().facts, first.facts);
        fs::remove_file(&stale).unwrap();
        let path = images();
        fs::remove_file(&path).unwrap();
        fs::write(&path, damage).unwrap();
        assert_eq!(place.read().unwrap().facts, first.facts);
    }
}

#[test]
fn without_a_place_to_keep_them_images_are_still_read() {
    let place = Place::new().with_pictures(&["cat"]);
    fs::write(place.dir.path().join("data"), "a file in the way").unwrap();
    let prepared = place.read().unwrap();
    assert_eq!(prepared.sets.train.len(), 1);
    let notice = prepared.facts.notices.join("; ");
    assert!(
        notice.starts_with("the prepared images are not kept ("),
        "{notice}"
    );
}

#[test]
fn archives_hold_the_same_images_as_their_folder() {
    let place = Place::new().with_pictures(&["train/cat", "train/dog", "test/dog"]);
    let folder = place.read().unwrap();
    assert_eq!(folder.facts.test, 1);

    let zip_path = place.dir.path().join("album.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&zip_path).unwrap());
    let tar_path = place.dir.path().join("album.tar.gz");
    let packed = flate2::write::GzEncoder::new(
        fs::File::create(&tar_path).unwrap(),
        flate2::Compression::fast(),
    );
    let mut tar = tar::Builder::new(packed);
    for name in ["train/cat/0.jpg", "train/dog/1.jpg", "test/dog/2.jpg"] {
        let bytes = fs::read(place.album().join(name)).unwrap();
        zip.start_file(
            format!("album/{name}"),
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
        zip.write_all(&bytes).unwrap();
        tar.append_path_with_name(place.album().join(name), format!("album/{name}"))
            .unwrap();
    }
    zip.start_file(
        "__MACOSX/album/._0.jpg",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    zip.write_all(b"resource fork").unwrap();
    zip.finish().unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    for (path, packed) in [(&zip_path, Packed::Zip), (&tar_path, Packed::Tar)] {
        let found = place
            .read_at(path, Some(packed), &Fit::default())
            .0
            .unwrap();
        assert_eq!(found.sets, folder.sets, "{}", path.display());
        assert_eq!(found.facts.classes, ["cat", "dog"]);
        let bytes = fs::read(path).unwrap();
        let cut = place.dir.path().join("cut");
        fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        let error = place
            .read_at(&cut, Some(packed), &Fit::default())
            .0
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("cut: the archive cannot be read ("),
            "{error}"
        );
    }
}

#[test]
fn broken_pictures_are_left_out_and_named_up_to_one_in_ten() {
    let mut place = Place::new();
    for i in 0..18 {
        place = place.with(&format!("{i:02}.jpg"), COLOUR[0].1);
    }
    let whole = COLOUR[0].1;
    let place = place
        .with("cut.jpg", &whole[..whole.len() - 40])
        .with("empty.jpg", b"");
    let prepared = place.read().unwrap();
    assert_eq!(prepared.sets.train.len(), 18);
    assert_eq!(
        prepared.facts.left_out,
        [
            "cut.jpg: it ends before its last row",
            "empty.jpg: it is empty"
        ]
    );
    assert_eq!(
        prepared.facts.notices,
        [
            "2 pictures that cannot be read are left out: cut.jpg: it ends before its last row; empty.jpg: it is empty"
        ]
    );
    let place = place.with("scan.tiff", b"no picture that is read here");
    let error = place.read().unwrap_err().to_string();
    assert!(
        error.ends_with(
            "3 of 21 pictures cannot be read, expected at most one in ten (cut.jpg: it ends before its last row; \
             empty.jpg: it is empty; scan.tiff: it is not a PNG, JPEG, WebP or GIF picture)"
        ),
        "{error}"
    );
    let prepared = place.dir.path().join("data/prepared");
    let drafts = fs::read_dir(prepared).unwrap().flatten();
    let drafts = drafts.filter(|entry| entry.file_name().to_string_lossy().starts_with(".draft"));
    assert_eq!(drafts.count(), 0, "nothing half-written stays");
}

#[test]
fn truncated_files_of_every_format_are_broken() {
    for (name, bytes) in COLOUR.iter().chain(GREY) {
        for end in [bytes.len() / 3, bytes.len() * 2 / 3] {
            let decoded = decode::decode(&bytes[..end]);
            // A cut animation still has its first frame.
            assert!(
                decoded.is_err() || *name == "animated.gif",
                "{name} cut at {end}"
            );
        }
    }
}

#[test]
fn a_cut_picture_decides_neither_size_nor_channels() {
    // Eleven grey pictures of 16×24 pixels, and one in colour of another size.
    let grey = || {
        let names = (0..11).map(|i| format!("{i:02}.jpg"));
        names.fold(Place::new(), |place, name| place.with(&name, GREY[0].1))
    };
    let mut large = std::io::Cursor::new(Vec::new());
    let noisy = image::RgbImage::from_fn(60, 50, |x, y| image::Rgb([(x * y * 7) as u8, 9, 0]));
    noisy.write_to(&mut large, image::ImageFormat::Png).unwrap();
    let large = large.into_inner();
    for end in [large.len() / 2, 40] {
        let place = grey().with("large.png", &large[..end]);
        let prepared = place.read().unwrap();
        assert_eq!(prepared.facts.shape.to_string(), "16×24 grey", "{end}");
        assert_eq!(prepared.facts.left_out.len(), 1);
    }
    // Whole, it is one of them.
    let error = grey().with("large.png", &large).read().unwrap_err();
    assert!(matches!(
        error,
        DataError::MixedChannels {
            grey: 11,
            colour: 1,
            ..
        }
    ));
}

#[test]
fn a_format_that_is_not_read_is_named() {
    let formats: [(&str, &[u8]); 3] = [
        ("a.bmp", b"BM\x46\0\0\0\0\0"),
        ("a.tiff", b"II*\0\x08\0\0\0"),
        ("a.heic", b"\0\0\0\x18ftypheic"),
    ];
    let said = formats.map(|(name, bytes)| {
        let place = Place::new().with(name, bytes);
        place.read().unwrap_err().to_string()
    });
    assert!(
        said[0].contains("it is a BMP picture, expected PNG, JPEG, WebP or GIF"),
        "{said:?}"
    );
    assert!(said[1].contains("it is a TIFF picture"), "{said:?}");
    assert!(
        said[2].contains("it is not a PNG, JPEG, WebP or GIF picture"),
        "{said:?}"
    );
}

#[test]
fn a_picture_whose_header_claims_too_much_is_not_decoded() {
    let chunk = |kind: &[u8], data: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(data);
        [
            &(data.len() as u32).to_be_bytes()[..],
            kind,
            data,
            &sum.sum().to_be_bytes()[..],
        ]
        .concat()
    };
    let size = 60_000_u32.to_be_bytes();
    let header = [&size[..], &size[..], &[8, 2, 0, 0, 0][..]].concat();
    let bomb = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &[]),
        chunk(b"IEND", &[]),
    ];
    let error = Place::new()
        .with("bomb.png", &bomb.concat())
        .read()
        .unwrap_err();
    let words =
        "bomb.png: its header says 60000×60000 pixels; expected at least 1 and at most 100 million";
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn what_has_no_pictures_says_what_is_there() {
    let text = |place: Place| {
        let error = place.read().unwrap_err();
        assert!(error.is_input());
        error.to_string()
    };
    let error = text(Place::new());
    assert!(
        error.contains("album: found no files; expected PNG, JPEG, WebP or GIF pictures"),
        "{error}"
    );
    let error = text(Place::new().with("a.txt", b"a").with("b.csv", b"b"));
    assert!(
        error.contains("found 2 files that are no pictures (a.txt, b.csv)"),
        "{error}"
    );
}

#[test]
fn grey_and_colour_need_a_word_on_which_to_make() {
    let place = Place::new()
        .with("a.jpg", COLOUR[0].1)
        .with("b.jpg", GREY[0].1);
    let error = place.read().unwrap_err().to_string();
    assert!(error.ends_with("found 1 grey and 1 colour pictures, expected --channels 1 or --channels 3 to say which to train on"), "{error}");
    for channels in [1, 3] {
        let fit = Fit {
            channels: Some(channels),
            ..Fit::default()
        };
        let set = place.read_fit(&fit).unwrap().sets.train;
        assert_eq!((set.len(), set.shape().channels()), (2, channels));
    }
}

#[test]
fn mixed_sizes_become_squares_and_small_ones_are_told() {
    let wide = image::DynamicImage::new_rgb8(200, 100);
    let mut png = std::io::Cursor::new(Vec::new());
    wide.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let place = Place::new()
        .with("a.jpg", COLOUR[0].1)
        .with("b.png", png.get_ref());
    let prepared = place.read().unwrap();
    assert_eq!(prepared.sets.train.shape().to_string(), "64×64 colour");
    assert_eq!(
        prepared.facts.notices,
        [
            "images of 16×24 to 100×200 pixels are cropped to squares and resized to 64×64; --image-size asks for another size",
            "1 of 2 images are smaller than 64×64 pixels and are enlarged"
        ]
    );
}

#[test]
fn links_are_followed_but_not_in_a_circle() {
    let place = Place::new().with_pictures(&["cat", "dog"]);
    symlink(place.album(), place.album().join("cat/loop")).unwrap();
    symlink("nowhere", place.album().join("dog/broken.jpg")).unwrap();
    let elsewhere = place.dir.path().join("birds");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("a.jpg"), COLOUR[2].1).unwrap();
    symlink(&elsewhere, place.album().join("bird")).unwrap();
    let prepared = place.read().unwrap();
    assert_eq!(prepared.facts.classes, ["bird", "cat", "dog"]);
    let notice = prepared.facts.notices.join("; ");
    assert!(
        notice.ends_with("cat/loop: this link leads to a folder above it and was not followed"),
        "{notice}"
    );
}

#[test]
fn names_need_not_be_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::new();
    let folder = place.album().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"\xff.jpg")), COLOUR[0].1).unwrap();
    let prepared = place.with("dog/a.jpg", COLOUR[1].1).read().unwrap();
    assert_eq!(
        (
            prepared.sets.train.len(),
            prepared.facts.classes[0].as_str()
        ),
        (2, "caf\u{fffd}")
    );
}

#[test]
fn cancelling_leaves_nothing_behind() {
    let place = Place::new().with_pictures(&["cat", "dog"]);
    let decoding = std::cell::Cell::new(false);
    let mut progress = |progress: Progress| decoding.set(progress.what.starts_with("reading"));
    let mut watch = Watch {
        progress: &mut progress,
        cancelled: &|| decoding.get(),
    };
    let store = Store::below(Some(&place.dir.path().join("data")));
    let result = read(&place.album(), None, &Fit::default(), &store, &mut watch);
    assert!(matches!(result, Err(DataError::Cancelled)));
    let prepared = place.dir.path().join("data/prepared");
    assert!(fs::read_dir(prepared).map_or(0, Iterator::count) == 0);
}
