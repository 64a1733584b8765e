//! Who may use the key.

use crate::{
    access::{CONTROL_ROLES, Grant, Holder, Powers, contains},
    facts::{Document as D, Missing, Place, PrincipalKind, quote},
    finding::Severity,
};

use super::{
    Notes, Posture,
    check::{Check, Subject, sources, told},
    posture::setting,
};

pub(super) static ROLES_DECIDE: Check = Check {
    id: "KS011",
    slug: "vault-uses-roles",
    title: "Roles decide who may use the vault, not access policies",
    severity: Severity::High,
    about: Subject::Vault,
    why: "An access policy holds for the whole vault, never for one key, and whoever may write the vault (any Contributor) \
          writes themselves into it.",
    may_break: "All access policies stop to work at that moment: give each identity its role first.",
    sources: sources![Cis2 "8.6", Cis3 "3.3.6", Cis4 "9.3.6", Cis5 "8.3.6", Mcsb "PA-7", PsRule "AZR-000118"],
    needs: &[D::Vault],
    also_reads: &[],
    look: roles_decide,
    repair: None,
};

fn roles_decide(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(roles) = notes.know(posture.facts.vault().uses_roles()) {
        notes.judge(roles.value, &roles.place, format!("roles decide: {}", roles.value));
    }
    notes.fix(format!("az keyvault update -n {} --enable-rbac-authorization true", posture.names.vault()));
}

pub(super) static LEAST_RIGHT: Check = Check {
    id: "KS012",
    slug: "signer-least-right",
    title: "The signing identity may read and use this one key to sign, and nothing beside it",
    severity: Severity::High,
    about: Subject::Key,
    why: "What the signer's identity can do is what its thief can do, for as long as a day after the eviction. A right over \
          the vault is a right over each key that is ever put there.",
    may_break: "Nothing that only signs. Assign the narrow role before removing the wide one: both take minutes to spread.",
    sources: sources![Mcsb "PA-7"],
    needs: &[D::Vault, D::Certificate, D::RoleAssignments, D::RoleDefinitions, D::GroupMembers, D::SignerSettings],
    also_reads: &[],
    look: least_right,
    repair: None,
};

fn least_right(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(given) = given_to_signer(posture, notes) else { return };
    let by_roles = posture.facts.vault().uses_roles().is_ok_and(|seen| seen.value);
    let vault = posture.names.vault_id.as_deref().unwrap_or_default();
    let mut signs = false;
    for (grant, group) in &given {
        let way = way(grant, *group);
        let uses_key = !grant.powers.and(Powers::SIGN_AND_READ).is_empty();
        signs |= !grant.powers.and(Powers::SIGN).is_empty();
        let superfluous = grant.powers.and(Powers::SUPERFLUOUS);
        // access policies cannot be narrowed: that is what the check of the model is about
        let wide = by_roles && uses_key && contains(grant.scope, vault);
        if !superfluous.is_empty() {
            notes.fault(grant.place, format!("{way} gives {} too", superfluous.words()));
        } else if wide {
            notes.fault(grant.place, format!("{way} holds for every key at {}", grant.scope));
        } else if uses_key {
            notes.saw(grant.place, format!("{way} gives {}", grant.powers.words()));
        }
        if wide || !superfluous.is_empty() {
            notes.fix(remove(grant));
        }
    }
    let place = setting("signer_principal");
    if !signs && notes.knows_all() {
        notes.fault(&place, "the signing identity has no right to sign with this key");
    }
    assign_narrow_role(posture, notes);
}

fn assign_narrow_role(posture: &Posture<'_>, notes: &mut Notes) {
    let scope = posture
        .names
        .subscription()
        .map_or("/subscriptions/<subscription>".to_owned(), |id| format!("/subscriptions/{id}"));
    let role = serde_json::json!({
        "Name": "Key Signer",
        "Description": "Reads a key and signs with it.",
        "DataActions": [
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/sign/action",
            "Microsoft.KeyVault/vaults/certificates/read",
        ],
        "AssignableScopes": [scope],
    });
    notes.fix(format!("az role definition create --role-definition {}", quote(&role.to_string())));
    let assign = |scope: String| {
        format!(
            "az role assignment create --assignee-object-id {} --assignee-principal-type ServicePrincipal --role 'Key \
             Signer' --scope {scope}",
            posture.names.signer()
        )
    };
    // to sign is a right on the key; to find it by the certificate's name, one on the certificate
    notes.fix(assign(posture.names.key_scope()));
    notes.fix(assign(posture.names.certificate_scope()));
}

pub(super) static NO_DANGEROUS_RIGHT: Check = Check {
    id: "KS013",
    slug: "signer-no-dangerous-right",
    title: "The signing identity cannot read secrets, change, copy or replace the key, or give itself rights",
    severity: Severity::High,
    about: Subject::Key,
    why: "With keys/update a stolen token enables again what you disabled in the breach; with keys/backup the key moves to \
          another vault; with the secrets an exportable key is simply read. Key Vault Crypto User includes the first two.",
    may_break: "Nothing that only signs. Rotation needs such rights: give them to the identity that rotates, not to this one.",
    sources: sources![Mcsb "PA-7"],
    needs: &[D::Vault, D::Certificate, D::RoleAssignments, D::RoleDefinitions, D::GroupMembers, D::SignerSettings],
    also_reads: &[],
    look: no_dangerous_right,
    repair: Some(|_, setup| setup.signer_may_update_keys = false),
};

fn no_dangerous_right(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(given) = given_to_signer(posture, notes) else { return };
    let dangerous = Powers::DANGEROUS.or(Powers::SELF_GRANT_BY_POLICY);
    let by_roles = posture.facts.vault().uses_roles().is_ok_and(|seen| seen.value);
    // writing the vault gives no rights in it where roles decide
    let dangerous = if by_roles { Powers::DANGEROUS.or(Powers::SELF_GRANT) } else { dangerous };
    for (grant, group) in given {
        let bad = grant.powers.and(dangerous);
        let way = way(grant, group);
        if bad.is_empty() {
            notes.saw(grant.place, format!("{way}: nothing of that kind"));
        } else {
            notes.fault(grant.place, format!("{way} gives {}", bad.words()));
            notes.fix(remove(grant));
        }
    }
    assign_narrow_role(posture, notes);
}

/// What the signing identity was given at this vault; with what is not known about it.
fn given_to_signer<'p>(posture: &'p Posture<'_>, notes: &mut Notes) -> Option<Vec<(&'p Grant<'p>, Option<&'p str>)>> {
    if let Some(missing) = &posture.groups_missing {
        notes.lack(missing.clone());
    }
    let (signer, reach) = (notes.know(posture.signer()), notes.know(posture.standing.as_ref().map_err(Clone::clone)));
    let (signer, reach) = (signer?, reach?);
    notes.lack_all(reach.missing());
    Some(reach.given_to(&signer, &posture.groups))
}

pub(super) static EXPECTED_SIGNERS: Check = Check {
    id: "KS014",
    slug: "only-expected-signers",
    title: "Nobody but the signer and those you named can get a signature",
    severity: Severity::High,
    about: Subject::Key,
    why: "Each principal that can sign, give itself that right, or put code on the signing host is one more way to be the \
          app at every customer. The list is seldom what people think: groups, inherited Owners and pipelines are on it.",
    may_break: "Whoever is removed loses what else they did there. Name who is meant to be on the list instead: \
                expected_principals of the signer's settings.",
    sources: sources![Cis4 "6.3.3", Cis5 "5.3.3", Mcsb "PA-7", Mcsb "PA-4"],
    needs: &[
        D::Vault,
        D::Certificate,
        D::RoleAssignments,
        D::RoleDefinitions,
        D::EligibilitySchedules,
        D::GroupMembers,
        D::SignerSettings,
        D::Hosts,
        D::HostRoleAssignments,
    ],
    also_reads: &[],
    look: expected_signers,
    repair: None,
};

fn expected_signers(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(missing) = &posture.groups_missing {
        notes.lack(missing.clone());
    }
    let expected = notes.know(posture.expected());
    let powers = notes.know(posture.signing_powers());
    let ways = [
        (&posture.standing, powers, "can sign or get that right"),
        (&posture.eligible, powers, "can activate a role and then sign"),
        (&posture.deploying, Some(Powers::DEPLOY), "can run code as the signer"),
    ];
    for (reach, powers, what) in ways {
        let reach = notes.know(reach.as_ref().map_err(Clone::clone));
        let (Some(reach), Some(powers)) = (reach, powers) else { continue };
        notes.lack_all(reach.missing());
        let mut missing = Vec::new();
        let holders = reach.holders(powers, &posture.groups, &mut missing);
        if let Some(first) = holders.first() {
            let steps = reach.steps();
            notes.saw(first.grant.place, format!("{} of {steps} assignments looked at: {what}", holders.len()));
        }
        for holder in &holders {
            let gives = holder.grant.powers.and(powers).words();
            let who = format!("{}: {what}, by {} ({gives})", person(holder), way(holder.grant, holder.group));
            // a group here is one whose members are not known: that is told apart
            let group = holder.kind == PrincipalKind::Group;
            // without the settings nobody is unexpected: they are told, and the check is unknown
            let known = group || expected.as_ref().is_none_or(|expected| expected.contains(holder.id));
            notes.judge(known, holder.grant.place, who);
            if !known {
                notes.fix(remove(holder.grant));
            }
        }
        notes.lack_all(&missing);
    }
}

pub(super) static NO_STANDING_PEOPLE: Check = Check {
    id: "KS015",
    slug: "no-standing-people",
    title: "No person has a standing right to the key: they activate one when they need it",
    severity: Severity::Medium,
    about: Subject::Key,
    why: "A stolen session of a person with a standing right signs at once and without a trace of its own. An activation \
          asks for a second factor and a reason, ends by itself, and is in a log.",
    may_break: "People have to activate their role (Privileged Identity Management) before they touch the vault.",
    sources: sources![Cis4 "6.3.3", Cis5 "5.3.3", Mcsb "PA-4", Maester "MT.1002"],
    needs: &[D::Vault, D::Certificate, D::RoleAssignments, D::RoleDefinitions, D::GroupMembers],
    also_reads: &[D::SignerSettings],
    look: no_standing_people,
    repair: None,
};

fn no_standing_people(posture: &Posture<'_>, notes: &mut Notes) {
    if let Some(missing) = &posture.groups_missing {
        notes.lack(missing.clone());
    }
    let reach = notes.know(posture.standing.as_ref().map_err(Clone::clone));
    let (Some(reach), Some(powers)) = (reach, notes.know(posture.signing_powers())) else { return };
    notes.lack_all(reach.missing());
    let mut missing = Vec::new();
    for holder in reach.holders(powers.or(Powers::DANGEROUS), &posture.groups, &mut missing) {
        let who = format!("{}: by {}", person(&holder), way(holder.grant, holder.group));
        match holder.kind {
            PrincipalKind::User => {
                notes.fault(holder.grant.place, format!("{who}, standing (an activation in progress looks the same)"));
                notes.fix(format!(
                    "# make {} eligible for the role in Privileged Identity Management, then",
                    quote(holder.id)
                ));
                notes.fix(remove(holder.grant));
            }
            PrincipalKind::Workload => notes.saw(holder.grant.place, who),
            // told as a group without known members
            PrincipalKind::Group => {}
            PrincipalKind::Unknown => match notes.know(posture.signer()) {
                Some(signer) if signer == holder.id => notes.saw(holder.grant.place, who),
                Some(_) => {
                    let Place { document, path } = holder.grant.place.clone();
                    notes.lack(Missing::Absent { document, path: format!("{path}.principalType") });
                }
                None => {}
            },
        }
    }
    notes.lack_all(&missing);
    if let Some(place) = reach.grants().first().map(|grant| grant.place) {
        let roles = CONTROL_ROLES.join(", ");
        notes.saw(place, format!("looked for people with rights in the vault, or with {roles} or the like above it"));
    }
}

pub(super) static REVIEWED: Check = Check {
    id: "KS016",
    slug: "assignments-reviewed",
    title: "Who has rights to the key was decided or reviewed in the last 90 days",
    severity: Severity::Medium,
    about: Subject::Vault,
    why: "People and pipelines leave, and their rights stay: an assignment nobody has looked at for a year is one nobody \
          would miss.",
    may_break: "Nothing.",
    sources: sources![Mcsb "PA-4"],
    needs: &[D::Vault, D::Certificate, D::RoleAssignments, D::RoleDefinitions],
    also_reads: &[D::AccessReviews],
    look: reviewed,
    repair: None,
};

fn reviewed(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(reach) = notes.know(posture.standing.as_ref().map_err(Clone::clone)) else { return };
    notes.lack_all(reach.missing());
    let since = posture.now - posture.limits.review_age;
    let old = reach.grants().iter().filter(|grant| grant.created.is_none_or(|created| created < since));
    let old: Vec<_> = old.collect();
    let Some(first) = old.first() else {
        if let Some(grant) = reach.grants().first() {
            notes.saw(grant.place, "every right was given in the last 90 days");
        }
        return;
    };
    let Some(reviews) = notes.know(posture.facts.access_reviews()) else { return };
    let last = reviews.filter(|review| review.finished <= posture.now).max_by_key(|review| review.finished);
    match last {
        Some(review) if review.finished >= since => {
            notes.saw(&review.place, format!("reviewed until {}", told(review.finished)));
        }
        last => {
            if let Some(review) = last {
                notes.saw(&review.place, format!("last reviewed until {}", told(review.finished)));
            }
            let given = first.created.map_or_else(|| "at an unknown time".to_owned(), |at| format!("on {}", at.date()));
            notes.fault(
                first.place,
                format!("{} rights are older than 90 days, as {} given {given}", old.len(), first.role),
            );
        }
    }
    notes.fix("# review them (Privileged Identity Management, access reviews), or remove and give them again");
    notes.fix(format!("az role assignment list --scope {} --include-inherited -o table", posture.names.key_scope()));
}

/// A holder, for people.
fn person(holder: &Holder<'_>) -> String {
    let kind = match holder.kind {
        PrincipalKind::User => "person",
        PrincipalKind::Group => "group",
        PrincipalKind::Workload => "workload",
        PrincipalKind::Unknown => "principal",
    };
    holder.name.map_or_else(|| format!("{kind} {}", holder.id), |name| format!("{kind} {name} ({})", holder.id))
}

/// By which way a right came, for people.
fn way(grant: &Grant<'_>, group: Option<&str>) -> String {
    let through = group.map_or(String::new(), |group| format!(" through group {group}"));
    let condition = if grant.conditional { " (with a condition, which is not evaluated)" } else { "" };
    format!("{} at {}{through}{condition}", grant.role, if grant.scope.is_empty() { "/" } else { grant.scope })
}

/// The command that takes a right away.
fn remove(grant: &Grant<'_>) -> String {
    if grant.place.document == D::Vault {
        let vault = grant.scope.rsplit('/').next().unwrap_or_default();
        return format!("az keyvault delete-policy -n {} --object-id {}", quote(vault), quote(grant.principal));
    }
    if grant.place.document == D::EligibilitySchedules {
        let (principal, role, scope) = (quote(grant.principal), quote(grant.role), quote(grant.scope));
        return format!(
            "# in Privileged Identity Management: end the eligibility of {principal} for {role} at {scope}"
        );
    }
    format!(
        "az role assignment delete --assignee {} --role {} --scope {}",
        quote(grant.principal),
        quote(grant.role),
        quote(grant.scope)
    )
}
