//! The recommended posture with one fault each.

use keystay_posture::facts::Document as D;
use serde_json::{Value, json};
use time::{Duration, format_description::well_known::Rfc3339};

use crate::world::{
    ADMIN, CONTRIBUTOR, CRYPTO_OFFICER, CRYPTO_USER, Certificate, KEY_SIGNER, NOW, OWNER, SIGNER, SIGNER_HOST, VAULT,
    World, assignment, role_definition,
};

/// The check that must find it, what was done, and how.
pub(crate) type Variant = (&'static str, &'static str, fn(&mut World));

pub(crate) const VARIANTS: [Variant; 37] = [
    ("KS001", "the version that signs is exportable", |world| {
        world.of(D::KeyVersions)[1]["attributes"]["exportable"] = true.into();
    }),
    ("KS002", "a client secret was added", |world| {
        world.of(D::Application)["passwordCredentials"] =
            json!([{ "keyId": "5ec00000-0000-4000-8000-000000000001", "endDateTime": "2028-01-01T00:00:00Z" }]);
    }),
    ("KS003", "a certificate of somebody's own is registered", |world| {
        let rogue = Certificate::living(Duration::days(-1), Duration::days(29));
        push(&mut world.of(D::Application)["keyCredentials"], rogue.credential("bad00000-0000-4000-8000-000000000001"));
    }),
    ("KS004", "the certificate lives half a year", |world| {
        world.replace_certificate(&Certificate::living(Duration::days(-10), Duration::days(170)));
    }),
    ("KS005", "the certificate ends in two days", |world| {
        world.replace_certificate(&Certificate::living(Duration::days(-28), Duration::days(2)));
    }),
    ("KS006", "the key also wraps", |world| {
        world.of(D::KeyVersions)[1]["key"]["key_ops"] = json!(["sign", "verify", "wrapKey", "unwrapKey"]);
    }),
    ("KS007", "a renewal keeps the key", |world| {
        world.of(D::Certificate)["policy"]["key_props"]["reuse_key"] = true.into();
    }),
    ("KS008", "the key is in software", |world| {
        world.of(D::KeyVersions)[1]["key"]["kty"] = "RSA".into();
    }),
    ("KS009", "the vault renews and nobody registers", |world| {
        world.of(D::Certificate)["policy"]["lifetime_actions"][0]["action"]["action_type"] = "AutoRenew".into();
        world.of(D::SignerSettings)["registers_new_versions"] = false.into();
    }),
    ("KS010", "the signer signs in with a client secret", |world| {
        world.of(D::SignerSettings)["sign_in"] = "client-secret".into();
    }),
    ("KS011", "access policies decide", |world| {
        let vault = &mut world.of(D::Vault)["properties"];
        vault["enableRbacAuthorization"] = false.into();
        vault["accessPolicies"] = json!([{
            "objectId": SIGNER,
            "permissions": { "keys": ["Get", "Sign"], "secrets": [], "certificates": [] },
        }]);
    }),
    ("KS012", "the signer may use every key of the vault", |world| {
        world.of(D::RoleAssignments)["value"][0] = assignment(SIGNER, "ServicePrincipal", KEY_SIGNER, VAULT, 200);
    }),
    ("KS013", "the signer may change the certificate", |world| {
        let role = "ce670000-0000-4000-8000-000000000001";
        let action = "Microsoft.KeyVault/vaults/certificates/update/action";
        push(&mut world.of(D::RoleDefinitions)["value"], role_definition(role, "Certificate Updater", &[action]));
        let scope = format!("{VAULT}/certificates/harbor-signer");
        push(&mut world.of(D::RoleAssignments)["value"], assignment(SIGNER, "ServicePrincipal", role, &scope, 200));
    }),
    ("KS014", "another workload may sign", |world| {
        let other = "07e40000-0000-4000-8000-000000000001";
        push(&mut world.of(D::RoleAssignments)["value"], assignment(other, "ServicePrincipal", CRYPTO_USER, VAULT, 30));
    }),
    ("KS015", "a person you named has a standing right", |world| {
        push(&mut world.of(D::RoleAssignments)["value"], assignment(ADMIN, "User", CRYPTO_OFFICER, VAULT, 30));
    }),
    ("KS016", "the last review is four months old", |world| {
        let at = (NOW - Duration::days(120)).format(&Rfc3339).unwrap();
        world.of(D::AccessReviews)["value"][0]["properties"]["instances"][0]["properties"]["endDateTime"] = at.into();
    }),
    ("KS017", "the vault answers everybody", |world| {
        let vault = &mut world.of(D::Vault)["properties"];
        vault["publicNetworkAccess"] = "Enabled".into();
        vault["networkAcls"]["defaultAction"] = "Allow".into();
    }),
    ("KS018", "trusted services pass", |world| {
        world.of(D::Vault)["properties"]["networkAcls"]["bypass"] = "AzureServices".into();
    }),
    ("KS019", "the log is kept for a month", |world| {
        world.of(D::LogWorkspaces)["value"][0]["properties"]["retentionInDays"] = 30.into();
    }),
    ("KS020", "no alert on changes of the key", |world| {
        let query = &mut world.of(D::AlertRules)["value"][0]["properties"]["criteria"]["allOf"][0]["query"];
        *query = query.as_str().unwrap().replace("'KeyUpdate', ", "").into();
    }),
    ("KS021", "Defender is off", |world| {
        world.of(D::DefenderPricing)["properties"]["pricingTier"] = "Free".into();
    }),
    ("KS022", "keys can be purged", |world| {
        world.of(D::Vault)["properties"]["enablePurgeProtection"] = Value::Null;
    }),
    ("KS023", "another key is in the vault", |world| {
        let key = json!({ "kid": "https://harbor-prod.vault.azure.net/keys/invoices" });
        push(&mut world.of(D::VaultKeys)["value"], key);
    }),
    ("KS024", "anybody may register apps", |world| {
        world.of(D::AuthorizationPolicy)["defaultUserRolePermissions"]["allowedToCreateApps"] = true.into();
    }),
    ("KS025", "the app has a policy of its own that allows client secrets", |world| {
        push(
            &mut world.of(D::AppManagementPolicies)["value"],
            json!({
                "displayName": "exception for harbor",
                "isEnabled": true,
                "restrictions": { "passwordCredentials": [{ "restrictionType": "passwordAddition", "state": "disabled" }] },
            }),
        );
    }),
    ("KS026", "customers can add credentials", |world| {
        world.of(D::Application)["servicePrincipalLockConfiguration"] = Value::Null;
    }),
    ("KS027", "a guest owns the app", |world| {
        push(
            &mut world.of(D::Owners)["value"],
            json!({
                "@odata.type": "#microsoft.graph.user",
                "id": "60e50000-0000-4000-8000-000000000001",
                "userPrincipalName": "sam_agency.example#EXT#@harbor.example",
            }),
        );
    }),
    ("KS028", "the app may write the directory, asked for, granted and used", |world| {
        let permission = json!({ "id": "19dbc75e-c2e2-444c-a770-ec69d8559fc7", "type": "Role" });
        push(&mut world.of(D::Application)["requiredResourceAccess"][0]["resourceAccess"], permission);
        for token in world.of(D::TenantTokens).as_array_mut().unwrap() {
            push(&mut token["roles"], "Directory.ReadWrite.All".into());
        }
        push(&mut world.of(D::SignerSettings)["used_permissions"], "Directory.ReadWrite.All".into());
    }),
    ("KS029", "one tenant granted more than is asked for", |world| {
        push(&mut world.of(D::TenantTokens)[1]["roles"], "Mail.Read".into());
    }),
    ("KS030", "a federated credential nobody named", |world| {
        push(
            &mut world.of(D::FederatedCredentials)["value"],
            json!({
                "name": "ci",
                "issuer": "https://token.actions.example",
                "subject": "repo:somebody/fork:ref:refs/heads/main",
                "audiences": ["api://AzureADTokenExchange"],
            }),
        );
    }),
    ("KS031", "the principal at home is enabled", |world| {
        world.of(D::HomePrincipal)["value"][0]["accountEnabled"] = true.into();
    }),
    ("KS032", "assertions are good for an hour", |world| {
        world.of(D::SignerSettings)["assertion"]["lifetime_seconds"] = 3600.into();
    }),
    ("KS033", "the app runs where the signer does", |world| {
        world.of(D::SignerSettings)["app_host"] = SIGNER_HOST.into();
    }),
    ("KS034", "a token lived a day", |world| {
        world.of(D::TenantTokens)[0]["lifetime_seconds"] = 86_700.into();
    }),
    ("KS035", "consents come back over plain HTTP", |world| {
        push(&mut world.of(D::Application)["web"]["redirectUris"], "http://harbor.example/consent".into());
    }),
    ("KS036", "the last drill is four months old", |world| {
        world.of(D::BreachDrill)["at"] = (NOW - Duration::days(120)).format(&Rfc3339).unwrap().into();
    }),
    ("KS037", "the signing host takes code for a password", |world| {
        world.of(D::PublishingPolicies)[1]["value"][1]["properties"]["allow"] = true.into();
    }),
];

/// The usual sample: an exportable certificate of a year, downloaded by an app that may do much with the vault.
pub(crate) fn sample() -> World {
    let mut world = World::recommended();
    world.replace_certificate(&Certificate::living(Duration::days(-122), Duration::days(243)));
    world.of(D::KeyVersions)[1]["attributes"]["exportable"] = true.into();
    world.of(D::KeyVersions)[1]["key"]["kty"] = "RSA".into();
    let policy = &mut world.of(D::Certificate)["policy"];
    policy["key_props"] = json!({ "exportable": true, "kty": "RSA", "key_size": 2048, "reuse_key": false });
    policy["x509_props"]["key_usage"] = json!(["digitalSignature", "keyEncipherment"]);
    policy["lifetime_actions"][0]["action"]["action_type"] = "AutoRenew".into();
    let vault = &mut world.of(D::Vault)["properties"];
    vault["publicNetworkAccess"] = Value::Null;
    vault["networkAcls"] = Value::Null;
    vault["privateEndpointConnections"] = Value::Null;
    world.of(D::RoleAssignments)["value"][0] = assignment(SIGNER, "ServicePrincipal", CRYPTO_USER, VAULT, 200);
    world.of(D::DiagnosticSettings)["value"] = json!([]);
    world.of(D::AlertRules)["value"] = json!([]);
    let settings = world.of(D::SignerSettings);
    settings["gives_out"] = "signatures".into();
    settings["app_host"] = SIGNER_HOST.into();
    settings["registers_new_versions"] = false.into();
    world
}

/// Everything wrong at once.
pub(crate) fn textbook_bad() -> World {
    let mut world = World::recommended();
    // these two replace what others change, so they come first
    let first = ["KS004", "KS011"];
    let late = |id: &str| !first.contains(&id);
    for (_, _, fault) in VARIANTS.iter().filter(|(id, _, _)| !late(id)) {
        fault(&mut world);
    }
    // a life of half a year does not end in two days, and access policies make roles in the vault void
    let impossible = ["KS005", "KS012", "KS013", "KS015"];
    for (_, _, fault) in VARIANTS.iter().filter(|(id, _, _)| late(id) && !impossible.contains(id)) {
        fault(&mut world);
    }
    world.of(D::Vault)["properties"]["accessPolicies"][0]["permissions"] =
        json!({ "keys": ["all"], "secrets": ["all"], "certificates": ["all"] });
    // whoever may write the vault writes themselves into its access policies
    let list = &mut world.of(D::RoleAssignments)["value"];
    push(list, assignment("c0417000-0000-4000-8000-000000000001", "ServicePrincipal", CONTRIBUTOR, VAULT, 700));
    push(list, assignment(ADMIN, "User", OWNER, "/", 700));
    world
}

fn push(list: &mut Value, entry: Value) {
    list.as_array_mut().unwrap().push(entry);
}
