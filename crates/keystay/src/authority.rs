//! Clouds, tenants and the token endpoint they make together.

use std::{fmt, str::FromStr, sync::Arc};

use url::Url;
use uuid::Uuid;

/// The application (client) id of an app registration: a GUID.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ClientId(Uuid);

impl ClientId {
    /// The GUID.
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for ClientId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl FromStr for ClientId {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_guid(text).map(Self).ok_or_else(|| AuthorityError::ClientId { given: shorten(text) })
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A customer's directory, named by its GUID or by one of its verified domains.
///
/// Cheap to clone. Domains are kept in lower case. `common`, `organizations` and `consumers` are refused: an app-only
/// token belongs to exactly one tenant, and Entra answers AADSTS9001023 or, worse, uses the home tenant.
///
/// A domain and the GUID of the same tenant are two cache entries; use the GUID where you have both.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Tenant(TenantName);

#[derive(Clone, Eq, Hash, PartialEq)]
enum TenantName {
    Guid(Uuid),
    Domain(Arc<str>),
}

impl Tenant {
    /// The tenant's GUID, when it was named by it.
    pub fn as_uuid(&self) -> Option<Uuid> {
        match self.0 {
            TenantName::Guid(id) => Some(id),
            TenantName::Domain(_) => None,
        }
    }
}

impl From<Uuid> for Tenant {
    fn from(id: Uuid) -> Self {
        Self(TenantName::Guid(id))
    }
}

impl FromStr for Tenant {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        if let Some(id) = parse_guid(name) {
            return Ok(Self(TenantName::Guid(id)));
        }
        if ["common", "organizations", "consumers"].iter().any(|shared| name.eq_ignore_ascii_case(shared)) {
            return Err(AuthorityError::SharedTenant { given: name.to_ascii_lowercase() });
        }
        if is_domain(name) {
            return Ok(Self(TenantName::Domain(name.to_ascii_lowercase().into())));
        }
        Err(AuthorityError::Tenant { given: shorten(text) })
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            TenantName::Guid(id) => id.fmt(formatter),
            TenantName::Domain(domain) => domain.fmt(formatter),
        }
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tenant({self})")
    }
}

/// One of Microsoft's clouds, which share nothing: a tenant lives in exactly one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Cloud {
    /// Azure, worldwide.
    #[default]
    Public,
    /// Azure US Government.
    UsGovernment,
    /// Azure operated by 21Vianet in China.
    China,
    /// A login host that was configured explicitly: a cloud this version does not know, or a test service.
    Custom(LoginHost),
}

impl Cloud {
    /// The host that issues tokens, without scheme.
    pub fn login_host(&self) -> &str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
            Self::Custom(host) => &host.0,
        }
    }

    /// The audience of an identity token that is exchanged for an app's token (workload identity federation).
    pub fn token_exchange_scope(&self) -> &'static str {
        match self {
            Self::UsGovernment => "api://AzureADTokenExchangeUSGov/.default",
            Self::China => "api://AzureADTokenExchangeChina/.default",
            Self::Public | Self::Custom(_) => "api://AzureADTokenExchange/.default",
        }
    }

    /// The token endpoint of a tenant, which is the audience of its assertions.
    ///
    /// Composed, never discovered: see Microsoft identity platform, "OAuth 2.0 client credentials flow".
    pub fn token_endpoint(&self, tenant: &Tenant) -> String {
        format!("https://{}/{tenant}/oauth2/v2.0/token", self.login_host())
    }

    /// Microsoft Graph, without a slash at the end; the public one for a custom login host.
    pub fn graph(&self) -> &'static str {
        match self {
            Self::UsGovernment => "https://graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
            Self::Public | Self::Custom(_) => "https://graph.microsoft.com",
        }
    }

    /// Azure Resource Manager, without a slash at the end; the public one for a custom login host.
    pub fn resource_manager(&self) -> &'static str {
        match self {
            Self::UsGovernment => "https://management.usgovcloudapi.net",
            Self::China => "https://management.chinacloudapi.cn",
            Self::Public | Self::Custom(_) => "https://management.azure.com",
        }
    }

    /// The page on which an administrator of `tenant` consents to `app`.
    pub fn consent_page(&self, tenant: &Tenant, app: ClientId) -> String {
        format!("https://{}/{tenant}/adminconsent?client_id={app}", self.login_host())
    }
}

impl FromStr for Cloud {
    type Err = AuthorityError;

    /// `public`, `usgovernment` or `china`; a custom host only through [`LoginHost`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "public" => Ok(Self::Public),
            "usgovernment" | "us-government" => Ok(Self::UsGovernment),
            "china" => Ok(Self::China),
            _ => Err(AuthorityError::Cloud { given: shorten(text) }),
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Public => "public",
            Self::UsGovernment => "usgovernment",
            Self::China => "china",
            Self::Custom(host) => &host.0,
        })
    }
}

/// A login host outside the known clouds: host name and optional port, always https.
///
/// Assertions are sent there, so it comes from your configuration and never from a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoginHost(Arc<str>);

impl FromStr for LoginHost {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason| AuthorityError::LoginHost { given: shorten(text), reason };
        let url = Url::parse(text).map_err(|_| wrong("it is not a URL"))?;
        if url.scheme() != "https" {
            return Err(wrong("it must start with https://"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it must be a host without path, query or fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it must not hold a user name or password"));
        }
        match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => Ok(Self(format!("{host}:{port}").into())),
            (Some(host), None) => Ok(Self(host.into())),
            (None, _) => Err(wrong("it has no host")),
        }
    }
}

/// A name that cannot be an app, a tenant or a cloud.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Not a GUID.
    #[error("`{given}` is not a client id; expected the app's application (client) id, a GUID")]
    ClientId {
        /// What was given, shortened.
        given: String,
    },
    /// Neither GUID nor domain name.
    #[error("`{given}` is not a tenant; expected a tenant id (GUID) or a verified domain such as `contoso.com`")]
    Tenant {
        /// What was given, shortened.
        given: String,
    },
    /// One of the endpoints for any tenant.
    #[error(
        "`{given}` stands for many tenants; an app-only token belongs to exactly one, so name it by its id or domain"
    )]
    SharedTenant {
        /// What was given.
        given: String,
    },
    /// Not a known cloud.
    #[error("`{given}` is not a cloud; expected `public`, `usgovernment` or `china`")]
    Cloud {
        /// What was given, shortened.
        given: String,
    },
    /// Not usable as a login host.
    #[error("`{given}` cannot be used as login host: {reason}")]
    LoginHost {
        /// What was given, shortened.
        given: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// The hyphenated form only: `Uuid` also reads braces, URNs and plain hexadecimal, which Entra does not.
fn parse_guid(text: &str) -> Option<Uuid> {
    let text = text.trim();
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Letters, digits, hyphens and at least one dot: nothing that could move the path or the host of a URL.
fn is_domain(name: &str) -> bool {
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

/// Enough of a wrong value to recognise it, on one line.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_a_guid_or_a_domain_in_lower_case() {
        let guid: Tenant = " 72F988BF-86F1-41AF-91AB-2D7CD011DB47".parse().unwrap();
        assert_eq!(guid.to_string(), "72f988bf-86f1-41af-91ab-2d7cd011db47");
        let domain: Tenant = "Contoso.OnMicrosoft.com".parse().unwrap();
        assert_eq!(domain.to_string(), "contoso.onmicrosoft.com");
    }

    #[test]
    fn shared_endpoints_are_refused_with_the_reason() {
        for shared in ["common", "Organizations", "consumers"] {
            let error = shared.parse::<Tenant>().unwrap_err();
            assert!(error.to_string().contains("exactly one"), "{error}");
        }
    }

    #[test]
    fn names_that_would_move_the_url_are_not_tenants() {
        for name in
            ["", "contoso", "a/b.com", "evil.com#", "evil.com?x=", "..", "a..com", "-a.com", "a%2fb.com", "ü.com"]
        {
            assert!(name.parse::<Tenant>().is_err(), "{name}");
        }
    }

    #[test]
    fn each_cloud_has_its_own_endpoint() {
        let tenant: Tenant = "contoso.com".parse().unwrap();
        for (name, endpoint) in [
            ("public", "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token"),
            ("usgovernment", "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token"),
            ("china", "https://login.partner.microsoftonline.cn/contoso.com/oauth2/v2.0/token"),
        ] {
            assert_eq!(name.parse::<Cloud>().unwrap().token_endpoint(&tenant), endpoint);
        }
    }

    #[test]
    fn a_custom_login_host_is_https_and_nothing_but_a_host() {
        assert!("https://login.example.test:8443".parse::<LoginHost>().is_ok());
        for wrong in ["http://login.example.test", "https://a/b", "https://u:p@a", "https://a?x", "login.example.test"]
        {
            assert!(wrong.parse::<LoginHost>().is_err(), "{wrong}");
        }
    }
}
