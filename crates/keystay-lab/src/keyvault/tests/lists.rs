use super::*;

#[tokio::test]
async fn a_long_list_comes_in_pages_that_lead_to_each_other() {
    let bench = Bench::new();
    for number in 0..5 {
        bench.put(&format!("/secrets/s{number}"), json!({ "value": "v" })).await;
    }
    let mut path = versioned("/secrets?maxresults=2");
    let mut sizes = Vec::new();
    loop {
        let page = bench.send("owner", "GET", &path, None).await.body;
        sizes.push(page["value"].as_array().unwrap().len());
        let Some(next) = page["nextLink"].as_str() else { break };
        path = next.strip_prefix(&format!("https://{HOST}")).unwrap().to_owned();
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(bench.get("/secrets?maxresults=26").await.code(), "BadParameter");
}

#[tokio::test]
async fn lists_show_managed_objects_without_public_part_or_value() {
    let bench = Bench::new();
    let bundle = bench.certificate("harbor", json!({ "kty": "EC" }), PFX).await;
    let key = bench.get("/keys").await.body["value"][0].clone();
    assert_eq!((&key["managed"], &key["kid"]), (&json!(true), &json!(format!("https://{HOST}/keys/harbor"))));
    assert!(key.get("key").is_none());
    let secret = bench.get("/secrets").await.body["value"][0].clone();
    assert!(secret["managed"] == json!(true) && secret.get("value").is_none(), "{secret}");
    let certificate = bench.get("/certificates").await.body["value"][0].clone();
    assert_eq!(certificate["x5t"], bundle["x5t"]);
    let versions = bench.get("/keys/harbor/versions").await.body["value"].clone();
    assert_eq!(versions[0]["kid"], bundle["kid"]);
}

#[tokio::test]
async fn lists_of_deleted_objects_name_them_as_lists_do() {
    let bench = Bench::new();
    bench.key("oar", json!({ "kty": "EC" })).await;
    bench.put("/secrets/rum", json!({ "value": "v" })).await;
    bench.certificate("flag", json!({ "kty": "EC" }), PFX).await;
    for (live, deleted, member) in [
        ("keys/oar", "deletedkeys", "kid"),
        ("secrets/rum", "deletedsecrets", "id"),
        ("certificates/flag", "deletedcertificates", "id"),
    ] {
        assert_eq!(bench.delete(&format!("/{live}")).await.status, StatusCode::OK);
        let line = bench.get(&format!("/{deleted}")).await.body["value"][0].clone();
        assert_eq!(line[member], json!(format!("https://{HOST}/{live}")));
        assert!(line["recoveryId"].as_str().unwrap().contains(deleted), "{line}");
    }
    let taken = bench.post("/certificates/oar/create", order(json!({ "kty": "EC" }), PFX)).await;
    assert_eq!(
        taken.inner(),
        "ObjectIsDeletedButRecoverable",
        "recovering the key would collide with the certificate's"
    );
}
