//! Tokens no rule can allow, because they lead to the app's own credentials.

use std::{borrow::Cow, fmt};

use keystay::Tenant;
use serde::Serialize;

use super::Question;

/// What a token of the app itself could be used for, against the app.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Forbidden {
    /// The old directory API. It registers keys as Graph does, and its audience is the one of proofs for `addKey`.
    DirectoryApi,
    /// Microsoft Graph in the tenant where the app is registered: with it, a certificate of one's own can be
    /// registered ("application: addKey", Microsoft Graph).
    GraphAtHome,
    /// A vault: with the right roles, the caller could sign.
    Vault,
    /// The audience of federated credentials: such a token is an assertion of the app.
    TokenExchange,
}

impl Forbidden {
    /// Finds out whether the question is about such a token.
    pub fn find(question: &Question<'_>, home: Option<&Tenant>) -> Option<Self> {
        let resource = question.scopes.resource().trim_end_matches('/');
        let resource = if resource.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(resource.to_ascii_lowercase())
        } else {
            Cow::Borrowed(resource)
        };
        let host = resource.split_once("://").map_or(resource.as_ref(), |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or(host);
        if host == DIRECTORY_API_ID || DIRECTORY_API_HOSTS.contains(&host) {
            return Some(Self::DirectoryApi);
        }
        if host == VAULT_ID || VAULT_DOMAINS.iter().any(|domain| is_within(host, domain)) {
            return Some(Self::Vault);
        }
        if host.starts_with("azureadtokenexchange") {
            return Some(Self::TokenExchange);
        }
        if home == Some(question.tenant) && (host == GRAPH_ID || GRAPH_HOSTS.contains(&host)) {
            return Some(Self::GraphAtHome);
        }
        None
    }

    /// A stable name, for scripts, metrics and the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Self::DirectoryApi => "forbidden-directory-api",
            Self::GraphAtHome => "forbidden-graph-at-home",
            Self::Vault => "forbidden-vault",
            Self::TokenExchange => "forbidden-token-exchange",
        }
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DirectoryApi => {
                "tokens for the directory API could register another key for the app; the broker gives none out"
            }
            Self::GraphAtHome => {
                "tokens for Microsoft Graph in the app's home tenant could register another key for the app; the broker gives none out"
            }
            Self::Vault => "tokens for Key Vault could let the caller sign; the broker gives none out",
            Self::TokenExchange => "tokens for the token exchange are assertions of the app; the broker gives none out",
        })
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// "Windows Azure Active Directory", retired, still the audience of `addKey` proofs.
const DIRECTORY_API_ID: &str = "00000002-0000-0000-c000-000000000000";
const DIRECTORY_API_HOSTS: [&str; 3] = ["graph.windows.net", "graph.chinacloudapi.cn", "graph.microsoftazure.us"];
/// "Microsoft Graph".
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH_HOSTS: [&str; 4] =
    ["graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"];
/// "Azure Key Vault".
const VAULT_ID: &str = "cfa8b339-82a2-471a-a3c9-0fa0be7a4093";
const VAULT_DOMAINS: [&str; 6] = [
    "vault.azure.net",
    "vault.azure.cn",
    "vault.usgovcloudapi.net",
    "managedhsm.azure.net",
    "managedhsm.azure.cn",
    "managedhsm.usgovcloudapi.net",
];
