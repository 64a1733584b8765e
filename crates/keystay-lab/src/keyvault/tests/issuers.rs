use super::*;

#[tokio::test]
async fn contacts_can_be_set_read_and_deleted() {
    let bench = Bench::new();
    let none = bench.get("/certificates/contacts").await;
    assert_eq!(
        (none.status, none.code(), none.message()),
        (StatusCode::NOT_FOUND, "ContactsNotFound", "Contacts not found")
    );
    let contacts =
        json!([{ "email": "mate@harbor.example", "name": "Mate", "phone": "1" }, { "email": "cook@harbor.example" }]);
    let whole = json!({ "id": format!("https://{HOST}/certificates/contacts"), "contacts": contacts });
    assert_eq!(bench.put("/certificates/contacts", json!({ "contacts": contacts })).await.body, whole);
    let other = Bench::new();
    other.vaults.import(bench.vaults.export().unwrap()).unwrap();
    assert_eq!(other.get("/certificates/contacts").await.body, whole);
    assert_eq!(bench.delete("/certificates/contacts").await.body, whole);
    assert_eq!(bench.delete("/certificates/contacts").await.code(), "ContactsNotFound");
    for wrong in [json!({ "contacts": [] }), json!({ "contacts": [{ "name": "Mate" }] }), json!({})] {
        assert_eq!(bench.put("/certificates/contacts", wrong.clone()).await.code(), "BadParameter", "{wrong}");
    }
}

#[tokio::test]
async fn issuers_can_be_set_changed_listed_and_deleted_and_never_show_a_password() {
    let bench = Bench::new();
    let administrator =
        json!({ "first_name": "Ada", "last_name": "Mate", "email": "ada@harbor.example", "phone": "42" });
    let request = json!({
        "provider": "Test",
        "credentials": { "account_id": "keyvaultuser", "pwd": "hunter2" },
        "org_details": { "admin_details": [administrator] },
    });
    let set = bench.put("/certificates/issuers/authority", request).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    assert_eq!(set.body["id"], json!(format!("https://{HOST}/certificates/issuers/authority")));
    assert_eq!(set.body["credentials"], json!({ "account_id": "keyvaultuser" }));
    assert_eq!(set.body["org_details"], json!({ "zip": 0, "admin_details": [administrator] }));
    assert_eq!(set.body["attributes"]["enabled"], json!(true));
    assert_eq!(bench.get("/certificates/issuers/authority").await.body, set.body);
    assert!(!bench.vaults.export().unwrap().to_string().contains("hunter2"));

    let patched = bench.patch("/certificates/issuers/authority", json!({ "attributes": { "enabled": false } })).await;
    assert_eq!((&patched.body["attributes"]["enabled"], &patched.body["provider"]), (&json!(false), &json!("Test")));
    bench.put("/certificates/issuers/bureau", json!({ "provider": "Other" })).await;
    let page = bench.get("/certificates/issuers?maxresults=1").await.body;
    let line = json!({ "id": format!("https://{HOST}/certificates/issuers/authority"), "provider": "Test" });
    assert_eq!(page["value"], json!([line]));
    let next = page["nextLink"].as_str().unwrap().strip_prefix(&format!("https://{HOST}")).unwrap().to_owned();
    assert_eq!(bench.send("owner", "GET", &next, None).await.body["value"][0]["provider"], json!("Other"));

    assert_eq!(bench.delete("/certificates/issuers/authority").await.body["provider"], json!("Test"));
    for answer in [
        bench.get("/certificates/issuers/authority").await,
        bench.delete("/certificates/issuers/authority").await,
        bench.patch("/certificates/issuers/authority", json!({})).await,
    ] {
        assert_eq!((answer.code(), answer.message()), ("CertificateIssuerNotFound", "Issuer not found"));
    }
    assert_eq!(bench.put("/certificates/issuers/authority", json!({})).await.code(), "BadParameter");
    assert_eq!(bench.put("/certificates/issuers/Self", json!({ "provider": "Test" })).await.code(), "BadParameter");
}

#[tokio::test]
async fn what_is_ordered_from_an_issuer_stays_in_progress() {
    let bench = Bench::new();
    let mut order = order(json!({ "kty": "EC" }), PFX);
    order["policy"]["issuer"]["name"] = json!("authority");
    let unknown = bench.post("/certificates/harbor/create", order.clone()).await;
    assert_eq!((unknown.status, unknown.code()), (StatusCode::BAD_REQUEST, "BadParameter"));
    bench.put("/certificates/issuers/authority", json!({ "provider": "Test" })).await;
    let created = bench.post("/certificates/harbor/create", order).await;
    assert_eq!(created.status, StatusCode::ACCEPTED, "{}", created.body);
    let operation = bench.get("/certificates/harbor/pending").await.body;
    assert_eq!((&operation["status"], &operation["issuer"]["name"]), (&json!("inProgress"), &json!("authority")));
    assert!(operation["status_details"].as_str().unwrap().contains("issuer provider"), "{operation}");
}
