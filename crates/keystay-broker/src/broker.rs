//! The service as a whole: started, reconfigured, stopped.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};

use crate::{
    config::{Config, Listen},
    desk::Desk,
    doors::{self, Shared},
    guard::Hosts,
    identity::Surroundings,
    journal::Journal,
    listen::{LoopbackListener, Serving, SocketListener},
};

/// A running broker. Dropping it closes its doors at once; [`stop`](Self::stop) lets requests under way end first.
#[derive(Debug)]
pub struct Broker {
    desk: Arc<Desk>,
    listen: Listen,
    loopback: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    listeners: JoinSet<()>,
    serving: Serving,
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
        let router = doors::all().open(Shared { desk: desk.clone() }, hosts(address));
        let serving = Serving::new(router, desk.strangers().clone(), config.limits.request, stopped);
        let mut listeners = JoinSet::new();
        listeners.spawn(tell(desk.clone(), serving.clone()));
        if let Some(listener) = loopback {
            listeners.spawn(listener.run(serving.clone()));
        }
        if let Some(path) = &config.listen.socket {
            let listener = SocketListener::bind(path, SOCKET_MODE).map_err(failed(path.display().to_string()))?;
            listeners.spawn(listener.run(serving.clone()));
        }
        Ok(Self { desk, listen: config.listen.clone(), loopback: address, stop, listeners, serving })
    }

    /// The address of the TCP door.
    pub fn loopback(&self) -> Option<SocketAddr> {
        self.loopback
    }

    /// Where all doors lead.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Takes another configuration; the journal's file is opened anew. Returns whether the listeners would have to be
    /// other ones, which takes a restart.
    pub fn reconfigure(&self, config: &Config) -> io::Result<bool> {
        self.desk.reconfigure(config);
        self.desk.journal().reopen()?;
        Ok(config.listen != self.listen)
    }

    /// Takes no more connections, and waits until the requests under way have ended, 10 seconds at most.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.listeners.join_next().await.is_some() {}
        self.serving.drain(DRAIN).await;
        self.desk.journal().flush();
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
fn hosts(address: Option<SocketAddr>) -> Hosts {
    Hosts(address.map_or_else(Vec::new, |address| vec![address.to_string(), format!("localhost:{}", address.port())]))
}
