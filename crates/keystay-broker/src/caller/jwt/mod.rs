//! Callers that bring a token of an issuer the operator trusts: a service account of Kubernetes (RFC 7519, projected
//! into a file), a workload of SPIFFE (JWT-SVID).

mod check;
mod fault;
mod issuer;
mod keys;
mod settings;
mod source;
mod spent;

use std::{collections::BTreeMap, sync::Arc};

pub use fault::JwtFault;
pub use issuer::Issuer;
pub use settings::{IssuerSettings, JwtSubjects, KeySource};

use self::check::Head;
use crate::{identity::Surroundings, name::IssuerName};

/// What a token proves, once everything about it has been found right.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// Who vouches.
    pub issuer: IssuerName,
    /// For whom: `sub`.
    pub subject: String,
    /// Which token: `jti`.
    pub id: Option<String>,
    // seconds since 1970, as RFC 7519 section 2 writes them
    expires: f64,
    issued: Option<f64>,
}

/// All issuers the configuration trusts, by name. Cheap to share.
#[derive(Clone, Debug, Default)]
pub struct Issuers(BTreeMap<IssuerName, Arc<Issuer>>);

impl Issuers {
    /// These issuers. Those whose settings are the same as before keep their keys, and what they remember.
    pub(crate) fn new(
        settings: &BTreeMap<IssuerName, IssuerSettings>,
        around: &Surroundings,
        old: Option<&Self>,
    ) -> Self {
        let issuer = |(name, settings): (&IssuerName, &IssuerSettings)| {
            let kept = old.and_then(|old| old.0.get(name)).filter(|kept| kept.settings() == settings);
            let issuer = kept.cloned().unwrap_or_else(|| Arc::new(Issuer::new(name.clone(), settings.clone(), around)));
            (name.clone(), issuer)
        };
        Self(settings.iter().map(issuer).collect())
    }

    /// Whether a text is meant as a token. A caller's secret is base64url: it has no dots.
    pub fn could_be_token(text: &str) -> bool {
        text.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// What the token proves. Waits for the issuer's keys where those at hand are not the ones; no claim is believed
    /// before the signature was found right, except `iss`, which only chooses among the keys of the configuration.
    pub async fn verify(&self, token: &str) -> Result<Vouched, JwtFault> {
        let head = Head::read(token)?;
        let issuer = self.0.values().find(|issuer| issuer.settings().issuer == head.issuer);
        issuer.ok_or(JwtFault::Issuer)?.verify(token, &head).await
    }

    /// Marks the token as used, where its issuer's tokens are good for one use; refuses one that was used.
    pub fn spend(&self, vouched: &Vouched) -> Result<(), JwtFault> {
        self.0.get(&vouched.issuer).map_or(Ok(()), |issuer| issuer.spend(vouched))
    }
}
