//! Vaults that go by access policies.

use super::{
    super::{AccessPolicy, Permissions},
    *,
};

/// A vault in which the guest, or the guest's group, has some rights on keys.
fn bench(object_id: Uuid, application_id: Option<Uuid>, keys: &[&str]) -> Bench {
    let bench = Bench::new();
    let everything = vec!["all".to_owned()];
    let owner = Permissions {
        keys: everything.clone(),
        secrets: everything.clone(),
        certificates: everything,
        ..Permissions::default()
    };
    let guest = Permissions { keys: keys.iter().map(ToString::to_string).collect(), ..Permissions::default() };
    bench
        .vaults
        .configure(HOST, |properties| {
            properties.enable_rbac_authorization = None;
            properties.access_policies = vec![
                AccessPolicy { tenant_id: TENANT, object_id: OWNER, application_id: None, permissions: owner },
                AccessPolicy { tenant_id: TENANT, object_id, application_id, permissions: guest },
            ];
        })
        .unwrap();
    bench
}

#[tokio::test]
async fn a_policy_allows_what_it_names_and_the_refusal_is_the_services() {
    let bench = bench(GUEST, None, &["Get", "sign"]);
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let digest = json!({ "alg": "ES256", "value": BASE64URL.encode(sha256(b"")) });
    let sign = bench.send("guest", "POST", &versioned("/keys/harbor/sign"), Some(digest)).await;
    assert_eq!(sign.status, StatusCode::OK, "{}", sign.body);
    assert_eq!(bench.send("guest", "GET", &versioned("/keys/harbor"), None).await.status, StatusCode::OK);

    let refused = bench.send("guest", "DELETE", &versioned("/keys/harbor"), None).await;
    assert_eq!((refused.status, refused.inner()), (StatusCode::FORBIDDEN, "AccessDenied"));
    assert_eq!(
        refused.message(),
        format!(
            "The user, group or application 'appid={};oid={GUEST};iss=https://sts.windows.net/{TENANT}/' does not have keys \
             delete permission on key vault 'harborvault;location=westeurope'. For help resolving this issue, please see \
             https://go.microsoft.com/fwlink/?linkid=2125287",
            Uuid::from_u128(0xdddd)
        )
    );
    for list in ["/keys", "/keys/harbor/versions", "/deletedkeys", "/secrets"] {
        let answer = bench.send("guest", "GET", &versioned(list), None).await;
        assert_eq!(answer.inner(), "AccessDenied", "reading one is not listing all: {list}");
    }
}

#[tokio::test]
async fn a_policy_for_a_group_is_one_for_its_members() {
    let bench = bench(CREW, None, &["list"]);
    assert_eq!(bench.send("guest", "GET", &versioned("/keys"), None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_policy_for_an_application_holds_for_its_tokens_only() {
    let own = bench(GUEST, Some(Uuid::from_u128(0xdddd)), &["list"]);
    assert_eq!(own.send("guest", "GET", &versioned("/keys"), None).await.status, StatusCode::OK);
    let other = bench(GUEST, Some(Uuid::from_u128(0xeeee)), &["list"]);
    assert_eq!(other.send("guest", "GET", &versioned("/keys"), None).await.inner(), "AccessDenied");
}

#[tokio::test]
async fn roles_count_for_nothing_where_policies_rule_and_the_other_way_round() {
    let bench = bench(CREW, None, &["list"]);
    bench.vaults.assign_role(HOST, GUEST, &Role::Administrator, &Scope::Vault);
    assert_eq!(bench.send("guest", "GET", &versioned("/secrets"), None).await.inner(), "AccessDenied");
    bench.vaults.configure(HOST, |properties| properties.enable_rbac_authorization = Some(true)).unwrap();
    bench.vaults.remove_roles(HOST, GUEST);
    assert_eq!(bench.send("guest", "GET", &versioned("/keys"), None).await.inner(), "ForbiddenByRbac");
}
