//! Which host names the lab plays.

use crate::oidc_issuer::OidcIssuer;

/// Graph for tokens that are bound to a TLS key.
const GRAPH_MTLS: &str = "mtlstb.graph.microsoft.com";

/// A service the lab plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// Microsoft Entra, in any cloud.
    Entra,
    /// The token endpoint of Microsoft Entra for clients that prove themselves in the TLS handshake.
    EntraMtls,
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    Management,
    /// Key Vault or Managed HSM.
    Vault,
    /// An issuer of tokens outside Microsoft.
    OidcIssuer,
    /// The instance metadata service of the host, at its link-local address.
    Imds,
    /// The lab's own listener: managed identity and the control API.
    Loopback,
}

impl Site {
    /// The service behind a host name in lower case; `None` for a name the lab does not play.
    pub(crate) fn of(host: &str) -> Option<Self> {
        if let Some(cloud) = Cloud::of(host) {
            return Some(if cloud.is_mtls_host(host) { Self::EntraMtls } else { Self::Entra });
        }
        if OidcIssuer::at(host).is_some() {
            return Some(Self::OidcIssuer);
        }
        match host {
            "graph.microsoft.com" | GRAPH_MTLS => Some(Self::Graph),
            "management.azure.com" => Some(Self::Management),
            _ => {
                let name = host.strip_suffix(".vault.azure.net").or_else(|| host.strip_suffix(".managedhsm.azure.net"));
                name.is_some_and(is_vault_name).then_some(Self::Vault)
            }
        }
    }
}

/// The service behind a host that is asked in plain HTTP through the proxy, as no client asks any other.
pub(super) fn plain(host: &str) -> Option<Site> {
    (host == "169.254.169.254").then_some(Site::Imds)
}

/// Whether a host asks for the client's certificate in the TLS handshake.
pub(super) fn asks_for_certificate(host: &str) -> bool {
    host == GRAPH_MTLS || Site::of(host) == Some(Site::EntraMtls)
}

/// Vault names are 3 to 24 letters, digits and hyphens.
fn is_vault_name(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A cloud of Microsoft, told by its login hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cloud {
    Public,
    UsGovernment,
    China,
}

impl Cloud {
    pub(crate) const ALL: [Self; 3] = [Self::Public, Self::China, Self::UsGovernment];

    /// The cloud a login host belongs to, one for mutual TLS among them.
    pub(crate) fn of(host: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.login_hosts().contains(&host) || cloud.is_mtls_host(host))
    }

    /// The login hosts, which are names of the same service.
    pub(crate) fn login_hosts(self) -> &'static [&'static str] {
        match self {
            Self::Public => {
                &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
            }
            Self::UsGovernment => &["login.microsoftonline.us", "login.usgovcloudapi.net"],
            Self::China => &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        }
    }

    /// The login host its documents name.
    pub(crate) fn login_host(self) -> &'static str {
        self.login_hosts()[0]
    }

    /// The login host under which libraries keep what they got from any of them.
    pub(crate) fn cache_host(self) -> &'static str {
        if self == Self::Public { "login.windows.net" } else { self.login_host() }
    }

    /// The name of the cloud in metadata.
    pub(crate) fn instance_name(self) -> &'static str {
        match self {
            Self::Public => "microsoftonline.com",
            Self::UsGovernment => "microsoftonline.us",
            Self::China => "partner.microsoftonline.cn",
        }
    }

    /// The host at which a client proves itself in the TLS handshake.
    pub(crate) fn mtls_host(self) -> &'static str {
        match self {
            Self::Public => "mtlsauth.microsoft.com",
            Self::UsGovernment => "mtlsauth.microsoftonline.us",
            Self::China => "mtlsauth.partner.microsoftonline.cn",
        }
    }

    /// Whether this is the host for mutual TLS, or one of its regions.
    fn is_mtls_host(self, host: &str) -> bool {
        host.strip_suffix(self.mtls_host()).is_some_and(|front| {
            front.is_empty()
                || front
                    .strip_suffix('.')
                    .is_some_and(|region| !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_azure_are_played() {
        assert_eq!(Site::of("harborvault.vault.azure.net"), Some(Site::Vault));
        assert_eq!(Site::of("login.microsoftonline.us"), Some(Site::Entra));
        assert_eq!(Site::of("westeurope.mtlsauth.microsoft.com"), Some(Site::EntraMtls));
        assert_eq!(Site::of("a.b.mtlsauth.microsoft.com"), None);
        assert_eq!(Site::of("evilmtlsauth.microsoft.com"), None);
        for other in
            ["vault.azure.net", "a.b.vault.azure.net", "x.vault.azure.net", "example.com", "notgraph.microsoft.com"]
        {
            assert_eq!(Site::of(other), None, "{other}");
        }
    }
}
