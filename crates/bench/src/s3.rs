//! As much of S3 as a put needs, over TLS 1.3 on loopback. It keeps the last body, so that it can be compared.

use std::io::{self, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, ensure};
use rustls::{ServerConnection, StreamOwned};

use crate::certificates::Certificates;
use crate::http::{self, Head};
use crate::server::Server;

/// How much of a body is read at once.
const BUFFER_BYTES: usize = 64 * 1024;

const HEADERS: &str = "x-amz-id-2: bench\r\nx-amz-request-id: BENCH\r\nServer: AmazonS3\r\n\
                       ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n";

/// A body as it came.
#[derive(Debug)]
struct Put {
    body: Vec<u8>,
    is_aws_chunked: bool,
}

/// S3, as long as it is not dropped.
#[derive(Debug)]
pub struct S3 {
    server: Server,
    kept: Arc<Mutex<Kept>>,
}

/// What connections share.
#[derive(Debug, Default)]
struct Kept {
    last: Option<Put>,
    /// For the next body: fresh memory would cost the server a page fault each 4 KiB, and whoever waits for it.
    spare: Vec<u8>,
}

impl S3 {
    /// Begins.
    pub fn start(certificates: &Certificates) -> anyhow::Result<Self> {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (shared, config) = (Arc::clone(&kept), Arc::clone(&certificates.server));
        let server = Server::start(move |stream| {
            // How a connection ends is its client's to tell.
            let _ = serve(stream, &config, &shared);
        })?;
        Ok(Self { server, kept })
    }

    /// `AWS_ENDPOINT_URL_S3`. An address and not a name, so that every client asks for `/bucket/key`.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.server.address())
    }

    /// Takes the body that was put last.
    pub fn take(&self) -> anyhow::Result<Vec<u8>> {
        let put = lock(&self.kept).last.take();
        let put = put.context("nothing was put")?;
        if put.is_aws_chunked { http::of_aws_chunked(&put.body).context("the body's chunks") } else { Ok(put.body) }
    }

    /// Gives back what [`Self::take`] gave, for the next body.
    pub fn give_back(&self, body: Vec<u8>) {
        lock(&self.kept).spare = body;
    }

    /// That nothing was put.
    pub fn took_nothing(&self) -> anyhow::Result<()> {
        ensure!(self.take().is_err(), "something was put that nobody expected");
        Ok(())
    }
}

fn serve(stream: TcpStream, config: &Arc<rustls::ServerConfig>, kept: &Mutex<Kept>) -> io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut stream = BufReader::with_capacity(BUFFER_BYTES, StreamOwned::new(connection, stream));
    while let Some(head) = Head::read(&mut stream)? {
        if head.expects_continue() {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            stream.get_mut().flush()?;
        }
        let mut body = std::mem::take(&mut lock(kept).spare);
        head.read_body_into(&mut stream, &mut body)?;
        let put = Put { body, is_aws_chunked: head.is_aws_chunked() };
        if head.method != "PUT" {
            http::answer(stream.get_mut(), "405 Method Not Allowed", "", "")?;
            continue;
        }
        lock(kept).last = Some(put);
        http::answer(stream.get_mut(), "200 OK", HEADERS, "")?;
    }
    Ok(())
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    #[test]
    fn a_put_over_tls_is_kept_whatever_its_chunks() {
        let folder = std::env::temp_dir().join(format!("penstock-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let certificates = Certificates::make(&folder).unwrap();
        let s3 = S3::start(&certificates).unwrap();
        // The authority of this run is the last of the bundle.
        let all: Vec<_> = CertificateDer::pem_file_iter(&certificates.bundle).unwrap().collect();
        std::fs::remove_dir_all(&folder).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(all.into_iter().last().unwrap().unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13]);
        let config = Arc::new(config.unwrap().with_root_certificates(roots).with_no_client_auth());
        let connection = ClientConnection::new(config, ServerName::try_from("127.0.0.1").unwrap()).unwrap();
        let address = s3.endpoint().replace("https://", "");
        let stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
        let mut stream = BufReader::new(stream);

        assert!(s3.take().is_err());
        stream
            .get_mut()
            .write_all(b"PUT /b/k HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc")
            .unwrap();
        assert_eq!(Head::read(&mut stream).unwrap().unwrap().path, "100");
        let head = Head::read(&mut stream).unwrap().unwrap();
        assert!(head.path == "200" && head.header("etag").is_some());
        assert_eq!(s3.take().unwrap(), b"abc");
        let chunked =
            "PUT /b/k HTTP/1.1\r\nContent-Encoding: aws-chunked\r\nContent-Length: 15\r\n\r\n3\r\nabc\r\n0\r\n\r\n\r\n";
        stream.get_mut().write_all(chunked.as_bytes()).unwrap();
        assert_eq!(Head::read(&mut stream).unwrap().unwrap().path, "200");
        assert_eq!(s3.take().unwrap(), b"abc");
    }
}
