//! An S3 that answers as a test tells it, or hands the request on to one that stores.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What becomes of a put.
pub enum Reply {
    /// An error document of S3.
    Error(u16, &'static str),
    /// None, ever.
    Never,
    /// That of the bucket behind.
    Forward,
}

/// Serves until dropped.
pub struct StubS3 {
    pub endpoint: String,
    puts: Arc<Mutex<Vec<String>>>,
    traces: Arc<Mutex<Vec<Option<String>>>>,
    _tasks: JoinSet<()>,
}

type Decide = Arc<dyn Fn(usize, &str) -> Reply + Send + Sync>;

impl StubS3 {
    /// `decide` is asked with the number of the put, from 1, and its path. `behind` is the endpoint of the bucket that
    /// takes what is handed on.
    pub async fn serve(behind: &str, decide: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let (puts, traces) = (Arc::default(), Arc::default());
        let served = Served {
            behind: behind.trim_start_matches("http://").to_owned(),
            decide: Arc::new(decide),
            puts: Arc::clone(&puts),
            traces: Arc::clone(&traces),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(served.accept(listener));
        Self { endpoint, puts, traces, _tasks: tasks }
    }

    /// Paths of all puts so far, in order; the next count begins anew.
    pub fn take_puts(&self) -> Vec<String> {
        std::mem::take(&mut *self.puts.lock().expect("not poisoned"))
    }

    /// X-Ray's header of all puts so far, in order.
    pub fn traces(&self) -> Vec<Option<String>> {
        self.traces.lock().expect("not poisoned").clone()
    }
}

#[derive(Clone)]
struct Served {
    behind: String,
    decide: Decide,
    puts: Arc<Mutex<Vec<String>>>,
    traces: Arc<Mutex<Vec<Option<String>>>>,
}

impl Served {
    async fn accept(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let served = self.clone();
            let service = service_fn(move |request| {
                let served = served.clone();
                async move { Ok::<_, Infallible>(served.answer(request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            connections.spawn(async move { drop(connection.await) });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let path = parts.uri.path().to_owned();
        let trace = parts.headers.get("x-amzn-trace-id").map(|id| id.to_str().expect("text").to_owned());
        self.traces.lock().expect("not poisoned").push(trace);
        let number = {
            let mut puts = self.puts.lock().expect("not poisoned");
            puts.push(path.clone());
            puts.len()
        };
        match (self.decide)(number, &path) {
            Reply::Never => std::future::pending().await,
            Reply::Forward => self.forward(Request::from_parts(parts, Full::new(body))).await,
            Reply::Error(status, code) => {
                let document = format!("<Error><Code>{code}</Code><Message>as the test says</Message></Error>");
                Response::builder()
                    .status(status)
                    .header("content-type", "application/xml")
                    .body(Full::new(Bytes::from(document)))
                    .expect("a response")
            }
        }
    }

    /// Hands the request on as it is: it is signed with the host that it was sent to, and so are its headers.
    async fn forward(&self, mut request: Request<Full<Bytes>>) -> Response<Full<Bytes>> {
        request.headers_mut().remove("expect");
        let stream = TcpStream::connect(&self.behind).await.expect("a connection to the bucket");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a connection to the bucket");
        let mut driver = JoinSet::new();
        driver.spawn(async move { drop(connection.await) });
        let response = sender.send_request(request).await.expect("an answer of the bucket");
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, Full::new(body.collect().await.expect("a whole body").to_bytes()))
    }
}
