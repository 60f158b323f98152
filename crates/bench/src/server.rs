//! A server on a free port of loopback: a thread a connection, until it is dropped.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;

/// A connection that says nothing for so long is given up, so that no thread outlives the run.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// Serves until it is dropped. Connections end with their clients.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    is_ended: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves each connection with `serve`, on a thread of its own. How a connection ends is its client's to notice.
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot get a port on loopback")?;
        let address = listener.local_addr().context("cannot tell the port")?;
        let is_ended = Arc::new(AtomicBool::new(false));
        let (ended, serve) = (Arc::clone(&is_ended), Arc::new(serve));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let is_set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(SILENCE_MAX)));
                if is_set.is_ok() {
                    let serve = Arc::clone(&serve);
                    std::thread::spawn(move || serve(stream));
                }
            }
        });
        Ok(Self { address, is_ended, listener: Some(thread) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_ended.store(true, Ordering::Relaxed);
        // It wakes up for a connection, and sees that it is to end.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.listener.take() {
            let _ = thread.join();
        }
    }
}
