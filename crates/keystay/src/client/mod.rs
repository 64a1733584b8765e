//! One app, many tenants.

mod acquire;
mod builder;

use std::{fmt, sync::Arc, time::Duration};

use tracing::field::Empty;

use crate::{
    assertion::Proof,
    authority::{ClientId, Cloud, Tenant},
    cache::{CacheKey, Flights, Holding, Slot, Token, TokenCache, Waiting},
    clock::{Clock, within},
    credential::TenantCredential,
    error::Error,
    key::SigningKey,
    scopes::Scopes,
    traced::traced,
};

use acquire::Acquirer;
use builder::Signing;
pub use builder::{ClientBuilder, ClientError};

/// Gets access tokens for one app in any number of tenants.
///
/// Cheap to clone; clones share cache, connections and assertions. Build one per app and keep it: everything it saves,
/// it saves by being shared. Must be used within a tokio runtime.
///
/// **Signs:** one per tenant and five minutes at most, only when a token is fetched. **Requests:** one per tenant and
/// scope, however many callers ask at once. **Cancellation:** dropping a future cancels nobody else.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use keystay::{Client, Scopes, Transport, Vault, VaultCredential, VaultKey};
///
/// let transport = Transport::default();
/// let credential = VaultCredential::ManagedIdentity { client_id: None }.connect(&transport)?;
/// let vault = Vault::new(&"https://contoso.vault.azure.net".parse()?, credential, transport.clone())?;
/// let key = Arc::new(VaultKey::from_certificate_name(&vault, "graph-signer").await?);
///
/// let client = Client::builder("6a2f1c0e-0b6c-4d0e-9b34-51f3a5d7c0aa".parse()?)
///     .key(key)
///     .refuse_exportable_keys()
///     .transport(transport)
///     .build()?;
/// let token = client.token(&"customer.example".parse()?, &Scopes::graph()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    cache: Arc<TokenCache>,
    flights: Flights,
    acquirer: Arc<Acquirer>,
    signing: Signing,
    clock: Arc<dyn Clock>,
}

/// How long a caller waits for a better token while the one at hand still works.
const PATIENCE_WITH_A_VALID_TOKEN: Duration = Duration::from_secs(10);

impl Client {
    /// Starts the configuration of a client for `app`.
    pub fn builder(app: ClientId) -> ClientBuilder {
        ClientBuilder::new(app)
    }

    /// A token for `tenant` and `scopes`, from the cache whenever it holds a good one.
    ///
    /// A token that grows old is refreshed in the background while it is handed out. One with less than 5 minutes left
    /// is replaced first; if that fails or takes long, it is handed out as long as it is valid. A refusal is repeated
    /// for some seconds without asking Entra again; [`invalidate`](Self::invalidate) ends that.
    pub async fn token(&self, tenant: &Tenant, scopes: &Scopes) -> Result<Token, Error> {
        let inner = &*self.0;
        let now = inner.clock.elapsed().as_secs();
        match inner.cache.get(tenant, scopes) {
            Some(Slot::Token(token)) if token.is_fresh(now) => Ok(token),
            Some(Slot::Token(token)) if !token.is_urgent(now) => {
                if token.claim_refresh(now) {
                    // nobody waits for it: the next caller finds the new token
                    let _ = self.fly(tenant, scopes, Some(&token));
                }
                Ok(token)
            }
            Some(Slot::Refused { error, until }) if now < until => Err(error),
            Some(Slot::Token(token)) if !token.remaining(now).is_zero() => {
                Box::pin(self.better_than(token, tenant, scopes, now)).await
            }
            _ => Box::pin(self.wait_for_new(tenant, scopes)).await,
        }
    }

    /// This client and `tenant` as a credential for any official Azure SDK client.
    pub fn for_tenant(&self, tenant: Tenant) -> Arc<TenantCredential> {
        Arc::new(TenantCredential::new(self.clone(), tenant))
    }

    /// Forgets everything about `tenant`: tokens, refusals, its assertion, requests under way.
    ///
    /// For a tenant that has just consented, was offboarded, or whose service rejects the token.
    pub fn invalidate(&self, tenant: &Tenant) {
        self.0.flights.forget(tenant);
        self.0.cache.forget(tenant);
        self.0.acquirer.forget(tenant);
    }

    /// Has another key sign from now on: the new version of a certificate, when the app's key is rotated.
    ///
    /// Key and certificate change together. Cached tokens stay; assertions of the old key are dropped, but one that is on
    /// its way may still be answered, so the old certificate stays registered for the longest life of an assertion (10
    /// minutes). A [`PinnedKey`](crate::PinnedKey) does this by itself.
    ///
    /// # Errors
    /// What [`ClientBuilder::build`] says about such a key, or that this client has no key; the old one goes on signing.
    pub fn replace_key(&self, key: &Arc<dyn SigningKey>) -> Result<(), ClientError> {
        let inner = &*self.0;
        if let Proof::Federated { .. } = inner.acquirer.assertions.proof() {
            return Err(ClientError::new("a federated identity proves this app: there is no key to replace"));
        }
        let proof = inner.signing.replaced_by(key, inner.clock.as_ref())?;
        inner.acquirer.assertions.replace(proof);
        Ok(())
    }

    /// How long a token of this client still works, whatever happened to the computer's clock since it was issued.
    pub fn remaining(&self, token: &Token) -> Duration {
        token.remaining_at(self.0.clock.elapsed())
    }

    /// The app this client gets tokens for.
    pub fn app(&self) -> ClientId {
        self.0.acquirer.app()
    }

    /// The cloud it asks.
    pub fn cloud(&self) -> &Cloud {
        self.0.acquirer.cloud()
    }

    /// How many tokens and remembered refusals are cached.
    pub fn cached(&self) -> usize {
        self.0.cache.len()
    }

    /// What is cached at this moment, in no order. For operators: it copies every entry, though not the tokens' text.
    pub fn holdings(&self) -> Vec<Holding> {
        self.0.cache.all()
    }

    async fn wait_for_new(&self, tenant: &Tenant, scopes: &Scopes) -> Result<Token, Error> {
        match self.fly(tenant, scopes, None) {
            Ok(waiting) => waiting.outcome().await,
            Err(outcome) => outcome,
        }
    }

    /// Less than 5 minutes left: a new token if one can be had soon, else the old one while it works.
    async fn better_than(&self, old: Token, tenant: &Tenant, scopes: &Scopes, now: u64) -> Result<Token, Error> {
        let under_way = self.0.flights.join(&CacheKey { tenant: tenant.clone(), scopes: scopes.clone() });
        let waiting = match under_way {
            Some(waiting) => waiting,
            // tried a moment ago, without success
            None if old.refresh_is_paused(now) => return Ok(old),
            None => match self.fly(tenant, scopes, Some(&old)) {
                Ok(waiting) => waiting,
                Err(outcome) => return outcome,
            },
        };
        let mut outcome = std::pin::pin!(waiting.outcome());
        let soon = within(self.0.clock.as_ref(), PATIENCE_WITH_A_VALID_TOKEN, &mut outcome).await;
        // it may have died meanwhile
        let is_dead = old.remaining(self.0.clock.elapsed().as_secs()).is_zero();
        match soon {
            Some(Ok(token)) => Ok(token),
            Some(Err(error)) if is_dead => Err(error),
            None if is_dead => outcome.await,
            Some(Err(_)) | None => Ok(old),
        }
    }

    /// Joins or starts the acquisition of a token that is better than `old`.
    fn fly(&self, tenant: &Tenant, scopes: &Scopes, old: Option<&Token>) -> Result<Waiting, Result<Token, Error>> {
        let inner = &self.0;
        let key = CacheKey { tenant: tenant.clone(), scopes: scopes.clone() };
        let look_again = || {
            let now = inner.clock.elapsed().as_secs();
            match inner.cache.get(tenant, scopes)? {
                Slot::Token(token) if token.is_fresh(now) => Some(Ok(token)),
                Slot::Token(token) if old.is_none() && !token.is_urgent(now) => Some(Ok(token)),
                Slot::Refused { error, until } if now < until => Some(Err(error)),
                _ => None,
            }
        };
        let acquire = || {
            let acquirer = inner.acquirer.clone();
            let (tenant, scopes) = (tenant.clone(), scopes.clone());
            // in a task of its own: the span is made here, so that it belongs to whoever started it
            let span = tracing::debug_span!("acquire", "error.type" = Empty);
            async move { traced(span, acquirer.acquire(&tenant, &scopes), Error::code).await }
        };
        let land = {
            let (cache, clock, key) = (inner.cache.clone(), inner.clock.clone(), key.clone());
            move |outcome: &Result<Token, Error>| match outcome {
                Ok(token) => cache.store(key, token.clone()),
                Err(error) => cache.remember(key, error, clock.elapsed().as_secs()),
            }
        };
        inner.flights.join_or_start(&key, look_again, acquire, land)
    }
}

/// Says who it is, and nothing of what others print about themselves: a transport may hold requests.
impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("app", &self.app())
            .field("cloud", self.cloud())
            .field("cached", &self.cached())
            .finish_non_exhaustive()
    }
}
