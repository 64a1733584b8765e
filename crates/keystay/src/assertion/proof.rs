//! The two ways an app proves itself: an assertion signed by its key, or a token of a federated identity.

use std::{sync::Arc, time::SystemTime};

use azure_core::credentials::TokenCredential;
use uuid::Uuid;

use super::{Assertion, AssertionGenerator};
use crate::{
    authority::{ClientId, Cloud, Tenant},
    error::{Error, ErrorKind},
    secret::{Secret, scrub},
};

/// Where assertions come from.
#[derive(Clone)]
pub(crate) enum Proof {
    /// Signed here, one per tenant: `aud` binds it to the tenant's endpoint.
    Key(Arc<AssertionGenerator>),
    /// A token for the token-exchange audience, the same for all tenants; the credential caches it.
    Federated { app: ClientId, identity: Arc<dyn TokenCredential> },
}

impl Proof {
    pub(crate) fn app(&self) -> ClientId {
        match self {
            Self::Key(generator) => generator.app(),
            Self::Federated { app, .. } => *app,
        }
    }

    /// An assertion for `tenant`, valid from `now`, which is Entra's time as far as known.
    pub(crate) async fn assertion(&self, cloud: &Cloud, tenant: &Tenant, now: SystemTime) -> Result<Assertion, Error> {
        match self {
            Self::Key(generator) => Ok(generator.generate(&cloud.token_endpoint(tenant), now).await?),
            Self::Federated { identity, .. } => {
                let token = identity
                    .get_token(&[cloud.token_exchange_scope()], None)
                    .await
                    .map_err(|error| ErrorKind::FederatedIdentity { detail: scrub(&error.to_string()) })?;
                Ok(Assertion {
                    jwt: Secret::new(token.token.secret().to_owned()),
                    id: Uuid::new_v4(),
                    expires_on: token.expires_on.into(),
                    dating: None,
                    epoch: 0,
                })
            }
        }
    }
}
