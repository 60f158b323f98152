//! What the Runtime API hands out: one invocation after the other, each event received into the same buffer.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, response};
use http_body_util::BodyExt as _;
use lambda_runtime::{Config, Context};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient, build_request};

use crate::limits::{ERROR_CHARS_MAX, EVENT_BYTES_EXPECTED};

/// Names one attempt at an invocation. When it comes with an invocation it goes back with the answer, so that Lambda
/// can tell an answer from one that is too late.
pub(super) const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");

/// The invocations of an execution environment.
pub(super) struct Invocations<'a> {
    api: &'a PooledClient,
    config: Arc<Config>,
    /// Memory is taken where an event writes to it and not before, and kept: the next event needs as much.
    event: Vec<u8>,
}

/// One invocation, until the next is asked for.
pub(super) struct Invocation<'e> {
    context: Context,
    headers: HeaderMap,
    event: &'e [u8],
}

impl<'a> Invocations<'a> {
    /// Those that `api` hands out.
    pub(super) fn of(api: &'a PooledClient) -> Self {
        Self { api, config: Arc::new(Config::from_env()), event: Vec::with_capacity(EVENT_BYTES_EXPECTED) }
    }

    /// Waits for the next, for as long as there is none.
    pub(super) async fn next(&mut self) -> Result<Invocation<'_>, BoxError> {
        let headers = self.receive().await?;
        let request_id = required(&headers, &REQUEST_ID)?;
        // The context takes it for granted.
        required(&headers, &DEADLINE_MS)?;
        let context = Context::new(request_id, Arc::clone(&self.config), &headers).map_err(|error| {
            format!("the Runtime API hands out an invocation with a header that cannot be read: {error}")
        })?;
        Ok(Invocation { context, headers, event: &self.event })
    }

    /// Fills the buffer, and gives what came with the event.
    async fn receive(&mut self) -> Result<HeaderMap, BoxError> {
        loop {
            let request = build_request().uri("/2018-06-01/runtime/invocation/next").body(Body::empty())?;
            let (response::Parts { status, headers, .. }, mut body) = self.api.call(request).await?.into_parts();
            self.event.clear();
            // A piece is dropped before the next is read, so that the client can read that into the same memory.
            while let Some(frame) = body.frame().await {
                if let Some(piece) = frame?.data_ref() {
                    self.event.extend_from_slice(piece);
                }
            }
            match status {
                StatusCode::OK => return Ok(headers),
                // Of emulators that let nobody wait.
                StatusCode::NO_CONTENT => {}
                status => {
                    let said = String::from_utf8_lossy(&self.event);
                    let said: String = said.chars().take(ERROR_CHARS_MAX).collect();
                    return Err(format!("the Runtime API hands out no invocation: {status}: {said}").into());
                }
            }
        }
    }
}

impl Invocation<'_> {
    /// Names the invocation, and all attempts at it.
    pub(super) fn request_id(&self) -> &str {
        &self.context.request_id
    }

    /// When Lambda gives it up, in Unix milliseconds.
    pub(super) const fn deadline_ms(&self) -> u64 {
        self.context.deadline
    }

    /// Names this attempt, where Lambda says so.
    pub(super) fn id(&self) -> Option<&HeaderValue> {
        self.headers.get(INVOCATION_ID)
    }

    /// X-Ray's header, which goes on to what is called.
    pub(super) fn trace_id(&self) -> Option<HeaderValue> {
        self.headers.get(TRACE_ID).cloned()
    }

    /// The event, as it came.
    pub(super) const fn event(&self) -> &[u8] {
        self.event
    }
}

fn required<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, BoxError> {
    let value = headers.get(name).ok_or_else(|| format!("the Runtime API hands out an invocation without {name}"))?;
    Ok(value.to_str()?)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// A client of a Runtime API that gives these answers, one a request, and ends.
    fn api(answers: Vec<String>) -> (PooledClient, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                assert!(request.starts_with(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"));
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        (PooledClient::builder().with_endpoint(endpoint).build(), server)
    }

    fn invocations(api: &PooledClient) -> Invocations<'_> {
        Invocations { api, config: Arc::default(), event: Vec::with_capacity(4) }
    }

    fn answer(status: &str, headers: &str, event: &str) -> String {
        let length = event.len();
        format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{event}")
    }

    const KNOWN: &str = "Lambda-Runtime-Aws-Request-Id: one\r\nLambda-Runtime-Deadline-Ms: 1545084650987\r\n";

    #[tokio::test]
    async fn an_event_takes_the_place_of_the_one_before() {
        let more = format!("{KNOWN}Lambda-Runtime-Invocation-Id: first\r\nLambda-Runtime-Trace-Id: Root=1\r\n");
        let (long, short) = (answer("200 OK", &more, "[1,2,3]"), answer("200 OK", KNOWN, "{}"));
        let (api, server) = api(vec![answer("204 No Content", "", ""), long, short]);
        let mut invocations = invocations(&api);
        let first = invocations.next().await.unwrap();
        assert_eq!(
            (first.event(), first.request_id(), first.deadline_ms()),
            (&b"[1,2,3]"[..], "one", 1_545_084_650_987)
        );
        assert_eq!(first.id().unwrap(), "first");
        assert_eq!(first.trace_id().unwrap(), "Root=1");
        let second = invocations.next().await.unwrap();
        assert_eq!((second.event(), second.id(), second.trace_id()), (&b"{}"[..], None, None));
        server.join().unwrap();
    }

    #[tokio::test]
    async fn what_is_no_invocation_is_an_error_in_words() {
        let cut = answer("200 OK", KNOWN, "{}").replace("Length: 2", "Length: 3");
        for (answer, words) in [
            (
                answer("500 Internal Server Error", KNOWN, "{}"),
                "hands out no invocation: 500 Internal Server Error: {}",
            ),
            (answer("200 OK", "Lambda-Runtime-Deadline-Ms: 1\r\n", ""), "without lambda-runtime-aws-request-id"),
            (answer("200 OK", "Lambda-Runtime-Aws-Request-Id: one\r\n", ""), "without lambda-runtime-deadline-ms"),
            (
                answer("200 OK", &KNOWN.replace("1545084650987", "soon"), ""),
                "a header that cannot be read: invalid digit found in string",
            ),
            (cut, "error reading a body from connection"),
        ] {
            let (api, server) = api(vec![answer]);
            let error = invocations(&api).next().await.err().expect("an error").to_string();
            assert!(error.contains(words), "{error}");
            server.join().unwrap();
        }
    }
}
