//! Tokens a vault wants newer, or from another tenant.

use super::{super::ClaimsChallenge, *};

#[tokio::test]
async fn a_demanded_claim_is_asked_for_in_the_challenge_and_only_of_whom_it_is_meant() {
    let bench = Bench::new();
    let claims = json!({ "access_token": { "nbf": { "essential": true, "value": "1767225600" } } });
    let demand = ClaimsChallenge { principal: Some(OWNER), vault: Some(HOST.into()), claims: claims.clone() };
    bench.vaults.challenges.add(demand);
    let answer = bench.get("/keys").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.headers[header::WWW_AUTHENTICATE],
        format!(
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             error=\"insufficient_claims\", claims=\"{}\"",
            STANDARD.encode(claims.to_string())
        )
    );
    assert_eq!(bench.send("guest", "GET", &versioned("/keys"), None).await.status, StatusCode::FORBIDDEN);
    bench.vaults.challenges.replace(Vec::new());
    assert_eq!(bench.get("/keys").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_demand_on_another_principal_is_not_made_of_who_met_its_own() {
    let bench = Bench::new();
    let met = json!({ "access_token": {} });
    let unmet = json!({ "access_token": { "acrs": { "essential": true, "value": "c1" } } });
    for (principal, claims) in [(OWNER, met), (GUEST, unmet)] {
        bench.vaults.challenges.add(ClaimsChallenge { principal: Some(principal), vault: None, claims });
    }
    assert_eq!(bench.get("/keys").await.status, StatusCode::OK);
    assert_eq!(bench.send("guest", "GET", &versioned("/keys"), None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_vault_that_moved_names_its_new_tenant() {
    let bench = Bench::new();
    let new = Uuid::from_u128(0x2222);
    bench.vaults.configure(HOST, |properties| properties.tenant_id = new).unwrap();
    let answer = bench.get("/keys").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.contains(&format!("https://login.microsoftonline.com/{new}\"")), "{challenge}");
    let foreigner = bench.send("foreigner", "GET", &versioned("/keys"), None).await;
    assert_eq!(foreigner.status, StatusCode::OK, "a token of the new tenant is taken");
}
