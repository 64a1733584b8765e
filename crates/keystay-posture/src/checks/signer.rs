//! Who signs, how, and what comes out.

use super::{
    Notes, Posture,
    app::token_place,
    check::{Check, Subject, sources},
    posture::setting,
};
use crate::{
    exposure::{Length, LongLivedTokens, Signing},
    facts::{Document as D, GivesOut, SignIn},
    finding::Severity,
};

pub(super) static MANAGED_IDENTITY: Check = Check {
    id: "KS010",
    slug: "signer-managed-identity",
    title: "The signer comes to the vault by the identity of its host, and holds no credential for it",
    severity: Severity::High,
    about: Subject::Host,
    why: "A key that cannot be taken is worth little behind a secret that can: whoever reads the signer's settings signs \
          from anywhere.",
    may_break: "The signer has to be given its role again, under the new identity.",
    sources: sources![Mcsb "IM-3", ZeroTrust "21836"],
    needs: &[D::SignerSettings, D::Hosts],
    also_reads: &[],
    look: managed_identity,
    repair: None,
};

fn managed_identity(posture: &Posture<'_>, notes: &mut Notes) {
    let hosts = notes.know(posture.facts.hosts());
    let Some(settings) = notes.know(posture.settings()) else { return };
    let place = setting("sign_in");
    match settings.value.sign_in {
        SignIn::ManagedIdentity => notes.saw(&place, SignIn::ManagedIdentity.words()),
        SignIn::WorkloadIdentity => {
            notes.saw(&place, SignIn::WorkloadIdentity.words());
            return;
        }
        other => notes.fault(&place, other.words()),
    }
    let Some(signer) = notes.know(posture.signer()) else { return };
    match hosts.unwrap_or_default().iter().find(|host| host.identities.contains(&signer)) {
        Some(host) => notes.saw(&host.place, format!("{} holds the signing identity", host.id)),
        None if hosts.is_some() && !notes.has_fault() => {
            notes.fault(&setting("signer_principal"), "no host holds the signing identity");
        }
        None => {}
    }
    let host = posture.names.host();
    let kind = posture.names.host.as_deref().unwrap_or_default().to_ascii_lowercase();
    notes.fix(if kind.contains("/microsoft.app/containerapps/") {
        format!("az containerapp identity assign --ids {host} --system-assigned")
    } else if kind.contains("/microsoft.web/sites/") {
        format!("az webapp identity assign --ids {host}")
    } else {
        format!("# give the host {host} a managed identity")
    });
    notes.fix("# then give that identity its role (see KS012), and take the old credential out of the settings");
}

pub(super) static SHORT_ASSERTIONS: Check = Check {
    id: "KS032",
    slug: "assertions-short-and-bound",
    title: "Each signed assertion is good for minutes, once, at one tenant, and names its certificate by SHA-256",
    severity: Severity::High,
    about: Subject::App,
    why: "Entra sets no limit to the life of an assertion. One that is stolen from memory or a log works until it ends: \
          minutes, if the signer says so.",
    may_break: "Hosts whose clock is wrong by more than the life of an assertion.",
    sources: sources![Mcsb "IM-3"],
    needs: &[D::SignerSettings],
    also_reads: &[],
    look: short_assertions,
    repair: Some(|_, setup| setup.assertion_cap = setup.assertion_cap.min(Length::minutes(5))),
};

fn short_assertions(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(settings) = notes.know(posture.settings()) else { return };
    let at = |name: &str| setting(&format!("assertion.{name}"));
    let assertion = &settings.value.assertion;
    let seconds = assertion.lifetime_seconds;
    notes.judge(seconds <= 600, &at("lifetime_seconds"), format!("{seconds} s"));
    notes.judge(assertion.unique_id, &at("unique_id"), format!("unique id: {}", assertion.unique_id));
    let bound = assertion.audience_per_tenant;
    notes.judge(bound, &at("audience_per_tenant"), format!("good at one tenant only: {bound}"));
    notes.judge(assertion.algorithm == "PS256", &at("algorithm"), assertion.algorithm.clone());
    let header = &assertion.thumbprint_header;
    notes.judge(header == "x5t#S256", &at("thumbprint_header"), header.clone());
    notes.fix("# sign with keystay, or set: exp = now + 300 s, a fresh jti, aud = the tenant's token endpoint, PS256, x5t#S256");
}

pub(super) static SEPARATE_SIGNER: Check = Check {
    id: "KS033",
    slug: "app-cannot-sign",
    title: "The app itself cannot sign: another host under another identity does",
    severity: Severity::High,
    about: Subject::Host,
    why: "A thief inside a process that can sign has assertions made in advance, good until the certificate is removed, and \
          leaves with them. Where somebody else signs, the thief leaves with tokens of an hour.",
    may_break: "The app asks the broker for tokens: most SDKs need an environment variable for that, and no code.",
    sources: sources![Mcsb "PA-7"],
    needs: &[
        D::Vault,
        D::Certificate,
        D::RoleAssignments,
        D::RoleDefinitions,
        D::GroupMembers,
        D::SignerSettings,
        D::Hosts,
    ],
    also_reads: &[],
    look: separate_signer,
    repair: Some(|_, setup| setup.signing = Signing::Broker),
};

fn separate_signer(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(missing) = &posture.groups_missing {
        notes.lack(missing.clone());
    }
    let hosts = notes.know(posture.facts.hosts());
    let reach = notes.know(posture.standing.as_ref().map_err(Clone::clone));
    let powers = notes.know(posture.signing_powers());
    let Some(settings) = notes.know(posture.settings()) else { return };
    let gives_out = settings.value.gives_out;
    let raw = gives_out == GivesOut::Signatures;
    notes.judge(!raw, &setting("gives_out"), format!("the signer gives out {}", gives_out.words()));
    let Some((app, signer)) = notes.know(posture.hosts_of()) else { return };
    if app == signer {
        notes.fault(&setting("signer_host"), "the app and the signer run on one host");
    } else {
        notes.saw(&setting("signer_host"), "the signer has a host of its own");
    }
    if let (Some(hosts), Some(reach), Some(powers)) = (hosts, reach, powers) {
        notes.lack_all(reach.missing());
        let Some(host) = hosts.iter().find(|host| host.id == app) else {
            notes.lack(crate::facts::Missing::Absent { document: D::Hosts, path: format!("$[?@.id=='{app}']") });
            return;
        };
        for identity in &host.identities {
            let given = reach.given_to(identity, &posture.groups);
            let signs = given.iter().find(|(grant, _)| !grant.powers.and(powers).is_empty());
            match signs {
                Some((grant, _)) => {
                    let what =
                        format!("identity {identity} of the app's host: {} ({})", grant.role, grant.powers.words());
                    notes.fault(grant.place, what);
                }
                None => notes.saw(&host.place, format!("identity {identity} of the app's host cannot sign")),
            }
        }
        if host.identities.is_empty() {
            notes.saw(&host.place, "the app's host has no identity");
        }
    }
    notes.fix("# run keystay serve under another identity on another host, give that identity the role, take it from the app's");
    notes.fix("keystay serve --config keystay.toml");
}

pub(super) static SHORT_TOKENS: Check = Check {
    id: "KS034",
    slug: "tokens-short-lived",
    title: "Access tokens live at most 90 minutes, and nobody asks for those of a day",
    severity: Severity::Medium,
    about: Subject::App,
    why: "A stolen access token works until it ends, and nothing ends it early for an app of many tenants. The client \
          capability cp1 can make it a day.",
    may_break: "More tokens are asked for, each with a signature.",
    sources: sources![Mcsb "IM-3"],
    needs: &[D::TenantTokens, D::SignerSettings],
    also_reads: &[],
    look: short_tokens,
    repair: Some(|_, setup| {
        if setup.long_lived_tokens == LongLivedTokens::Requested {
            setup.long_lived_tokens = LongLivedTokens::OnRequest;
        }
    }),
};

/// What Entra gives when nobody asks for more.
pub(crate) const USUAL_TOKEN_SECONDS: u32 = 90 * 60;

fn short_tokens(posture: &Posture<'_>, notes: &mut Notes) {
    let settings = notes.know(posture.settings());
    let handled = settings.is_some_and(|seen| seen.value.answers_claims_challenges);
    if let Some(settings) = settings {
        let asks = settings.value.asks_for_long_tokens;
        let what = if asks { "asks for tokens of a day" } else { "asks for ordinary tokens" };
        notes.judge(!asks || handled, &setting("asks_for_long_tokens"), what);
    }
    let Some(tokens) = notes.know(posture.facts.tenant_tokens()) else { return };
    for (index, token) in tokens.value.iter().enumerate() {
        let place = token_place(&tokens.place, index, "lifetime_seconds");
        let long = token.lifetime_seconds > USUAL_TOKEN_SECONDS;
        let capable = token.capabilities.iter().any(|one| one == "cp1");
        let what =
            format!("tenant {}: {} s{}", token.tenant, token.lifetime_seconds, if capable { ", cp1" } else { "" });
        notes.judge(!(long || capable) || handled, &place, what);
    }
    notes.fix("# do not send xms_cc cp1: in the SDKs, do not enable CAE for this credential");
}
