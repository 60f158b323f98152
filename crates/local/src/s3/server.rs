//! The server: connections, signatures, and which bucket a host name means.

use std::time::Duration;
use std::{fmt, io};

use http::header::{CONNECTION, CONTENT_ENCODING, EXPECT};
use http::{HeaderMap, HeaderValue, Request, Version};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use s3s::auth::{S3Auth, SecretKey};
use s3s::host::{S3Host, VirtualHost};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::faults::PutFaults;
use super::owner::Owner;
use super::protocol::Protocol;
use super::store::FolderStore;

/// How long requests under way have when the server stops.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);
/// How long to wait when the system gives no connection, as when it has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Hosts whose subdomains are buckets. Every resolver has to send `*.localhost` to this machine (RFC 6761).
const BUCKET_DOMAINS: [&str; 2] = [".s3.localhost", ".localhost"];

/// The one pair of keys that requests must be signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key: String,
    secret_key: String,
    account_id: Option<String>,
}

impl Credentials {
    /// Any two texts; a client must use the same.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self { access_key: access_key.into(), secret_key: secret_key.into(), account_id: None }
    }

    /// The account that they belong to, and all buckets with them: a request that expects another owner is refused.
    /// Without an account the header is passed over.
    #[must_use]
    pub fn of_account(mut self, account_id: impl Into<String>) -> Self {
        self.account_id = Some(account_id.into());
        self
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// Serves S3 on `listener` until `shutdown` is ready; then takes no more connections, gives requests under way
/// 2 seconds, and returns when none of its tasks is left. Puts go wrong as `faults` has it.
///
/// Takes path-style requests on any host, and virtual-hosted ones on `BUCKET.localhost` and `BUCKET.s3.localhost`.
pub async fn serve(
    listener: TcpListener,
    store: FolderStore,
    credentials: Credentials,
    faults: Option<PutFaults>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let mut builder = S3ServiceBuilder::new(Protocol(store));
    if let Some(account_id) = credentials.account_id.clone() {
        builder.set_access(Owner(account_id));
    }
    builder.set_auth(OnePair(credentials));
    builder.set_host(LocalHost);
    let service = builder.build();
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Small answers should not wait for more to come.
                    let _ = stream.set_nodelay(true);
                    let (service, faults) = (service.clone(), faults.clone());
                    let watcher = graceful.watcher();
                    connections.spawn(async move { connection(stream, service, faults, watcher).await });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    let finished = tokio::time::timeout(SHUTDOWN_LIMIT, graceful.shutdown()).await;
    if finished.is_err() {
        connections.abort_all();
    }
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// Serves the requests of one connection.
///
/// Where a client expects a 100 and gets the final answer at once, because there is no body to ask for or because it is
/// not wanted, the connection ends with that answer: AWS CLI version 1 takes the early status for that of its next
/// request, and hangs.
async fn connection(
    stream: tokio::net::TcpStream,
    service: S3Service,
    faults: Option<PutFaults>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let builder = auto::Builder::new(TokioExecutor::new());
    let service = service_fn(move |mut request: Request<Incoming>| {
        join_content_encodings(request.headers_mut());
        let expects = request.version() < Version::HTTP_2 && request.headers().contains_key(EXPECT);
        let empty = request.body().is_end_stream();
        let (service, faults) = (service.clone(), faults.clone());
        let serve = async move |request| hyper::service::Service::call(&service, request).await;
        let answer = PutFaults::answer(faults, request, serve);
        async move {
            let mut response = answer.await?;
            if expects && (empty || !response.status().is_success()) {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, s3s::HttpError>(response)
        }
    });
    let served = builder.serve_connection(TokioIo::new(stream), service);
    // What breaks a connection is the client's to know; the store has nothing of what was not committed.
    let _ = watcher.watch(served.into_owned()).await;
}

/// The Rust SDK says `gzip` and `aws-chunked` in two headers, which means the same as one (RFC 9110, section 5.3);
/// `s3s` takes one.
fn join_content_encodings(headers: &mut HeaderMap) {
    let encodings: Vec<&[u8]> = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes).collect();
    if encodings.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&encodings.join(&b","[..]))
    {
        headers.insert(CONTENT_ENCODING, joined);
    }
}

struct OnePair(Credentials);

#[async_trait::async_trait]
impl S3Auth for OnePair {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.0.access_key {
            Ok(SecretKey::from(self.0.secret_key.as_str()))
        } else {
            Err(s3_error!(InvalidAccessKeyId, "the access key does not exist in our records"))
        }
    }
}

/// Buckets as subdomains of this machine; every other host is addressed path-style.
struct LocalHost;

impl S3Host for LocalHost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        let bucket = BUCKET_DOMAINS.iter().find_map(|domain| name.strip_suffix(domain));
        Ok(match bucket.filter(|bucket| s3s::path::check_bucket_name(bucket)) {
            Some(bucket) => VirtualHost::new(host).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}
