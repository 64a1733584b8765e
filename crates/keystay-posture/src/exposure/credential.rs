//! Ways for an app to prove itself, and how much of each a thief can carry away.

use std::fmt;

use serde::Serialize;

use super::loot::Loot;

/// How an app proves itself, as far as a thief inside the app is concerned: the rows of the exposure table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A client secret.
    ClientSecret,
    /// A certificate whose private key lies in a file, or in a vault that gives it out.
    ExportableKey,
    /// A key that cannot leave the vault; the app itself may sign with it.
    AppSigns,
    /// A key that cannot leave the vault; another identity signs, and builds the claims itself.
    SeparateSigner,
    /// A key that cannot leave the vault behind a broker with an identity of its own, which gives out tokens alone.
    Broker,
    /// The app trusts a managed identity, or another issuer (federated identity credential).
    FederatedIdentity,
    /// Nothing but access tokens ever reaches the app.
    AccessTokenOnly,
    /// Nothing but tokens bound to a TLS key ever reaches the app (RFC 8705).
    BoundToken,
    /// A registered certificate whose key nobody here has: a thief's, or a forgotten one.
    UnrecognisedCertificate,
}

impl CredentialKind {
    /// All, from the weakest.
    pub const ALL: [Self; 9] = [
        Self::ClientSecret,
        Self::ExportableKey,
        Self::UnrecognisedCertificate,
        Self::AppSigns,
        Self::FederatedIdentity,
        Self::SeparateSigner,
        Self::Broker,
        Self::AccessTokenOnly,
        Self::BoundToken,
    ];

    /// What a thief carries away who was inside for a minute, beside the last access token.
    pub const fn loot(self) -> &'static [Loot] {
        match self {
            Self::ClientSecret => &[Loot::ClientSecret],
            Self::ExportableKey => &[Loot::PrivateKey, Loot::OwnCertificate],
            Self::AppSigns => &[Loot::VaultToken, Loot::PremadeAssertion, Loot::OwnCertificate],
            Self::SeparateSigner => &[Loot::IssuedAssertion],
            Self::Broker | Self::AccessTokenOnly => &[Loot::AccessToken],
            Self::FederatedIdentity => &[Loot::IdentityToken],
            Self::BoundToken => &[Loot::BoundToken],
            Self::UnrecognisedCertificate => &[Loot::ForeignKey],
        }
    }

    /// How strong it is.
    pub const fn level(self) -> Level {
        match self {
            Self::ClientSecret | Self::ExportableKey | Self::UnrecognisedCertificate => Level::Key,
            Self::AppSigns | Self::FederatedIdentity => Level::Signing,
            Self::SeparateSigner | Self::Broker | Self::AccessTokenOnly => Level::Tokens,
            Self::BoundToken => Level::Bound,
        }
    }

    /// In a few words, for the first column of a table.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ClientSecret => "client secret",
            Self::ExportableKey => "certificate on disk, or exportable in the vault",
            Self::AppSigns => "non-exportable key, the app may sign",
            Self::SeparateSigner => "non-exportable key behind a signer that builds the claims",
            Self::Broker => "non-exportable key behind a broker that returns tokens only",
            Self::FederatedIdentity => "federated identity (managed identity)",
            Self::AccessTokenOnly => "access token only",
            Self::BoundToken => "token bound to a TLS key",
            Self::UnrecognisedCertificate => "registered certificate nobody recognises",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

/// How much a thief inside the app can carry away. A setup is at the level of its weakest credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 1: the proof itself. It works from anywhere until it ends or is removed.
    Key,
    /// 2: proofs made while inside, which outlive the visit: an assertion signed in advance until the certificate ends, an identity
    /// token for a day.
    Signing,
    /// 3: tokens, and proofs that are over in minutes.
    Tokens,
    /// Beyond 3: nothing that works without a key left behind.
    Bound,
}

impl Level {
    /// 1 to 4; 4 stands for "beyond 3".
    pub const fn number(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Signing => 2,
            Self::Tokens => 3,
            Self::Bound => 4,
        }
    }
}
