//! Standard output as it is.

use std::io::{self, Write};

/// Standard output without a buffer of its own, in which a line would be lost when it is refused. Where it is set not to wait
/// (by a program that shares it, as ssh and Node.js do), this waits all the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, poll};
        use rustix::io::Errno;
        let out = rustix::stdio::stdout();
        loop {
            match rustix::io::write(out, bytes) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&out, PollFlags::OUT)], None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                },
                written => return Ok(written?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
