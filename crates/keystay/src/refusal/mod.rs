//! What Entra said when it gave no token: understood, and put into words.

mod aadsts;
pub(crate) mod body;

use std::{fmt, time::Duration};

use crate::{
    authority::{ClientId, Cloud, Tenant},
    error::{Fault, Retry},
};

/// An error answer of the token endpoint.
///
/// Keeps all codes and ids a support case needs. Decide on [`kind`](Self::kind); the AADSTS codes are hints, which
/// Microsoft may change ("Microsoft Entra authentication and authorization error codes").
#[derive(Clone, Debug)]
pub struct Refusal {
    kind: RefusalKind,
    tenant: Tenant,
    app: ClientId,
    cloud: Cloud,
    status: u16,
    error: String,
    codes: Vec<u32>,
    description: String,
    trace_id: Option<String>,
    correlation_id: Option<String>,
    retry_after: Option<Duration>,
    clock_offset: Option<i64>,
}

/// What a refusal means for an app that asks in many tenants.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The assertion was malformed, wrongly signed or meant for somebody else.
    BadAssertion,
    /// The certificate is past its end, or not yet valid.
    CertificateExpired,
    /// The certificate that signed is not registered on the app.
    CertificateNotRegistered,
    /// The certificate's issuer or subject is not trusted for this app.
    CertificateNotTrusted,
    /// Somebody revoked the certificate.
    CertificateRevoked,
    /// This computer's clock and Entra's differ too much.
    ClockSkew,
    /// The app, the tenant name or the scope is not one that can work.
    Configuration,
    /// An administrator of the tenant declined.
    ConsentDeclined,
    /// The app is in the tenant, but a permission was not consented to.
    ConsentMissing,
    /// The app or its principal in the tenant is disabled.
    Disabled,
    /// The app is not in the tenant: nobody consented, or the consent was removed.
    NotConsented,
    /// A feature the request needs is not enabled for the app.
    NotEnabled,
    /// A policy of the tenant blocks this app.
    PolicyBlocked,
    /// The resource of the scope does not exist in the tenant.
    ResourceMissing,
    /// No such tenant.
    TenantNotFound,
    /// Too many requests.
    Throttled,
    /// Entra failed; it passes.
    Transient,
    /// Not known to this version.
    Unknown,
    /// The tenant lives in another cloud.
    WrongCloud,
}

impl RefusalKind {
    /// A stable name, for scripts and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadAssertion => "bad-assertion",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateNotRegistered => "certificate-not-registered",
            Self::CertificateNotTrusted => "certificate-not-trusted",
            Self::CertificateRevoked => "certificate-revoked",
            Self::ClockSkew => "clock-skew",
            Self::Configuration => "configuration",
            Self::ConsentDeclined => "consent-declined",
            Self::ConsentMissing => "consent-missing",
            Self::Disabled => "disabled",
            Self::NotConsented => "not-consented",
            Self::NotEnabled => "not-enabled",
            Self::PolicyBlocked => "policy-blocked",
            Self::ResourceMissing => "resource-missing",
            Self::TenantNotFound => "tenant-not-found",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Unknown => "unknown-refusal",
            Self::WrongCloud => "wrong-cloud",
        }
    }
}

impl Refusal {
    /// What it means.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The tenant that was asked.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The OAuth error code, such as `invalid_client` (RFC 6749 section 5.2); empty when the answer held none.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// The AADSTS codes, without the letters.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Entra's description, without its trace lines and without anything that looks like a token.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Entra's trace id, for a support case.
    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }

    /// The id this request was sent with, as Entra repeats it.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// How far Entra's clock is ahead of the one used here, in seconds; known from the answer's `Date`.
    pub fn clock_offset(&self) -> Option<i64> {
        self.clock_offset
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        use RefusalKind as Kind;
        match self.kind {
            Kind::NotConsented
            | Kind::ConsentMissing
            | Kind::ConsentDeclined
            | Kind::PolicyBlocked
            | Kind::ResourceMissing => Fault::TenantAdmin,
            Kind::CertificateExpired
            | Kind::CertificateNotRegistered
            | Kind::CertificateNotTrusted
            | Kind::CertificateRevoked
            | Kind::Disabled
            | Kind::NotEnabled => Fault::AppOwner,
            Kind::ClockSkew | Kind::Configuration | Kind::TenantNotFound | Kind::WrongCloud => Fault::Operator,
            Kind::BadAssertion => Fault::Keystay,
            Kind::Throttled | Kind::Transient | Kind::Unknown => Fault::Service,
        }
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match (self.kind, self.retry_after) {
            (RefusalKind::Throttled | RefusalKind::Transient, Some(wait)) => Retry::After(wait),
            (RefusalKind::Throttled | RefusalKind::Transient, None) => Retry::Backoff,
            _ => Retry::Never,
        }
    }

    /// What to do about it, in words for whoever can.
    pub fn hint(&self) -> String {
        use RefusalKind as Kind;
        let Self { tenant, app, cloud, .. } = self;
        match self.kind {
            Kind::BadAssertion => "this should not happen: please report it with the trace id".into(),
            Kind::CertificateExpired => "make a new version of the certificate and register it on the app".into(),
            Kind::CertificateNotRegistered => {
                "register the certificate that signs on the app (compare the thumbprints); a certificate registered just now needs some minutes".into()
            }
            Kind::CertificateNotTrusted => "register the certificate itself on the app instead of trusting its issuer".into(),
            Kind::CertificateRevoked => "somebody revoked this certificate: treat it as an incident".into(),
            Kind::ClockSkew => match self.clock_offset {
                Some(offset) => format!("set this computer's clock: Entra's is {}", describe_offset(offset)),
                None => "set this computer's clock".into(),
            },
            Kind::Configuration => {
                "name the tenant by its id, use the scope `{resource}/.default`, and make the app multi-tenant (signInAudience AzureADMultipleOrgs)".into()
            }
            Kind::ConsentDeclined | Kind::NotConsented => format!(
                "ask an administrator of the tenant to open {} and accept; check the tenant id if they already did",
                cloud.consent_page(tenant, *app)
            ),
            Kind::ConsentMissing => format!(
                "ask an administrator of the tenant to consent again, so new permissions are included: {}",
                cloud.consent_page(tenant, *app)
            ),
            Kind::Disabled => {
                "ask who disabled it: your own breach response, or the customer; nothing here should switch it on again".into()
            }
            Kind::NotEnabled => "switch the feature off, or have it enabled for the app".into(),
            Kind::PolicyBlocked => {
                "a conditional access policy of the tenant blocks this app by place or risk: its administrator can see which one in the sign-in log".into()
            }
            Kind::ResourceMissing => "check the scope's resource; the tenant may not have this service".into(),
            Kind::TenantNotFound => "check the tenant id and the cloud; the tenant may have been deleted".into(),
            Kind::Throttled => match self.retry_after {
                Some(wait) => format!("wait {} s; share one client so that tokens are cached", wait.as_secs()),
                None => "slow down; share one client so that tokens are cached".into(),
            },
            Kind::Transient => "it passes; tokens already cached are still served".into(),
            Kind::Unknown => "look the code up at https://login.microsoftonline.com/error".into(),
            Kind::WrongCloud => "configure the cloud this tenant lives in (`public`, `usgovernment`, `china`)".into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RefusalKind as Kind;
        let Self { tenant, app, .. } = self;
        match self.kind {
            Kind::BadAssertion => write!(formatter, "tenant `{tenant}` did not accept the assertion of app `{app}`"),
            Kind::CertificateExpired => write!(formatter, "the certificate of app `{app}` is not valid at this time"),
            Kind::CertificateNotRegistered => {
                write!(formatter, "the certificate that signed is not registered on app `{app}`")
            }
            Kind::CertificateNotTrusted => write!(formatter, "the certificate's issuer is not trusted for app `{app}`"),
            Kind::CertificateRevoked => write!(formatter, "the certificate of app `{app}` was revoked"),
            Kind::ClockSkew => write!(formatter, "this computer's clock is wrong, so Entra refuses the assertion"),
            Kind::Configuration => write!(formatter, "Entra cannot serve this request for tenant `{tenant}`"),
            Kind::ConsentDeclined => write!(formatter, "an administrator of tenant `{tenant}` declined app `{app}`"),
            Kind::ConsentMissing => {
                write!(formatter, "tenant `{tenant}` has not consented to every permission of app `{app}`")
            }
            Kind::Disabled => write!(formatter, "app `{app}` is disabled, everywhere or in tenant `{tenant}`"),
            Kind::NotConsented => write!(formatter, "tenant `{tenant}` has not consented to app `{app}`"),
            Kind::NotEnabled => write!(formatter, "a feature this request needs is not enabled for app `{app}`"),
            Kind::PolicyBlocked => write!(formatter, "a policy of tenant `{tenant}` blocks app `{app}`"),
            Kind::ResourceMissing => write!(formatter, "tenant `{tenant}` does not have the resource of this scope"),
            Kind::TenantNotFound => write!(formatter, "tenant `{tenant}` does not exist"),
            Kind::Throttled => write!(formatter, "Entra throttles requests for tenant `{tenant}`"),
            Kind::Transient => write!(formatter, "Entra failed while serving tenant `{tenant}`"),
            Kind::Unknown => write!(formatter, "Entra refused a token for tenant `{tenant}`"),
            Kind::WrongCloud => write!(formatter, "tenant `{tenant}` lives in another cloud"),
        }?;
        match (self.codes.first(), self.error.as_str()) {
            (Some(code), _) => write!(formatter, " (AADSTS{code})"),
            (None, "") => write!(formatter, " (HTTP {})", self.status),
            (None, error) => write!(formatter, " ({error}, HTTP {})", self.status),
        }?;
        let own_words = matches!(self.kind, Kind::Unknown | Kind::Configuration | Kind::BadAssertion | Kind::Transient);
        if own_words && !self.description.is_empty() {
            write!(formatter, ": {}", self.description)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// `1 h 2 min ahead`, `30 s behind`.
fn describe_offset(seconds: i64) -> String {
    let magnitude = seconds.unsigned_abs();
    let amount = match (magnitude / 3600, magnitude % 3600 / 60) {
        (0, 0) => format!("{magnitude} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    format!("{amount} {}", if seconds < 0 { "behind" } else { "ahead" })
}
