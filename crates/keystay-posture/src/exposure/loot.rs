//! What a thief holds.

use std::fmt;

use serde::Serialize;

/// Something of use to a thief after leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loot {
    /// The text of a client secret.
    ClientSecret,
    /// A copy of the private key.
    PrivateKey,
    /// A token of the identity that may sign, used to sign as needed. Whoever has one can also sign in advance, which is
    /// [`PremadeAssertion`](Self::PremadeAssertion).
    VaultToken,
    /// An assertion signed in advance, whose `exp` is the end of the certificate or later: Entra documents no limit.
    PremadeAssertion,
    /// A certificate of the thief's own, registered with `addKey`: a proof signed by any registered key and a Graph token of the
    /// home tenant are enough.
    OwnCertificate,
    /// The private key of a certificate that is registered although nobody here knows it.
    ForeignKey,
    /// An assertion as a separate signer issues it.
    IssuedAssertion,
    /// A token of the federated identity, for the exchange.
    IdentityToken,
    /// An access token.
    AccessToken,
    /// An access token bound to a TLS key that stayed behind.
    BoundToken,
    /// None of it, because the thief is still inside and takes what the app gets.
    Foothold,
}

impl Loot {
    /// All that can be carried away, in the order of [`CredentialKind::ALL`](super::CredentialKind::ALL).
    pub const ALL: [Self; 10] = [
        Self::ClientSecret,
        Self::PrivateKey,
        Self::OwnCertificate,
        Self::ForeignKey,
        Self::VaultToken,
        Self::PremadeAssertion,
        Self::IdentityToken,
        Self::IssuedAssertion,
        Self::AccessToken,
        Self::BoundToken,
    ];

    /// In a few words, for a table.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ClientSecret => "the secret",
            Self::PrivateKey => "a copy of the private key",
            Self::VaultToken => "a vault token, used to sign as needed",
            Self::PremadeAssertion => "assertions signed in advance",
            Self::OwnCertificate => "a certificate of their own, registered with addKey",
            Self::ForeignKey => "its private key",
            Self::IssuedAssertion => "assertions as issued",
            Self::IdentityToken => "the identity's token",
            Self::AccessToken => "an access token",
            Self::BoundToken => "a bound token without its key",
            Self::Foothold => "code that still runs inside",
        }
    }

    /// The subject of a sentence about it.
    pub(super) const fn subject(self) -> &'static str {
        match self {
            Self::ClientSecret => "The client secret makes new tokens",
            Self::PrivateKey => "A copy of the private key makes new tokens",
            Self::VaultToken => "A stolen vault token has the vault sign for new tokens",
            Self::PremadeAssertion => "An assertion signed in advance makes new tokens",
            Self::OwnCertificate => "A certificate that the thief registered makes new tokens",
            Self::ForeignKey => "The key of a certificate nobody recognises makes new tokens",
            Self::IssuedAssertion => "The last assertion that the signer issued makes new tokens",
            Self::IdentityToken => "A stolen identity token makes new tokens",
            Self::AccessToken => "A stolen access token works",
            Self::BoundToken => "A token bound to a TLS key is worth nothing without that key",
            Self::Foothold => "The thief inside takes every token the app gets",
        }
    }
}

impl fmt::Display for Loot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}
