//! `/lab/oidc-tokens`: tokens of outside issuers, for federated credentials.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Control,
    answer::{Answer, Problem},
};
use crate::oidc_issuer::NewOidcToken;

/// What the issuer signed.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedToken {
    token: String,
}

/// Let an outside issuer sign a token to order
#[utoipa::path(
    post, path = "/lab/oidc-tokens", operation_id = "issueOidcToken", tag = "apps", request_body = NewOidcToken,
    responses((status = OK, body = IssuedToken), (status = CONFLICT, body = Problem))
)]
pub(super) async fn issue(
    State(control): State<Control>,
    Json(order): Json<NewOidcToken>,
) -> Answer<Json<IssuedToken>> {
    // the first token of an issuer needs a new key
    let token = tokio::task::spawn_blocking(move || control.entra.issuers.mint(&order));
    let token = token.await.map_err(|_| Problem::conflict("the operation was aborted"))?;
    let token = token.map_err(Problem::conflict)?;
    Ok(Json(IssuedToken { token }))
}
