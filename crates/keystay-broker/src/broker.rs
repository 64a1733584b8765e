//! The service as a whole: started, reconfigured, stopped.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};

use crate::{
    admin::{ADMIN_SOCKET_MODE, Admin, Listening, scrape},
    config::Config,
    dashboard::{Dashboard, Entrance, Place},
    desk::Desk,
    doors::{self, Shared},
    guard::Hosts,
    identity::Surroundings,
    journal::Journal,
    listen::{Certificates, LoopbackListener, Serving, SocketListener, TlsError, TlsListener, TlsSettings},
    reload::{Reload, ReloadError, Reloaded, Reloading},
    telemetry::Exporting,
};

/// A running broker. Dropping it closes its doors at once; [`stop`](Self::stop) lets requests under way end first.
#[derive(Debug)]
pub struct Broker {
    desk: Arc<Desk>,
    reload: Arc<Reload>,
    loopback: Option<SocketAddr>,
    tls: Option<SocketAddr>,
    dashboard: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    listeners: JoinSet<()>,
    serving: Serving,
    exporting: Option<Exporting>,
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The audit log cannot be opened.
    #[error("the audit log `{}` cannot be opened", path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no TLS.
    #[error("`[listen.tls]` cannot work: {0}")]
    Tls(#[from] TlsError),
    /// It cannot listen there.
    #[error("cannot listen on `{place}`")]
    Listen {
        /// The socket or the address.
        place: String,
        /// What the system said.
        source: io::Error,
    },
}

/// How long requests under way may take when the broker stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Everybody may connect to the socket; the policy decides who gets what.
const SOCKET_MODE: u32 = 0o666;

impl Broker {
    /// Opens the doors. Asks nobody: identities are connected when they are first needed.
    pub async fn start(config: &Config, around: Surroundings) -> Result<Self, StartError> {
        let journal = Journal::open(config.audit.clone(), around.clock.clone())
            .map_err(|source| StartError::Audit { path: config.audit.clone().unwrap_or_default(), source })?;
        let desk = Arc::new(Desk::new(config, around, journal));
        let (stop, stopped) = watch::channel(false);
        let failed = |place: String| move |source| StartError::Listen { place, source };

        let loopback = match config.listen.loopback {
            Some(address) => {
                let failed = failed(address.to_string());
                let listener = LoopbackListener::bind(address).await.map_err(failed)?;
                Some(listener)
            }
            None => None,
        };
        let address = loopback.as_ref().and_then(|listener| listener.address().ok());
        let tls = match &config.listen.tls {
            Some(settings) => {
                let certificates = Certificates::new(settings, desk.clock().clone())?;
                let failed = failed(settings.address.to_string());
                Some(TlsListener::bind(settings.address, certificates).await.map_err(failed)?)
            }
            None => None,
        };
        let tls_address = tls.as_ref().and_then(|listener| listener.address().ok());
        let hosts = hosts(address, config.listen.tls.as_ref().zip(tls_address));
        let router = doors::all().open(Shared { desk: desk.clone(), loopback: address }, hosts);
        let serving = Serving::new(router, desk.strangers().clone(), config.limits.request, stopped.clone());
        let mut listeners = JoinSet::new();
        listeners.spawn(tell(desk.clone(), serving.clone()));
        let mut open = Vec::new();
        if let Some(listener) = loopback {
            let task = listeners.spawn(listener.run(serving.clone()));
            open.push(Listening {
                kind: "loopback",
                place: address.map(|at| at.to_string()).unwrap_or_default(),
                task,
            });
        }
        let certificates = tls.as_ref().map(TlsListener::certificates);
        if let Some(listener) = tls {
            let task = listeners.spawn(listener.run(serving.clone()));
            let place = tls_address.map(|at| at.to_string()).unwrap_or_default();
            open.push(Listening { kind: "tls", place, task });
        }
        if let Some(path) = &config.listen.socket {
            let listener = SocketListener::bind(path, SOCKET_MODE).map_err(failed(path.display().to_string()))?;
            let task = listeners.spawn(listener.run(serving.clone()));
            open.push(Listening { kind: "socket", place: path.display().to_string(), task });
        }
        let metrics = match config.listen.metrics {
            Some(address) => {
                let failed = |source| StartError::Listen { place: address.to_string(), source };
                let listener = LoopbackListener::bind(address).await.map_err(failed)?;
                let address = listener.address().map_err(failed)?;
                let router = scrape::router(desk.clone(), address);
                let (strangers, patience) = (desk.strangers().clone(), config.limits.request);
                let task = listeners.spawn(listener.run(Serving::new(router, strangers, patience, stopped.clone())));
                open.push(Listening { kind: "metrics", place: address.to_string(), task });
                Some(address)
            }
            None => None,
        };
        let reload = Arc::new(Reload::new(desk.clone(), config, certificates));
        let dashboard = match config.listen.dashboard {
            Some(address) => {
                let place = address.to_string();
                let listener = LoopbackListener::bind(address).await.map_err(failed(place.clone()))?;
                let address = listener.address().map_err(failed(place))?;
                Some((listener, Place { address, entrance: Arc::new(Entrance::new(desk.clock().clone())) }))
            }
            None => None,
        };
        let admin = Admin {
            desk: desk.clone(),
            reload: reload.clone(),
            listeners: Arc::new(open),
            stop: stopped.clone(),
            started: desk.clock().now(),
            dashboard: dashboard.as_ref().map(|(_, place)| place.clone()),
        };
        let dashboard = dashboard.map(|(listener, place)| {
            let address = place.address;
            let router = Dashboard { admin: admin.clone(), place }.router();
            let (strangers, patience) = (desk.strangers().clone(), config.limits.request);
            listeners.spawn(listener.run(Serving::new(router, strangers, patience, stopped.clone())));
            address
        });
        if let Some(path) = &config.listen.admin {
            let listener = SocketListener::bind(path, ADMIN_SOCKET_MODE).map_err(failed(path.display().to_string()))?;
            // its places are its own: callers who take all of theirs shut nobody out here
            let (strangers, patience) = (desk.strangers().clone(), config.limits.request);
            listeners.spawn(listener.run(Serving::new(admin.router(), strangers, patience, stopped.clone())));
        }
        let exporting = desk.telemetry().map(|telemetry| Exporting::start(telemetry, &desk));
        Ok(Self {
            desk,
            reload,
            loopback: address,
            tls: tls_address,
            dashboard,
            metrics,
            stop,
            listeners,
            serving,
            exporting,
        })
    }

    /// The address of the TCP door.
    pub fn loopback(&self) -> Option<SocketAddr> {
        self.loopback
    }

    /// The address of the TLS door.
    pub fn tls(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// The address of the dashboard.
    pub fn dashboard(&self) -> Option<SocketAddr> {
        self.dashboard
    }

    /// The address where Prometheus finds the numbers.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Has `tell` hear when the configuration begins to be read again, whoever asked for that, and when that has ended.
    /// It is called in between, so it must not wait. Only the first one hears.
    pub fn when_reloading(&self, tell: impl Fn(Reloading) + Send + Sync + 'static) {
        self.reload.when_reloading(Box::new(tell));
    }

    /// Where all doors lead.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Reads the configuration file again and takes it, where it can work. The journal's file is opened anew.
    ///
    /// **Concurrency:** one at a time; it blocks for as long as a file is read.
    pub fn reload(&self) -> Result<Reloaded, ReloadError> {
        self.reload.again()
    }

    /// Takes another configuration; the journal's file is opened anew, and certificates are read again.
    pub fn reconfigure(&self, config: &Config) -> Result<Reloaded, ReloadError> {
        self.reload.take(config)
    }

    /// Takes no more connections, and waits until the requests under way have ended, 10 seconds at most; then telemetry has
    /// two more to send what is left.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.listeners.join_next().await.is_some() {}
        // requests that would go on as long as their callers do
        self.desk.leases().end_all();
        self.serving.drain(DRAIN).await;
        self.desk.journal().hand_over().await;
        if let Some(exporting) = self.exporting {
            exporting.finish().await;
        }
    }
}

/// Every second, how many were turned away whom no line told of.
async fn tell(desk: Arc<Desk>, serving: Serving) {
    const EVERY: Duration = Duration::from_secs(1);
    let mut stops = false;
    while !stops {
        tokio::select! {
            () = desk.clock().sleep(EVERY) => {}
            () = serving.stopped() => stops = true,
        }
        desk.strangers().tell();
    }
}

/// What a request over TCP may call this computer.
fn hosts(loopback: Option<SocketAddr>, tls: Option<(&TlsSettings, SocketAddr)>) -> Hosts {
    let loopback = loopback.into_iter().flat_map(|at| [at.to_string(), format!("localhost:{}", at.port())]);
    let tls = tls.into_iter().flat_map(|(settings, address)| settings.names(address));
    Hosts(loopback.chain(tls).collect())
}
