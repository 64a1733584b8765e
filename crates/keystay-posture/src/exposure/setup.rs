//! The facts of a setup that decide how long a theft lasts.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    credential::{CredentialKind, Level},
    length::{Ends, Length},
    loot::Loot,
    parameters::Parameters,
};

/// What is known of one app and its keys. Each field stands for itself, so that the effect of a fix is the difference between two
/// setups in one field.
///
/// The default is an app with nothing registered of which nothing good is known: the app may sign, the vault is open to the
/// internet, nobody would notice. Where a fact is not known, leave the worse value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Registered client secrets, by their ends.
    pub client_secrets: Vec<Ends>,
    /// Registered certificates.
    pub certificates: Vec<Certificate>,
    /// Trusted federated identities.
    pub federated_identities: Vec<FederatedIdentity>,
    /// Who makes the signatures of keys that stay in the vault.
    pub signing: Signing,
    /// S: the longest assertion that a separate signer issues. [`Length::Unbounded`] if it signs what it is given. Of no
    /// effect unless [`signing`](Self::signing) is [`Signing::Signer`].
    pub assertion_cap: Length,
    /// Whether the identity that signs may also enable keys again (`keys/update`, as in Key Vault Crypto User): a stolen vault
    /// token then undoes the disabling of a key.
    pub signer_may_update_keys: bool,
    /// Where the vault can be reached from.
    pub vault_network: VaultNetwork,
    /// Whether the app's principal in the home tenant is enabled. With a Graph token of the home tenant, a proof signed by any
    /// registered key adds another (`addKey`). That a disabled principal closes this is inferred, not tried.
    pub home_principal_enabled: bool,
    /// O: the longest life of a certificate that `addKey` would take. [`Length::Unbounded`] without a policy, and where it is
    /// not known whether the policy binds `addKey`.
    pub own_certificate_life: Length,
    /// What kind of access token reaches the app.
    pub tokens: TokenBinding,
    /// Whether Entra gives this app tokens that live for a day (client capability `cp1`).
    pub long_lived_tokens: LongLivedTokens,
    /// Whether resources end such tokens when the app or its principal is disabled (continuous access evaluation).
    pub continuous_access_evaluation: bool,
    /// D: from the theft until somebody is told. [`Length::Unbounded`] without an alert on signatures.
    pub detection: Length,
    /// From being told until the responses are done.
    pub response_time: Length,
    /// How fast the services forget.
    pub parameters: Parameters,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            client_secrets: Vec::new(),
            certificates: Vec::new(),
            federated_identities: Vec::new(),
            signing: Signing::App,
            assertion_cap: Length::Unbounded,
            signer_may_update_keys: true,
            vault_network: VaultNetwork::Open,
            home_principal_enabled: true,
            own_certificate_life: Length::Unbounded,
            tokens: TokenBinding::Bearer,
            long_lived_tokens: LongLivedTokens::NotGiven,
            continuous_access_evaluation: false,
            detection: Length::Unbounded,
            response_time: Length::UNKNOWN,
            parameters: Parameters::default(),
        }
    }
}

/// A certificate registered on the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Certificate {
    /// When it can no longer be used. C is what is left of it.
    pub ends: Ends,
    /// Where its private key is.
    pub key: KeyPlace,
    /// How often it is replaced: found at a random moment, it has half of that left. Without it, the average is taken to be as long
    /// as the worst case.
    pub rotated_every: Option<Duration>,
}

/// Where a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyPlace {
    /// In a file, or in a vault that gives it out. Also where that is not known.
    Exportable,
    /// In a vault that does not give it out.
    Vault,
    /// Nobody here has it.
    Unrecognised,
}

/// A federated identity credential: whose tokens the app takes for its own proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FederatedIdentity {
    /// A user-assigned managed identity of the app's home tenant.
    ManagedIdentity,
    /// An issuer outside Microsoft, by the longest life of its tokens; Entra takes at most 25 hours.
    Issuer {
        /// The life of its tokens.
        token_life: Length,
    },
}

/// Who makes the signatures of keys that stay in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signing {
    /// The app, or code that shares its identity, its user or its root: whoever is inside the app can have anything signed.
    App,
    /// A separate identity that builds the claims itself, signs for known tenants only, never a raw digest, and no proof for `addKey`.
    Signer,
    /// A broker with an identity and a user of its own, which gives out access tokens alone.
    Broker,
}

/// Where a vault can be reached from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VaultNetwork {
    /// From anywhere: a stolen identity token is replayed from the thief's own computer.
    Open,
    /// From places the thief is not at after the eviction.
    Restricted,
}

/// What an access token is worth to somebody who copies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenBinding {
    /// Whoever holds it can use it.
    Bearer,
    /// It works together with a TLS key alone, and the app's key cannot be copied.
    Bound,
}

/// Whether Entra gives an app tokens that live for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LongLivedTokens {
    /// No. Documented for all but single-tenant apps of an organisation's own; not tried.
    NotGiven,
    /// To whoever asks, and the app does not. A thief who asks for tokens does.
    OnRequest,
    /// The app asks for them: tokens taken from it live that long.
    Requested,
}

/// One thing a thief holds, of one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) credential: CredentialKind,
    pub(super) loot: Loot,
    /// How long the loot itself works if nobody does anything.
    pub(super) left: Length,
    /// The same on average.
    pub(super) left_on_average: Length,
    /// What is left of the registered credential: nothing works longer.
    pub(super) credential_left: Length,
}

impl Setup {
    /// The ways to prove itself that the app has, once each, and what it is left with if it has none.
    pub fn kinds(&self) -> Vec<CredentialKind> {
        let of_secrets = self.client_secrets.iter().map(|_| CredentialKind::ClientSecret);
        let of_certificates = self.certificates.iter().map(|certificate| self.kind(certificate));
        let federated = self.federated_identities.iter().map(|_| CredentialKind::FederatedIdentity);
        let mut kinds: Vec<_> = of_secrets.chain(of_certificates).chain(federated).collect();
        kinds.push(self.kind_of_tokens());
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The level of the weakest.
    pub fn level(&self) -> Level {
        self.kinds().into_iter().map(CredentialKind::level).min().unwrap_or(Level::Tokens)
    }

    /// What the access tokens in the app are a thief's only loot of.
    fn kind_of_tokens(&self) -> CredentialKind {
        let brokered = |certificate| self.kind(certificate) == CredentialKind::Broker;
        match self.tokens {
            TokenBinding::Bound => CredentialKind::BoundToken,
            TokenBinding::Bearer if self.certificates.iter().any(brokered) => CredentialKind::Broker,
            TokenBinding::Bearer => CredentialKind::AccessTokenOnly,
        }
    }

    fn kind(&self, certificate: &Certificate) -> CredentialKind {
        match (certificate.key, self.signing) {
            (KeyPlace::Exportable, _) => CredentialKind::ExportableKey,
            (KeyPlace::Unrecognised, _) => CredentialKind::UnrecognisedCertificate,
            (KeyPlace::Vault, Signing::App) => CredentialKind::AppSigns,
            (KeyPlace::Vault, Signing::Signer) => CredentialKind::SeparateSigner,
            (KeyPlace::Vault, Signing::Broker) => CredentialKind::Broker,
        }
    }

    /// Everything a thief carries away who is inside at `now`.
    pub(super) fn loot(&self, now: OffsetDateTime) -> Vec<Held> {
        let mut held = Vec::new();
        for ends in &self.client_secrets {
            let left = ends.left(now);
            held.push(Held::lasting(CredentialKind::ClientSecret, Loot::ClientSecret, left));
        }
        for certificate in &self.certificates {
            self.loot_of(certificate, now, &mut held);
        }
        for identity in &self.federated_identities {
            let left = self.identity_token_life(*identity);
            // the platform keeps one token for its whole life, so a thief finds it at a random age
            held.push(Held {
                left_on_average: left.half(),
                ..Held::lasting(CredentialKind::FederatedIdentity, Loot::IdentityToken, left)
            });
        }
        let credential = self.kind_of_tokens();
        let loot = if self.tokens == TokenBinding::Bound { Loot::BoundToken } else { Loot::AccessToken };
        held.push(Held::lasting(credential, loot, Length::NONE));
        held.push(Held::lasting(credential, Loot::Foothold, Length::Unbounded));
        held
    }

    fn loot_of(&self, certificate: &Certificate, now: OffsetDateTime, held: &mut Vec<Held>) {
        let credential = self.kind(certificate);
        let registered = certificate.ends.left(now);
        let on_average = certificate.rotated_every.map_or(registered, |period| registered.min((period / 2).into()));
        for loot in credential.loot() {
            let (left, left_on_average) = match loot {
                Loot::OwnCertificate if !self.home_principal_enabled => continue,
                // the same token whatever stands behind it: `loot` adds it once
                Loot::AccessToken => continue,
                Loot::OwnCertificate => (self.own_certificate_life, self.own_certificate_life),
                Loot::VaultToken => {
                    let life = Length::from(self.parameters.identity_token_life);
                    (life, life.half())
                }
                Loot::IssuedAssertion => {
                    let life = self.assertion_cap + self.parameters.clock_tolerance.into();
                    (life.min(registered), life.min(on_average))
                }
                _ => (registered, on_average),
            };
            // what the thief registered outlives what it was registered with
            let credential_left = if *loot == Loot::OwnCertificate { Length::Unbounded } else { registered };
            held.push(Held { credential, loot: *loot, left, left_on_average, credential_left });
        }
    }

    fn identity_token_life(&self, identity: FederatedIdentity) -> Length {
        match identity {
            FederatedIdentity::ManagedIdentity => self.parameters.identity_token_life.into(),
            FederatedIdentity::Issuer { token_life } => token_life.min(self.parameters.foreign_token_life.into()),
        }
    }
}

impl Held {
    fn lasting(credential: CredentialKind, loot: Loot, left: Length) -> Self {
        Self { credential, loot, left, left_on_average: left, credential_left: Length::Unbounded }
    }
}
