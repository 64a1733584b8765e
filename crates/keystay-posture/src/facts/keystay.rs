//! What keystay knows about itself and writes down for the doctor. No secret is in any of it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How the signer is set up: `signer-settings.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, by name in the document")]
pub struct SignerSettings {
    /// What proves being the app.
    pub credential: SignerCredential,
    /// What it gives out.
    pub gives_out: GivesOut,
    /// The key version that signs, if it is pinned.
    #[serde(default)]
    pub key_version: Option<String>,
    /// How the signer signs in at the vault.
    pub sign_in: SignIn,
    /// Resource Manager id of the host the app runs on.
    #[serde(default)]
    pub app_host: Option<String>,
    /// Resource Manager id of the host that signs: the app's own where there is no separate signer.
    #[serde(default)]
    pub signer_host: Option<String>,
    /// Object id of the principal that signs.
    #[serde(default)]
    pub signer_principal: Option<String>,
    /// What the signed assertions look like.
    pub assertion: AssertionSettings,
    /// Whether tokens are asked for with the client capability `cp1`, which lets them live a day.
    #[serde(default)]
    pub asks_for_long_tokens: bool,
    /// Whether a claims challenge is answered, so that a long token can be ended early.
    #[serde(default)]
    pub answers_claims_challenges: bool,
    /// Whether a new version of the certificate is registered at the app before anything signs with it.
    #[serde(default)]
    pub registers_new_versions: bool,
    /// Whether Microsoft's services are meant to pass the vault's network rules.
    #[serde(default)]
    pub trusted_services_wanted: bool,
    /// Whether the app gets tokens in its home tenant.
    #[serde(default)]
    pub works_at_home: bool,
    /// Who, besides the signer, may be able to get a signature: break-glass people, the deployment pipeline.
    #[serde(default)]
    pub expected_principals: Vec<ExpectedPrincipal>,
    /// Federated credentials that are meant to be there.
    #[serde(default)]
    pub expected_federations: Vec<ExpectedFederation>,
    /// Application permissions the app's code uses; none where nobody said.
    #[serde(default)]
    pub used_permissions: Option<Vec<String>>,
}

/// What proves being the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignerCredential {
    /// A key that stays in a vault.
    VaultKey,
    /// A certificate with its private key in a file.
    CertificateFile,
    /// A client secret.
    ClientSecret,
    /// A token of a federated identity.
    FederatedIdentity,
}

impl SignerCredential {
    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::VaultKey => "a key in a vault",
            Self::CertificateFile => "a certificate with its key in a file",
            Self::ClientSecret => "a client secret",
            Self::FederatedIdentity => "a federated identity",
        }
    }
}

impl GivesOut {
    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Signatures => "signatures of whatever it is given",
            Self::Assertions => "assertions it makes itself",
            Self::Tokens => "access tokens alone",
        }
    }
}

impl SignIn {
    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ManagedIdentity => "the identity of the host",
            Self::WorkloadIdentity => "a federated token",
            Self::ClientSecret => "a client secret",
            Self::Certificate => "a certificate of its own",
            Self::CommandLine => "whoever is signed in at a command line",
        }
    }
}

/// What a signer gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GivesOut {
    /// Signatures of whatever it is given: the app itself, or a service that signs digests.
    Signatures,
    /// Assertions whose claims it makes itself, for known tenants alone.
    Assertions,
    /// Access tokens alone.
    Tokens,
}

/// How a signer signs in at the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// The identity of the host.
    ManagedIdentity,
    /// A token of the cluster or of another federated issuer.
    WorkloadIdentity,
    /// A client secret.
    ClientSecret,
    /// A certificate of its own.
    Certificate,
    /// Whoever is signed in at a command line.
    CommandLine,
}

/// What signed assertions look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssertionSettings {
    /// How long one is good, at most.
    pub lifetime_seconds: u32,
    /// Whether each has an id of its own (`jti`).
    pub unique_id: bool,
    /// Whether each is good at one tenant's token endpoint only (`aud`).
    pub audience_per_tenant: bool,
    /// As `PS256`.
    pub algorithm: String,
    /// The header that names the certificate, as `x5t#S256`.
    pub thumbprint_header: String,
}

/// Somebody who may be able to get a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedPrincipal {
    /// Object id.
    pub id: String,
    /// Who that is, for people.
    #[serde(default)]
    pub name: Option<String>,
}

/// A federated credential that is meant to be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedFederation {
    /// The issuer, exactly.
    pub issuer: String,
    /// The subject, exactly.
    pub subject: String,
}

/// The last rehearsal of a breach: `breach-drill.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreachDrill {
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Whether every step worked.
    pub succeeded: bool,
    /// Object id of the principal that removed the credential.
    pub principal: String,
    /// The directory role by which it could, where it is no owner of the app.
    #[serde(default)]
    pub directory_role: Option<String>,
    /// From the first call until the credential was refused.
    pub seconds: u64,
}

/// What the newest token of a tenant says: an entry of `tenant-tokens.json`. The token itself is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantToken {
    /// The tenant's id.
    pub tenant: String,
    /// Client id of the API it is for.
    pub resource: String,
    /// The claim `roles`.
    pub roles: Vec<String>,
    /// How long it worked from the moment it was given out. Entra dates `iat` minutes back, so `exp` − `iat` is more.
    pub lifetime_seconds: u32,
    /// The claim `xms_cc`: what the client said it can do.
    #[serde(default)]
    pub capabilities: Vec<String>,
}
