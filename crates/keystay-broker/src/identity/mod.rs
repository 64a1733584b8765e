//! Identities: named apps with their keys.

mod connect;
mod settings;
mod signing;

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use keystay::{Client, Exportability, Following, KeyError, KeyErrorKind, PinnedKey, SigningKey, Tenant};
use tokio::sync::Mutex;
use tracing::Instrument;

pub use connect::{ConnectError, Surroundings};
pub use settings::{IdentitySettings, Proof};

use self::signing::LedgeredKey;
use crate::{ledger::Ledger, limits::SignBudgets, name::IdentityName};

/// An app the broker gets tokens for. It is connected when it is first needed, and again until that succeeds: a vault
/// that is down when the broker starts takes nothing away from other identities.
pub struct Identity {
    name: IdentityName,
    settings: IdentitySettings,
    around: Surroundings,
    ledger: Arc<Ledger>,
    signs: Arc<SignBudgets>,
    connected: ArcSwapOption<Connected>,
    // one attempt at a time; holds the last failure
    attempt: Mutex<Option<Failure>>,
}

/// An identity whose key was found.
#[derive(Debug)]
pub struct Connected {
    /// Gets its tokens.
    pub client: Client,
    key: Source,
}

/// Where the key that proves it comes from.
#[derive(Debug)]
enum Source {
    Fixed(Option<Arc<dyn SigningKey>>),
    /// Whatever version its pin file names; followed until the connection is dropped.
    Pinned(PinnedKey, #[expect(dead_code, reason = "follows by being there")] Following),
}

struct Failure {
    error: Arc<ConnectError>,
    until: SystemTime,
}

/// How long a failure to connect is repeated instead of tried again.
const PAUSE: Duration = Duration::from_secs(5);

impl Identity {
    pub(crate) fn new(
        name: IdentityName,
        settings: IdentitySettings,
        around: Surroundings,
        ledger: Arc<Ledger>,
        signs: Arc<SignBudgets>,
    ) -> Self {
        Self { name, settings, around, ledger, signs, connected: ArcSwapOption::empty(), attempt: Mutex::new(None) }
    }

    /// What the configuration calls it.
    pub fn name(&self) -> &IdentityName {
        &self.name
    }

    /// What the configuration says about it.
    pub fn settings(&self) -> &IdentitySettings {
        &self.settings
    }

    /// The client and key, if they have been needed before.
    pub fn connected(&self) -> Option<Arc<Connected>> {
        self.connected.load_full()
    }

    /// The client and key. The first time, the vault is asked for the certificate; all who need it meanwhile wait for
    /// that one attempt.
    ///
    /// **Cancellation:** a dropped attempt is begun again by the next who waits.
    pub async fn connect(&self) -> Result<Arc<Connected>, Arc<ConnectError>> {
        if let Some(connected) = self.connected.load_full() {
            return Ok(connected);
        }
        let mut last = self.attempt.lock().await;
        if let Some(connected) = self.connected.load_full() {
            return Ok(connected);
        }
        let now = self.around.clock.now();
        if let Some(failure) = last.as_ref().filter(|failure| now < failure.until) {
            return Err(failure.error.clone());
        }
        let attempt = self.attempt().instrument(tracing::debug_span!("connect", "keystay.identity" = %self.name));
        match attempt.await {
            Ok(connected) => {
                let connected = Arc::new(connected);
                self.connected.store(Some(connected.clone()));
                *last = None;
                Ok(connected)
            }
            Err(error) => {
                let error = Arc::new(error);
                tracing::warn!(identity = %self.name, %error, "the identity is not available");
                *last = Some(Failure { error: error.clone(), until: self.around.clock.now() + PAUSE });
                Err(error)
            }
        }
    }

    /// Why it is not connected: the last failure, if there was one since it was last connected.
    pub fn last_failure(&self) -> Option<Arc<ConnectError>> {
        // while an attempt is under way, nobody knows
        let last = self.attempt.try_lock().ok()?;
        last.as_ref().map(|failure| failure.error.clone())
    }

    /// Forgets the tokens, refusals and assertions of a tenant, or of all. Returns how many tokens and refusals went.
    ///
    /// The key is not looked for again. Requests under way end with what they began with.
    pub fn forget(&self, tenant: Option<&Tenant>) -> usize {
        let Some(connected) = self.connected.load_full() else { return 0 };
        let before = connected.client.cached();
        if let Some(tenant) = tenant {
            connected.client.invalidate(tenant);
            return before.saturating_sub(connected.client.cached());
        }
        match self.emptied(&connected) {
            Ok(connected) => {
                self.connected.store(Some(Arc::new(connected)));
                before
            }
            Err(error) => {
                // the same settings and key made a client before
                tracing::warn!(identity = %self.name, %error, "its cache could not be cleared");
                0
            }
        }
    }

    /// The same connection with an empty cache.
    fn emptied(&self, connected: &Connected) -> Result<Connected, ConnectError> {
        match &connected.key {
            Source::Fixed(key) => {
                let client = self.settings.client(key.clone(), &self.around)?;
                Ok(Connected { client, key: Source::Fixed(key.clone()) })
            }
            Source::Pinned(pinned, _) => self.following(pinned.for_another_client()),
        }
    }

    fn following(&self, pinned: PinnedKey) -> Result<Connected, ConnectError> {
        let client = self.settings.client(Some(pinned.key()), &self.around)?;
        let following = pinned.follow(&client);
        Ok(Connected { client, key: Source::Pinned(pinned, following) })
    }

    async fn attempt(&self) -> Result<Connected, ConnectError> {
        let budget = self.settings.proof.vault().map(|vault| self.signs.of(&vault.to_string()));
        let (name, ledger) = (self.name.clone(), self.ledger.clone());
        let on_record = move |key: Arc<dyn SigningKey>| -> Arc<dyn SigningKey> {
            Arc::new(LedgeredKey::new(key, name.clone(), ledger.clone(), budget.clone()))
        };
        if let Proof::Certificate { vault: url, name, pin: Some(file) } = &self.settings.proof {
            let vault = self.settings.vault(url, &self.around)?;
            let (url, name, clock) = (url.clone(), name.clone(), self.around.clock.clone());
            let pinned = PinnedKey::open_with(file, clock, move |pin| {
                let (vault, on_record, ours) = (vault.clone(), on_record.clone(), pin.check_names(&url, &name));
                Box::pin(async move {
                    ours.map_err(|error| {
                        KeyError::new(pin.certificate.to_string(), KeyErrorKind::Invalid).with_detail(error.to_string())
                    })?;
                    Ok(on_record(Arc::new(pin.key(&vault).await?)))
                })
            })
            .await?;
            return self.following(pinned);
        }
        let key = self.settings.find_key(&self.around).await?.map(on_record);
        let client = self.settings.client(key.clone(), &self.around)?;
        Ok(Connected { client, key: Source::Fixed(key) })
    }
}

impl Connected {
    /// The key that proves it at this moment; none where a federated identity does.
    pub fn key(&self) -> Option<Arc<dyn SigningKey>> {
        match &self.key {
            Source::Fixed(key) => key.clone(),
            Source::Pinned(pinned, _) => Some(pinned.key()),
        }
    }

    /// Whether the private key could be copied away.
    pub fn exportability(&self) -> Exportability {
        self.key().map_or(Exportability::Unknown, |key| key.exportability())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// All identities by name.
pub type Identities = BTreeMap<IdentityName, Arc<Identity>>;
