//! Token issuers outside Microsoft, as far as an application can trust them: a build service and a cluster.
//!
//! Entra reads their keys here; everybody else finds them where an issuer publishes them.

mod routes;
mod token;

use std::{collections::BTreeMap, fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub use token::NewOidcToken;

pub(crate) use routes::router;

use crate::{
    clock::LabClock,
    directory::{TokenKey, TokenKeyError},
};

/// An OpenID Connect issuer that the lab plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub enum OidcIssuer {
    /// GitHub Actions, at its real host name.
    #[serde(rename = "https://token.actions.githubusercontent.com")]
    GitHubActions,
    /// A Kubernetes cluster, under a name that can never exist elsewhere (RFC 6761, section 6.2).
    #[serde(rename = "https://oidc.cluster.test")]
    Kubernetes,
}

impl OidcIssuer {
    /// All issuers of the lab.
    pub const ALL: [Self; 2] = [Self::GitHubActions, Self::Kubernetes];

    /// What its tokens say in `iss`.
    pub fn url(self) -> &'static str {
        match self {
            Self::GitHubActions => "https://token.actions.githubusercontent.com",
            Self::Kubernetes => "https://oidc.cluster.test",
        }
    }

    /// The issuer that calls itself this, letter by letter.
    pub(crate) fn named(url: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|issuer| issuer.url() == url)
    }

    /// The issuer behind a host name in lower case.
    pub(crate) fn at(host: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|issuer| issuer.url().strip_prefix("https://") == Some(host))
    }

    fn jwks_path(self) -> &'static str {
        match self {
            Self::GitHubActions => "/.well-known/jwks",
            Self::Kubernetes => "/openid/v1/jwks",
        }
    }
}

/// The keys of the issuers. Each is made when it is first needed.
#[derive(Clone)]
pub(crate) struct OidcIssuers {
    keys: Arc<Mutex<BTreeMap<OidcIssuer, Arc<TokenKey>>>>,
    clock: LabClock,
}

impl OidcIssuers {
    pub(crate) fn new(clock: LabClock) -> Self {
        Self { keys: Arc::default(), clock }
    }

    /// The key of an issuer, made now if need be: that takes some tenths of a second of work.
    fn key(&self, issuer: OidcIssuer) -> Result<Arc<TokenKey>, TokenKeyError> {
        let mut keys = self.keys.lock();
        if let Some(key) = keys.get(&issuer) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(TokenKey::generate()?);
        keys.insert(issuer, Arc::clone(&key));
        Ok(key)
    }

    /// The key of an issuer that has signed something before, or published its key.
    pub(crate) fn known_key(&self, issuer: OidcIssuer) -> Option<Arc<TokenKey>> {
        self.keys.lock().get(&issuer).cloned()
    }

    /// The keys in PKCS#8, in base64.
    pub(crate) fn export(&self) -> BTreeMap<OidcIssuer, String> {
        self.keys.lock().iter().map(|(issuer, key)| (*issuer, BASE64_STANDARD.encode(key.pkcs8()))).collect()
    }

    /// Replaces the keys by exported ones.
    pub(crate) fn import(&self, saved: &BTreeMap<OidcIssuer, String>) -> Result<(), TokenKeyError> {
        let read = |text: &String| TokenKey::from_pkcs8(&BASE64_STANDARD.decode(text).map_err(|_| TokenKeyError)?);
        let keys: Result<_, _> = saved.iter().map(|(issuer, text)| Ok((*issuer, Arc::new(read(text)?)))).collect();
        *self.keys.lock() = keys?;
        Ok(())
    }
}

impl fmt::Debug for OidcIssuers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OidcIssuers").finish_non_exhaustive()
    }
}
