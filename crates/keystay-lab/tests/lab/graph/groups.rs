//! Groups: who is in them, and what that gives.

use keystay_lab::{Role, Scope};
use reqwest::StatusCode;
use serde_json::json;

use super::{customer_admin, get, ids};
use crate::support::{Bench, managed_identity_token};

fn reference(id: impl std::fmt::Display) -> serde_json::Value {
    json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}") })
}

#[tokio::test]
async fn a_group_is_made_filled_nested_and_emptied() {
    let bench = Bench::ready().await;
    let admin = customer_admin(&bench).await;
    let person = get(&bench, "users/amara.okafor@juniper.onmicrosoft.com", &admin).await["id"].clone();
    let app = get(&bench, &format!("servicePrincipals(appId='{}')", bench.app()), &admin).await["id"].clone();
    let make = async |name: &str, members: Vec<String>| {
        let body = json!({
            "displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true,
            "members@odata.bind": members,
        });
        let made = bench.graph("POST", "groups", &admin, &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    };
    let bound = format!("https://graph.microsoft.com/v1.0/users/{}", person.as_str().unwrap());
    let inner = make("inner", vec![bound]).await;
    let outer = make("outer", Vec::new()).await;
    let members = format!("groups/{outer}/members");
    for member in [inner.as_str(), app.as_str().unwrap()] {
        let added = bench.graph("POST", &format!("{members}/$ref"), &admin, &reference(member)).await;
        assert_eq!(added.status, StatusCode::NO_CONTENT, "{}", added.body);
    }
    let again = bench.graph("POST", &format!("{members}/$ref"), &admin, &reference(&inner)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    let stranger = bench.graph("POST", &format!("{members}/$ref"), &admin, &reference(uuid::Uuid::new_v4())).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);

    let direct = get(&bench, &members, &admin).await;
    assert_eq!(direct["value"][0]["@odata.type"], "#microsoft.graph.group");
    assert_eq!(direct["value"][1]["@odata.type"], "#microsoft.graph.servicePrincipal");
    let all = get(&bench, &format!("groups/{outer}/transitiveMembers?$select=id"), &admin).await;
    assert!(ids(&all).contains(person.as_str().unwrap()), "{all}");
    let name = "users/amara.okafor@juniper.onmicrosoft.com";
    assert_eq!(ids(&get(&bench, &format!("{name}/memberOf"), &admin).await), [inner.clone()].into());
    let through = get(&bench, &format!("{name}/transitiveMemberOf"), &admin).await;
    assert_eq!(ids(&through), [inner.clone(), outer.clone()].into());
    let of_app = format!("servicePrincipals/{}/transitiveMemberOf", app.as_str().unwrap());
    assert_eq!(ids(&get(&bench, &of_app, &admin).await), [outer.clone()].into());

    let removed = bench.graph("DELETE", &format!("{members}/{inner}/$ref"), &admin, &json!(null)).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(ids(&get(&bench, &format!("{name}/transitiveMemberOf"), &admin).await), [inner.clone()].into());
    let found = get(&bench, "groups?$filter=startswith(displayName,'inn')&$select=displayName", &admin).await;
    assert_eq!(found["value"], json!([{ "displayName": "inner" }]));
    let gone = bench.graph("DELETE", &format!("groups/{inner}"), &admin, &json!(null)).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        bench.graph("GET", &format!("groups/{inner}"), &admin, &json!(null)).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_role_given_to_a_group_is_given_to_everybody_in_it() {
    let bench = Bench::ready().await;
    let (directory, seed) = (bench.lab.directory(), bench.lab.seed());
    let group = directory.create_group(seed.home.id, "vault readers").unwrap();
    bench.lab.vaults().assign_role(&seed.vault_host, group, Role::SecretsOfficer, Scope::Vault);
    let token = managed_identity_token(&bench, "https://vault.azure.net").await;
    let url = format!("https://{}/secrets/from-a-group?api-version=7.4", seed.vault_host);
    let put = async || {
        let request = bench.http.put(&url).bearer_auth(&token).json(&json!({ "value": "x" }));
        request.send().await.unwrap().status()
    };
    assert_eq!(put().await, StatusCode::FORBIDDEN);
    directory.add_member(seed.home.id, group, seed.host_identity.object_id).unwrap();
    assert_eq!(put().await, StatusCode::OK);
    directory.remove_member(seed.home.id, group, seed.host_identity.object_id).unwrap();
    assert_eq!(put().await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn people_may_make_groups_unless_the_tenant_forbids_it_and_change_their_own_only() {
    let bench = Bench::ready().await;
    let seed = bench.lab.seed();
    let admin = customer_admin(&bench).await;
    let person = bench.sign_in(&seed.juniper.user, seed.juniper.password).await.token().to_owned();
    let body = json!({ "displayName": "g", "mailNickname": "g", "mailEnabled": false, "securityEnabled": true });
    let own = bench.graph("POST", "groups", &person, &body).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.body);
    let foreign = bench.graph("POST", "groups", &admin, &body).await;
    let rename = json!({ "displayName": "renamed" });
    for (group, expected) in [(&own, StatusCode::NO_CONTENT), (&foreign, StatusCode::FORBIDDEN)] {
        let path = format!("groups/{}", group.body["id"].as_str().unwrap());
        assert_eq!(bench.graph("PATCH", &path, &person, &rename).await.status, expected);
    }
    let forbid = json!({ "defaultUserRolePermissions": { "allowedToCreateSecurityGroups": false } });
    let forbidden = bench.graph("PATCH", "policies/authorizationPolicy", &admin, &forbid).await;
    assert_eq!(forbidden.status, StatusCode::NO_CONTENT, "{}", forbidden.body);
    assert_eq!(bench.graph("POST", "groups", &person, &body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.graph("POST", "groups", &admin, &body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_mixed_list_is_narrowed_to_one_type() {
    let bench = Bench::ready().await;
    let admin = super::admin(&bench).await;
    let groups = get(&bench, "groups?$filter=displayName eq 'Harbor Workloads'", &admin).await;
    let members = format!("groups/{}/members", groups["value"][0]["id"].as_str().unwrap());
    let of = async |name: &str| get(&bench, &format!("{members}/microsoft.graph.{name}"), &admin).await;
    assert_eq!(of("servicePrincipal").await["value"][0]["servicePrincipalType"], "ManagedIdentity");
    assert_eq!(of("user").await["value"], json!([]));
}
