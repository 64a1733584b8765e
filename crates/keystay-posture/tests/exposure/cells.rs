//! The exposure table by hand: what the model is expected to say. `table` compares the model with it.

use std::time::Duration;

use keystay_posture::exposure::{
    Certificate, CredentialKind, Ends, FederatedIdentity, KeyPlace, Length, Loot, Response, Responses, Setup, Signing,
    TokenBinding,
};
use time::OffsetDateTime;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Evicted,
    Removed,
    RogueRemoved,
    KeyDisabled,
    RoleRemoved,
    NetworkSevered,
    AppDisabled,
    Cut,
}

impl Column {
    pub(crate) const ALL: [Self; 8] = [
        Self::Evicted,
        Self::Removed,
        Self::RogueRemoved,
        Self::KeyDisabled,
        Self::RoleRemoved,
        Self::NetworkSevered,
        Self::AppDisabled,
        Self::Cut,
    ];

    /// What is done, on top of the eviction.
    pub(crate) fn responses(self) -> Responses {
        let eviction = Responses::eviction();
        match self {
            Self::Evicted => eviction,
            Self::Removed => eviction.and(Response::CredentialRemoved).and(Response::FederatedCredentialRemoved),
            Self::RogueRemoved => Self::Removed.responses().and(Response::RogueCredentialsRemoved),
            Self::KeyDisabled => eviction.and(Response::KeyDisabled),
            Self::RoleRemoved => eviction.and(Response::RoleRemoved),
            Self::NetworkSevered => eviction.and(Response::NetworkSevered),
            Self::AppDisabled => eviction.and(Response::AppDisabled),
            Self::Cut => Responses::breach_cut(),
        }
    }
}

/// A row: one thing a thief holds of one kind of credential, and the formula of each column.
pub(crate) struct Row {
    pub(crate) kind: CredentialKind,
    pub(crate) loot: Loot,
    /// In the order of [`Column::ALL`].
    pub(crate) formulas: [&'static str; 8],
}

const fn row(kind: CredentialKind, loot: Loot, formulas: [&'static str; 8]) -> Row {
    Row { kind, loot, formulas }
}

use CredentialKind as Kind;

pub(crate) const ROWS: [Row; 12] = [
    //                                                   evicted  removed  + rogue  key off  role off net off  app off  cut
    row(
        Kind::ClientSecret,
        Loot::ClientSecret,
        ["C + A", "P + A", "P + A", "C + A", "C + A", "C + A", "P + A", "P + A"],
    ),
    row(
        Kind::ExportableKey,
        Loot::PrivateKey,
        ["C + A", "P + A", "P + A", "C + A", "C + A", "C + A", "P + A", "P + A"],
    ),
    row(
        Kind::ExportableKey,
        Loot::OwnCertificate,
        ["O + A", "O + A", "P + A", "O + A", "O + A", "O + A", "P + A", "P + A"],
    ),
    row(
        Kind::UnrecognisedCertificate,
        Loot::ForeignKey,
        ["C + A", "C + A", "P + A", "C + A", "C + A", "C + A", "P + A", "P + A"],
    ),
    row(Kind::AppSigns, Loot::VaultToken, ["V + A", "P + A", "P + A", "A", "R + A", "A", "P + A", "A"]),
    row(
        Kind::AppSigns,
        Loot::PremadeAssertion,
        ["C + A", "P + A", "P + A", "C + A", "C + A", "C + A", "P + A", "P + A"],
    ),
    row(Kind::AppSigns, Loot::OwnCertificate, ["O + A", "O + A", "P + A", "O + A", "O + A", "O + A", "P + A", "P + A"]),
    row(
        Kind::FederatedIdentity,
        Loot::IdentityToken,
        ["I + A", "P + A", "P + A", "I + A", "I + A", "I + A", "P + A", "P + A"],
    ),
    row(
        Kind::SeparateSigner,
        Loot::IssuedAssertion,
        ["S + K + A", "P + A", "P + A", "S + K + A", "S + K + A", "S + K + A", "P + A", "P + A"],
    ),
    row(Kind::Broker, Loot::AccessToken, ["A", "A", "A", "A", "A", "A", "A", "A"]),
    row(Kind::AccessTokenOnly, Loot::AccessToken, ["A", "A", "A", "A", "A", "A", "A", "A"]),
    row(Kind::BoundToken, Loot::BoundToken, ["0", "0", "0", "0", "0", "0", "0", "0"]),
];

/// What is left of the registered credential in the tests.
pub(crate) const CREDENTIAL_LEFT: Duration = Duration::from_secs(243 * 86_400);
/// What is left of the thief's own certificate.
pub(crate) const OWN_CERTIFICATE_LEFT: Duration = Duration::from_secs(700 * 86_400);
/// The cap of the separate signer.
pub(crate) const ASSERTION_CAP: Duration = Duration::from_secs(300);

/// The setup of one kind, with everything else as good as it can be.
pub(crate) fn setup(kind: Kind, now: OffsetDateTime) -> Setup {
    let ends = Ends::At(now + CREDENTIAL_LEFT);
    let certificate = |key| vec![Certificate { ends, key, rotated_every: None }];
    let bare = Setup {
        signing: Signing::Broker,
        assertion_cap: ASSERTION_CAP.into(),
        own_certificate_life: OWN_CERTIFICATE_LEFT.into(),
        signer_may_update_keys: false,
        detection: Length::minutes(10),
        response_time: Length::minutes(15),
        ..Setup::default()
    };
    match kind {
        Kind::ClientSecret => Setup { client_secrets: vec![ends], ..bare },
        Kind::ExportableKey => Setup { certificates: certificate(KeyPlace::Exportable), ..bare },
        Kind::UnrecognisedCertificate => Setup { certificates: certificate(KeyPlace::Unrecognised), ..bare },
        Kind::AppSigns => Setup { certificates: certificate(KeyPlace::Vault), signing: Signing::App, ..bare },
        Kind::SeparateSigner => Setup { certificates: certificate(KeyPlace::Vault), signing: Signing::Signer, ..bare },
        Kind::Broker => Setup { certificates: certificate(KeyPlace::Vault), ..bare },
        Kind::FederatedIdentity => Setup { federated_identities: vec![FederatedIdentity::ManagedIdentity], ..bare },
        Kind::AccessTokenOnly => bare,
        Kind::BoundToken => Setup { tokens: TokenBinding::Bound, ..bare },
    }
}
