//! Downloads from a server on this machine: what arrives, what is refused, and what is left on disk afterwards.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use crate::loopback::{self, Answer, Server};
use flate2::Compression;
use flate2::write::GzEncoder;
use genai_tui::data::net::Network;
use genai_tui::data::{
    Classes, Content, DataError, Entry, Fetched, LoadOptions, Origin, Presence, Published,
    PublishedFile, Split, fetch, load, presence,
};
use md5::{Digest, Md5};
use tempfile::TempDir;

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";

/// A dataset, the content of its packed files, and a data directory for it.
struct Case {
    entry: Entry,
    files: Vec<(String, Vec<u8>)>,
    dir: TempDir,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn md5(bytes: &[u8]) -> &'static str {
    format!("{:032x}", u128::from_be_bytes(Md5::digest(bytes).into())).leak()
}

impl Case {
    fn new(mirrors: &[&Server]) -> Self {
        let mut files = Vec::new();
        let mut file = |name: &'static str, header: &[u8], items: usize| {
            let noise = (0..items).map(|i| (i * i % 251) as u8);
            let bytes: Vec<u8> = header.iter().copied().chain(noise).collect();
            let packed = gzip(&bytes);
            let file = PublishedFile {
                name,
                md5_gz: md5(&packed),
                md5: Some(md5(&bytes)),
            };
            files.push((file.packed_name(), packed));
            file
        };
        let images = |count: u8| [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28];
        let labels = |count: u8| [0, 0, 8, 1, 0, 0, 0, count];
        let train = Split {
            images: file(TRAIN_IMAGES, &images(9), 9 * 784),
            labels: file("train-labels-idx1-ubyte", &labels(9), 9),
        };
        let test = Split {
            images: file("t10k-images-idx3-ubyte", &images(2), 2 * 784),
            labels: file("t10k-labels-idx1-ubyte", &labels(2), 2),
        };
        let mirrors: Vec<&'static str> =
            mirrors.iter().map(|server| &*server.url().leak()).collect();
        let entry = Entry {
            name: "small",
            title: "Small",
            about: "a small dataset",
            classes: Classes::Named(&["zero"]),
            shape: genai_tui::shape::ImageShape::MNIST,
            train_images: 9,
            test_images: 2,
            origin: Origin::Published(Published {
                content: Content::Idx { train, test },
                folders: &[],
                archive: None,
                mirrors: mirrors.leak(),
            }),
        };
        Self {
            entry,
            files,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// The first file, which the others wait for.
    fn images(&self) -> &[u8] {
        &self.files[0].1
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("small").join(name)
    }

    fn part(&self) -> PathBuf {
        self.path(&format!("{TRAIN_IMAGES}.gz.part"))
    }

    /// Creates a part file, as an earlier process may have left it.
    fn leave_part(&self, bytes: &[u8]) {
        fs::create_dir_all(self.path("")).unwrap();
        fs::write(self.part(), bytes).unwrap();
    }

    fn fetch_from(&self, server: Option<&Server>) -> Result<Fetched, DataError> {
        fetch(
            &self.entry,
            &options(self.dir.path(), server),
            &mut |_| {},
            &|| false,
        )
    }

    fn assert_complete(&self) {
        assert!(matches!(
            presence(&self.entry, self.dir.path()),
            Presence::Verified { .. }
        ));
        assert_eq!(
            fs::read(self.path(&self.files[0].0)).unwrap(),
            self.images()
        );
        assert_eq!(
            self.names(),
            self.files
                .iter()
                .map(|(name, _)| name.clone())
                .collect::<std::collections::BTreeSet<_>>()
        );
    }

    /// The files in the dataset's folder, without the lock.
    fn names(&self) -> std::collections::BTreeSet<String> {
        let names = fs::read_dir(self.path(""))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != ".lock").collect()
    }
}

fn options(dir: &Path, server: Option<&Server>) -> LoadOptions {
    LoadOptions {
        data_dir: Some(dir.to_owned()),
        mirror: server.map(Server::url),
        network: Network::direct(),
        ..LoadOptions::default()
    }
}

/// The only error of the only mirror.
fn only(result: Result<Fetched, DataError>) -> DataError {
    match result.unwrap_err() {
        DataError::NoMirror { mut attempts, .. } if attempts.len() == 1 => attempts.remove(0),
        other => other,
    }
}

#[test]
fn everything_is_downloaded_once_and_then_found() {
    let case = Case::new(&[]);
    let server = Server::of_files(&case.files);
    let fetched = case.fetch_from(Some(&server)).unwrap();
    let sizes: Vec<_> = case
        .files
        .iter()
        .map(|(name, bytes)| (name.clone(), bytes.len() as u64))
        .collect();
    assert_eq!(fetched.files, sizes);
    case.assert_complete();
    assert_eq!(case.fetch_from(Some(&server)).unwrap().files, []);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn unpacked_files_count_and_only_what_is_missing_is_downloaded() {
    let case = Case::new(&[]);
    let server = Server::of_files(&case.files);
    case.fetch_from(Some(&server)).unwrap();
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(case.images()),
        &mut unpacked,
    )
    .unwrap();
    fs::write(case.path(TRAIN_IMAGES), unpacked).unwrap();
    fs::remove_file(case.path(&case.files[0].0)).unwrap();
    fs::remove_file(case.path(&case.files[3].0)).unwrap();
    assert_eq!(case.fetch_from(Some(&server)).unwrap().files.len(), 1);
    assert!(matches!(
        presence(&case.entry, case.dir.path()),
        Presence::Verified { .. }
    ));
}

#[test]
fn a_404_is_an_error_and_leaves_nothing() {
    let case = Case::new(&[]);
    let server = Server::new(|_| Answer::Status(404));
    let error = only(case.fetch_from(Some(&server)));
    assert!(
        matches!(error, DataError::Status { status: 404, .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .ends_with("found HTTP status 404, expected 200"),
        "{error}"
    );
    assert!(case.names().is_empty());
}

#[test]
fn a_wrong_checksum_is_an_error_and_leaves_nothing() {
    let case = Case::new(&[]);
    let server = Server::new(|_| Answer::Bytes(b"<html>Please log in</html>".to_vec()));
    let error = only(case.fetch_from(Some(&server)));
    assert!(matches!(error, DataError::WrongDownload { .. }), "{error}");
    assert!(case.names().is_empty());
}

#[test]
fn a_cut_connection_is_an_error_and_the_next_attempt_continues() {
    let case = Case::new(&[]);
    let images = case.images().to_vec();
    let half = images.len() / 2;
    let cutting = Server::new({
        let images = images.clone();
        move |_| Answer::Cut {
            bytes: images[..half].to_vec(),
            declared: images.len(),
        }
    });
    let error = only(case.fetch_from(Some(&cutting)));
    let (received, total) = (half as u64, Some(images.len() as u64));
    assert!(
        matches!(error, DataError::Cut { received: r, expected, .. } if r == received && expected == total),
        "{error}"
    );
    assert_eq!(fs::read(case.part()).unwrap(), &images[..half]);
    assert_eq!(case.names().len(), 1, "no file under its final name");

    let server = Server::of_files(&case.files);
    case.fetch_from(Some(&server)).unwrap();
    assert_eq!(server.requests()[0].from, Some(half));
    case.assert_complete();
}

#[test]
fn a_server_that_ignores_the_range_sends_the_file_anew() {
    let case = Case::new(&[]);
    case.leave_part(&case.images()[..100]);
    let files = case.files.clone();
    let server =
        Server::new(move |request| Answer::Bytes(loopback::find(&files, &request.path).unwrap()));
    case.fetch_from(Some(&server)).unwrap();
    assert_eq!(server.requests()[0].from, Some(100));
    case.assert_complete();
}

#[test]
fn a_wrong_or_overlong_part_is_downloaded_again() {
    for part in [vec![0; 100], vec![0; 1 << 20]] {
        let case = Case::new(&[]);
        case.leave_part(&part);
        let server = Server::of_files(&case.files);
        case.fetch_from(Some(&server)).unwrap();
        let froms: Vec<_> = server
            .requests()
            .iter()
            .take(2)
            .map(|request| request.from)
            .collect();
        assert_eq!(froms, [Some(part.len()), None]);
        case.assert_complete();
    }
}

#[test]
fn a_complete_part_needs_no_request() {
    let case = Case::new(&[]);
    case.leave_part(case.images());
    let server = Server::of_files(&case.files);
    case.fetch_from(Some(&server)).unwrap();
    assert_eq!(server.requests().len(), 3);
    case.assert_complete();
}

#[test]
fn after_a_failure_the_next_mirror_is_used_and_preferred() {
    let files = Case::new(&[]).files;
    let (broken, good) = (
        Server::new(|_| Answer::Status(503)),
        Server::of_files(&files),
    );
    let case = Case::new(&[&broken, &good]);
    case.fetch_from(None).unwrap();
    case.assert_complete();
    assert_eq!((broken.requests().len(), good.requests().len()), (1, 4));
}

#[test]
fn two_processes_download_every_file_once() {
    let case = Case::new(&[]);
    let server = Server::of_files(&case.files);
    thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| case.fetch_from(Some(&server))));
        for one in both {
            one.join().unwrap().unwrap();
        }
    });
    assert_eq!(server.requests().len(), 4);
    case.assert_complete();
}

#[test]
fn a_damaged_file_is_reported_and_not_overwritten() {
    let case = Case::new(&[]);
    let server = Server::of_files(&case.files);
    case.fetch_from(Some(&server)).unwrap();
    fs::write(case.path(&case.files[0].0), "mine").unwrap();
    let error = case.fetch_from(Some(&server)).unwrap_err();
    assert!(matches!(error, DataError::WrongChecksum { .. }), "{error}");
    assert_eq!(fs::read(case.path(&case.files[0].0)).unwrap(), b"mine");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_stalled_download_can_be_cancelled_and_resumed() {
    let case = Case::new(&[]);
    let images = case.images().to_vec();
    let server = Server::new(move |_| Answer::Stall {
        bytes: images[..64].to_vec(),
        declared: images.len(),
    });
    let received = Cell::new(0);
    let result = fetch(
        &case.entry,
        &options(case.dir.path(), Some(&server)),
        &mut |progress| received.set(progress.done.unwrap_or(0)),
        &|| received.get() > 0,
    );
    assert!(matches!(result, Err(DataError::Cancelled)), "{result:?}");
    assert_eq!(fs::metadata(case.part()).unwrap().len(), 64);
}

/// The real MNIST, if available: found, read, and downloaded by `auto`.
#[test]
fn mnist_is_read_and_auto_downloads_it() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !shared.join("mnist").is_dir() {
        return;
    }
    let quiet =
        |spec: &str, options: &LoadOptions| load(spec, options, &mut |_| {}, &|| false).unwrap();
    let mnist = quiet("mnist", &options(&shared, None));
    let test = mnist.test.unwrap();
    assert_eq!((mnist.train.len(), test.len()), (60_000, 10_000));
    assert_eq!(
        (0..5)
            .filter_map(|i| mnist.train.label(i))
            .collect::<Vec<_>>(),
        [5, 0, 4, 1, 9]
    );
    // The published mean of the training pixels.
    let mean = mnist
        .train
        .pixels()
        .iter()
        .map(|&p| f64::from(p))
        .sum::<f64>()
        / mnist.train.pixels().len() as f64
        / 255.0;
    assert!((mean - 0.1307).abs() < 1e-4, "{mean}");

    let files: Vec<_> = fs::read_dir(shared.join("mnist"))
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                fs::read(file.path()).unwrap(),
            )
        })
        .collect();
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::of_files(&files));
    let downloaded = quiet("auto", &options(dir.path(), Some(&server)));
    assert_eq!(
        (downloaded.name.as_str(), downloaded.notice),
        ("mnist", None)
    );
    assert!(downloaded.train == mnist.train);
}
