//! How long loot works after a response: when it stops to make new tokens, and the last token after that.

use std::cmp::Reverse;

use time::OffsetDateTime;

use super::{
    bound::{Bound, Figure, LootExposure},
    credential::CredentialKind,
    length::Length,
    loot::Loot,
    parameters::Symbol,
    response::{Response, Responses},
    setup::{Held, LongLivedTokens, Setup, VaultNetwork},
};

/// What stops loot from making new tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It makes none to begin with.
    Nothing,
    /// The end of the registered credential.
    CredentialEnds,
    /// The end of the thief's own certificate.
    OwnCertificateEnds,
    /// The end of the assertion, and the tolerance for clocks.
    AssertionEnds,
    /// The end of a federated identity's token.
    IdentityTokenEnds,
    /// The end of the vault token.
    VaultTokenEnds,
    /// The vault is not reached from where the thief is.
    OutOfReach,
    /// No version of the key signs.
    KeyDisabled,
    /// The vault has heard that the role is gone.
    RoleRemoved,
    /// Entra has heard that the credential is gone.
    CredentialRemoved,
    /// Entra has heard that the app is disabled.
    AppDisabled,
    /// The thief is in.
    StillInside,
}

impl Stop {
    const fn symbols(self) -> &'static [Symbol] {
        match self {
            Self::Nothing | Self::OutOfReach | Self::KeyDisabled | Self::StillInside => &[],
            Self::CredentialEnds => &[Symbol::C],
            Self::OwnCertificateEnds => &[Symbol::O],
            Self::AssertionEnds => &[Symbol::S, Symbol::K],
            Self::IdentityTokenEnds => &[Symbol::I],
            Self::VaultTokenEnds => &[Symbol::V],
            Self::RoleRemoved => &[Symbol::R],
            Self::CredentialRemoved | Self::AppDisabled => &[Symbol::P],
        }
    }
}

/// The longest and the average time until one thing stops, and why.
#[derive(Clone, Copy)]
struct End {
    stop: Stop,
    worst: Length,
    on_average: Length,
}

impl End {
    fn at(stop: Stop, length: impl Into<Length>) -> Self {
        let length = length.into();
        Self { stop, worst: length, on_average: length }
    }
}

impl Setup {
    /// How long each thing works that a thief carries away at `now`, counted from the responses, which follow at the same
    /// moment. The longest first.
    pub fn exposure_by_loot(&self, responses: &Responses, now: OffsetDateTime) -> Vec<LootExposure> {
        let mut exposures: Vec<_> = self
            .loot(now)
            .iter()
            .filter(|held| held.loot != Loot::Foothold || !responses.contain(Response::Evicted))
            .map(|held| self.residual(held, responses))
            .collect();
        exposures.sort_by_key(|exposure| Reverse(exposure.bound.worst.length));
        exposures
    }

    /// How long the theft lasts: as long as the longest of what was carried away.
    pub fn exposure(&self, responses: &Responses, now: OffsetDateTime) -> Bound {
        Bound::longest(self.exposure_by_loot(responses, now).into_iter().map(|one| one.bound))
    }

    fn residual(&self, held: &Held, responses: &Responses) -> LootExposure {
        let end = self.ends(held, responses).into_iter().min_by_key(|end| end.worst);
        let end = end.unwrap_or(End::at(Stop::StillInside, Length::Unbounded));
        let on_average = end.on_average.min(end.worst);
        let (token, token_on_average) = self.last_token(held, responses);
        let figure = |makes: Length, token: Length, is_average: bool| Figure {
            length: makes + token,
            formula: formula(end.stop, token),
            why: sentence(held.loot, end.stop, makes, token, is_average),
            loot: held.loot,
        };
        LootExposure {
            credential: held.credential,
            loot: held.loot,
            makes_tokens: if held.loot == Loot::AccessToken { Length::NONE } else { end.worst },
            bound: Bound {
                worst: figure(end.worst, token, false),
                expected: figure(on_average, token_on_average, true),
            },
        }
    }

    /// Everything that stops this loot. The first one counts.
    fn ends(&self, held: &Held, responses: &Responses) -> Vec<End> {
        let parameters = &self.parameters;
        let done = |response| responses.contain(response);
        let own = |stop| End { stop, worst: held.left, on_average: held.left_on_average };
        let mut ends = Vec::new();
        let (own_end, removed_by) = match held.loot {
            Loot::AccessToken if self.resources_end(held.loot, responses) => {
                (End::at(Stop::AppDisabled, parameters.spread), None)
            }
            Loot::AccessToken | Loot::BoundToken => (End::at(Stop::Nothing, Length::NONE), None),
            Loot::Foothold => (End::at(Stop::StillInside, Length::Unbounded), None),
            Loot::OwnCertificate => (own(Stop::OwnCertificateEnds), Some(Response::RogueCredentialsRemoved)),
            Loot::ForeignKey => (own(Stop::CredentialEnds), Some(Response::RogueCredentialsRemoved)),
            Loot::ClientSecret | Loot::PrivateKey | Loot::PremadeAssertion => {
                (own(Stop::CredentialEnds), Some(Response::CredentialRemoved))
            }
            Loot::IssuedAssertion => (own(Stop::AssertionEnds), Some(Response::CredentialRemoved)),
            Loot::IdentityToken => (own(Stop::IdentityTokenEnds), Some(Response::FederatedCredentialRemoved)),
            Loot::VaultToken => (own(Stop::VaultTokenEnds), Some(Response::CredentialRemoved)),
        };
        ends.push(own_end);
        ends.push(End::at(Stop::CredentialEnds, held.credential_left));
        if removed_by.is_some_and(done) {
            ends.push(End::at(Stop::CredentialRemoved, parameters.spread));
        }
        if done(Response::AppDisabled) {
            ends.push(End::at(Stop::AppDisabled, parameters.spread));
        }
        if held.loot == Loot::VaultToken {
            if self.vault_network == VaultNetwork::Restricted || done(Response::NetworkSevered) {
                ends.push(End::at(Stop::OutOfReach, Length::NONE));
            }
            if done(Response::KeyDisabled) && !self.signer_may_update_keys {
                ends.push(End::at(Stop::KeyDisabled, Length::NONE));
            }
            if done(Response::RoleRemoved) {
                ends.push(End::at(Stop::RoleRemoved, parameters.role_removal));
            }
        }
        ends
    }

    /// How long the last access token works, at most and on average, counted from when the loot makes no more.
    fn last_token(&self, held: &Held, responses: &Responses) -> (Length, Length) {
        let loot = held.loot;
        if loot == Loot::BoundToken || self.resources_end(loot, responses) {
            return (Length::NONE, Length::NONE);
        }
        let long_lived = match self.long_lived_tokens {
            LongLivedTokens::NotGiven => false,
            // a thief who expects the app to be disabled asks for an ordinary one, which no event ends
            _ if self.are_events_heard(responses) => false,
            LongLivedTokens::OnRequest => !is_the_apps(loot),
            LongLivedTokens::Requested => true,
        };
        let (worst, mean) = if long_lived {
            (self.parameters.long_lived_token_life, self.parameters.long_lived_token_life)
        } else {
            (self.parameters.token_life, self.parameters.token_life_mean)
        };
        // a token that was only copied was met at a random age; one made for the thief, or asked for, is fresh
        let copied = loot == Loot::AccessToken && held.credential != CredentialKind::Broker;
        let on_average = if copied { mean / 2 } else { mean };
        (worst.into(), on_average.into())
    }

    /// Whether resources refuse a token that the app got, because the app is disabled: they hear of that for long-lived tokens
    /// alone.
    fn resources_end(&self, loot: Loot, responses: &Responses) -> bool {
        is_the_apps(loot) && self.long_lived_tokens == LongLivedTokens::Requested && self.are_events_heard(responses)
    }

    fn are_events_heard(&self, responses: &Responses) -> bool {
        self.continuous_access_evaluation && responses.contain(Response::AppDisabled)
    }
}

/// Whether the thief takes what the app asked for, and cannot ask for anything else.
fn is_the_apps(loot: Loot) -> bool {
    matches!(loot, Loot::AccessToken | Loot::Foothold)
}

fn formula(stop: Stop, token: Length) -> String {
    if stop == Stop::StillInside {
        return "∞".to_owned();
    }
    let mut terms: Vec<String> = stop.symbols().iter().map(Symbol::to_string).collect();
    if token != Length::NONE {
        terms.push(Symbol::A.to_string());
    }
    if terms.is_empty() { "0".to_owned() } else { terms.join(" + ") }
}

fn sentence(loot: Loot, stop: Stop, makes: Length, token: Length, is_average: bool) -> String {
    let subject = loot.subject();
    let usually = if is_average { " on average" } else { "" };
    let last = if token == Length::NONE {
        "Resources refuse the last token.".to_owned()
    } else {
        format!("The last token works {token} more{usually}.")
    };
    let until = match stop {
        Stop::Nothing if loot == Loot::BoundToken => return format!("{subject}."),
        Stop::Nothing => return format!("{subject} until it expires{usually}: {token}."),
        Stop::StillInside => return format!("{subject}, for as long as the thief stays."),
        Stop::OutOfReach => return format!("{subject} no more: the vault is out of reach. {last}"),
        Stop::KeyDisabled => return format!("{subject} no more: the key is disabled. {last}"),
        Stop::CredentialEnds
        | Stop::OwnCertificateEnds
        | Stop::AssertionEnds
        | Stop::IdentityTokenEnds
        | Stop::VaultTokenEnds => match makes {
            Length::Known(_) => format!("until its end{usually} in {makes}"),
            Length::Unknown { .. } => "until its end, which is not known".to_owned(),
            Length::Unbounded => "until somebody removes it: no end is sure".to_owned(),
        },
        Stop::RoleRemoved => format!("until the vault has heard that the role is gone: {makes}"),
        Stop::CredentialRemoved => format!("until Entra has heard that it was removed: {makes}"),
        Stop::AppDisabled => format!("until Entra has heard that the app is disabled: {makes}"),
    };
    format!("{subject} {until}. {last}")
}
