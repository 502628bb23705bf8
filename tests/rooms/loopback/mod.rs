//! A small HTTP server on this machine for tests. It ends when it is dropped, and after half a minute at the latest.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Maximum lifetime of a server.
const LIFETIME: Duration = Duration::from_secs(30);

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// File name, without the slash.
    pub path: String,
    /// First byte of the requested range.
    pub from: Option<usize>,
}

/// An answer.
pub enum Answer {
    /// 200 with all of this.
    Bytes(Vec<u8>),
    /// 206 with the bytes from `from` on, or 416.
    Range { bytes: Vec<u8>, from: usize },
    /// This status and no body.
    Status(u16),
    /// 200, some bytes of the declared number, then the end.
    Cut { bytes: Vec<u8>, declared: usize },
    /// 200, some bytes of the declared number, then silence.
    Stall { bytes: Vec<u8>, declared: usize },
}

/// The running server.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    requests: Arc<Mutex<Vec<Request>>>,
    thread: Option<JoinHandle<()>>,
}

/// The file of that name.
pub fn find(files: &[(String, Vec<u8>)], name: &str) -> Option<Vec<u8>> {
    files
        .iter()
        .find(|(file, _)| file == name)
        .map(|(_, bytes)| bytes.clone())
}

impl Server {
    /// Answers every request as `answer` says, one connection after the other.
    pub fn new(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, requests) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(Mutex::new(Vec::new())),
        );
        let thread = thread::spawn({
            let (stop, requests) = (Arc::clone(&stop), Arc::clone(&requests));
            move || {
                let deadline = Instant::now() + LIFETIME;
                while !stop.load(Ordering::Relaxed) && Instant::now() < deadline {
                    match listener.accept() {
                        // Clients may disconnect at any time.
                        Ok((stream, _)) => drop(serve(&stream, &answer, &requests, &stop)),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            thread::sleep(Duration::from_millis(2));
                        }
                        Err(_) => return,
                    }
                }
            }
        });
        Self {
            address,
            stop,
            requests,
            thread: Some(thread),
        }
    }

    /// Serves files by name, whole or from a given byte on.
    pub fn of_files(files: &[(String, Vec<u8>)]) -> Self {
        let files = files.to_vec();
        Self::new(
            move |request| match (find(&files, &request.path), request.from) {
                (None, _) => Answer::Status(404),
                (Some(bytes), None) => Answer::Bytes(bytes),
                (Some(bytes), Some(from)) => Answer::Range { bytes, from },
            },
        )
    }

    /// Its address, with a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    stream: &TcpStream,
    answer: &impl Fn(&Request) -> Answer,
    requests: &Mutex<Vec<Request>>,
    stop: &AtomicBool,
) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let request = read(stream)?;
    requests.lock().unwrap().push(request.clone());
    let head = |status: u16, length: usize| {
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n")
    };
    let mut out = stream;
    match answer(&request) {
        Answer::Status(status) => write!(out, "{}\r\n", head(status, 0))?,
        Answer::Bytes(bytes) => {
            write!(out, "{}\r\n", head(200, bytes.len()))?;
            out.write_all(&bytes)?;
        }
        Answer::Range { bytes, from } if from >= bytes.len() => {
            write!(out, "{}\r\n", head(416, 0))?;
        }
        Answer::Range { bytes, from } => {
            let total = bytes.len();
            let range = format!("Content-Range: bytes {from}-{}/{total}\r\n", total - 1);
            write!(out, "{}{range}\r\n", head(206, total - from))?;
            out.write_all(&bytes[from..])?;
        }
        Answer::Cut { bytes, declared } => {
            write!(out, "{}\r\n", head(200, declared))?;
            out.write_all(&bytes)?;
        }
        Answer::Stall { bytes, declared } => {
            write!(out, "{}\r\n", head(200, declared))?;
            out.write_all(&bytes)?;
            let deadline = Instant::now() + LIFETIME;
            while !stop.load(Ordering::Relaxed) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
    out.flush()?;
    stream.shutdown(Shutdown::Both)
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .trim_start_matches('/')
        .to_owned();
    let mut from = None;
    for line in lines {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        from = from.or(line
            .strip_prefix("range: bytes=")
            .and_then(|range| range.trim_end_matches('-').parse().ok()));
    }
    Ok(Request { path, from })
}
