//! What can be done about a theft.

use std::collections::BTreeSet;

use serde::Serialize;

/// One step of an answer to a theft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The bad code is gone and the host is clean: the thief has what was carried away, and nothing more.
    Evicted,
    /// Every version of the key in the vault is disabled: no new signatures.
    KeyDisabled,
    /// The app's own secrets and certificates are removed from its registration.
    CredentialRemoved,
    /// Every credential is removed that nobody here registered (`addKey` needs no permission).
    RogueCredentialsRemoved,
    /// The app no longer trusts any federated identity.
    FederatedCredentialRemoved,
    /// The identity that may sign loses its role at the vault, or is deleted.
    RoleRemoved,
    /// The vault answers nobody from outside any more.
    NetworkSevered,
    /// The app is disabled (`isDisabled`), or its principal at every customer: no new tokens anywhere.
    AppDisabled,
}

impl Response {
    /// In a few words, for a heading.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Evicted => "thief evicted",
            Self::KeyDisabled => "key disabled",
            Self::CredentialRemoved => "credential removed",
            Self::RogueCredentialsRemoved => "rogue credentials removed",
            Self::FederatedCredentialRemoved => "federated credential removed",
            Self::RoleRemoved => "role removed",
            Self::NetworkSevered => "network severed",
            Self::AppDisabled => "app disabled",
        }
    }
}

/// What was done, all at the same moment, from which exposure is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Responses(BTreeSet<Response>);

impl Responses {
    /// The code was redeployed, and nothing else: how most incidents end.
    pub fn eviction() -> Self {
        Self::from([Response::Evicted])
    }

    /// Eviction and the breach cut: every credential goes, rogue ones among them, the key is disabled, the role and the network to
    /// the vault are taken away. Disabling the app is the step beyond, for it stops the app at every customer, so it is not in here.
    pub fn breach_cut() -> Self {
        Self::from([
            Response::Evicted,
            Response::KeyDisabled,
            Response::CredentialRemoved,
            Response::RogueCredentialsRemoved,
            Response::FederatedCredentialRemoved,
            Response::RoleRemoved,
            Response::NetworkSevered,
        ])
    }

    /// The same with one more step.
    #[must_use]
    pub fn and(mut self, response: Response) -> Self {
        self.0.insert(response);
        self
    }

    /// Whether this was done.
    pub fn contain(&self, response: Response) -> bool {
        self.0.contains(&response)
    }

    /// The steps, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Response> {
        self.0.iter().copied()
    }
}

impl<const N: usize> From<[Response; N]> for Responses {
    fn from(steps: [Response; N]) -> Self {
        Self(BTreeSet::from(steps))
    }
}

impl FromIterator<Response> for Responses {
    fn from_iter<I: IntoIterator<Item = Response>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}
