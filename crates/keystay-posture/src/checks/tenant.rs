//! What the home tenant allows.

use time::OffsetDateTime;

use super::{
    Notes, Posture,
    check::{Check, Subject, sources},
};
use crate::{
    facts::{AppManagementPolicy, Document as D, Restriction},
    finding::Severity,
};

pub(super) static NOT_ANYBODY_REGISTERS: Check = Check {
    id: "KS024",
    slug: "not-anybody-registers-apps",
    title: "People without an admin role may not register apps",
    severity: Severity::High,
    about: Subject::Tenant,
    why: "Any stolen mailbox of the tenant can register an app with a name like yours and send your customers its consent \
          link, and its owner may add credentials to it for ever.",
    may_break: "Developers need the role Application Developer to register apps.",
    sources: sources![Cis2 "1.14", Cis3 "2.14", Cis4 "6.14", Cis5 "5.14", Maester "EIDSCA.AP10", ZeroTrust "21807", Mcsb "PA-7"],
    needs: &[D::AuthorizationPolicy],
    also_reads: &[],
    look: not_anybody_registers,
    repair: None,
};

fn not_anybody_registers(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(anybody) = notes.know(posture.facts.authorization_policy().anybody_registers_apps()) {
        notes.judge(!anybody.value, &anybody.place, format!("allowed to create apps: {}", anybody.value));
    }
    notes.fix(
        "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy --body \
         '{\"defaultUserRolePermissions\":{\"allowedToCreateApps\":false}}'",
    );
}

pub(super) static APP_MANAGEMENT: Check = Check {
    id: "KS025",
    slug: "credentials-restricted",
    title: "The tenant lets apps have no client secrets and no long-lived certificates, and this app is no exception",
    severity: Severity::High,
    about: Subject::Tenant,
    why: "What is right today stays right only if nobody can add a secret tomorrow. The policy stops an owner and a stolen \
          admin session alike; whether it binds addKey is not documented.",
    may_break: "Apps of the tenant that live on client secrets cannot get new ones.",
    sources: sources![Maester "MT.1063", ZeroTrust "21992", Mcsb "IM-3"],
    needs: &[D::DefaultAppManagementPolicy, D::AppManagementPolicies],
    also_reads: &[D::Application],
    look: app_management,
    repair: None,
};

fn app_management(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(policy) = notes.know(posture.facts.default_app_management()) {
        if policy.enabled {
            let created = if policy.restrictions.iter().any(|one| one.created_after.is_some()) {
                notes.know(posture.facts.application().created()).map(|seen| seen.value)
            } else {
                None
            };
            let secrets = find(policy, "passwordAddition", created);
            let found = secrets.map_or(&policy.place, |one| &one.place);
            notes.judge(secrets.is_some(), found, said("client secrets refused", secrets.is_some()));
            let life = find(policy, "asymmetricKeyLifetime", created);
            let short =
                life.and_then(|one| one.longest).is_some_and(|longest| longest <= posture.limits.certificate_life);
            let found = life.map_or(&policy.place, |one| &one.place);
            notes.judge(short, found, said("certificates over 90 days refused", short));
        } else {
            notes.fault(&policy.place, "the tenant's policy is not enabled");
        }
    }
    for policy in notes.know(posture.facts.app_management()).unwrap_or_default().iter().filter(|one| one.enabled) {
        for restriction in &policy.restrictions {
            let laxer = !restriction.enabled
                || restriction.longest.is_some_and(|longest| longest > posture.limits.certificate_life);
            let matters = matches!(restriction.kind.as_str(), "passwordAddition" | "asymmetricKeyLifetime");
            if matters {
                let what = format!("a policy of this app's own: {}", restriction.kind);
                notes.judge(!laxer, &restriction.place, said(&what, !laxer));
            }
        }
    }
    notes.fix(
        "az rest --method patch --url https://graph.microsoft.com/v1.0/policies/defaultAppManagementPolicy --body \
         '{\"isEnabled\":true,\"applicationRestrictions\":{\"passwordCredentials\":[{\"restrictionType\":\"passwordAddition\",\
         \"state\":\"enabled\"}],\"keyCredentials\":[{\"restrictionType\":\"asymmetricKeyLifetime\",\"state\":\"enabled\",\
         \"maxLifetime\":\"P90D\"}]}}'",
    );
    notes.fix("# this replaces both lists: read the policy first and keep what else is in it");
}

fn said(what: &str, yes: bool) -> String {
    format!("{what}: {}", if yes { "yes" } else { "no" })
}

/// The restriction, if it holds for an app made at `created`.
fn find<'a>(policy: &'a AppManagementPolicy, kind: &str, created: Option<OffsetDateTime>) -> Option<&'a Restriction> {
    let binds = |one: &&Restriction| {
        let in_time = match (one.created_after, created) {
            (Some(after), Some(created)) => created > after,
            // it holds for all, or the app's age is not known, which was noted
            (None, _) | (Some(_), None) => true,
        };
        one.kind == kind && one.enabled && in_time
    };
    policy.restrictions.iter().find(binds)
}
