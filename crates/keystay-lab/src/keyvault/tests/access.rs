use super::*;

#[tokio::test]
async fn whatever_no_role_grants_is_refused_in_the_services_words() {
    let bench = Bench::new();
    let answer = bench.send("guest", "POST", &versioned("/keys/harbor/sign"), Some(json!({}))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!((answer.code(), answer.inner()), ("Forbidden", "ForbiddenByRbac"));
    let lines: Vec<&str> = answer.message().split("\r\n").collect();
    assert_eq!(lines[0], "Caller is not authorized to perform action on resource.");
    assert_eq!(
        lines[2],
        format!("Caller: appid={};oid={GUEST};iss=https://sts.windows.net/{TENANT}/", Uuid::from_u128(0xdddd))
    );
    assert_eq!(lines[3], "Action: 'Microsoft.KeyVault/vaults/keys/sign/action'");
    assert!(lines[4].ends_with("/providers/microsoft.keyvault/vaults/harborvault/keys/harbor'"), "{}", lines[4]);
    assert!(lines[7].starts_with("DecisionReason: 'DeniedWithNoValidRBAC'"), "{}", lines[7]);
    assert!(lines[8].starts_with("Vault: harborvault;location="), "{}", lines[8]);
}

#[tokio::test]
async fn a_role_on_one_key_reaches_neither_another_key_nor_the_list() {
    let bench = Bench::new();
    for name in ["harbor", "island"] {
        bench.key(name, json!({ "kty": "EC" })).await;
    }
    let signer = Role::Custom {
        name: "Signer".into(),
        data_actions: vec![
            "Microsoft.KeyVault/vaults/keys/read".into(),
            "Microsoft.KeyVault/vaults/keys/sign/action".into(),
        ],
    };
    bench.vaults.assign_role(HOST, GUEST, &signer, &Scope::Key("harbor".into()));

    let body = json!({ "alg": "ES256", "value": BASE64URL.encode(sha256(b"")) });
    let sign = async |name: &str| {
        bench.send("guest", "POST", &versioned(&format!("/keys/{name}/sign")), Some(body.clone())).await.status
    };
    assert_eq!(sign("harbor").await, StatusCode::OK);
    assert_eq!(sign("island").await, StatusCode::FORBIDDEN);
    assert_eq!(bench.send("guest", "GET", &versioned("/keys"), None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        bench.send("guest", "PATCH", &versioned("/keys/harbor"), Some(json!({}))).await.status,
        StatusCode::FORBIDDEN
    );

    bench.vaults.remove_roles(HOST, GUEST);
    assert_eq!(sign("harbor").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_role_of_a_group_is_a_role_of_its_members() {
    let bench = Bench::new();
    bench.vaults.assign_role(HOST, CREW, &Role::Reader, &Scope::Vault);
    assert_eq!(bench.send("guest", "GET", &versioned("/keys"), None).await.status, StatusCode::OK);
    let secret = bench.send("guest", "GET", &versioned("/secrets/harbor"), None).await;
    assert_eq!(secret.status, StatusCode::FORBIDDEN, "a reader reads no values");
}

/// One request per operation: whoever adds a path without a check of the caller's right fails here.
#[tokio::test]
async fn no_operation_works_without_a_role() {
    let bench = Bench::new();
    let mut tried = 0;
    for (collection, deleted) in
        [("keys", "deletedkeys"), ("certificates", "deletedcertificates"), ("secrets", "deletedsecrets")]
    {
        for (method, path) in [
            ("GET", format!("/{collection}")),
            ("GET", format!("/{collection}/n")),
            ("GET", format!("/{collection}/n/v")),
            ("GET", format!("/{collection}/n/versions")),
            ("PATCH", format!("/{collection}/n/v")),
            ("DELETE", format!("/{collection}/n")),
            ("GET", format!("/{deleted}")),
            ("GET", format!("/{deleted}/n")),
            ("DELETE", format!("/{deleted}/n")),
            ("POST", format!("/{deleted}/n/recover")),
        ] {
            let answer = bench.send("guest", method, &versioned(&path), Some(json!({}))).await;
            assert_eq!(answer.inner(), "ForbiddenByRbac", "{method} {path}");
            tried += 1;
        }
    }
    for (method, path) in [
        ("PUT", "/keys/n"),
        ("POST", "/keys/n/create"),
        ("POST", "/keys/n/v/sign"),
        ("POST", "/keys/n/v/verify"),
        ("POST", "/keys/n/rotate"),
        ("POST", "/keys/n/backup"),
        ("POST", "/keys/restore"),
        ("POST", "/secrets/n/backup"),
        ("POST", "/secrets/restore"),
        ("POST", "/certificates/n/backup"),
        ("POST", "/certificates/restore"),
        ("GET", "/certificates/contacts"),
        ("PUT", "/certificates/contacts"),
        ("DELETE", "/certificates/contacts"),
        ("GET", "/certificates/issuers"),
        ("GET", "/certificates/issuers/n"),
        ("PUT", "/certificates/issuers/n"),
        ("PATCH", "/certificates/issuers/n"),
        ("DELETE", "/certificates/issuers/n"),
        ("GET", "/keys/n/rotationpolicy"),
        ("PUT", "/keys/n/rotationpolicy"),
        ("POST", "/rng"),
        ("POST", "/keys/n/v/encrypt"),
        ("POST", "/keys/n/v/decrypt"),
        ("POST", "/keys/n/v/wrapkey"),
        ("POST", "/keys/n/v/unwrapkey"),
        ("PUT", "/secrets/n"),
        ("POST", "/certificates/n/create"),
        ("POST", "/certificates/n/import"),
        ("GET", "/certificates/n/pending"),
        ("PATCH", "/certificates/n/pending"),
        ("DELETE", "/certificates/n/pending"),
        ("POST", "/certificates/n/pending/merge"),
        ("GET", "/certificates/n/policy"),
        ("PATCH", "/certificates/n/policy"),
    ] {
        let answer = bench.send("guest", method, &versioned(path), Some(json!({}))).await;
        assert_eq!(answer.inner(), "ForbiddenByRbac", "{method} {path}");
        tried += 1;
    }
    assert_eq!(tried, 65);
}
