//! A certificate's policy, as it travels and as it is kept.

use serde::{Deserialize, Serialize};

use crate::keyvault::crypto::{Curve, KeyType};

/// How a certificate and its key are made and renewed. What a request leaves out has the service's default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CertificatePolicy {
    /// The policy's address; the service fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The key.
    pub key_props: KeyProperties,
    /// The secret.
    pub secret_props: SecretProperties,
    /// What stands in the certificate.
    pub x509_props: X509Properties,
    /// What happens near the end of its life. The lab renews what signs itself; it sends no mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_actions: Option<Vec<LifetimeAction>>,
    /// Who signs it.
    pub issuer: IssuerParameters,
    /// When the policy was made and changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<PolicyAttributes>,
}

/// `key_props`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeyProperties {
    /// Whether the secret holds the private key. The service's default is that it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// Key type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kty: Option<KeyType>,
    /// RSA key size in bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_size: Option<u32>,
    /// Curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<Curve>,
    /// Whether a renewal keeps the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse_key: Option<bool>,
}

/// `secret_props`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SecretProperties {
    /// `application/x-pkcs12` or `application/x-pem-file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// `x509_props`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct X509Properties {
    /// Distinguished name, for example `CN=harbor, O=Contoso`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Other names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sans: Option<SubjectAlternativeNames>,
    /// Extended key usages, as object identifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ekus: Option<Vec<String>>,
    /// Key usages by their names in RFC 5280, section 4.2.1.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<Vec<String>>,
    /// Lifetime in months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity_months: Option<u32>,
    /// CA or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_constraints: Option<BasicConstraints>,
}

/// `sans`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SubjectAlternativeNames {
    /// Host names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns_names: Vec<String>,
    /// Mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// User principal names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub upns: Vec<String>,
    /// URIs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uris: Vec<String>,
    /// Internet addresses.
    #[serde(rename = "ipAddresses", skip_serializing_if = "Vec::is_empty")]
    pub ip_addresses: Vec<String>,
}

/// `basic_constraints`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BasicConstraints {
    /// Whether the certificate may sign others.
    pub ca: bool,
    /// How many CAs may stand below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_len_constraint: Option<u8>,
}

/// One of `lifetime_actions`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct LifetimeAction {
    /// When.
    pub trigger: LifetimeTrigger,
    /// What.
    pub action: LifetimeActionKind,
}

/// `trigger`: one of the two.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LifetimeTrigger {
    /// Percentage of the lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_percentage: Option<u32>,
    /// Days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_before_expiry: Option<u32>,
}

/// `action`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct LifetimeActionKind {
    /// What is done.
    pub action_type: ActionType,
}

/// `action_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ActionType {
    /// A new version.
    AutoRenew,
    /// A mail to the contacts of the vault.
    EmailContacts,
}

/// `issuer`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IssuerParameters {
    /// `Self`, or `Unknown` for a signature from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Certificate type at a named issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cty: Option<String>,
    /// Whether the certificate goes into transparency logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_transparency: Option<bool>,
}

/// `attributes` of a policy: Unix seconds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PolicyAttributes {
    /// Always true.
    pub enabled: bool,
    /// When it was made.
    pub created: i64,
    /// When it was changed.
    pub updated: i64,
}

impl CertificatePolicy {
    /// A self-signed certificate with the service's defaults: RSA 2048, exportable, 12 months.
    pub(crate) fn self_signed(subject: &str) -> Self {
        Self {
            x509_props: X509Properties { subject: Some(subject.to_owned()), ..X509Properties::default() },
            issuer: IssuerParameters { name: Some(SELF_ISSUER.to_owned()), ..IssuerParameters::default() },
            ..Self::default()
        }
    }

    /// Decides whether the private key can be read as a secret.
    pub(crate) fn exportable(mut self, exportable: bool) -> Self {
        self.key_props.exportable = Some(exportable);
        self
    }
}

/// The issuer that lets a certificate sign itself.
pub(super) const SELF_ISSUER: &str = "Self";
/// The issuer whose signature somebody brings later.
pub(super) const UNKNOWN_ISSUER: &str = "Unknown";
