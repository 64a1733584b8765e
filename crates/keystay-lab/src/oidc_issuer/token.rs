//! Tokens of an outside issuer, made to order.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{OidcIssuer, OidcIssuers};
use crate::{directory::TokenKeyError, ids::passing_id};

/// A token for an outside issuer to sign.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOidcToken {
    /// Who issues it.
    pub issuer: OidcIssuer,
    /// Whom it is about (`sub`), for example `repo:harbor/insights:ref:refs/heads/main`.
    pub subject: String,
    /// For whom it is (`aud`).
    #[serde(default = "token_exchange")]
    pub audience: String,
    /// How long it lives from now, in seconds.
    #[serde(default = "ten_minutes")]
    pub lifetime_seconds: u32,
    /// Further claims. They win over those above, so that a wrong token can be ordered as well.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
}

impl NewOidcToken {
    /// A token for Entra's token exchange that lives for ten minutes.
    pub fn new(issuer: OidcIssuer, subject: impl Into<String>) -> Self {
        Self {
            issuer,
            subject: subject.into(),
            audience: token_exchange(),
            lifetime_seconds: ten_minutes(),
            claims: Map::new(),
        }
    }
}

fn token_exchange() -> String {
    "api://AzureADTokenExchange".to_owned()
}

fn ten_minutes() -> u32 {
    600
}

impl OidcIssuers {
    /// Signs a token. The first one of an issuer takes some tenths of a second of work.
    pub(crate) fn mint(&self, order: &NewOidcToken) -> Result<String, TokenKeyError> {
        let now = self.clock.unix();
        let expires = now + i64::from(order.lifetime_seconds);
        // A cluster writes its audience as a list, a build service as a text.
        let audience = match order.issuer {
            OidcIssuer::GitHubActions => json!(order.audience),
            OidcIssuer::Kubernetes => json!([order.audience]),
        };
        let standard = json!({
            "iss": order.issuer.url(),
            "sub": order.subject,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": expires,
            "jti": passing_id(),
        });
        let Value::Object(mut claims) = standard else { return Err(TokenKeyError) };
        claims.extend(order.claims.clone());
        self.key(order.issuer)?.sign(&claims)
    }
}
