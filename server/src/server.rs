//! The accept loop, and what all connections share.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::config::{Config, Mount};
use crate::connection::Command;
use crate::doubles::Doubles;
use crate::endpoints::{self, Sink};
use crate::fault::FaultCounts;
use crate::mqtt::Broker;
use crate::policy::Policies;
use crate::records::Records;
use crate::registry::Registry;
use crate::rooms::Rooms;
use crate::rpc::Calls;
use crate::stream::FaultStream;
use crate::{api, files, limits};

/// Everything that connections share; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub registry: Arc<Registry>,
    pub policies: Arc<Policies>,
    pub fault_counts: Arc<FaultCounts>,
    pub doubles: Arc<Doubles>,
    pub sink: Arc<Sink>,
    pub calls: Arc<Calls>,
    pub rooms: Arc<Rooms>,
    pub mqtt: Arc<Mutex<Broker>>,
    pub mounts: Arc<[Mount]>,
}

/// A bound server. Clones are handles to the same one.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    /// Taken by `run`.
    listener: Mutex<Option<TcpListener>>,
    address: SocketAddr,
    app: App,
    /// One permit per living TCP connection.
    sockets: Arc<Semaphore>,
    max_sockets: u32,
    /// Where the records go at the stop.
    records: Option<PathBuf>,
    stopping: watch::Sender<bool>,
    stopped: watch::Sender<bool>,
}

impl Server {
    /// Takes the port; connections are answered once [`run`](Self::run) is polled.
    ///
    /// # Errors
    /// The address cannot be bound: it is taken, or not of this machine. Or the records cannot be read.
    pub async fn bind(config: Config) -> io::Result<Self> {
        let records = match &config.records {
            Some(path) => Records::read(path)?,
            None => Records::empty(),
        };
        let listener = listen(&config).await?;
        let address = listener.local_addr()?;
        let doubles = Doubles::from_records(&records.sessions);
        let app = App {
            registry: Arc::default(),
            policies: Arc::default(),
            fault_counts: Arc::default(),
            sink: Sink::new(Arc::clone(&doubles), records.sinks),
            calls: Calls::from_records(records.rpc),
            rooms: Rooms::new(Arc::clone(&doubles)),
            mqtt: Arc::default(),
            doubles,
            mounts: config.mounts.into(),
        };
        let inner = Inner {
            listener: Mutex::new(Some(listener)),
            address,
            app,
            sockets: Arc::new(Semaphore::new(config.max_sockets as usize)),
            max_sockets: config.max_sockets,
            records: config.records,
            stopping: watch::Sender::new(false),
            stopped: watch::Sender::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// Serves until [`stop`](Self::stop) is called and all connections have ended. A second call returns at once.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn run(&self) -> io::Result<()> {
        let Some(listener) = self.take_listener() else {
            return Ok(());
        };
        let router = self.router();
        let mut stopping = self.inner.stopping.subscribe();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopping.wait_for(|stopping| *stopping) => break,
            };
            match accepted {
                Ok((tcp, _)) => self.admit(tcp, &router),
                // Out of file descriptors, or a connection that died in the backlog: others may still come.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        drop(listener);
        self.close_all().await;
        let written = match &self.inner.records {
            Some(path) => Records::of(&self.inner.app).write(path),
            None => Ok(()),
        };
        self.inner.stopped.send_replace(true);
        written
    }

    /// Stops accepting, closes every WebSocket with 1001 and waits until `run` has ended (2 s at most).
    pub async fn stop(&self) {
        self.inner.stopping.send_replace(true);
        if self.take_listener().is_some() {
            // It never ran, so nobody else would say so.
            self.inner.stopped.send_replace(true);
        }
        let mut stopped = self.inner.stopped.subscribe();
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }

    fn take_listener(&self) -> Option<TcpListener> {
        self.inner
            .listener
            .lock()
            .expect("no panic while the listener is held")
            .take()
    }

    fn router(&self) -> Router {
        Router::new()
            .merge(endpoints::routes())
            .merge(api::routes())
            .fallback(get(files::serve))
            .with_state(self.inner.app.clone())
    }

    fn admit(&self, tcp: TcpStream, router: &Router) {
        let Ok(permit) = Arc::clone(&self.inner.sockets).try_acquire_owned() else {
            let _ = socket2::SockRef::from(&tcp).set_linger(Some(Duration::ZERO));
            return;
        };
        // Small frames must leave at once; a socket that refuses is already dead.
        let _ = tcp.set_nodelay(true);
        let serving = serve(tcp, permit, router.clone());
        let mut stopping = self.inner.stopping.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = serving => {}
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
        });
    }

    async fn close_all(&self) {
        for connection in self.inner.app.registry.open(None) {
            let going = Command::Close {
                code: 1001,
                reason: "server stopping".to_owned(),
            };
            if connection.switch.is_stalled() || !connection.order(going) {
                connection.kill();
            }
        }
        if !self.all_gone(limits::STOP_WAIT).await {
            for connection in self.inner.app.registry.open(None) {
                connection.kill();
            }
            self.all_gone(Duration::from_millis(500)).await;
        }
    }

    async fn all_gone(&self, time: Duration) -> bool {
        let all = self.inner.sockets.acquire_many(self.inner.max_sockets);
        tokio::time::timeout(time, all).await.is_ok()
    }
}

async fn listen(config: &Config) -> io::Result<TcpListener> {
    let place = (config.host, config.port);
    TcpListener::bind(place).await.map_err(|error| {
        let (host, port) = place;
        let message =
            format!("cannot listen on {host}:{port}: {error}; choose another --host or --port");
        io::Error::new(error.kind(), message)
    })
}

/// Speaks HTTP/1.1 on one TCP connection until it ends or is upgraded.
async fn serve(tcp: TcpStream, permit: OwnedSemaphorePermit, router: Router) {
    let stream = FaultStream::new(tcp, permit);
    let switch = stream.switch();
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&switch));
        router.call(request)
    });
    // An error means that the peer left or a fault struck: both are the daily business of this server.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_WAIT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}
