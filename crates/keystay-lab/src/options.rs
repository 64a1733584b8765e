//! How a lab is started.

use std::path::PathBuf;

use crate::{latency::Latency, managed_identity::ManagedIdentitySource, network::Limits, state::LabState};

/// How a lab is started. The default is a seeded world on any free port, without latency.
#[derive(Clone, Debug, Default)]
pub struct LabOptions {
    pub(crate) port: Option<u16>,
    pub(crate) seed: Option<u64>,
    pub(crate) ready_app: bool,
    pub(crate) latency: Latency,
    pub(crate) limits: Limits,
    pub(crate) managed_identity: ManagedIdentitySource,
    pub(crate) ca_dir: Option<PathBuf>,
    pub(crate) state: Option<LabState>,
}

impl LabOptions {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens on this port of 127.0.0.1 instead of any free one.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Makes a lab that can be repeated: with the same seed and the same sequence of requests, every id of a tenant, object,
    /// credential or version, every serial number and every fault by chance is the same. Private keys, client secrets and
    /// the host's identity secret are random all the same, and so are the ids of requests and tokens.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Seeds a multi-tenant application that both customers have consented to, so that work can start at once.
    pub fn with_ready_app(mut self, ready: bool) -> Self {
        self.ready_app = ready;
        self
    }

    /// Sets how long services take from the start.
    pub fn with_latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// Sets how much the lab takes from its callers.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Chooses the kind of host that programs believe to run on, App Service by default.
    /// [`environment`](crate::Lab::environment) shows it; the doors of the other kinds are open as well.
    pub fn with_managed_identity(mut self, source: ManagedIdentitySource) -> Self {
        self.managed_identity = source;
        self
    }

    /// Writes the CA certificate into this directory instead of a private temporary one.
    pub fn with_ca_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.ca_dir = Some(dir.into());
        self
    }

    /// Starts with a world that [`Lab::export`](crate::Lab::export) saved, instead of the seeded one.
    pub fn with_state(mut self, state: LabState) -> Self {
        self.state = Some(state);
        self
    }
}
