//! Ends this process with the one that started it, however that ends.

use std::io::{self, ErrorKind, Read as _};
use std::thread;

use anyhow::Context as _;
use rustix::process::{Signal, getpid, kill_process};

use super::Failure;

/// Sends this process a SIGTERM when its standard input is closed: the process that holds the other end of that pipe has ended, or is
/// gone. Unlike the death signal of Linux this works on every system, and does not miss a parent that died before it was asked for.
pub(super) fn end_with_stdin() -> Result<(), Failure> {
    let watch = || {
        let mut ignored = [0; 512];
        loop {
            match io::stdin().read(&mut ignored) {
                Ok(0) => break,
                Err(error) if error.kind() != ErrorKind::Interrupted => break,
                _ => {}
            }
        }
        // This process is there.
        let _ = kill_process(getpid(), Signal::TERM);
    };
    thread::Builder::new()
        .name("owner".to_owned())
        .spawn(watch)
        .context("cannot start a thread")
        .map_err(Failure::Run)
        .map(drop)
}
