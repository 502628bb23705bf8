#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::fs::File;

use super::*;

fn dead_pid() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn write(path: &Path, holder: &Holder) {
    fs::write(path, serde_json::to_vec(holder).unwrap()).unwrap();
}

fn elsewhere() -> Holder {
    Holder {
        host: "elsewhere".to_owned(),
        pid: 1,
        ..Holder::this_process()
    }
}

/// Makes the last sign of life one of so many seconds ago.
fn silent_for(path: &Path, seconds: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(then)
        .unwrap();
}

fn only_the_lock_is_in(dir: &Path) -> bool {
    let names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names == ["lock"]
}

#[test]
fn a_held_lock_exists_and_names_this_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let lock = take(&path).unwrap();
    let holder: Holder = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(holder.pid, std::process::id());
    assert!(!holder.host.is_empty());
    let error = take(&path).unwrap_err();
    assert!(
        matches!(&error, RecordError::InUse { holder, .. } if holder.pid == std::process::id()),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    assert!(only_the_lock_is_in(dir.path()));
    drop(lock);
    assert!(!path.exists());
    drop(take(&path).unwrap());
}

#[test]
fn the_lock_of_a_dead_process_is_taken_over_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let dead = Holder {
        pid: dead_pid(),
        ..Holder::this_process()
    };
    write(&path, &dead);
    let lock = take(&path).unwrap();
    let took_over = lock.took_over().unwrap();
    assert_eq!(
        (took_over.holder.as_ref(), took_over.silence),
        (Some(&dead), None)
    );
    let text = took_over.to_string();
    assert!(
        text.starts_with(&format!("took over from process {} on", dead.pid)),
        "{text}"
    );
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains(&format!("\"pid\":{}", std::process::id()))
    );
    assert!(only_the_lock_is_in(dir.path()));
}

#[test]
fn a_lock_of_another_host_is_kept_while_it_has_heartbeats() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    write(&path, &elsewhere());
    silent_for(&path, 60);
    let error = take(&path).unwrap_err().to_string();
    assert!(
        error.contains("on elsewhere") && error.contains("after 120 s it counts as dead"),
        "{error}"
    );
    // A clock that was set back makes nobody dead.
    let later = SystemTime::now() + Duration::from_secs(3600);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(later)
        .unwrap();
    assert!(matches!(take(&path), Err(RecordError::InUse { .. })));
    assert!(only_the_lock_is_in(dir.path()));
    // But from now on its silence counts.
    let beat = fs::metadata(&path).unwrap().modified().unwrap();
    assert!(beat < later - Duration::from_secs(3000));
    silent_for(&path, 155);
    assert!(take(&path).is_ok());
}

#[test]
fn a_silent_lock_of_another_host_is_taken_over_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    write(&path, &elsewhere());
    silent_for(&path, 155);
    let lock = take(&path).unwrap();
    let text = lock.took_over().unwrap().to_string();
    assert!(
        text.starts_with("took over from process 1 on elsewhere")
            && text.contains("no sign of life for 15"),
        "{text}"
    );
    drop(lock);
    assert!(!path.exists());
}

#[test]
fn an_unreadable_lock_is_kept_until_it_is_old() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    fs::write(&path, "").unwrap();
    assert!(matches!(
        take(&path),
        Err(RecordError::UnreadableLock { .. })
    ));
    assert!(path.exists());
    silent_for(&path, 155);
    assert_eq!(take(&path).unwrap().took_over().unwrap().holder, None);
}

#[test]
fn others_see_a_heartbeat() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let lock = take(&path).unwrap();
    silent_for(&path, 1000);
    assert!(silence(&path) > Duration::from_secs(900));
    lock.pulse().beat().unwrap();
    assert!(silence(&path) < Duration::from_secs(900));
    assert!(only_the_lock_is_in(dir.path()));
}

#[test]
fn a_process_frozen_for_long_notices_and_leaves_the_new_lock_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let lock = take(&path).unwrap();
    write(&path, &elsewhere());
    let error = lock.pulse().beat().unwrap_err();
    assert!(
        matches!(&error, RecordError::TakenOver { holder: Some(holder), .. } if holder.host == "elsewhere"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("was taken over by process 1 on elsewhere"),
        "{error}"
    );
    drop(lock);
    assert!(path.exists());
}

#[test]
fn a_removed_lock_is_written_again_with_the_next_heartbeat() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let lock = take(&path).unwrap();
    fs::remove_file(&path).unwrap();
    lock.pulse().beat().unwrap();
    assert!(matches!(take(&path), Err(RecordError::InUse { .. })));
}

#[test]
fn an_unwritable_directory_means_the_clock_of_this_host() {
    let before = SystemTime::now();
    assert!(now_at(Path::new("/nowhere/at/all")) >= before);
}

#[test]
fn a_lock_taken_over_by_mistake_is_returned() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    fs::write(&path, "the new owner's").unwrap();
    clear(&path, b"the dead one's").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"the new owner's");
    assert!(only_the_lock_is_in(dir.path()));
}
