//! The server browsers meet: routes, what surrounds them, and its end.

mod callback;
mod cookie;
mod fence;
mod pages;
mod serving;

use std::{
    collections::BTreeSet,
    fmt,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Router,
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::get,
};
use keystay::{Client, Clock, Cloud, Scopes};
use tokio::sync::Semaphore;

use super::{AppRole, Probe, PublicUrl, StateKey, state_key::Context};
use crate::tenants::{Tenants, TenantsError};

/// Consents that are followed at once. Most of the time each waits.
const FOLLOWED: usize = 64;

/// How customers are brought in.
#[derive(Clone, Debug)]
pub struct OnboardSettings {
    /// How the app is called on pages.
    pub app_name: String,
    /// The address by which browsers reach this server.
    pub public_url: PublicUrl,
    /// The application permissions without which the app is of no use to a customer.
    pub required: BTreeSet<AppRole>,
    /// What tokens are asked for: Microsoft Graph in the client's cloud, unless told otherwise.
    pub scopes: Scopes,
    /// A call with the real permission after each consent, if any. None unless told otherwise.
    pub probe: Option<Probe>,
    /// How long a browser may be on its way. 15 minutes unless told otherwise.
    pub attempt_life: Duration,
    /// How long permissions are waited for after a consent. 5 minutes unless told otherwise.
    pub patience: Duration,
}

impl OnboardSettings {
    /// What is needed; the rest as it usually is.
    pub fn new(client: &Client, app_name: &str, public_url: PublicUrl, required: BTreeSet<AppRole>) -> Self {
        Self {
            app_name: app_name.to_owned(),
            public_url,
            required,
            scopes: Self::scopes_of(client.cloud()),
            probe: None,
            attempt_life: Duration::from_secs(15 * 60),
            patience: Duration::from_secs(5 * 60),
        }
    }

    /// What tokens are asked for: Microsoft Graph in that cloud.
    pub fn scopes_of(cloud: &Cloud) -> Scopes {
        format!("{}/.default", cloud.graph()).parse().unwrap_or_else(|_| Scopes::graph())
    }
}

/// Brings customers in: the pages, and what follows them. Clones are the same server.
#[derive(Clone)]
pub struct Onboarding(Arc<Inner>);

struct Inner {
    settings: OnboardSettings,
    tenants: Tenants,
    client: Client,
    clock: Arc<dyn Clock>,
    key: StateKey,
    context: Context,
    following: Semaphore,
}

impl fmt::Debug for Onboarding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Onboarding").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Onboarding {
    /// A server that is not listening yet. `client` gets the tokens that prove a consent.
    pub fn new(
        settings: OnboardSettings,
        tenants: Tenants,
        client: Client,
        clock: Arc<dyn Clock>,
        key: StateKey,
    ) -> Self {
        let context = Context {
            app: client.app().to_string(),
            login_host: client.cloud().login_host().to_owned(),
            redirect_uri: settings.public_url.redirect_uri(),
        };
        let following = Semaphore::new(FOLLOWED);
        Self(Arc::new(Inner { settings, tenants, client, clock, key, context, following }))
    }

    /// Every route, with what guards it. [`serve`](Self::serve) puts it before a listener.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/join/{secret}", get(callback::join).post(callback::begin))
            .route("/consented", get(callback::arrive))
            .route("/done/{attempt}", get(callback::done))
            .route("/style.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], pages::STYLE)))
            .route("/healthz", get(async || "ok\n"))
            .fallback(async || pages::nothing_here())
            .method_not_allowed_fallback(async || {
                (StatusCode::METHOD_NOT_ALLOWED, pages::nothing_here()).into_response()
            })
            .layer(middleware::from_fn_with_state(self.clone(), fence::fence))
            .layer(middleware::from_fn_with_state(self.clone(), fence::seal))
            .with_state(self.clone())
    }

    /// Goes on with attempts that were spent when the last process ended. Must be called within a tokio runtime.
    pub async fn resume(&self) -> Result<usize, TenantsError> {
        let attempts = self.with_tenants(Tenants::unfinished).await?;
        let count = attempts.len();
        for attempt in attempts {
            let onboarding = self.clone();
            tokio::spawn(async move { onboarding.follow(attempt).await });
        }
        Ok(count)
    }

    pub(super) fn settings(&self) -> &OnboardSettings {
        &self.0.settings
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    pub(super) fn following(&self) -> &Semaphore {
        &self.0.following
    }

    fn key(&self) -> &StateKey {
        &self.0.key
    }

    fn context(&self) -> &Context {
        &self.0.context
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        let since = self.0.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// Work on the database, off the threads that serve browsers.
    pub(super) async fn with_tenants<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tenants) -> Result<T, TenantsError> + Send + 'static,
    ) -> Result<T, TenantsError> {
        let tenants = self.0.tenants.clone();
        let path = tenants.path().to_owned();
        let done = tokio::task::spawn_blocking(move || work(&tenants)).await;
        done.unwrap_or_else(|error| Err(TenantsError::Database { path, source: error.into() }))
    }
}
