//! The API on a listener: HTTP/1.1 and HTTP/2 without TLS, as SDKs speak to an endpoint on loopback.

use std::future::Future;
use std::io;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Kinesis, gate};

/// How long open connections may take to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait after a failed `accept`, such as one without a free file descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Kinesis {
    /// Serves the API until `shutdown`; returns at most 2 s after it.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let service = TowerToHyperService::new(gate::router(self));
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            // Ended connections give their memory back.
            while connections.try_join_next().is_some() {}
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            // Latency only: without it the connection works as well.
            let _ = stream.set_nodelay(true);
            let mut builder = Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new());
            builder.http2().timer(TokioTimer::new());
            let connection = builder.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
            let connection = graceful.watch(connection);
            // A client that goes away is no error of the server.
            connections.spawn(async move { drop(connection.await) });
        }
        drop(listener);
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
        Ok(())
    }
}
