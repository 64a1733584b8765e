//! Entra: tokens, metadata and admin consent, as strict and as lax as the real service.

mod assertion;
mod authority;
mod claims;
mod claims_request;
mod client;
mod client_app;
mod code;
mod consent;
mod delegated;
mod device_code;
mod federated;
mod id_token;
mod issue;
mod metadata;
mod mtls;
mod page;
mod password;
mod person;
mod pkce;
mod prescribed;
mod refresh;
mod refusal;
mod request;
mod scope;
mod sign_in;
mod sign_out;
mod ticket;
mod token;
mod verify;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{
    clock::LabClock,
    directory::{Directory, PendingKey},
    oidc_issuer::OidcIssuers,
};

pub(crate) use assertion::verified_claims;
pub(crate) use claims::{seconds, text};
pub(crate) use issue::{Grant, Issued, Proof, Subject};
pub(crate) use prescribed::prescribed_refusal;
pub(crate) use request::Fields;
pub(crate) use scope::Audience;
pub(crate) use verify::{Verified, bound_to};

/// The token service: what signs and checks tokens for all of the lab. Clones are the same service.
#[derive(Clone, Debug)]
pub(crate) struct Entra {
    pub(crate) directory: Directory,
    pub(crate) clock: LabClock,
    pub(crate) key: PendingKey,
    /// Issuers outside Microsoft whose tokens applications may trust.
    pub(crate) issuers: OidcIssuers,
}

impl Entra {
    /// The routes of the login hosts.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token::handle))
            .route("/{tenant}/oauth2/token", post(token::handle))
            .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code::refuse))
            .route("/{tenant}/oauth2/devicecode", post(device_code::refuse))
            .route("/{tenant}/oauth2/v2.0/authorize", get(sign_in::show).post(sign_in::decide))
            .route("/{tenant}/oauth2/v2.0/logout", get(sign_out::handle).post(sign_out::handle))
            .route("/{tenant}/oauth2/logout", get(sign_out::handle).post(sign_out::handle))
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::openid_configuration))
            .route("/{tenant}/.well-known/openid-configuration", get(metadata::openid_configuration))
            .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys))
            .route("/{tenant}/discovery/keys", get(metadata::keys))
            .route("/common/discovery/instance", get(metadata::instance))
            .route("/common/userrealm/{user}", get(metadata::user_realm))
            .route("/{tenant}/v2.0/adminconsent", get(consent::show).post(consent::decide))
            .route("/{tenant}/adminconsent", get(consent::show).post(consent::decide))
            .with_state(self.clone())
    }

    /// The routes of the hosts for mutual TLS.
    pub(crate) fn mtls_router(&self) -> Router {
        Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token::handle))
            .route("/{tenant}/oauth2/token", post(token::handle))
            .with_state(self.clone())
    }
}
