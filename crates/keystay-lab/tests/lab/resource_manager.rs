//! Azure Resource Manager, as `az` and the management SDKs meet it.

use std::time::Duration;

use keystay_lab::{LabOptions, LabState, PrivateLinkStatus, Role, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Bench, managed_identity_token, token_endpoint};

pub(crate) const HOST: &str = "harborvault.vault.azure.net";
pub(crate) const SUBSCRIPTION: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001";
pub(crate) const GROUP: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001/resourceGroups/harbor";
pub(crate) const VAULT: &str = "/subscriptions/5a17c0de-0000-4000-8000-00000000a001/resourceGroups/harbor/providers/\
                     Microsoft.KeyVault/vaults/harborvault";
const KEY_VAULT: &str = "2024-11-01";
const AUTHORIZATION: &str = "2022-04-01";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

impl Bench {
    /// A token of a seeded person of the home tenant.
    pub(crate) async fn person_token(&self, user: &str, resource: &str) -> String {
        let fields = [
            ("grant_type", "password"),
            ("client_id", AZURE_CLI),
            ("username", user),
            ("password", self.lab.seed().home.password),
            ("scope", &format!("{resource}/.default")),
        ];
        self.post(&token_endpoint(&"organizations"), &fields).await.token().to_owned()
    }

    pub(crate) async fn admin(&self) -> String {
        self.person_token(&self.lab.seed().home.admin, "https://management.azure.com").await
    }

    async fn user(&self) -> (String, Uuid) {
        let home = &self.lab.seed().home;
        let tenant = self.lab.directory().tenant(home.id).unwrap();
        let id = tenant.users.iter().find(|user| user.user_principal_name == home.user).unwrap().id;
        (self.person_token(&home.user, "https://management.azure.com").await, id)
    }

    pub(crate) async fn arm(&self, token: &str, method: &str, path: &str, version: &str, body: Value) -> Answer {
        let joint = if path.contains('?') { '&' } else { '?' };
        let url = format!("https://management.azure.com{path}{joint}api-version={version}");
        let request = self.http.request(method.parse().unwrap(), url).bearer_auth(token);
        let request = if body.is_null() { request } else { request.json(&body) };
        Answer::read(request.send().await.unwrap()).await
    }
}

#[track_caller]
fn refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!((answer.status, answer.body["error"]["code"].as_str()), (status, Some(code)), "{}", answer.body);
}

fn new_vault(bench: &Bench) -> Value {
    json!({
        "location": "westeurope",
        "properties": {
            "tenantId": bench.lab.seed().home.id,
            "sku": { "family": "A", "name": "standard" },
            "enableRbacAuthorization": true,
            "softDeleteRetentionInDays": 7,
        },
    })
}

#[tokio::test]
async fn only_a_good_token_for_resource_manager_opens_it() {
    let bench = Bench::start(LabOptions::new()).await;
    let url = format!("https://management.azure.com{SUBSCRIPTION}?api-version=2022-12-01");
    let bare = Answer::read(bench.http.get(&url).send().await.unwrap()).await;
    refused(&bare, StatusCode::UNAUTHORIZED, "AuthenticationFailed");
    let challenge = bare.headers["www-authenticate"].to_str().unwrap();
    let home = bench.lab.seed().home.id;
    assert!(
        challenge.starts_with(&format!("Bearer authorization_uri=\"https://login.windows.net/{home}\"")),
        "{challenge}"
    );
    refused(&bench.get(&url, "x.y.z").await, StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken");
    let graph = managed_identity_token(&bench, "https://graph.microsoft.com").await;
    refused(&bench.get(&url, &graph).await, StatusCode::UNAUTHORIZED, "InvalidAuthenticationTokenAudience");
    let admin = bench.admin().await;
    assert_eq!(bench.get(&url, &admin).await.body["tenantId"], json!(home));
    bench.lab.clock().advance(Duration::from_secs(2 * 3600));
    refused(&bench.get(&url, &admin).await, StatusCode::UNAUTHORIZED, "ExpiredAuthenticationToken");
}

#[tokio::test]
async fn every_type_has_its_own_versions_and_one_is_required() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let get = async |path: &str| bench.get(&format!("https://management.azure.com{path}"), &token).await;
    refused(&get(VAULT).await, StatusCode::BAD_REQUEST, "MissingApiVersionParameter");
    let old = get(&format!("{VAULT}?api-version=2014-01-01")).await;
    refused(&old, StatusCode::BAD_REQUEST, "NoRegisteredProviderFound");
    assert!(old.body["error"]["message"].as_str().unwrap().contains("2026-02-01"), "{}", old.body);
    let assignments = format!("{VAULT}/providers/Microsoft.Authorization/roleAssignments");
    refused(
        &get(&format!("{assignments}?api-version={KEY_VAULT}")).await,
        StatusCode::BAD_REQUEST,
        "InvalidResourceType",
    );
    refused(&get("/subscriptions?api-version=1999-01-01").await, StatusCode::BAD_REQUEST, "InvalidApiVersionParameter");
    let elsewhere = format!("{GROUP}/providers/Microsoft.Nothing/things?api-version=2020-01-01");
    refused(&get(&elsewhere).await, StatusCode::NOT_FOUND, "InvalidResourceNamespace");
}

#[tokio::test]
async fn what_does_not_exist_is_refused_by_its_own_code() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let get = async |path: &str| bench.arm(&token, "GET", path, KEY_VAULT, Value::Null).await;
    let missing = get(&format!("{GROUP}/providers/Microsoft.KeyVault/vaults/nothing")).await;
    refused(&missing, StatusCode::NOT_FOUND, "ResourceNotFound");
    let text = "The Resource 'Microsoft.KeyVault/vaults/nothing' under resource group 'harbor' was not found.";
    assert!(missing.body["error"]["message"].as_str().unwrap().starts_with(text), "{}", missing.body);
    let group = format!("{SUBSCRIPTION}/resourceGroups/nothing/providers/Microsoft.KeyVault/vaults");
    refused(&get(&group).await, StatusCode::NOT_FOUND, "ResourceGroupNotFound");
    refused(
        &get("/subscriptions/x/providers/Microsoft.KeyVault/vaults").await,
        StatusCode::BAD_REQUEST,
        "InvalidSubscriptionId",
    );
    let unknown = format!("/subscriptions/{}/providers/Microsoft.KeyVault/vaults", Uuid::from_u128(1));
    refused(&get(&unknown).await, StatusCode::NOT_FOUND, "SubscriptionNotFound");
}

#[tokio::test]
async fn a_vault_of_another_tenant_asks_for_a_token_of_that_tenant() {
    let bench = Bench::start(LabOptions::new()).await;
    bench.lab.vaults().create("juniperdata.vault.azure.net", bench.juniper());
    let juniper = &bench.lab.seed().juniper;
    let own = bench.person_token(&juniper.admin, "https://management.azure.com").await;
    bench.lab.vaults().assign_role(
        "juniperdata.vault.azure.net",
        bench.lab.directory().tenant(juniper.id).unwrap().users[0].id,
        Role::Owner,
        Scope::Subscription,
    );
    let subscriptions = bench.arm(&own, "GET", "/subscriptions", "2022-12-01", Value::Null).await;
    let id = subscriptions.body["value"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{id}/providers/Microsoft.KeyVault/vaults");
    let vaults = bench.arm(&own, "GET", &path, KEY_VAULT, Value::Null).await;
    assert_eq!(vaults.body["value"][0]["name"], "juniperdata", "{}", vaults.body);
    let foreign = bench.arm(&bench.admin().await, "GET", &path, KEY_VAULT, Value::Null).await;
    refused(&foreign, StatusCode::UNAUTHORIZED, "InvalidAuthenticationTokenTenant");
    let challenge = foreign.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(&juniper.id.to_string()), "{challenge}");
}

#[tokio::test]
async fn a_vault_is_shown_with_all_its_properties_also_in_lists() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let vault = bench.arm(&token, "GET", VAULT, KEY_VAULT, Value::Null).await.body;
    assert_eq!((&vault["id"], &vault["name"]), (&json!(VAULT), &json!("harborvault")));
    assert_eq!(vault["type"], "Microsoft.KeyVault/vaults");
    let properties = &vault["properties"];
    assert_eq!(properties["vaultUri"], "https://harborvault.vault.azure.net/");
    assert_eq!(properties["sku"], json!({ "family": "A", "name": "premium" }));
    assert_eq!(properties["enableRbacAuthorization"], true);
    assert_eq!(properties["publicNetworkAccess"], "Enabled");
    assert_eq!((&properties["enableSoftDelete"], &properties["softDeleteRetentionInDays"]), (&json!(true), &json!(90)));
    assert_eq!(properties["enablePurgeProtection"], Value::Null);
    for path in [
        format!("{SUBSCRIPTION}/providers/Microsoft.KeyVault/vaults"),
        format!("{GROUP}/providers/Microsoft.KeyVault/vaults"),
    ] {
        assert_eq!(bench.arm(&token, "GET", &path, KEY_VAULT, Value::Null).await.body["value"], json!([vault]));
    }
    let path = format!("{SUBSCRIPTION}/resources?$filter=resourceType%20eq%20'Microsoft.KeyVault/vaults'");
    let resources = bench.arm(&token, "GET", &path, "2015-11-01", Value::Null).await;
    assert_eq!(resources.body["value"][0]["id"], VAULT, "{}", resources.body);
    let group = bench.arm(&token, "GET", GROUP, "2021-04-01", Value::Null).await;
    assert_eq!(group.body["properties"]["provisioningState"], "Succeeded", "{}", group.body);
}

#[tokio::test]
async fn a_vault_made_here_works_at_its_host_at_once_and_its_changes_too() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let path = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/island");
    let made = bench.arm(&token, "PUT", &path, KEY_VAULT, new_vault(&bench)).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert_eq!(made.body["systemData"]["createdBy"], bench.lab.seed().home.admin);
    let data = bench.person_token(&bench.lab.seed().home.admin, "https://vault.azure.net").await;
    let keys = "https://island.vault.azure.net/keys?api-version=2025-07-01";
    assert_eq!(bench.get(keys, &data).await.body["error"]["innererror"]["code"], "ForbiddenByRbac");

    let role = "00482a5a-887f-4fb3-b363-3b7fe8e74483";
    let me = bench.lab.directory().tenant(bench.lab.seed().home.id).unwrap().users[0].id;
    let assignment = format!("{path}/providers/Microsoft.Authorization/roleAssignments/{}", Uuid::from_u128(7));
    let body = json!({ "properties": {
        "roleDefinitionId": format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": me,
    } });
    let assigned = bench.arm(&token, "PUT", &assignment, AUTHORIZATION, body).await;
    assert_eq!(assigned.status, StatusCode::CREATED, "{}", assigned.body);
    assert_eq!(assigned.body["properties"]["principalType"], "User");
    assert_eq!(bench.get(keys, &data).await.status, StatusCode::OK, "the same record decides inside");

    let shut = json!({ "properties": { "publicNetworkAccess": "Disabled" }, "tags": { "team": "harbor" } });
    let patched = bench.arm(&token, "PATCH", &path, KEY_VAULT, shut).await;
    assert_eq!(
        (&patched.body["tags"]["team"], &patched.body["properties"]["softDeleteRetentionInDays"]),
        (&json!("harbor"), &json!(7))
    );
    assert_eq!(bench.get(keys, &data).await.body["error"]["innererror"]["code"], "ForbiddenByConnection");
    assert_eq!(bench.arm(&token, "DELETE", &assignment, AUTHORIZATION, Value::Null).await.status, StatusCode::OK);
    assert_eq!(
        bench.arm(&token, "DELETE", &assignment, AUTHORIZATION, Value::Null).await.status,
        StatusCode::NO_CONTENT
    );

    let names: Vec<String> =
        bench.lab.audit().records_of("island.vault.azure.net").into_iter().map(|one| one.operation_name).collect();
    assert_eq!(names, ["VaultPut", "KeyList", "KeyList", "VaultPatch", "KeyList"]);
}

#[tokio::test]
async fn what_a_vault_may_not_become_is_refused() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let change = async |properties: Value| {
        bench.arm(&token, "PATCH", VAULT, KEY_VAULT, json!({ "properties": properties })).await
    };
    for wrong in [
        json!({ "enablePurgeProtection": false }),
        json!({ "enableSoftDelete": false }),
        json!({ "softDeleteRetentionInDays": 30 }),
        json!({ "networkAcls": { "defaultAction": "Deny", "ipRules": [{ "value": "everywhere" }] } }),
    ] {
        refused(&change(wrong).await, StatusCode::BAD_REQUEST, "BadRequest");
    }
    refused(
        &change(json!({ "sku": { "family": "B", "name": "gold" } })).await,
        StatusCode::BAD_REQUEST,
        "InvalidRequestContent",
    );
    let acls = json!({ "networkAcls": { "defaultAction": "Deny", "bypass": "None", "ipRules": [{ "value": "203.0.113.10" }] } });
    let narrowed = change(acls).await;
    assert_eq!(narrowed.body["properties"]["networkAcls"]["ipRules"], json!([{ "value": "203.0.113.10/32" }]));
    for name in ["ab", "1harbor", "har--bor", "harbor-"] {
        let path = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/{name}");
        refused(
            &bench.arm(&token, "PUT", &path, KEY_VAULT, new_vault(&bench)).await,
            StatusCode::BAD_REQUEST,
            "VaultNameNotValid",
        );
    }
}

#[tokio::test]
async fn a_deleted_vault_is_recovered_with_its_keys_or_purged_unless_protected() {
    let bench = Bench::ready().await;
    let token = bench.admin().await;
    let before = bench.lab.vaults().newest_version(HOST, "harbor-signer").unwrap();
    let deleted = format!("{SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/harborvault");
    let call = async |method: &str, path: &str, body: Value| bench.arm(&token, method, path, KEY_VAULT, body).await;
    assert_eq!(call("DELETE", VAULT, Value::Null).await.status, StatusCode::OK);
    assert_eq!(call("DELETE", VAULT, Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call("GET", &deleted, Value::Null).await.body["properties"]["vaultId"], VAULT);
    refused(&call("PUT", VAULT, new_vault(&bench)).await, StatusCode::CONFLICT, "ConflictError");
    let check = json!({ "name": "harborvault", "type": "Microsoft.KeyVault/vaults" });
    let path = format!("{SUBSCRIPTION}/providers/Microsoft.KeyVault/checkNameAvailability");
    assert_eq!(call("POST", &path, check).await.body["reason"], "AlreadyExists");

    let state = LabState::from_json(bench.lab.export().unwrap().to_json().unwrap().as_bytes()).unwrap();
    let again = Bench::start(LabOptions::new().with_state(state)).await;
    let recover = json!({ "location": "westeurope", "properties": { "createMode": "recover" } });
    let recovered = again.arm(&token, "PUT", VAULT, KEY_VAULT, recover.clone()).await;
    assert_eq!(recovered.status, StatusCode::OK, "{}", recovered.body);
    assert_eq!(again.lab.vaults().newest_version(HOST, "harbor-signer").unwrap(), before);

    call("PUT", VAULT, recover).await;
    call("PATCH", VAULT, json!({ "properties": { "enablePurgeProtection": true } })).await;
    call("DELETE", VAULT, Value::Null).await;
    let purge = format!("{deleted}/purge");
    refused(&call("POST", &purge, Value::Null).await, StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed");
    bench.lab.clock().advance(Duration::from_secs(90 * 86_400));
    let token = bench.admin().await;
    let gone = bench.arm(&token, "GET", &deleted, KEY_VAULT, Value::Null).await;
    refused(&gone, StatusCode::NOT_FOUND, "DeletedVaultNotFound");
}

#[tokio::test]
async fn a_reader_sees_and_changes_nothing_and_a_stranger_does_not_even_see() {
    let bench = Bench::start(LabOptions::new()).await;
    let (token, user) = bench.user().await;
    let stranger = bench.arm(&token, "GET", VAULT, KEY_VAULT, Value::Null).await;
    refused(&stranger, StatusCode::FORBIDDEN, "AuthorizationFailed");
    let message = stranger.body["error"]["message"].as_str().unwrap();
    let name = &bench.lab.seed().home.user;
    let text = format!(
        "The client '{name}' with object id '{user}' does not have authorization to perform action \
         'Microsoft.KeyVault/vaults/read' over scope '{VAULT}'"
    );
    assert!(message.starts_with(&text), "{message}");
    assert_eq!(bench.arm(&token, "GET", "/subscriptions", "2022-12-01", Value::Null).await.body["value"], json!([]));

    bench.lab.vaults().assign_role(HOST, user, Role::ResourceReader, Scope::ResourceGroup);
    assert_eq!(bench.arm(&token, "GET", VAULT, KEY_VAULT, Value::Null).await.status, StatusCode::OK);
    let patch = bench.arm(&token, "PATCH", VAULT, KEY_VAULT, json!({ "properties": {} })).await;
    refused(&patch, StatusCode::FORBIDDEN, "AuthorizationFailed");
    assert_eq!(
        bench.arm(&token, "GET", "/subscriptions", "2022-12-01", Value::Null).await.body["value"][0]["state"],
        "Enabled"
    );
}

/// The hole of access policies: who may manage a vault may let himself in.
#[tokio::test]
async fn a_contributor_lets_himself_into_a_vault_with_access_policies_but_not_into_one_with_roles() {
    let bench = Bench::ready().await;
    let (token, user) = bench.user().await;
    bench.lab.vaults().assign_role(HOST, user, Role::KeyVaultContributor, Scope::Vault);
    let data = bench.person_token(&bench.lab.seed().home.user, "https://vault.azure.net").await;
    let secret = "https://harborvault.vault.azure.net/secrets/harbor-export?api-version=2025-07-01";
    let policy = json!({ "properties": { "accessPolicies": [{
        "tenantId": bench.lab.seed().home.id,
        "objectId": user,
        "permissions": { "keys": ["sign"], "secrets": ["get"] },
    }] } });
    let add = format!("{VAULT}/accessPolicies/add");
    let added = bench.arm(&token, "PUT", &add, KEY_VAULT, policy.clone()).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    assert_eq!(bench.get(secret, &data).await.body["error"]["innererror"]["code"], "ForbiddenByRbac");
    let switch = json!({ "properties": { "enableRbacAuthorization": false } });
    let denied = bench.arm(&token, "PATCH", VAULT, KEY_VAULT, switch).await;
    refused(&denied, StatusCode::FORBIDDEN, "AuthorizationFailed");

    bench.lab.vaults().configure(HOST, |vault| vault.enable_rbac_authorization = None).unwrap();
    assert_eq!(bench.get(secret, &data).await.status, StatusCode::OK, "the exportable key is out");
    let remove = format!("{VAULT}/accessPolicies/remove");
    let removed = bench.arm(&token, "PUT", &remove, KEY_VAULT, policy).await;
    assert_eq!(removed.body["properties"]["accessPolicies"], json!([]));
    assert_eq!(bench.get(secret, &data).await.body["error"]["innererror"]["code"], "AccessDenied");
}

#[tokio::test]
async fn a_new_vault_goes_by_roles_since_the_version_that_made_them_the_default() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let mut body = new_vault(&bench);
    body["properties"].as_object_mut().unwrap().remove("enableRbacAuthorization");
    for (name, version, by_roles) in
        [("older", "2025-05-01", false), ("newer", "2026-02-01", true), ("newest", "2026-05-15", true)]
    {
        let path = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/{name}");
        let made = bench.arm(&token, "PUT", &path, version, body.clone()).await;
        assert_eq!(made.body["properties"]["enableRbacAuthorization"], by_roles, "{}", made.body);
    }
}

#[tokio::test]
async fn a_private_endpoint_that_was_asked_for_is_approved_by_the_owner() {
    let bench = Bench::start(LabOptions::new()).await;
    let token = bench.admin().await;
    let id = format!("{VAULT}/privateEndpointConnections/harbor-app");
    let pending = json!({ "id": id, "properties": {
        "privateLinkServiceConnectionState": { "status": "Pending" },
    } });
    let connection = serde_json::from_value(pending).unwrap();
    bench.lab.vaults().configure(HOST, |vault| vault.private_endpoint_connections.push(connection)).unwrap();
    let list = format!("{VAULT}/privateEndpointConnections");
    let listed = bench.arm(&token, "GET", &list, KEY_VAULT, Value::Null).await;
    assert_eq!(listed.body["value"][0]["name"], "harbor-app", "{}", listed.body);
    let approve = json!({ "properties": { "privateLinkServiceConnectionState": { "status": "Approved" } } });
    assert_eq!(bench.arm(&token, "PUT", &id, KEY_VAULT, approve).await.status, StatusCode::OK);
    let own = bench.lab.vaults().properties(HOST).unwrap().private_endpoint_connections;
    assert_eq!(own[0].properties.private_link_service_connection_state.status, PrivateLinkStatus::Approved);
}
