//! The app registration.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Notes, Posture,
    check::{Check, Subject, sources},
};
use crate::{
    facts::{Document as D, GRAPH, Missing, Names, Place, PrincipalKind, quote},
    finding::Severity,
};

pub(super) static INSTANCE_LOCK: Check = Check {
    id: "KS026",
    slug: "instance-lock",
    title: "Nobody in a customer tenant can add credentials to the app there",
    severity: Severity::High,
    about: Subject::App,
    why: "Without the lock an administrator at a customer, or a thief of one, adds a secret to your app's principal in their \
          tenant and calls as your app: their log then accuses you.",
    may_break: "Customers who added credentials to the principal themselves, as for single sign-on, can change them no more.",
    sources: sources![ZeroTrust "21777", Mcsb "IM-3"],
    needs: &[D::Application],
    also_reads: &[],
    look: instance_lock,
    repair: None,
};

fn instance_lock(posture: &Posture<'_>, notes: &mut Notes) {
    let app = posture.facts.application();
    let Some(audience) = notes.know(app.audience()) else { return };
    if audience.value == "AzureADMyOrg" {
        notes.saw(&audience.place, "the app has no customer tenants");
        notes.nothing_here();
        return;
    }
    if let Some(lock) = notes.know(app.instance_lock()) {
        notes.judge(lock.value, &lock.place, format!("locked: {}", lock.value));
    }
    notes.fix(format!(
        "az rest --method patch --url {} --body \
         '{{\"servicePrincipalLockConfiguration\":{{\"isEnabled\":true,\"allProperties\":true}}}}'",
        posture.names.graph_app("")
    ));
}

pub(super) static OWNERS: Check = Check {
    id: "KS027",
    slug: "owners-few",
    title: "The app has few owners, all of them people of the home tenant",
    severity: Severity::High,
    about: Subject::App,
    why: "Each owner can add a credential to the app, without any admin role and past the vault. A guest's account is \
          protected by somebody else; a workload that owns its own app makes itself immortal.",
    may_break: "Who is removed can change the app no more. Keep one who can act in a breach.",
    sources: sources![ZeroTrust "21868", Mcsb "PA-7"],
    needs: &[D::Owners],
    also_reads: &[],
    look: owners,
    repair: None,
};

fn owners(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(owners) = notes.know(posture.facts.owners()) else { return };
    if owners.is_empty() {
        notes.saw(&Place { document: D::Owners, path: "$".to_owned() }, "none");
    }
    for owner in owners {
        let name = owner.name.as_deref().unwrap_or("without a name");
        let (fine, what) = match (owner.kind, owner.guest) {
            (_, true) => (false, "a guest"),
            (PrincipalKind::Workload, _) => (false, "a workload"),
            (PrincipalKind::User, _) => (true, "a person"),
            (PrincipalKind::Group | PrincipalKind::Unknown, _) => {
                let Place { document, path } = owner.place.clone();
                notes.lack(Missing::Absent { document, path: format!("{path}['@odata.type']") });
                continue;
            }
        };
        notes.judge(fine, &owner.place, format!("{name} ({}): {what}", owner.id));
        if !fine {
            notes.fix(remove_owner(posture.names, &owner.id));
        }
    }
    if let Some(one_too_many) = owners.get(posture.limits.owners) {
        notes.fault(&one_too_many.place, format!("{} owners", owners.len()));
        notes.fix(remove_owner(posture.names, &one_too_many.id));
    }
}

fn remove_owner(names: &Names, owner: &str) -> String {
    format!("az ad app owner remove --id {} --owner-object-id {}", names.app(), quote(owner))
}

/// Application permissions of Microsoft Graph by which an app gets hold of itself, of others, or of a directory:
/// <https://learn.microsoft.com/graph/permissions-reference>
const TAKEOVER: [(&str, &str); 8] = [
    ("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Application.ReadWrite.All"),
    ("18a4783c-866b-4cc7-a460-3d5e5662c884", "Application.ReadWrite.OwnedBy"),
    ("06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All"),
    ("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All"),
    ("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "RoleManagement.ReadWrite.Directory"),
    ("dd199f4a-f148-40a4-a2ec-f0069cc799ec", "RoleAssignmentSchedule.ReadWrite.Directory"),
    ("fee28b28-e1f3-4841-818e-2704dc62245f", "RoleEligibilitySchedule.ReadWrite.Directory"),
    ("b38dcc4d-a239-4ed6-aa84-6c65b284f97c", "RoleManagementPolicy.ReadWrite.AzureADGroup"),
];

/// By the name a token has: also what the table lacks, as `RoleManagement.*` of other services.
fn is_takeover(role: &str) -> bool {
    TAKEOVER.iter().any(|(_, name)| *name == role) || role.starts_with("RoleManagement.ReadWrite.")
}

pub(super) static NO_TAKEOVER_PERMISSION: Check = Check {
    id: "KS028",
    slug: "no-takeover-permission",
    title: "The app may not write apps, role assignments or the directory",
    severity: Severity::Critical,
    about: Subject::App,
    why: "With such a permission one stolen token is enough to add a credential, at home or at the customer, and the theft \
          outlives every answer in this report.",
    may_break: "Features that use the permission. Customers keep the old consent until they consent again, or you remove it \
                there.",
    sources: sources![Mcsb "PA-7"],
    needs: &[D::Application, D::TenantTokens],
    also_reads: &[D::ResourceRoles],
    look: no_takeover_permission,
    repair: None,
};

fn no_takeover_permission(posture: &Posture<'_>, notes: &mut Notes) {
    let permissions = notes.know(posture.facts.application().permissions());
    let permissions = permissions.map(|seen| seen.value).unwrap_or_default();
    let known: Vec<_> = posture.facts.resource_roles().map(Iterator::collect).unwrap_or_default();
    for permission in permissions.iter().filter(|one| one.application && one.resource == GRAPH) {
        let listed = TAKEOVER.iter().find(|(id, _)| *id == permission.id).map(|(_, name)| *name);
        let named = known.iter().find(|role| role.resource == GRAPH && role.id == permission.id);
        let name = listed.or(named.map(|role| role.value.as_str()));
        match name.filter(|name| is_takeover(name)) {
            Some(name) => {
                notes.fault(&permission.place, format!("asks for {name}"));
                notes.fix(format!(
                    "az ad app permission delete --id {} --api {GRAPH} --api-permissions {}",
                    posture.names.app(),
                    quote(&permission.id)
                ));
            }
            None => notes.saw(&permission.place, format!("asks for {}", name.unwrap_or(&permission.id))),
        }
    }
    let Some(tokens) = notes.know(posture.facts.tenant_tokens()) else { return };
    for (index, token) in tokens.value.iter().enumerate() {
        let place = token_place(&tokens.place, index, "roles");
        for role in token.roles.iter().filter(|role| is_takeover(role)) {
            notes.fault(&place, format!("tenant {} granted {role}", token.tenant));
            notes.fix(format!(
                "# tenant {}: ask its administrator to remove {} from the app",
                quote(&token.tenant),
                quote(role)
            ));
        }
    }
}

pub(super) fn token_place(list: &Place, index: usize, field: &str) -> Place {
    Place { document: list.document, path: format!("{}[{index}].{field}", list.path) }
}

pub(super) static PERMISSIONS_AGREE: Check = Check {
    id: "KS029",
    slug: "permissions-agree",
    title: "Each tenant granted what the app asks for, and the app asks for what it uses",
    severity: Severity::Medium,
    about: Subject::App,
    why: "A permission that is granted and not used is loot without a purpose. One that is asked for and not granted makes \
          the app fail at that customer only.",
    may_break: "Removing a permission that some feature uses after all.",
    sources: sources![ZeroTrust "21992", Mcsb "PA-7"],
    needs: &[D::Application, D::ResourceRoles, D::TenantTokens, D::SignerSettings],
    also_reads: &[],
    look: permissions_agree,
    repair: None,
};

fn permissions_agree(posture: &Posture<'_>, notes: &mut Notes) {
    let facts = posture.facts;
    let permissions = notes.know(facts.application().permissions());
    let roles = notes.know(facts.resource_roles());
    let tokens = notes.know(facts.tenant_tokens());
    let settings = notes.know(posture.settings());
    let (Some(permissions), Some(roles)) = (permissions, roles) else { return };
    let names: BTreeMap<_, _> =
        roles.map(|one| ((one.resource.as_str(), one.id.as_str()), one.value.as_str())).collect();
    let mut asked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for permission in permissions.value.iter().filter(|one| one.application) {
        match names.get(&(permission.resource.as_str(), permission.id.as_str())) {
            Some(name) => drop(asked.entry(&permission.resource).or_default().insert(name)),
            None => notes.lack(Missing::Absent {
                document: D::ResourceRoles,
                path: format!("$[?@.appId=='{}'].appRoles[?@.id=='{}']", permission.resource, permission.id),
            }),
        }
    }
    for (index, token) in tokens.iter().flat_map(|seen| seen.value.iter().enumerate()) {
        let list = Place { document: D::TenantTokens, path: "$".to_owned() };
        let place = token_place(&list, index, "roles");
        let nothing = BTreeSet::new();
        let asked = asked.get(token.resource.to_ascii_lowercase().as_str()).unwrap_or(&nothing);
        let granted: BTreeSet<&str> = token.roles.iter().map(String::as_str).collect();
        let text = |set: &mut dyn Iterator<Item = &&str>| set.copied().collect::<Vec<_>>().join(", ");
        let more = text(&mut granted.difference(asked));
        let less = text(&mut asked.difference(&granted));
        if more.is_empty() && less.is_empty() {
            notes.saw(&place, format!("tenant {}: granted what is asked for", token.tenant));
        }
        if !more.is_empty() {
            notes.fault(&place, format!("tenant {} granted more than is asked for: {more}", token.tenant));
        }
        if !less.is_empty() {
            notes.fault(&place, format!("tenant {} has not granted: {less}", token.tenant));
        }
    }
    if let Some(used) = settings.and_then(|seen| seen.value.used_permissions.as_ref()) {
        let unused = asked.values().flatten().filter(|name| !used.iter().any(|one| one == *name)).copied();
        let unused: Vec<_> = unused.collect();
        if !unused.is_empty() {
            notes.fault(&permissions.place, format!("asked for and not used: {}", unused.join(", ")));
            notes.fix(format!(
                "az ad app permission list --id {} -o json  # then az ad app permission delete for each",
                posture.names.app()
            ));
        }
    }
    notes.fix("# keystay onboard makes the link by which the tenant's administrator consents again");
}

pub(super) static NO_FOREIGN_FEDERATION: Check = Check {
    id: "KS030",
    slug: "no-foreign-federation",
    title: "No federated credential is there that nobody named",
    severity: Severity::High,
    about: Subject::App,
    why: "A federated credential makes somebody else's token a proof of being the app, with no certificate and no vault: a \
          quiet back door that no rotation closes.",
    may_break: "Pipelines and clusters that sign in by it. Name those you want: expected_federations of the signer's settings.",
    sources: sources![Mcsb "IM-3"],
    needs: &[D::FederatedCredentials],
    also_reads: &[D::SignerSettings],
    look: no_foreign_federation,
    repair: Some(|posture, setup| {
        // what was named stays
        setup.federated_identities.truncate(named_federations(posture));
    }),
};

/// How many federated credentials are meant to be there, of those that are.
pub(crate) fn named_federations(posture: &Posture<'_>) -> usize {
    let credentials = posture.facts.federated_credentials().unwrap_or_default();
    credentials.iter().filter(|one| is_named(posture, &one.issuer, &one.subject)).count()
}

pub(crate) fn is_named(posture: &Posture<'_>, issuer: &str, subject: &str) -> bool {
    let settings = posture.settings();
    let named = settings.iter().flat_map(|seen| &seen.value.expected_federations);
    named.into_iter().any(|one| one.issuer == issuer && one.subject == subject)
}

fn no_foreign_federation(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(credentials) = notes.know(posture.facts.federated_credentials()) else { return };
    if credentials.is_empty() {
        notes.saw(&Place { document: D::FederatedCredentials, path: "$".to_owned() }, "none");
        return;
    }
    if notes.know(posture.settings()).is_none() {
        return;
    }
    for credential in credentials {
        let named = is_named(posture, &credential.issuer, &credential.subject);
        let what = format!("{}: issuer {}, subject {}", credential.name, credential.issuer, credential.subject);
        notes.judge(named, &credential.place, what);
        if !named {
            notes.fix(format!(
                "az ad app federated-credential delete --id {} --federated-credential-id {}",
                posture.names.app(),
                quote(&credential.name)
            ));
        }
    }
}

pub(super) static HOME_PRINCIPAL: Check = Check {
    id: "KS031",
    slug: "home-principal-disabled",
    title: "The app gets no tokens in its home tenant, unless it works there",
    severity: Severity::Medium,
    about: Subject::App,
    why: "To register a certificate of their own a thief needs a token of the home tenant beside a signed proof. A disabled \
          principal gets none. That this closes addKey is inferred, not tried.",
    may_break: "Whatever the app does in your own tenant, keystay rotate by addKey included: rotation then needs an owner.",
    sources: sources![Mcsb "PA-7"],
    needs: &[D::HomePrincipal],
    also_reads: &[D::SignerSettings],
    look: home_principal,
    repair: Some(|_, setup| setup.home_principal_enabled = false),
};

fn home_principal(posture: &Posture<'_>, notes: &mut Notes) {
    let Some(principal) = notes.know(posture.facts.home_principal()) else { return };
    let Some(principal) = principal else {
        notes.saw(&Place { document: D::HomePrincipal, path: "$".to_owned() }, "there is no principal at home");
        return;
    };
    let Some(enabled) = notes.know(principal.enabled()) else { return };
    if !enabled.value {
        notes.saw(&enabled.place, "enabled: false");
        return;
    }
    let Some(settings) = notes.know(posture.settings()) else { return };
    let works = settings.value.works_at_home;
    let said = if works { "and the app works at home" } else { "and nobody said that the app works at home" };
    notes.judge(works, &enabled.place, format!("enabled: true, {said}"));
    notes.fix(format!("az ad sp update --id {} --set accountEnabled=false", posture.names.app()));
}

pub(super) static SAFE_ADDRESSES: Check = Check {
    id: "KS035",
    slug: "app-addresses-safe",
    title: "The app sends people back to safe addresses only, is for organisations, and has a verified publisher",
    severity: Severity::Medium,
    about: Subject::App,
    why: "A consent or a code that comes back to an address somebody else holds is theirs. Without a verified publisher your \
          customers cannot tell your consent page from a copy of it.",
    may_break: "Sign-ins that still use a removed address.",
    sources: sources![Maester "EIDSCA.AP08", ZeroTrust "21836", Mcsb "IM-3"],
    needs: &[D::Application],
    also_reads: &[],
    look: safe_addresses,
    repair: None,
};

fn safe_addresses(posture: &Posture<'_>, notes: &mut Notes) {
    let app = posture.facts.application();
    let id = posture.names.app();
    for uri in notes.know(app.redirect_uris()).unwrap_or_default() {
        let fine = is_safe(&uri.value);
        notes.judge(fine, &uri.place, uri.value.clone());
        if !fine {
            notes.fix(format!("az ad app update --id {id} --web-redirect-uris '<each address to keep>'"));
        }
    }
    if let Some(audience) = notes.know(app.audience()) {
        let organisations = matches!(audience.value.as_str(), "AzureADMultipleOrgs" | "AzureADMyOrg");
        notes.judge(organisations, &audience.place, format!("audience: {}", audience.value));
        if !organisations {
            notes.fix(format!("az ad app update --id {id} --sign-in-audience AzureADMultipleOrgs"));
        }
    }
    if let Some(publisher) = notes.know(app.verified_publisher()) {
        notes.judge(publisher.value, &publisher.place, format!("publisher verified: {}", publisher.value));
        if !publisher.value {
            notes.fix("# verify the publisher in the portal: App registrations, Branding & properties");
        }
    }
}

/// Over TLS, at a host with a name that is not everybody's own computer, and without wildcards.
fn is_safe(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    !host.is_empty() && host != "localhost" && !host.starts_with("127.") && !address.contains(['*', '@'])
}
