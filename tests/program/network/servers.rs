//! Servers on this machine: a file server, over TCP or TLS; an HTTP proxy; a SOCKS proxy. Each answers every connection
//! on its own thread, and stops when it is dropped.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The requests to a server, in order.
pub type Log = Arc<Mutex<Vec<String>>>;

/// A listening server.
pub struct Server {
    pub address: SocketAddr,
    pub log: Log,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn new(serve: impl Fn(TcpStream, &Log) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Log::default(), Arc::new(AtomicBool::new(false)));
        let thread = thread::spawn({
            let (log, stop, serve) = (log.clone(), stop.clone(), Arc::new(serve));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    match listener.accept() {
                        Ok((stream, _)) => {
                            let (log, serve) = (log.clone(), serve.clone());
                            thread::spawn(move || {
                                let _ = stream.set_nonblocking(false);
                                let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
                                // Clients may disconnect at any time.
                                let _ = serve(stream, &log);
                            });
                        }
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
            log,
            stop,
            thread: Some(thread),
        }
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// A server without TLS.
    pub fn plain(site: Site) -> Self {
        Self::new(move |stream, log| answer(stream, &site, log))
    }

    /// A server with TLS.
    pub fn tls(config: Arc<ServerConfig>, site: Site) -> Self {
        Self::new(move |stream, log| answer(shake_hands(stream, &config)?, &site, log))
    }

    /// An HTTP proxy that leads everything to one site: it accepts CONNECT for https, and requests for whole addresses.
    /// `login` is the required `user:password`, if any.
    pub fn http_proxy(config: Arc<ServerConfig>, site: Site, login: Option<&'static str>) -> Self {
        Self::new(move |mut stream, log| {
            let head = head(&mut stream)?;
            let first = head.lines().next().unwrap_or_default().to_owned();
            log.lock().unwrap().push(first.clone());
            let wanted = login.map(|l| format!("Basic {}", BASE64_STANDARD.encode(l)));
            if wanted.is_some_and(|wanted| !head.contains(&wanted)) {
                return stream.write_all(
                    b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                );
            }
            if !first.starts_with("CONNECT ") {
                let path = first.split(' ').nth(1).unwrap_or_default();
                return site.send(&mut stream, path);
            }
            stream.write_all(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n")?;
            answer(shake_hands(stream, &config)?, &site, log)
        })
    }

    /// An HTTP proxy that answers everything with this status.
    pub fn refusing_proxy(status: u16) -> Self {
        Self::new(move |mut stream, _| {
            head(&mut stream)?;
            write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n")
        })
    }

    /// A SOCKS proxy of versions 4, 4a and 5 that leads everything to one site without TLS. It logs targets and users.
    pub fn socks(site: Site, login: Option<(&'static str, &'static str)>) -> Self {
        Self::new(move |mut stream, log| {
            let version = byte(&mut stream)?;
            if version == 4 {
                let target = socks4_target(&mut stream)?;
                log.lock().unwrap().push(format!("4 {target}"));
                stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0])?;
                return answer(stream, &site, log);
            }
            let count = byte(&mut stream)?;
            let methods = take(&mut stream, usize::from(count))?;
            if let Some((user, password)) = login {
                if !methods.contains(&2) {
                    return stream.write_all(&[5, 0xff]);
                }
                stream.write_all(&[5, 2])?;
                byte(&mut stream)?;
                let given = [text(&mut stream)?, text(&mut stream)?];
                stream.write_all(&[1, u8::from(given != [user, password])])?;
            } else {
                stream.write_all(&[5, 0])?;
            }
            let kind = take(&mut stream, 4)?[3];
            let target = if kind == 3 {
                text(&mut stream)?
            } else {
                let ip = take(&mut stream, if kind == 1 { 4 } else { 16 })?;
                ip.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
            };
            let port = take(&mut stream, 2)?;
            let port = u16::from_be_bytes([port[0], port[1]]);
            log.lock().unwrap().push(format!("5 {target}:{port}"));
            stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
            answer(stream, &site, log)
        })
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

fn byte(stream: &mut TcpStream) -> std::io::Result<u8> {
    Ok(take(stream, 1)?[0])
}

fn take(stream: &mut TcpStream, count: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A text preceded by its length in one byte.
fn text(stream: &mut TcpStream) -> std::io::Result<String> {
    let length = byte(stream)?;
    let bytes = take(stream, usize::from(length))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The target of a SOCKS 4 or 4a request, after its version: `host:port`.
fn socks4_target(stream: &mut TcpStream) -> std::io::Result<String> {
    byte(stream)?;
    let port = u16::from_be_bytes([byte(stream)?, byte(stream)?]);
    let ip = take(stream, 4)?;
    let mut until_zero = || -> std::io::Result<String> {
        let mut text = String::new();
        loop {
            match byte(stream)? {
                0 => return Ok(text),
                c => text.push(c as char),
            }
        }
    };
    until_zero()?;
    let host = if ip[..3] == [0, 0, 0] {
        until_zero()?
    } else {
        ip.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
    };
    Ok(format!("{host}:{port}"))
}

/// The files of a site by name; anything else is not found.
#[derive(Clone, Default)]
pub struct Site {
    pub files: Arc<Vec<(String, Vec<u8>)>>,
    /// Where everything is redirected to, if so.
    pub moved_to: Option<String>,
}

impl Site {
    fn send(&self, out: &mut impl Write, path: &str) -> std::io::Result<()> {
        if let Some(place) = &self.moved_to
            && !path.contains("moved")
        {
            let name = path.rsplit('/').next().unwrap_or_default();
            return write!(
                out,
                "HTTP/1.1 302 Found\r\nLocation: {place}{name}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        let file = self.files.iter().find(|(name, _)| path.ends_with(&**name));
        match file {
            None => write!(
                out,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            ),
            Some((_, bytes)) => {
                write!(
                    out,
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    bytes.len()
                )?;
                out.write_all(bytes)
            }
        }?;
        out.flush()
    }
}

/// Answers one request.
fn answer(mut stream: impl Read + Write, site: &Site, log: &Log) -> std::io::Result<()> {
    let head = head(&mut stream)?;
    let first = head.lines().next().unwrap_or_default().to_owned();
    log.lock().unwrap().push(first.clone());
    site.send(&mut stream, first.split(' ').nth(1).unwrap_or_default())
}

/// The head of a request, byte for byte: what follows is left in the stream.
fn head(stream: &mut impl Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut reader = BufReader::with_capacity(1, stream);
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn shake_hands(
    mut stream: TcpStream,
    config: &Arc<ServerConfig>,
) -> std::io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let mut connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    connection.complete_io(&mut stream)?;
    Ok(StreamOwned::new(connection, stream))
}

/// A company's own authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, to be trusted.
    pub pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A server with these names and a certificate signed by this authority.
    pub fn server(&self, names: &[&str]) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        config(certificate.der().clone(), &key)
    }
}

/// A server with a self-signed certificate; also returns the certificate.
pub fn signed_by_itself(name: &str) -> (Arc<ServerConfig>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    (config(certificate.der().clone(), &key), certificate.pem())
}

fn config(
    certificate: rustls::pki_types::CertificateDer<'static>,
    key: &KeyPair,
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}
