//! The numbers the model is made of, and what is known about each.

use std::{fmt, time::Duration};

use serde::Serialize;

/// How fast the services forget: the same for every setup, until somebody measures otherwise. The defaults are the ones
/// [`Symbol::evidence`] explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// A: the longest an ordinary access token lives. 90 minutes.
    pub token_life: Duration,
    /// A on average. 75 minutes.
    pub token_life_mean: Duration,
    /// A of a token for continuous access evaluation (client capability `cp1`). 24 hours and 5 minutes.
    pub long_lived_token_life: Duration,
    /// I, and the most of V: how long a token of a managed identity lives. 24 hours.
    pub identity_token_life: Duration,
    /// The most a token of an outside issuer may live as a federated credential. 25 hours.
    pub foreign_token_life: Duration,
    /// P: until all of Entra has heard that a credential was removed or an app disabled. 5 minutes.
    pub spread: Duration,
    /// R: until a vault has heard that a role was removed. 10 minutes.
    pub role_removal: Duration,
    /// K: how long after its `exp` an assertion is still taken, for clocks that are late. 5 minutes.
    pub clock_tolerance: Duration,
}

impl Default for Parameters {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            token_life: minutes(90),
            token_life_mean: minutes(75),
            long_lived_token_life: Duration::from_secs(86_700),
            identity_token_life: minutes(24 * 60),
            foreign_token_life: minutes(25 * 60),
            spread: minutes(5),
            role_removal: minutes(10),
            clock_tolerance: minutes(5),
        }
    }
}

/// The symbols that formulas are written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "`meaning` says what each is")]
pub enum Symbol {
    E,
    V,
    A,
    C,
    O,
    S,
    K,
    I,
    P,
    R,
    D,
}

/// How far a number can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The service's own documentation says so.
    Documented,
    /// Somebody saw it and published it.
    Observed,
    /// It follows from what is documented, and nobody has been seen to try it.
    Inferred,
    /// Not published: a value to plan with.
    Planned,
    /// Each setup has its own.
    OfTheSetup,
}

impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Planned => "planned with",
            Self::OfTheSetup => "of the setup",
        })
    }
}

impl Symbol {
    /// All, in the order a theft meets them.
    pub const ALL: [Self; 11] =
        [Self::E, Self::D, Self::A, Self::C, Self::O, Self::S, Self::K, Self::V, Self::I, Self::P, Self::R];

    /// What it stands for, with its default.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::E => "eviction: the bad code is gone and the host is clean; every figure is counted from here",
            Self::D => "detection: from the theft until somebody knows of it; without end where no alert exists",
            Self::A => {
                "life of an access token: at most 90 min, on average 75 min; 24 h 5 min where Entra gives long-lived tokens"
            }
            Self::C => {
                "what is left of the registered credential: the earlier of the certificate's `notAfter` and the registration's `endDateTime`"
            }
            Self::O => "what is left of a certificate that the thief registered: the thief chooses it",
            Self::S => "life of the assertions that a separate signer issues: at most 5 min as keystay signs",
            Self::K => "how long after its end an assertion is still taken: 5 min",
            Self::V => {
                "how long a vault answers a stolen identity token: at most 24 h, and not at all from elsewhere where its network is restricted"
            }
            Self::I => {
                "life of an identity token used as a federated credential: 24 h of a managed identity, at most 25 h of an outside issuer"
            }
            Self::P => "until all of Entra has heard of a removal: 5 min",
            Self::R => "until a vault has heard that a role was removed: 10 min",
        }
    }

    /// How well its default is known.
    pub const fn evidence(self) -> Evidence {
        match self {
            Self::E | Self::D | Self::C | Self::S => Evidence::OfTheSetup,
            Self::A | Self::V | Self::I | Self::R => Evidence::Documented,
            Self::O => Evidence::Inferred,
            Self::K | Self::P => Evidence::Planned,
        }
    }

    /// Where the default comes from, and what would change it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::E => "what the responder does",
            Self::D => "the setup's alerts; the vault's log arrives up to 10 min late (Azure Key Vault logging)",
            Self::A => {
                "Microsoft identity platform, configurable token lifetimes: a random 60 to 90 min. 86,700 s was seen once, for a \
                        first-party app (D. Mollema, Black Hat 2025); documented for single-tenant apps alone, not known for others"
            }
            Self::C => "the app's `keyCredentials` and `passwordCredentials`",
            Self::O => {
                "Microsoft Graph, application: addKey. Whether an app management policy on certificate lifetimes binds \
                        addKey is not known"
            }
            Self::S => {
                "the signer's configuration. Entra itself has no limit (Microsoft identity platform, certificate credentials)"
            }
            Self::K => "the usual tolerance of Microsoft's token libraries; not published for client assertions",
            Self::V => {
                "Managed identities for Azure resources: tokens of about 24 h, replayable from anywhere the vault can be reached"
            }
            Self::I => {
                "Managed identities: about 24 h. AADSTS70023 refuses an outside issuer's token of more than 25 h"
            }
            Self::P => "not published; 4 to 18 s were seen for a new secret. Measure it with a live tenant",
            Self::R => "Azure role-based access control, troubleshooting: up to 10 min; older text says 30",
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}
