//! `/lab/apps/{app}/…`: what an app proves itself with.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Control,
    answer::{Answer, Problem},
};
use crate::directory::FederatedCredential;

/// A certificate to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCertificate {
    /// The certificate as PEM, or as base64 of its DER form. Never the key.
    certificate: String,
    #[serde(default)]
    display_name: String,
}

/// The id of the new credential.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewCredentialId {
    id: Uuid,
}

/// The id of the new certificate credential.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewKeyId {
    key_id: Uuid,
}

/// A client secret to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSecret {
    #[serde(default)]
    display_name: String,
    #[serde(default = "half_a_year")]
    lifetime_seconds: u64,
}

/// A client secret; this is the only time it is shown.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeSecret {
    secret: String,
}

/// A foreign token to be trusted. All three texts must match exactly.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFederatedCredential {
    /// A name, unique in the app.
    name: String,
    /// The `iss` of the token.
    issuer: String,
    /// The `sub` of the token.
    subject: String,
    /// The `aud` of the token.
    #[serde(default = "token_exchange")]
    audience: String,
}

fn half_a_year() -> u64 {
    180 * 24 * 3600
}

fn token_exchange() -> String {
    "api://AzureADTokenExchange".to_owned()
}

/// Register a certificate on an app
#[utoipa::path(
    post, path = "/lab/apps/{app}/certificates", operation_id = "addCertificate", tag = "apps",
    request_body = NewCertificate, params(("app" = Uuid, Path, description = "The app's client id")),
    responses(
        (status = CREATED, body = NewKeyId), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn add_certificate(
    State(control): State<Control>,
    Path(app): Path<Uuid>,
    Json(new): Json<NewCertificate>,
) -> Answer<(StatusCode, Json<NewKeyId>)> {
    let der = der(&new.certificate)?;
    let key_id = control.entra.directory.add_certificate(app, &der, &new.display_name)?;
    Ok((StatusCode::CREATED, Json(NewKeyId { key_id })))
}

/// Remove a certificate from an app
#[utoipa::path(
    delete, path = "/lab/apps/{app}/certificates/{key_id}", operation_id = "removeCertificate", tag = "apps",
    params(
        ("app" = Uuid, Path, description = "The app's client id"),
        ("key_id" = Uuid, Path, description = "The credential's id")
    ),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn remove_certificate(
    State(control): State<Control>,
    Path((app, key_id)): Path<(Uuid, Uuid)>,
) -> Answer<StatusCode> {
    control.entra.directory.remove_key_credential(app, key_id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a client secret and show it, once
#[utoipa::path(
    post, path = "/lab/apps/{app}/secrets", operation_id = "addSecret", tag = "apps", request_body = NewSecret,
    params(("app" = Uuid, Path, description = "The app's client id")),
    responses((status = CREATED, body = MadeSecret), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn add_secret(
    State(control): State<Control>,
    Path(app): Path<Uuid>,
    Json(new): Json<NewSecret>,
) -> Answer<(StatusCode, Json<MadeSecret>)> {
    let lifetime = Duration::from_secs(new.lifetime_seconds.min(LONGEST_SECRET_SECS));
    let secret = control.entra.directory.add_secret(app, &new.display_name, lifetime)?;
    Ok((StatusCode::CREATED, Json(MadeSecret { secret })))
}

/// Let an app prove itself with tokens of somebody else
#[utoipa::path(
    post, path = "/lab/apps/{app}/federated-credentials", operation_id = "addFederatedCredential", tag = "apps",
    request_body = NewFederatedCredential, params(("app" = Uuid, Path, description = "The app's client id")),
    responses(
        (status = CREATED, body = NewCredentialId), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn add_federated(
    State(control): State<Control>,
    Path(app): Path<Uuid>,
    Json(new): Json<NewFederatedCredential>,
) -> Answer<(StatusCode, Json<NewCredentialId>)> {
    let credential = FederatedCredential::new(new.name, new.issuer, new.subject).with_audience(new.audience);
    let id = control.entra.directory.add_federated_credential(app, credential)?;
    Ok((StatusCode::CREATED, Json(NewCredentialId { id })))
}

/// Trust those tokens no longer
#[utoipa::path(
    delete, path = "/lab/apps/{app}/federated-credentials/{id}", operation_id = "removeFederatedCredential", tag = "apps",
    params(
        ("app" = Uuid, Path, description = "The app's client id"),
        ("id" = Uuid, Path, description = "The credential's id")
    ),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn remove_federated(
    State(control): State<Control>,
    Path((app, id)): Path<(Uuid, Uuid)>,
) -> Answer<StatusCode> {
    control.entra.directory.remove_federated_credential(app, id)?;
    Ok(StatusCode::NO_CONTENT)
}

fn der(text: &str) -> Answer<Vec<u8>> {
    if text.contains("-----BEGIN") {
        let blocks = pem::parse_many(text).unwrap_or_default();
        if let Some(found) = blocks.into_iter().find(|block| block.tag() == "CERTIFICATE") {
            return Ok(found.into_contents());
        }
    } else if let Ok(der) = BASE64_STANDARD.decode(text.trim()) {
        return Ok(der);
    }
    Err(Problem::bad_request("`certificate` is neither PEM with a CERTIFICATE block nor base64"))
}

/// Ten years.
const LONGEST_SECRET_SECS: u64 = 10 * 366 * 24 * 3600;
