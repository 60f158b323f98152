//! A Runtime API that keeps all it is told, and a bootstrap that speaks to it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::world::variables;

/// An invocation to hand out.
pub struct Given {
    pub request_id: &'static str,
    pub invocation_id: Option<&'static str>,
    /// Whether X-Ray's header comes with it: [`trace_id`].
    pub is_traced: bool,
    pub event: String,
    /// The status that its answer gets.
    pub status: u16,
}

/// X-Ray's header of an invocation.
pub fn trace_id(request_id: &str) -> String {
    format!("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0;Lineage={request_id}:0")
}

/// What the runtime posted.
#[derive(Debug, Clone)]
pub struct Told {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Serves until dropped.
pub struct RuntimeApi {
    address: String,
    told: Arc<Mutex<Vec<Told>>>,
    _tasks: JoinSet<()>,
}

impl RuntimeApi {
    /// Hands out `invocations`, one after the other, and then none.
    pub async fn serve(invocations: Vec<Given>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let told = Arc::default();
        let state = State { left: Arc::new(Mutex::new(invocations.into())), status: Arc::default(), told };
        let told = Arc::clone(&state.told);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let state = state.clone();
                let service = service_fn(move |request| {
                    let state = state.clone();
                    async move { Ok::<_, Infallible>(state.answer(request).await) }
                });
                let serve = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(async move { drop(serve.await) });
            }
        });
        Self { address, told, _tasks: tasks }
    }

    /// What was posted so far.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().expect("not poisoned").clone()
    }

    /// Starts a bootstrap that asks here; it is killed when dropped.
    pub fn start(&self, bootstrap: &Path, endpoint: &str, set: &[(&str, &str)]) -> Child {
        let lambda = [
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_ENDPOINT_URL_S3", endpoint),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_NAME", "clicks"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_RUNTIME_API", &self.address),
            ("AWS_REGION", "us-east-1"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let mut command = Command::new(bootstrap);
        command.env_clear().envs(lambda).envs(variables(set));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().expect("a process")
    }
}

#[derive(Clone)]
struct State {
    left: Arc<Mutex<VecDeque<Given>>>,
    status: Arc<Mutex<Option<u16>>>,
    told: Arc<Mutex<Vec<Told>>>,
}

impl State {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        if parts.method == Method::GET {
            return self.next().await;
        }
        let body = body.collect().await.expect("a whole body").to_bytes();
        let path = parts.uri.path().to_owned();
        self.told.lock().expect("not poisoned").push(Told { path, headers: parts.headers, body });
        let status = self.status.lock().expect("not poisoned").take().unwrap_or(202);
        let body = Full::new(Bytes::from_static(br#"{"status":"OK"}"#));
        Response::builder().status(status).body(body).expect("a response")
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let given = self.left.lock().expect("not poisoned").pop_front();
        let Some(given) = given else { return std::future::pending().await };
        *self.status.lock().expect("not poisoned") = Some(given.status);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let mut response = Response::builder()
            .header("lambda-runtime-aws-request-id", given.request_id)
            .header("lambda-runtime-deadline-ms", (now.as_millis() + 20_000).to_string())
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:clicks");
        if given.is_traced {
            response = response.header("lambda-runtime-trace-id", trace_id(given.request_id));
        }
        if let Some(invocation_id) = given.invocation_id {
            response = response.header("lambda-runtime-invocation-id", invocation_id);
        }
        response.body(Full::new(Bytes::from(given.event))).expect("a response")
    }
}
