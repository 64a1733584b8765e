//! The routes of az-kv-proxy, for programs that were written for it; refused unless the configuration says
//! `compat = "az-kv-proxy"`.
//!
//! There, whoever asked was answered, and a request could name any vault. Here the caller is recognised and the policy
//! asked as at every door, and what a request says about vaults and files only finds an identity of the configuration.

mod meant;

use axum::{
    Json,
    extract::{Extension, Form, FromRequest, FromRequestParts, Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use keystay::{ClientId, ObjectId, Scopes, Tenant, VaultUrl};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use self::meant::{KeyName, meant};
use super::{
    Doors, Shared,
    managed_identity::{Answer, Asked, NoToken, Place, scopes_of, whom},
    native::bearer,
    recognise,
};
use crate::{
    caller::Caller,
    desk::{Ask, Granted},
    listen::Connection,
};

const DOOR: &str = "az-kv-proxy";

/// Adds its routes.
pub(crate) fn add(doors: Doors) -> Doors {
    doors
        .route(Method::POST, "/api/Token/kv-certificate", by_certificate)
        .route(Method::POST, "/api/Token/kv-key", by_key)
        .route(Method::POST, "/api/Token/kv-key-info", by_key)
        .route(Method::POST, "/api/Token/local-certificate", by_file)
        .route(Method::POST, "/api/Token/computer-certificate", by_file)
        .route(Method::POST, "/api/msi/{tenant}/{client_id}/kv/{vault}/{certificate}", form_by_certificate)
        .route(Method::POST, "/api/msi/{tenant}/{client_id}/usercert/{thumbprint}", form_by_file)
        .route(Method::POST, "/api/msi/{tenant}/{client_id}/machinecert/{thumbprint}", form_by_file)
        .route(Method::POST, "/api/msi/{tenant}/forward", forward)
        .route(Method::POST, "/api/msi/forward", forward)
}

/// A body of `/api/Token/…`, with what names the key in one field or the other.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenRequest<K> {
    client_id: Uuid,
    tenant_id: Uuid,
    scopes: Vec<String>,
    #[serde(flatten)]
    key: K,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    key_vault_uri: String,
    certificate_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    #[serde(alias = "keyId")]
    key_uri: String,
}

#[derive(Deserialize)]
struct File {
    thumbprint: String,
}

/// The answer of the managed-identity doors, with the names az-kv-proxy has for two of its fields.
#[derive(Serialize)]
struct TokenAnswer<'a> {
    #[serde(flatten)]
    answer: Answer<'a>,
    #[serde(rename = "accessToken")]
    token: &'a str,
    /// Seconds that are really left.
    lifetime: u64,
}

type Answered = Result<Response, NoToken>;

async fn by_certificate(shared: State<Shared>, connection: Extension<Connection>, request: Request) -> Answered {
    by_body(&shared, &connection, request, |Certificate { key_vault_uri, certificate_name }| {
        let vault: VaultUrl = key_vault_uri.trim_end_matches('/').parse().map_err(malformed)?;
        Ok(KeyName::Certificate { vault: vault.to_string(), name: certificate_name })
    })
    .await
}

async fn by_key(shared: State<Shared>, connection: Extension<Connection>, request: Request) -> Answered {
    by_body(&shared, &connection, request, |Key { key_uri }| {
        Ok(KeyName::Key(key_uri.parse::<ObjectId>().map_err(malformed)?))
    })
    .await
}

async fn by_file(shared: State<Shared>, connection: Extension<Connection>, request: Request) -> Answered {
    by_body(&shared, &connection, request, |File { thumbprint }| Ok(KeyName::File { thumbprint })).await
}

async fn by_body<K: DeserializeOwned>(
    shared: &Shared,
    connection: &Connection,
    request: Request,
    key: impl FnOnce(K) -> Result<KeyName, NoToken>,
) -> Answered {
    let caller = entered(shared, connection, request.headers()).await?;
    let Json(asked) = Json::<TokenRequest<K>>::from_request(request, &())
        .await
        .map_err(|rejection| NoToken::malformed(rejection.body_text()))?;
    let scopes = Scopes::from_parts(&asked.scopes).map_err(malformed)?;
    let tenant = asked.tenant_id.into();
    let identity = meant(&shared.desk.setup(), &caller, asked.client_id.into(), &key(asked.key)?).await;
    let granted = granted(shared, &caller, Ask { identity, tenant, scopes: scopes.clone() }).await?;
    Ok(no_store(Json(TokenAnswer {
        answer: Answer::new(&granted, scopes.resource()),
        token: granted.token.secret(),
        lifetime: granted.remaining.as_secs(),
    })))
}

async fn form_by_certificate(shared: State<Shared>, connection: Extension<Connection>, request: Request) -> Answered {
    by_form(&shared, &connection, request, |(tenant, app, vault, name): (Uuid, Uuid, String, String)| {
        (tenant, app, KeyName::Certificate { vault, name })
    })
    .await
}

async fn form_by_file(shared: State<Shared>, connection: Extension<Connection>, request: Request) -> Answered {
    by_form(&shared, &connection, request, |(tenant, app, thumbprint): (Uuid, Uuid, String)| {
        (tenant, app, KeyName::File { thumbprint })
    })
    .await
}

async fn by_form<P: DeserializeOwned + Send>(
    shared: &Shared,
    connection: &Connection,
    request: Request,
    read: impl FnOnce(P) -> (Uuid, Uuid, KeyName),
) -> Answered {
    let caller = entered(shared, connection, request.headers()).await?;
    let (path, Form(asked)) = parts::<P>(request).await?;
    let (tenant, app, key) = read(path);
    let identity = meant(&shared.desk.setup(), &caller, ClientId::from(app), &key).await;
    answer(shared, &caller, identity, tenant.into(), &asked).await
}

/// The developer's own identity there; here, the one identity the caller may use, or the one its `client_id` names.
async fn forward(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Answered {
    let caller = entered(&shared, &connection, request.headers()).await?;
    let (path, Form(asked)) = parts::<Vec<(String, String)>>(request).await?;
    let setup = shared.desk.setup();
    let mut usable = setup.identities.keys().filter(|name| setup.policy.may_use(&caller.name, name));
    let place = Place {
        identity: usable.next().filter(|_| usable.next().is_none()).map(ToString::to_string),
        tenant: path.into_iter().next().map(|(_, tenant)| tenant),
        ..Place::default()
    };
    let (identity, tenant) = whom(&setup, &caller, &place, asked.client_id.as_deref())?;
    answer(&shared, &caller, identity, tenant, &asked).await
}

/// The caller, by any of the headers in which a door takes a secret, or by its user; where these routes are on.
async fn entered(shared: &Shared, connection: &Connection, headers: &HeaderMap) -> Result<Caller, NoToken> {
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let secret = bearer(headers).or_else(|| header("x-identity-header")).or_else(|| header("secret"));
    let caller = recognise(shared, connection, secret, DOOR).await?;
    if shared.desk.setup().compat {
        Ok(caller)
    } else {
        Err(NoToken::new(
            StatusCode::FORBIDDEN,
            "compat-off",
            "the routes of az-kv-proxy are off; `compat = \"az-kv-proxy\"` in the configuration opens them".into(),
        ))
    }
}

async fn parts<P: DeserializeOwned + Send>(request: Request) -> Result<(P, Form<Asked>), NoToken> {
    let (mut head, body) = request.into_parts();
    let Path(path) = Path::<P>::from_request_parts(&mut head, &())
        .await
        .map_err(|rejection| NoToken::malformed(rejection.body_text()))?;
    let form = Form::from_request(Request::from_parts(head, body), &())
        .await
        .map_err(|rejection| NoToken::malformed(rejection.body_text()))?;
    Ok((path, form))
}

async fn answer(shared: &Shared, caller: &Caller, identity: String, tenant: Tenant, asked: &Asked) -> Answered {
    let scopes = scopes_of(&asked.resource).map_err(malformed)?;
    let granted = granted(shared, caller, Ask { identity, tenant, scopes }).await?;
    Ok(Answer::new(&granted, &asked.resource).into_response())
}

async fn granted(shared: &Shared, caller: &Caller, ask: Ask) -> Result<Granted, NoToken> {
    let decision = Uuid::new_v4();
    let outcome = shared.desk.answer(decision, caller, &ask, DOOR).await;
    outcome.map_err(|refused| NoToken::refused(decision, &refused))
}

fn no_store(answer: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer).into_response()
}

#[allow(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
fn malformed(error: impl ToString) -> NoToken {
    NoToken::malformed(error.to_string())
}
