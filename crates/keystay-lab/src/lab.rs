//! A running lab.

use std::{
    fmt,
    net::Ipv4Addr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    authorization::Authorization,
    clock::LabClock,
    control::{Control, MOST_STATE_BYTES},
    directory::Directory,
    entra::Entra,
    environment::{self, CaFile},
    error::LabError,
    faults::Faults,
    graph::Graph,
    ids::{Ids, Place},
    journal::Journal,
    keyvault::{AuditLog, KeyMaterial, VaultHandle, Vaults},
    latency::LatencyDial,
    managed_identity::{ManagedIdentityDoors, ManagedIdentitySource},
    network::{CertificateAuthority, Front, Pipeline, Services, limited, limited_to, serve},
    oidc_issuer::{self, NewOidcToken, OidcIssuers},
    options::LabOptions,
    portal,
    resource_manager::ResourceManager,
    seed::{self, Seed, SeedKeys},
    state::LabState,
};

/// A local Azure that runs until it is dropped. Everything it shows is in memory and on the loopback interface.
pub struct Lab {
    pub(crate) port: u16,
    ca_pem: String,
    ca_file: CaFile,
    identity_secret: String,
    identity_source: ManagedIdentitySource,
    pub(crate) entra: Entra,
    pub(crate) vaults: Arc<Vaults>,
    pub(crate) seed: Seed,
    pub(crate) clock: LabClock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) latency: LatencyDial,
    /// Closes the listener and every connection when it goes.
    _running: watch::Sender<()>,
}

impl Lab {
    /// Starts a lab on the current tokio runtime. It is ready when this returns; the key that signs tokens may still be in the
    /// making, and what needs it before waits some tens of milliseconds.
    pub async fn start(options: LabOptions) -> Result<Self, LabError> {
        let clock = LabClock::new();
        let seed = Seed::new(options.ready_app);
        let saved_ids = options.state.as_ref().and_then(|state| state.ids);
        let ids = Ids::new(options.seed.or(saved_ids.map(Place::seed)));
        ids.resume(saved_ids);
        let issuers = OidcIssuers::new(clock.clone());
        let (world, key, inside) = if let Some(mut state) = options.state {
            let inside = Vaulted::Saved(state.vaults.take());
            clock.set(offset_to_moment(state.clock_offset_millis()));
            let key = state.token_key().map_err(|error| LabError::TokenKey(Box::new(error)))?;
            issuers.import(&state.issuer_keys).map_err(|error| LabError::TokenKey(Box::new(error)))?;
            (state.directory, key.into(), inside)
        } else {
            let certificates = if options.ready_app { seed::CERTIFICATES.len() } else { 0 };
            let SeedKeys { token, certificates } = SeedKeys::generate(certificates).await?;
            (seed::world(options.ready_app, clock.now().into(), &ids)?, token, Vaulted::Seeded(certificates))
        };
        let roles = Authorization::new(clock.clone());
        let directory = Directory::new(world, clock.clone(), ids.clone(), roles.clone());
        let entra = Entra { directory, clock: clock.clone(), key, issuers };
        let vaults = Vaults::new(clock.clone(), ids.clone(), Arc::new(entra.clone()), roles);
        match inside {
            Vaulted::Saved(saved) => vaults.import(saved)?,
            Vaulted::Seeded(keys) => {
                seed::furnish(&VaultHandle::new(vaults.clone()), &seed, &entra.directory, keys)?;
            }
        }

        let port = options.port.unwrap_or(0);
        let listen_error = |source| LabError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen_error)?;
        let port = listener.local_addr().map_err(listen_error)?.port();

        let authority = CertificateAuthority::new()?;
        let ca_pem = authority.pem().to_owned();
        let ca_file = CaFile::write(options.ca_dir.as_deref(), &ca_pem)?;
        let identity_secret = random_secret()?;
        let (journal, faults, latency) =
            (Journal::default(), Faults::new(ids.seed()), LatencyDial::new(options.latency));
        let control = Control {
            entra: entra.clone(),
            vaults: vaults.clone(),
            clock: clock.clone(),
            journal: journal.clone(),
            faults: faults.clone(),
            latency: latency.clone(),
            seed: seed.clone(),
            port,
        };
        let identity = ManagedIdentityDoors::new(entra.clone(), identity_secret.clone());
        let services = Services {
            entra: limited(entra.router()),
            entra_mtls: limited(entra.mtls_router()),
            graph: limited(Graph::new(entra.clone()).router()),
            management: limited(ResourceManager::new(entra.clone(), vaults.clone()).router()),
            vault: vaults.router(),
            oidc_issuers: limited(oidc_issuer::router(entra.issuers.clone())),
            imds: identity.clone().imds_router(),
            loopback: limited_to(
                portal::router(control.clone()).merge(control.router()).merge(identity.router()),
                MOST_STATE_BYTES,
            ),
        };
        let pipeline = Pipeline {
            services,
            key: entra.key.clone(),
            clock: clock.clone(),
            journal: journal.clone(),
            faults: faults.clone(),
            latency: latency.clone(),
            service_time: options.limits.service,
        };
        let (running, stop) = watch::channel(());
        tokio::spawn(serve(listener, Arc::new(Front { authority, pipeline, port, limits: options.limits }), stop));
        Ok(Self {
            port,
            ca_pem,
            ca_file,
            identity_secret,
            identity_source: options.managed_identity,
            entra,
            vaults,
            seed,
            clock,
            journal,
            faults,
            latency,
            _running: running,
        })
    }

    /// The environment variables with which a program meets the lab instead of Azure, and has the host's identity.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.environment_at(self.identity_source)
    }

    /// The same variables for a program that runs on another kind of host.
    pub fn environment_at(&self, source: ManagedIdentitySource) -> Vec<(String, String)> {
        environment::variables(self.port, self.ca_file.path(), source, &self.identity_secret)
    }

    /// The certificate to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The file that holds [`ca_pem`](Self::ca_pem); gone when the lab is.
    pub fn ca_file(&self) -> &Path {
        self.ca_file.path()
    }

    /// The proxy for HTTPS requests.
    pub fn proxy_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the control API is; the same listener.
    pub fn control_url(&self) -> String {
        self.proxy_url()
    }

    /// What the lab started with. Not meaningful for a lab started from a saved state of another world.
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The clock all services go by.
    pub fn clock(&self) -> &LabClock {
        &self.clock
    }

    /// The record of all requests.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The faults that happen to requests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// How long services take.
    pub fn latency(&self) -> &LatencyDial {
        &self.latency
    }

    /// The tenants and applications.
    pub fn directory(&self) -> &Directory {
        &self.entra.directory
    }

    /// The vaults.
    pub fn vaults(&self) -> VaultHandle {
        VaultHandle::new(self.vaults.clone())
    }

    /// The audit log of the vaults.
    pub fn audit(&self) -> AuditLog {
        self.vaults.audit.clone()
    }

    /// Has an issuer outside Microsoft sign a token. The first one of an issuer takes some tenths of a second of work.
    pub fn issue_oidc_token(&self, token: &NewOidcToken) -> Result<String, LabError> {
        self.entra.issuers.mint(token).map_err(|error| LabError::TokenKey(Box::new(error)))
    }

    /// Saves the world, to start another lab with.
    pub fn export(&self) -> Result<LabState, LabError> {
        LabState::of(&self.entra, &self.vaults)
    }
}

impl fmt::Debug for Lab {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lab").field("port", &self.port).field("ca_file", &self.ca_file).finish_non_exhaustive()
    }
}

/// What the vaults of a lab begin with.
enum Vaulted {
    /// What they held when the state was saved.
    Saved(serde_json::Value),
    /// The seed's certificates, of these keys.
    Seeded(Vec<Arc<KeyMaterial>>),
}

/// The lab's moment for a clock that is so many milliseconds ahead of the computer's.
fn offset_to_moment(millis: i64) -> SystemTime {
    let by = Duration::from_millis(millis.unsigned_abs());
    let now = SystemTime::now();
    let moved = if millis >= 0 { now.checked_add(by) } else { now.checked_sub(by) };
    moved.unwrap_or(UNIX_EPOCH)
}

/// 256 bits, as a text that fits into a header.
fn random_secret() -> Result<String, LabError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|error| LabError::TokenKey(Box::new(error)))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
