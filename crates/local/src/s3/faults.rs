//! Puts of objects that go wrong: which, and how. What is drawn depends on a seed and on how many puts came before.
//!
//! Only clients are hit: what the mapping itself stores does not pass here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use s3s::{Body, HttpError};

use crate::events::{Event, Events};
use crate::split_mix::SplitMix64;

/// How late an answer is that is slow.
const SLOW: Duration = Duration::from_millis(300);

/// What goes wrong with a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PutFault {
    InternalError,
    SlowDown,
    Conflict,
    /// It takes effect, and is answered late.
    Slow,
    /// The connection breaks before it takes effect.
    CutBefore,
    /// The connection breaks when it has taken effect.
    CutAfter,
    /// It takes effect, and is never answered. The client waits until it gives up.
    AnswerLost,
}

/// By turns; the last one costs whoever waits some seconds, so it is one of many.
const BY_TURNS: [PutFault; 12] = [
    PutFault::CutAfter,
    PutFault::SlowDown,
    PutFault::InternalError,
    PutFault::Conflict,
    PutFault::CutBefore,
    PutFault::CutAfter,
    PutFault::Slow,
    PutFault::InternalError,
    PutFault::SlowDown,
    PutFault::CutBefore,
    PutFault::CutAfter,
    PutFault::AnswerLost,
];

impl PutFault {
    const fn words(self) -> &'static str {
        match self {
            Self::InternalError => "500 InternalError",
            Self::SlowDown => "503 SlowDown",
            Self::Conflict => "409 ConditionalRequestConflict",
            Self::Slow => "it takes effect, and is answered late",
            Self::CutBefore => "the connection breaks before it takes effect",
            Self::CutAfter => "the connection breaks when it has taken effect",
            Self::AnswerLost => "it takes effect, and is never answered",
        }
    }

    fn refusal(self) -> Option<(StatusCode, &'static str)> {
        match self {
            Self::InternalError => Some((StatusCode::INTERNAL_SERVER_ERROR, "InternalError")),
            Self::SlowDown => Some((StatusCode::SERVICE_UNAVAILABLE, "SlowDown")),
            Self::Conflict => Some((StatusCode::CONFLICT, "ConditionalRequestConflict")),
            Self::Slow | Self::CutBefore | Self::CutAfter | Self::AnswerLost => None,
        }
    }
}

#[derive(Debug)]
struct Draws {
    numbers: SplitMix64,
    left: u32,
    drawn: u32,
    /// Puts that are spared before the next fault.
    spare: u64,
    spared_at_most: u32,
}

/// The faults of a server. Clones draw from the same.
#[derive(Debug, Clone)]
pub struct PutFaults {
    draws: Arc<Mutex<Draws>>,
    events: Events,
}

impl PutFaults {
    /// So many, drawn from a seed, with so many puts at most that are spared before each.
    pub fn new(seed: u64, count: u32, spared_at_most: u32, events: Events) -> Self {
        let mut draws = Draws { numbers: SplitMix64::new(seed), left: count, drawn: 0, spare: 0, spared_at_most };
        draws.spare();
        Self { draws: Arc::new(Mutex::new(draws)), events }
    }

    /// What goes wrong with this request, if anything.
    fn draw<B>(&self, request: &Request<B>) -> Option<PutFault> {
        let is_put = request.method() == Method::PUT
            && request.uri().query().is_none_or(|query| query.contains("x-id=PutObject"))
            && request.uri().path().trim_start_matches('/').contains('/');
        if !is_put {
            return None;
        }
        let fault = self.draws.lock().unwrap_or_else(PoisonError::into_inner).draw()?;
        let (nth, fault) = fault;
        self.events.emit(Event::FaultInjected { fault: format!("put fault {nth}: {}", fault.words()) });
        Some(fault)
    }

    /// Answers a request, with what goes wrong.
    pub(super) async fn answer<B>(
        faults: Option<Self>,
        request: Request<B>,
        serve: impl AsyncFnOnce(Request<B>) -> Result<Response<Body>, HttpError>,
    ) -> Result<Response<Body>, HttpError> {
        let Some(fault) = faults.and_then(|faults| faults.draw(&request)) else { return serve(request).await };
        let cut = || HttpError::new(fault.words().into());
        if let Some((status, code)) = fault.refusal() {
            let text = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>an injected \
                 fault</Message></Error>"
            );
            let response = Response::builder().status(status).header("content-type", "application/xml");
            return response.body(Body::from(text)).map_err(|error| HttpError::new(error.into()));
        }
        if fault == PutFault::CutBefore {
            return Err(cut());
        }
        let answer = serve(request).await;
        match fault {
            PutFault::Slow => tokio::time::sleep(SLOW).await,
            PutFault::AnswerLost => std::future::pending().await,
            _ => return Err(cut()),
        }
        answer
    }
}

impl Draws {
    fn draw(&mut self) -> Option<(u32, PutFault)> {
        if self.left == 0 {
            return None;
        }
        if self.spare > 0 {
            self.spare -= 1;
            return None;
        }
        self.left -= 1;
        self.drawn += 1;
        self.spare();
        let place = usize::try_from(self.numbers.next() % BY_TURNS.len() as u64).unwrap_or_default();
        Some((self.drawn, BY_TURNS[place]))
    }

    fn spare(&mut self) {
        self.spare = self.numbers.next() % (u64::from(self.spared_at_most) + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, uri: &str) -> Request<()> {
        Request::builder().method(method).uri(uri).body(()).unwrap()
    }

    #[test]
    fn only_puts_of_objects_are_hit_and_all_faults_come() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let faults = PutFaults::new(1, 200, 2, Events::to(move |event| told.lock().unwrap().push(event)));
        for (method, uri) in [
            (Method::GET, "/b/k"),
            (Method::PUT, "/b"),
            (Method::PUT, "/b/k?partNumber=1&uploadId=x"),
            (Method::DELETE, "/b/k"),
        ] {
            assert_eq!(faults.draw(&request(method, uri)), None, "{uri}");
        }
        let drawn: Vec<_> =
            (0..2_000).filter_map(|_| faults.draw(&request(Method::PUT, "/b/k?x-id=PutObject"))).collect();
        assert_eq!((drawn.len(), seen.lock().unwrap().len()), (200, 200), "as many as were asked for, and told");
        assert!(BY_TURNS.iter().all(|fault| drawn.contains(fault)));
        let again = PutFaults::new(1, 200, 2, Events::none());
        let put = request(Method::PUT, "/b/k");
        let second: Vec<_> = (0..2_000).filter_map(|_| again.draw(&put)).collect();
        assert_eq!(drawn, second, "the same seed, the same faults");
    }

    #[tokio::test(start_paused = true)]
    async fn each_fault_is_what_it_says() {
        for (fault, status, is_served) in [
            (PutFault::InternalError, Some(500), false),
            (PutFault::SlowDown, Some(503), false),
            (PutFault::Conflict, Some(409), false),
            (PutFault::Slow, Some(200), true),
            (PutFault::CutBefore, None, false),
            (PutFault::CutAfter, None, true),
        ] {
            let seed = (0..1_000).find(|seed| {
                let mut draws =
                    Draws { numbers: SplitMix64::new(*seed), left: 1, drawn: 0, spare: 0, spared_at_most: 0 };
                draws.spare();
                draws.draw() == Some((1, fault))
            });
            let faults = PutFaults::new(seed.unwrap(), 1, 0, Events::none());
            let mut served = false;
            let serve = async |_: Request<()>| {
                served = true;
                Ok(Response::new(Body::from(String::new())))
            };
            let answer = PutFaults::answer(Some(faults), request(Method::PUT, "/b/k"), serve).await;
            let code = answer.ok().map(|answer| answer.status().as_u16());
            assert_eq!((code, served), (status, is_served), "{fault:?}");
        }
    }
}
