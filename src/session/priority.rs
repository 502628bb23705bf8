//! Priorities of threads: those that draw, record or sample can wait, those that train cannot.

/// Lowers the priority of the calling thread, and of threads that it starts from now on, below that of training. Where the
/// system knows no priority of a single thread, or refuses, everything stays as it is.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    {
        /// Enough to wait for a thread that trains, and to be woken at once where a core is free.
        const NICE: i32 = 5;
        // On Linux a priority is a thread's own.
        let thread = rustix::thread::gettid();
        let _ = rustix::process::setpriority_process(Some(thread), NICE);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_calling_thread_lowers_its_priority() {
        let nice = || rustix::process::getpriority_process(Some(rustix::thread::gettid()));
        let before = nice();
        let lowered = std::thread::spawn(move || {
            give_way();
            nice()
        });
        let lowered = lowered.join().ok();
        assert_eq!(lowered, Some(Ok(5.max(before.unwrap_or(0)))));
        assert_eq!(nice(), before);
    }
}
