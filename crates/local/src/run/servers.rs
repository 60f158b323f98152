//! The two APIs on their ports, with their streams and buckets.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{ACCESS_KEY_ID, RunError, SECRET_ACCESS_KEY};
use crate::clock::Clock;
use crate::events::Events;
use crate::kinesis::Kinesis;
use crate::s3::{self, Credentials, FolderStore};
use crate::scenario::Scenario;

/// Puts that are spared at most before one goes wrong, where the scenario does not say.
const PUTS_SPARED_AT_MOST: u32 = 2;

/// Running servers. Dropping it ends them at once.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) kinesis: Kinesis,
    pub(super) store: FolderStore,
    pub(super) kinesis_endpoint: String,
    pub(super) s3_endpoint: String,
    tasks: JoinSet<io::Result<()>>,
    stop: watch::Sender<bool>,
}

impl Servers {
    /// Takes the ports, makes the folders, the streams and the buckets, and serves.
    pub(super) async fn start(scenario: &Scenario, clock: Clock, events: &Events) -> Result<Self, RunError> {
        let (kinesis_listener, kinesis_endpoint) = listen("KinesisPort", scenario.kinesis_port).await?;
        let (s3_listener, s3_endpoint) = listen("S3Port", scenario.s3_port).await?;
        if let Some(directory) = scenario.invocations_directory.clone() {
            folder("InvocationsDirectory", directory, |_| Ok(())).await?;
        }
        let opened = events.clone();
        let open = move |path: &Path| FolderStore::open(path, opened);
        let store = folder("DataDirectory", scenario.data_directory.clone(), open).await?;
        for name in &scenario.buckets {
            store.create_bucket(name).await.map_err(|source| RunError::Bucket { name: name.clone(), source })?;
        }
        let kinesis = Kinesis::new(&scenario.region, &scenario.account_id, clock);
        for stream in &scenario.streams {
            let created = kinesis.create_stream(&stream.stream_name, stream.shard_count, stream.retention_period_hours);
            created.await?;
        }

        let (stop, stopped) = watch::channel(false);
        let until_stopped = || {
            let mut stopped = stopped.clone();
            async move {
                // A sender that is gone means the same.
                let _ = stopped.wait_for(|stopped| *stopped).await;
            }
        };
        let mut tasks = JoinSet::new();
        let (served, until) = (kinesis.clone(), until_stopped());
        tasks.spawn(async move { served.serve(kinesis_listener, until).await });
        let credentials = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY).of_account(&scenario.account_id);
        let faults = scenario.faults.filter(|faults| faults.puts > 0);
        let faults = faults.map(|faults| {
            let spared_at_most = faults.puts_spared_at_most.unwrap_or(PUTS_SPARED_AT_MOST);
            s3::PutFaults::new(faults.seed, faults.puts, spared_at_most, events.clone())
        });
        tasks.spawn(s3::serve(s3_listener, store.clone(), credentials, faults, until_stopped()));
        Ok(Self { kinesis, store, kinesis_endpoint, s3_endpoint, tasks, stop })
    }

    /// Ends both; open connections get up to 2 s.
    pub(super) async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // How a server ended does not matter any more.
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn listen(field: &'static str, port: u16) -> Result<(TcpListener, String), RunError> {
    let refused = |source| RunError::Listen { field, port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, format!("http://{address}")))
}

/// Makes a folder, makes sure that it can be written to, and opens what is in it.
async fn folder<T: Send + 'static>(
    field: &'static str,
    path: PathBuf,
    open: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, RunError> {
    let opened = tokio::task::spawn_blocking(move || {
        let opened = std::fs::create_dir_all(&path)
            .and_then(|()| tempfile::tempfile_in(&path).map(drop))
            .and_then(|()| open(&path));
        opened.map_err(|source| RunError::Folder { field, path, source })
    });
    opened.await?
}
