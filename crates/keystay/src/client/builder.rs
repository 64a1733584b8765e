//! Configuration of a client, checked as a whole.

use std::{fmt, sync::Arc, time::Duration};

use azure_core::{credentials::TokenCredential, http::Transport};

use super::{Acquirer, Client, Inner};
use crate::{
    assertion::{AssertionGenerator, AssertionStore, Proof},
    authority::{ClientId, Cloud},
    cache::{Flights, TokenCache},
    clock::{Clock, SystemClock},
    exchange::Exchange,
    jitter::Jitter,
    key::{Exportability, SigningKey},
};

/// Tokens and refusals kept unless told otherwise: about 300 MB when all tokens are 2 KiB long.
const DEFAULT_CAPACITY: usize = 150_000;

/// Collects what a [`Client`] needs; [`build`](Self::build) names every mistake at once.
pub struct ClientBuilder {
    app: ClientId,
    key: Option<Arc<dyn SigningKey>>,
    identity: Option<Arc<dyn TokenCredential>>,
    cloud: Cloud,
    transport: Option<Transport>,
    clock: Arc<dyn Clock>,
    capacity: usize,
    signing: Signing,
    jitter: Jitter,
}

/// How assertions are signed, whichever key does it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signing {
    app: ClientId,
    rs256: bool,
    certificate_in_header: bool,
    refuse_exportable: bool,
    lifetime: Option<Duration>,
}

impl ClientBuilder {
    pub(super) fn new(app: ClientId) -> Self {
        Self {
            app,
            key: None,
            identity: None,
            cloud: Cloud::Public,
            transport: None,
            clock: Arc::new(SystemClock),
            capacity: DEFAULT_CAPACITY,
            signing: Signing {
                app,
                rs256: false,
                certificate_in_header: false,
                refuse_exportable: false,
                lifetime: None,
            },
            jitter: Jitter::random(),
        }
    }

    /// Proves the app by assertions this key signs.
    pub fn key(mut self, key: Arc<dyn SigningKey>) -> Self {
        self.key = Some(key);
        self
    }

    /// Proves the app by a federated identity instead: tokens of `identity` for the token-exchange audience, as a
    /// managed identity gives them. The app needs a federated credential that names it.
    pub fn federated_identity(mut self, identity: Arc<dyn TokenCredential>) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The cloud all tenants of this client live in; public unless told otherwise.
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = cloud;
        self
    }

    /// The connections to use. Pass the one the vault uses; the default makes new ones.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Another clock than the computer's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// At most so many tokens and refusals are kept; the least useful go first. 150,000 unless told otherwise.
    pub fn capacity(mut self, tokens: usize) -> Self {
        self.capacity = tokens;
        self
    }

    /// RS256 with `x5t` instead of PS256 with `x5t#S256`.
    pub fn rs256(mut self) -> Self {
        self.signing.rs256 = true;
        self
    }

    /// Sends the certificate in each assertion (`x5c`).
    pub fn certificate_in_header(mut self) -> Self {
        self.signing.certificate_in_header = true;
        self
    }

    /// Lifetime of assertions: 5 minutes unless told otherwise, cut to between 2 and 10 minutes.
    pub fn assertion_lifetime(mut self, lifetime: Duration) -> Self {
        self.signing.lifetime = Some(lifetime);
        self
    }

    /// Spreads refreshes and pauses by this seed instead of another one in every process: for tests that are repeated.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter = Jitter::seeded(seed);
        self
    }

    /// Refuses a key that could be copied away, or that is not known to stay.
    pub fn refuse_exportable_keys(mut self) -> Self {
        self.signing.refuse_exportable = true;
        self
    }

    /// The client, or everything that is wrong with this configuration. Asks nobody: no request is made.
    pub fn build(self) -> Result<Client, ClientError> {
        let mut mistakes = Vec::new();
        if self.capacity == 0 {
            mistakes.push("the capacity is zero: without a cache every call would sign".to_owned());
        }
        let proof = match (&self.key, &self.identity) {
            (Some(key), None) => self.signing.proof_by(key, self.clock.as_ref(), &mut mistakes),
            (None, Some(identity)) => Some(Proof::Federated { app: self.app, identity: identity.clone() }),
            (None, None) => {
                mistakes.push("neither a key nor a federated identity is set: the app cannot prove itself".to_owned());
                None
            }
            (Some(_), Some(_)) => {
                mistakes.push("both a key and a federated identity are set: choose one".to_owned());
                None
            }
        };
        match proof {
            Some(proof) if mistakes.is_empty() => Ok(self.assemble(proof)),
            _ => Err(ClientError { mistakes }),
        }
    }

    fn assemble(self, proof: Proof) -> Client {
        let Self { cloud, clock, .. } = self;
        let transport = self.transport.unwrap_or_default();
        Client(Arc::new(Inner {
            cache: Arc::new(TokenCache::new(self.capacity)),
            flights: Flights::default(),
            acquirer: Arc::new(Acquirer {
                assertions: AssertionStore::new(proof, cloud.clone(), clock.clone()),
                exchange: Exchange { cloud, transport, clock: clock.clone() },
                clock: clock.clone(),
                jitter: self.jitter,
            }),
            signing: self.signing,
            clock,
        }))
    }
}

impl Signing {
    /// The proof by another key, or what is wrong with the key.
    pub(super) fn replaced_by(&self, key: &Arc<dyn SigningKey>, clock: &dyn Clock) -> Result<Proof, ClientError> {
        let mut mistakes = Vec::new();
        match self.proof_by(key, clock, &mut mistakes) {
            Some(proof) if mistakes.is_empty() => Ok(proof),
            _ => Err(ClientError { mistakes }),
        }
    }

    fn proof_by(&self, key: &Arc<dyn SigningKey>, clock: &dyn Clock, mistakes: &mut Vec<String>) -> Option<Proof> {
        if self.refuse_exportable && key.exportability() != Exportability::NonExportable {
            mistakes.push(format!(
                "key `{}` is {}: make a new version with a policy that has `exportable: false`, and remove the old credential from the app",
                key.id(),
                match key.exportability() {
                    Exportability::Exportable => "exportable",
                    _ => "not known to be non-exportable (name the certificate without a version, so its policy tells)",
                }
            ));
        }
        if key.certificate().remaining(clock.now()).is_zero() {
            mistakes.push(format!("the certificate of key `{}` has expired: rotate it", key.id()));
        }
        match AssertionGenerator::new(self.app, key.clone()) {
            Ok(mut generator) => {
                if self.rs256 {
                    generator = generator.with_rs256();
                }
                if self.certificate_in_header {
                    generator = generator.with_certificate_in_header();
                }
                if let Some(lifetime) = self.lifetime {
                    generator = generator.with_lifetime(lifetime);
                }
                Some(Proof::Key(Arc::new(generator)))
            }
            Err(error) => {
                mistakes.push(error.to_string());
                None
            }
        }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("app", &self.app)
            .field("cloud", &self.cloud)
            .field("key", &self.key.as_ref().map(|key| key.id()))
            .finish_non_exhaustive()
    }
}

/// Everything that is wrong with a client's configuration.
#[derive(Clone, Debug)]
pub struct ClientError {
    mistakes: Vec<String>,
}

impl ClientError {
    pub(super) fn new(mistake: &str) -> Self {
        Self { mistakes: vec![mistake.to_owned()] }
    }

    /// One sentence per mistake.
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the client cannot be built: {}", self.mistakes.join("; "))
    }
}

impl std::error::Error for ClientError {}
