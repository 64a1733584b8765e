//! What a user has in a configuration file: who is who. And the levers of the lab that no SDK may know of.

use std::{
    env,
    error::Error,
    sync::{Arc, LazyLock},
};

use azure_core::{
    credentials::TokenCredential,
    http::{Method, Request, Url, new_http_client},
};
use azure_identity::ClientSecretCredential;
use azure_security_keyvault_certificates::CertificateClient;
use azure_security_keyvault_keys::KeyClient;
use azure_security_keyvault_secrets::SecretClient;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

pub const GRAPH: &str = "https://graph.microsoft.com/.default";
pub const VAULT_SCOPE: &str = "https://vault.azure.net/.default";

static SEED: OnceCell<Value> = OnceCell::const_new();
static LAB: LazyLock<String> = LazyLock::new(|| env::var("KEYSTAY_LAB").expect("run me by `keystay lab exec`"));

/// A plain request through the SDK's own transport, and its status and JSON answer.
pub async fn send(method: Method, url: &str, token: Option<&str>, body: Option<Value>) -> Result<(u16, Value)> {
    let mut request = Request::new(Url::parse(url)?, method);
    if let Some(token) = token {
        request.insert_header("authorization", format!("Bearer {token}"));
    }
    if let Some(body) = body {
        request.insert_header("content-type", "application/json");
        request.set_body(body.to_string());
    }
    let answer = new_http_client(None).execute_request(&request).await?;
    let status = u16::from(answer.status());
    let bytes = answer.into_body().collect().await?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// Asks the lab's control API.
pub async fn control(method: Method, path: &str, body: Option<Value>) -> Result<Value> {
    let (status, answer) = send(method, &format!("{}{path}", *LAB), None, body).await?;
    if status < 300 { Ok(answer) } else { Err(format!("{path}: {status} {answer}").into()) }
}

/// Puts the limits of vaults in force, or not.
pub async fn limits(enabled: bool) -> Result<()> {
    control(Method::Put, "/lab/throttling", Some(json!({ "enabled": enabled }))).await?;
    Ok(())
}

async fn seed() -> &'static Value {
    let read = || async { control(Method::Get, "/lab/state-summary", None).await };
    &SEED.get_or_try_init(read).await.expect("the lab answers")["seed"]
}

/// A value of the seed by its JSON pointer, for example `/juniper/id`.
pub async fn seeded(pointer: &str) -> String {
    seed().await.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned()
}

pub async fn home() -> String {
    seeded("/home/id").await
}

pub async fn juniper() -> String {
    seeded("/juniper/id").await
}

pub async fn app() -> String {
    seeded("/ready_app").await
}

pub async fn vault() -> String {
    format!("https://{}", seeded("/vault_host").await)
}

/// The vendor's operations: may do everything in the vault.
pub async fn operations() -> Arc<dyn TokenCredential> {
    static OPERATIONS: OnceCell<Arc<ClientSecretCredential>> = OnceCell::const_new();
    let make = || async {
        let (client, secret) = (seeded("/operator/client_id").await, seeded("/operator/client_secret").await);
        ClientSecretCredential::new(&home().await, client, secret.into(), None)
    };
    OPERATIONS.get_or_try_init(make).await.expect("a credential").clone()
}

pub async fn key_client() -> KeyClient {
    KeyClient::new(&vault().await, operations().await, None).expect("a client")
}

pub async fn secret_client() -> SecretClient {
    SecretClient::new(&vault().await, operations().await, None).expect("a client")
}

pub async fn certificate_client() -> CertificateClient {
    CertificateClient::new(&vault().await, operations().await, None).expect("a client")
}

/// A name nobody used before.
pub fn fresh(prefix: &str) -> String {
    let mut bytes = [0; 6];
    openssl::rand::rand_bytes(&mut bytes).expect("random bytes");
    bytes.iter().fold(format!("{prefix}-"), |name, byte| format!("{name}{byte:02x}"))
}

/// The requests since the journal was last cleared.
pub async fn journal() -> Result<Vec<Value>> {
    let mut journal = control(Method::Get, "/lab/journal", None).await?;
    Ok(journal["entries"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

/// Breaks the lab: so many requests to these hosts meet this fault.
pub async fn break_lab(action: Value, host: &str, path: &str, times: u32) -> Result<()> {
    control(Method::Delete, "/lab/faults", None).await?;
    control(Method::Delete, "/lab/journal", None).await?;
    let fault = json!({ "action": action, "host": host, "path_contains": path, "times": times });
    control(Method::Post, "/lab/faults", Some(fault)).await?;
    Ok(())
}

/// Mends the lab and tells how many requests were answered with this status; `None` means not at all.
pub async fn mend_lab(status: Option<u16>) -> Result<usize> {
    control(Method::Delete, "/lab/faults", None).await?;
    Ok(journal().await?.iter().filter(|entry| entry["status"] == json!(status)).count())
}
