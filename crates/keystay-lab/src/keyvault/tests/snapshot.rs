use super::{
    super::{CertificatePolicy, PublicNetworkAccess},
    *,
};

#[tokio::test]
async fn a_snapshot_brings_back_keys_roles_and_versions() {
    let bench = Bench::new();
    let bundle = bench.certificate("harbor", json!({ "kty": "EC", "exportable": false }), PFX).await;
    let exported = bench.vaults.export().unwrap();
    let text = serde_json::to_string(&exported).unwrap();

    let other = Bench::new();
    other.vaults.import(serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(other.get("/certificates/harbor").await.body, bundle);
    let signed = other.sign("harbor", "ES256", &sha256(b"cargo")).await.body;
    let check = json!({ "alg": "ES256", "digest": BASE64URL.encode(sha256(b"cargo")), "value": signed["value"] });
    assert_eq!(bench.post("/keys/harbor/verify", check).await.body["value"], json!(true));
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_changes_nothing() {
    let bench = Bench::new();
    bench.key("harbor", json!({ "kty": "EC" })).await;
    let mut broken = bench.vaults.export().unwrap();
    broken["vaults"][HOST]["objects"]["keys"]["harbor"][0]["item"]["key"] = json!("bm9uc2Vuc2U=");
    assert!(bench.vaults.import(broken).is_err());
    assert_eq!(bench.get("/keys/harbor").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_lab_seeds_certificates_without_http() {
    let bench = Bench::new();
    let policy = CertificatePolicy::self_signed("CN=seeded").exportable(false);
    let seeded = bench.vaults.create_certificate(HOST, "harbor", &policy, None).unwrap();
    let bundle = bench.get("/certificates/harbor").await.body;
    assert_eq!((version_of(&bundle["id"]), der_of(&bundle)), (seeded.version, seeded.der));
}

#[test]
fn every_kind_of_key_survives_its_stored_form() {
    use super::super::crypto::{Curve, KeyMaterial, KeySpec};
    let curves = Curve::ALL.map(KeySpec::Ec);
    for spec in curves.into_iter().chain([KeySpec::Rsa { bits: 2048 }, KeySpec::Rsa { bits: 3072 }]) {
        let key = KeyMaterial::generate(spec).unwrap();
        let again = KeyMaterial::from_pkcs8(key.pkcs8()).unwrap();
        assert_eq!((again.spec(), again.public_bytes()), (spec, key.public_bytes()));
    }
}

#[tokio::test]
async fn a_snapshot_keeps_how_a_vault_is_set_up() {
    let bench = Bench::new();
    bench
        .vaults
        .configure(HOST, |properties| {
            properties.soft_delete_retention_in_days = 7;
            properties.enable_purge_protection = Some(true);
            properties.public_network_access = PublicNetworkAccess::Disabled;
        })
        .unwrap();
    let other = Bench::new();
    other.vaults.import(bench.vaults.export().unwrap()).unwrap();
    assert_eq!(other.vaults.properties(HOST).unwrap(), bench.vaults.properties(HOST).unwrap());
}

#[tokio::test]
async fn a_snapshot_of_a_lab_that_knew_only_the_tenant_is_read() {
    let bench = Bench::new();
    let mut old = bench.vaults.export().unwrap();
    let vault = old["vaults"][HOST].as_object_mut().unwrap();
    vault.remove("resource");
    vault.insert("tenant_id".into(), json!(TENANT));
    bench.vaults.import(old).unwrap();
    assert_eq!(bench.vaults.properties(HOST).unwrap(), VaultProperties::new(TENANT));
}
