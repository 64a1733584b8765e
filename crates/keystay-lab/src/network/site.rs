//! Which host names the lab plays.

use crate::oidc_issuer::OidcIssuer;

/// A service the lab plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// Microsoft Entra, in any cloud.
    Entra,
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
        if Cloud::of(host).is_some() {
            return Some(Self::Entra);
        }
        if OidcIssuer::at(host).is_some() {
            return Some(Self::OidcIssuer);
        }
        match host {
            "graph.microsoft.com" => Some(Self::Graph),
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
    /// The cloud a login host belongs to.
    pub(crate) fn of(host: &str) -> Option<Self> {
        match host {
            "login.microsoftonline.com" | "login.windows.net" | "login.microsoft.com" | "sts.windows.net" => {
                Some(Self::Public)
            }
            "login.microsoftonline.us" | "login.usgovcloudapi.net" => Some(Self::UsGovernment),
            "login.partner.microsoftonline.cn" | "login.chinacloudapi.cn" => Some(Self::China),
            _ => None,
        }
    }

    /// The login host its documents name.
    pub(crate) fn login_host(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_azure_are_played() {
        assert_eq!(Site::of("harborvault.vault.azure.net"), Some(Site::Vault));
        assert_eq!(Site::of("login.microsoftonline.us"), Some(Site::Entra));
        for other in
            ["vault.azure.net", "a.b.vault.azure.net", "x.vault.azure.net", "example.com", "notgraph.microsoft.com"]
        {
            assert_eq!(Site::of(other), None, "{other}");
        }
    }
}
