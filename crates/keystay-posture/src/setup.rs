//! From what is known to what the exposure model asks for.
//!
//! What is not known is taken to be the worse: a number that is too good would be believed.

use crate::{
    access::{Power, Powers},
    checks::{DETECTED, Posture, USUAL_TOKEN_SECONDS, is_named},
    exposure::{Certificate, Ends, FederatedIdentity, KeyPlace, Length, LongLivedTokens, Setup, Signing, VaultNetwork},
    facts::{FederatedCredential, GivesOut, KeyCredential, SignerCredential},
    finding::{Finding, State},
};

/// The setup as it is. `findings` are those of all checks: where the model asks what a check asks, the check answers.
pub(crate) fn setup(posture: &Posture<'_>, findings: &[Finding]) -> Setup {
    let passed = |id: &str| findings.iter().any(|one| one.id == id && one.state == State::Pass);
    let settings = posture.settings().map(|seen| &seen.value).ok();
    Setup {
        client_secrets: client_secrets(posture),
        certificates: certificates(posture),
        federated_identities: federated_identities(posture),
        signing: match settings.map(|settings| settings.gives_out) {
            Some(GivesOut::Assertions) if passed("KS033") => Signing::Signer,
            Some(GivesOut::Tokens) if passed("KS033") => Signing::Broker,
            _ => Signing::App,
        },
        assertion_cap: settings
            .map_or(Length::Unbounded, |settings| Length::seconds(settings.assertion.lifetime_seconds.into())),
        signer_may_update_keys: signer_may_update_keys(posture),
        vault_network: if passed("KS017") { VaultNetwork::Restricted } else { VaultNetwork::Open },
        home_principal_enabled: !matches!(posture.facts.home_principal(), Ok(None))
            && !posture
                .facts
                .home_principal()
                .ok()
                .flatten()
                .is_some_and(|principal| principal.enabled().is_ok_and(|enabled| !enabled.value)),
        long_lived_tokens: long_lived_tokens(posture),
        // an alert on a log that is not kept, or not sent, tells nobody
        detection: if passed("KS019") && passed("KS020") { DETECTED } else { Length::Unbounded },
        response_time: response_time(posture, passed("KS036")),
        ..Setup::default()
    }
}

fn client_secrets(posture: &Posture<'_>) -> Vec<Ends> {
    let of_app = posture.facts.application().password_credentials().ok();
    let principal = posture.facts.home_principal().ok().flatten();
    let of_principal = principal.and_then(|principal| principal.password_credentials().ok());
    let all = of_app.into_iter().chain(of_principal).flat_map(|seen| seen.value);
    let ends = all.map(|secret| secret.ends.map_or(Ends::Unknown, Ends::At));
    ends.filter(|ends| is_live(*ends, posture)).collect()
}

fn is_live(ends: Ends, posture: &Posture<'_>) -> bool {
    ends.left(posture.now) != Length::NONE
}

fn certificates(posture: &Posture<'_>) -> Vec<Certificate> {
    let Ok(of_app) = posture.registered() else {
        // something is registered, and it may be anything
        return vec![Certificate { ends: Ends::Unknown, key: KeyPlace::Exportable, rotated_every: None }];
    };
    let all = of_app.value.iter().chain(posture.registered_at_principal().unwrap_or_default());
    let certificates = all.map(|credential| certificate(posture, credential));
    certificates.filter(|one| is_live(one.ends, posture)).collect()
}

fn certificate(posture: &Posture<'_>, credential: &KeyCredential) -> Certificate {
    let life = credential.begins.zip(credential.ends).map(|(begins, ends)| ends - begins);
    let settings = posture.settings();
    let rotated = settings.as_ref().is_ok_and(|seen| seen.value.registers_new_versions);
    // whoever registers new versions by themselves does it at half of the life
    let rotated_every = life.filter(|life| rotated && life.is_positive()).map(|life| life.unsigned_abs() / 2);
    Certificate {
        ends: credential.ends.map_or(Ends::Unknown, Ends::At),
        key: key_place(posture, credential),
        rotated_every,
    }
}

fn key_place(posture: &Posture<'_>, credential: &KeyCredential) -> KeyPlace {
    let version = credential.thumbprint.as_ref().map_err(Clone::clone).map(|one| posture.version_of(*one));
    let Ok(Ok(version)) = version else { return KeyPlace::Exportable };
    let Some(version) = version else {
        let settings = posture.settings();
        let in_file = settings.is_ok_and(|seen| seen.value.credential == SignerCredential::CertificateFile);
        return if in_file { KeyPlace::Exportable } else { KeyPlace::Unrecognised };
    };
    match posture.key_of(&version.version).and_then(|key| key.exportable) {
        Some(false) => KeyPlace::Vault,
        _ => KeyPlace::Exportable,
    }
}

/// Those that were named come first: repairing is to drop the rest.
fn federated_identities(posture: &Posture<'_>) -> Vec<FederatedIdentity> {
    let credentials = posture.facts.federated_credentials().unwrap_or_default();
    let named = |one: &&FederatedCredential| is_named(posture, &one.issuer, &one.subject);
    let (named, foreign): (Vec<_>, Vec<_>) = credentials.iter().partition(named);
    let identity = |credential: &FederatedCredential| {
        let microsoft = ["https://login.microsoftonline.", "https://login.partner.microsoftonline.", "https://sts."];
        if microsoft.iter().any(|host| credential.issuer.starts_with(host)) {
            FederatedIdentity::ManagedIdentity
        } else {
            // how long its tokens live is the issuer's secret; Entra has its own limit
            FederatedIdentity::Issuer { token_life: Length::Unbounded }
        }
    };
    named.into_iter().chain(foreign).map(identity).collect()
}

fn signer_may_update_keys(posture: &Posture<'_>) -> bool {
    let (Ok(signer), Ok(reach)) = (posture.signer(), &posture.standing) else { return true };
    if !reach.missing().is_empty() || posture.groups_missing.is_some() {
        return true;
    }
    let again = Powers::of(&[Power::UpdateKey, Power::AssignRoles]);
    reach.given_to(&signer, &posture.groups).iter().any(|(grant, _)| !grant.powers.and(again).is_empty())
}

fn long_lived_tokens(posture: &Posture<'_>) -> LongLivedTokens {
    let asks = posture.settings().is_ok_and(|seen| seen.value.asks_for_long_tokens);
    let tokens = posture.facts.tenant_tokens().map(|seen| seen.value).unwrap_or_default();
    let seen = tokens.iter().any(|token| token.lifetime_seconds > USUAL_TOKEN_SECONDS);
    if asks || seen { LongLivedTokens::Requested } else { LongLivedTokens::NotGiven }
}

/// As long as the drill took. Nobody rehearsed: nobody knows.
fn response_time(posture: &Posture<'_>, rehearsed: bool) -> Length {
    let drill = posture.facts.breach_drill();
    let measured = drill.ok().filter(|seen| seen.value.succeeded && rehearsed);
    measured.map_or(Length::UNKNOWN, |seen| Length::seconds(seen.value.seconds))
}
