//! The record on disks that are full or refuse. The disk is a small file system in memory; if none can be mounted, the
//! tests say that they were skipped.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use genai_tui::files;
use genai_tui::protocol::{Body, Event, ImageGrid, Recorded, Samples};
use genai_tui::record::{
    RecordError, Recorder, RunDir, Status, facts, read_events, repair, survey,
};
use genai_tui::shape::ImageShape;

use crate::record_kit::{event, finished, started, window};

/// A file system in memory with room for 256 KiB, removed at the end of the test.
struct Disk {
    path: PathBuf,
    _root: tempfile::TempDir,
}

impl Disk {
    #[expect(clippy::print_stderr, reason = "a test that cannot be made says so")]
    fn mount() -> Option<Self> {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("disk");
        fs::create_dir(&path).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(&path)
            .output();
        if mount.as_ref().is_ok_and(|done| done.status.success()) {
            return Some(Self { path, _root: root });
        }
        eprintln!("not tested: no file system can be mounted here");
        None
    }

    /// Fills the disk with a file; deleting that makes room again.
    fn fill(&self) -> PathBuf {
        let stone = self.path.join("stone");
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&stone)
            .unwrap();
        // The last page too.
        while file.write_all(&[0; 256]).is_ok() {}
        stone
    }

    fn make_read_only(&self, read_only: bool) {
        let how = if read_only {
            "remount,ro"
        } else {
            "remount,rw"
        };
        let done = Command::new("mount")
            .args(["-o", how])
            .arg(&self.path)
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn samples(step: u64) -> Event {
    let samples = Samples {
        columns: Vec::new(),
        images: Arc::new(ImageGrid::new(ImageShape::MNIST, vec![step as u8; 784 * 4])),
        count: 4,
        shape: ImageShape::MNIST,
        pairs: 0,
        scores: vec![0.5; 4],
        real_scores: Vec::new(),
        diversity: 1.0,
    };
    let file = format!("samples/step-{step:08}.png");
    event(step, Body::Recorded(Recorded::Samples { file, samples }))
}

fn steps(path: &Path) -> Vec<u64> {
    read_events(path)
        .unwrap()
        .map(|e| e.unwrap().step)
        .collect()
}

#[test]
fn a_full_disk_delays_the_record_and_loses_nothing() {
    let Some(disk) = Disk::mount() else { return };
    let dir = RunDir::create(&disk.path.join("a")).unwrap();
    dir.write_config("seed = 1\n").unwrap();
    let mut recorder = Recorder::new(&dir);
    assert_eq!(recorder.handle(&started(&dir.path())), None);
    let stone = disk.fill();
    let mut warnings = Vec::new();
    // More than the rest of a page.
    let note = |step| {
        event(
            step,
            Body::Recorded(Recorded::Note {
                text: "n".repeat(1000),
            }),
        )
    };
    for step in 1..=12 {
        warnings.extend(recorder.handle(&note(step)));
    }
    warnings.extend(recorder.handle(&samples(13)));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].text.contains("No space left on device"),
        "{warnings:?}"
    );
    assert!(recorder.is_refused());
    // Existing files are intact, and a run on a full disk is alive.
    assert_eq!(fs::read_to_string(dir.config()).unwrap(), "seed = 1\n");
    dir.beat().unwrap();
    assert!(matches!(
        facts(&dir.path()).unwrap().status,
        Status::Live { .. }
    ));
    assert!(files::write(&dir.config(), &[b'x'; 10_000]).is_err());
    assert_eq!(fs::read_to_string(dir.config()).unwrap(), "seed = 1\n");

    fs::remove_file(stone).unwrap();
    let recovered = recorder.handle(&finished(14)).unwrap().text;
    assert!(recovered.ends_with("nothing was lost"), "{recovered}");
    recorder.finish().unwrap();
    assert_eq!(steps(&dir.events()), (0..=14).collect::<Vec<u64>>());
    assert!(dir.samples().join("step-00000013.png").is_file() && dir.summary().is_file());
    let names = fs::read_dir(dir.path()).unwrap().flatten();
    assert!(
        !names
            .map(|e| e.file_name())
            .any(|n| n.to_string_lossy().ends_with(".tmp"))
    );
}

#[test]
fn a_run_interrupted_by_a_full_disk_is_repaired_and_continued() {
    let Some(disk) = Disk::mount() else { return };
    let path = disk.path.join("a");
    let dir = RunDir::create(&path).unwrap();
    dir.write_config("").unwrap();
    let mut recorder = Recorder::new(&dir);
    for step in 1..=5 {
        recorder.handle(&window(step, 0.5));
    }
    recorder.handle(&event(
        5,
        Body::Recorded(Recorded::Note {
            text: "n".to_owned(),
        }),
    ));
    let stone = disk.fill();
    for step in 6..=60 {
        recorder.handle(&window(step, 0.5));
    }
    let error = recorder.finish().unwrap_err().to_string();
    assert!(
        error.contains("events could not be written") && error.contains("No space left"),
        "{error}"
    );
    // Its lock made room.
    drop(dir);
    disk.fill();
    // A full disk refuses a lock with an error, and nothing is left of the attempt.
    let error = RunDir::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("cannot take the lock") && error.contains("No space left"),
        "{error}"
    );
    assert!(!path.join("lock").exists());
    // But it can be read.
    assert!(matches!(
        facts(&path).unwrap().status,
        Status::Crashed { holder: None }
    ));
    fs::remove_file(stone).unwrap();

    let dir = RunDir::open(&path).unwrap();
    let tail = repair(&dir.events()).unwrap();
    let kept = steps(&dir.events());
    assert_eq!(tail.events, kept.len() as u64);
    assert!(kept.starts_with(&[1, 2, 3, 4, 5, 5]), "{kept:?}");
    let mut recorder = Recorder::new(&dir);
    recorder.handle(&finished(100));
    recorder.finish().unwrap();
    assert_eq!(steps(&dir.events()).len(), kept.len() + 1);
}

#[test]
fn a_disk_that_turns_read_only_is_reported_and_retried() {
    let Some(disk) = Disk::mount() else { return };
    let path = disk.path.join("a");
    let dir = RunDir::create(&path).unwrap();
    dir.write_config("").unwrap();
    // No recorder stays open: an open file would keep the disk from turning read-only.
    let mut recorder = Recorder::new(&dir);
    recorder.handle(&window(1, 0.5));
    recorder.finish().unwrap();
    disk.make_read_only(true);
    let mut late = Recorder::new(&dir);
    let text = "written at once".to_owned();
    let note = event(2, Body::Recorded(Recorded::Note { text }));
    let refused = late.handle(&note).unwrap().text;
    assert!(
        refused.contains("cannot open") && refused.contains("waits in memory"),
        "{refused}"
    );
    assert!(late.is_refused());
    // This process still holds the run; it only cannot write heartbeats.
    assert!(matches!(dir.beat(), Err(RecordError::Io { .. })));
    assert!(matches!(facts(&path).unwrap().status, Status::Live { .. }));
    let error = RunDir::create(&disk.path.join("b"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot create") && error.contains("Read-only"),
        "{error}"
    );
    disk.make_read_only(false);
    dir.beat().unwrap();
    // What a disk refused to open at first is written as soon as it does.
    let recovered = late.handle(&finished(3)).unwrap().text;
    assert!(recovered.contains("nothing was lost"), "{recovered}");
    late.finish().unwrap();
    assert_eq!(steps(&dir.events()), [1, 2, 3]);
    drop(dir);
    // A run on a read-only disk can be read, but not continued.
    disk.make_read_only(true);
    assert_eq!(survey(&disk.path).unwrap().len(), 1);
    let error = RunDir::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("cannot take the lock") && error.contains("Read-only"),
        "{error}"
    );
}
