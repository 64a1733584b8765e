use super::*;

#[tokio::test]
async fn a_request_without_a_token_is_told_where_to_get_one() {
    let bench = Bench::new();
    let answer = bench.send("", "GET", "/keys/harbor", None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.headers[header::WWW_AUTHENTICATE],
        format!(
            "Bearer authorization=\"https://login.microsoftonline.com/{TENANT}\", resource=\"https://vault.azure.net\""
        )
    );
    assert_eq!(answer.code(), "Unauthorized");
    assert!(answer.message().starts_with("AKV10000"), "{}", answer.message());
}

#[tokio::test]
async fn a_token_under_another_scheme_is_none() {
    let bench = Bench::new();
    let send = async |authorization: &str| {
        bench.send_with(Some(authorization.to_owned()), "GET", &versioned("/keys"), None).await
    };
    assert_eq!(send("bearer owner").await.status, StatusCode::OK, "the scheme has no case");
    for authorization in ["Basic owner", "Negotiate owner", "owner", "Bearer", "Bearer  "] {
        let answer = send(authorization).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorization}");
        assert!(answer.message().starts_with("AKV10000"), "{authorization}: {}", answer.message());
    }
}

#[tokio::test]
async fn a_managed_hsm_names_its_own_resource_and_serves_keys_only() {
    let bench = Bench::at("harbor.managedhsm.azure.net");
    let challenge = bench.send("", "GET", "/keys", None).await.headers[header::WWW_AUTHENTICATE].clone();
    assert!(challenge.to_str().unwrap().ends_with("resource=\"https://managedhsm.azure.net\""), "{challenge:?}");
    assert_eq!(bench.get("/keys").await.status, StatusCode::OK);
    for other in ["secrets", "deletedsecrets", "certificates", "deletedcertificates", "certificates/issuers"] {
        assert_eq!(bench.get(&format!("/{other}")).await.status, StatusCode::NOT_FOUND, "{other}");
    }
}

#[tokio::test]
async fn each_token_fault_has_its_code_and_a_challenge() {
    let bench = Bench::new();
    for (who, text) in [
        ("wrong-audience", "AKV10022"),
        ("foreigner", "AKV10032"),
        ("expired", "TokenExpired"),
        ("nonsense", "AKV10001"),
    ] {
        let answer = bench.send(who, "GET", &versioned("/keys"), None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{who}");
        assert!(answer.message().contains(text), "{who}: {}", answer.message());
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{who}");
    }
}

#[tokio::test]
async fn the_api_version_is_required_and_must_be_known() {
    let bench = Bench::new();
    for path in ["/keys", "/keys?api-version=", "/keys?api-version=7.3", "/keys?api-version=2026-05-01-preview"] {
        let answer = bench.send("owner", "GET", path, None).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "BadParameter"), "{path}");
        assert!(answer.message().contains("2026-04-01"), "{}", answer.message());
    }
    for version in [
        "7.4",
        "7.5-preview.1",
        "7.5",
        "7.6-preview.1",
        "7.6-preview.2",
        "7.6",
        "2025-06-01-preview",
        "2025-07-01",
        "2026-01-01-preview",
        "2026-03-01-preview",
        "2026-04-01",
    ] {
        let path = format!("/keys?api-version={version}");
        assert_eq!(bench.send("owner", "GET", &path, None).await.status, StatusCode::OK, "{version}");
    }
    let encoded = bench.send("owner", "GET", "/keys?api%2Dversion=7.5", None).await;
    assert_eq!(encoded.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_has_the_services_headers_and_repeats_the_clients_id() {
    let bench = Bench::new();
    for answer in [bench.send("", "GET", "/keys", None).await, bench.get("/keys").await, bench.get("/keys/none").await]
    {
        assert_eq!(answer.headers["x-ms-client-request-id"], "my-own-id");
        assert_eq!(answer.headers["cache-control"], "no-cache");
        for name in
            ["x-ms-request-id", "x-ms-keyvault-region", "x-ms-keyvault-service-version", "x-ms-keyvault-network-info"]
        {
            assert!(answer.headers.contains_key(name), "{name}");
        }
    }
}
