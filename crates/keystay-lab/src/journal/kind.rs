//! What a request is for.

use axum::http::Method;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{managed_identity::is_token_path, network::Site};

/// What a request is for, as far as a test wants to count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request to a token endpoint of Entra.
    Token,
    /// A signature by a vault.
    Sign,
    /// Reading a certificate of a vault.
    CertificateGet,
    /// Reading the public half of a key of a vault.
    KeyGet,
    /// Reading a secret of a vault: the way a private key leaves it.
    SecretGet,
    /// Reading users through Microsoft Graph.
    GraphUsers,
    /// A token from the managed identity endpoint.
    ManagedIdentity,
    /// Anything else.
    Other,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Token,
        Self::Sign,
        Self::CertificateGet,
        Self::KeyGet,
        Self::SecretGet,
        Self::GraphUsers,
        Self::ManagedIdentity,
        Self::Other,
    ];

    /// Its name in JSON and on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Sign => "sign",
            Self::CertificateGet => "certificate_get",
            Self::KeyGet => "key_get",
            Self::SecretGet => "secret_get",
            Self::GraphUsers => "graph_users",
            Self::ManagedIdentity => "managed_identity",
            Self::Other => "other",
        }
    }

    pub(crate) fn of(site: Site, method: &Method, path: &str) -> Self {
        let get = method == Method::GET;
        let post = method == Method::POST;
        let first = path.split('/').nth(1).unwrap_or_default();
        match site {
            Site::Entra | Site::EntraMtls
                if post && (path.ends_with("/oauth2/v2.0/token") || path.ends_with("/oauth2/token")) =>
            {
                Self::Token
            }
            Site::Graph if get && path.split(['/', '(']).filter(|part| !part.is_empty()).nth(1) == Some("users") => {
                Self::GraphUsers
            }
            Site::Vault if post && first == "keys" && path.ends_with("/sign") => Self::Sign,
            Site::Vault if get => match first {
                "certificates" => Self::CertificateGet,
                "keys" => Self::KeyGet,
                "secrets" => Self::SecretGet,
                _ => Self::Other,
            },
            Site::Loopback | Site::Imds if is_token_path(path) => Self::ManagedIdentity,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let of = Kind::of;
        assert_eq!(of(Site::Entra, &Method::POST, "/harbor.onmicrosoft.com/oauth2/v2.0/token"), Kind::Token);
        assert_eq!(of(Site::Entra, &Method::GET, "/harbor.onmicrosoft.com/oauth2/v2.0/token"), Kind::Other);
        assert_eq!(of(Site::Graph, &Method::GET, "/v1.0/users"), Kind::GraphUsers);
        assert_eq!(of(Site::Vault, &Method::POST, "/keys/harbor/1/sign"), Kind::Sign);
        assert_eq!(of(Site::Vault, &Method::GET, "/secrets/harbor"), Kind::SecretGet);
        assert_eq!(of(Site::Loopback, &Method::GET, "/msi/token"), Kind::ManagedIdentity);
        assert_eq!(of(Site::Loopback, &Method::POST, "/msi/cloud-shell"), Kind::ManagedIdentity);
        assert_eq!(of(Site::Imds, &Method::GET, "/metadata/identity/oauth2/token/"), Kind::ManagedIdentity);
        assert_eq!(of(Site::Loopback, &Method::GET, "/lab/journal"), Kind::Other);
    }

    #[test]
    fn a_kind_has_one_name() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn every_kind_has_its_own_counter() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }
}
