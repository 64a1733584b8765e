//! Managed-identity doors: what official SDKs ask on App Service, in Azure ML, in Cloud Shell and on a virtual machine.
//!
//! None of these protocols names a tenant, and two of them know no secret, so both go into the path that the program is
//! given in its environment: `/msi/{secret}/{identity}/{tenant}`. See [`place`] for the path and [`whom`] for what
//! `client_id` can say instead.

mod answer;
mod place;
mod protocol;
mod refusal;
mod whom;

use axum::{
    extract::{Extension, Form, FromRequest, Request, State},
    http::Method,
    response::{IntoResponse, Response},
};
use keystay::Scopes;
use serde::Deserialize;
use uuid::Uuid;

use self::protocol::Protocol;
pub(super) use self::{
    answer::Answer,
    place::Place,
    refusal::NoToken,
    whom::{identity_of, whom},
};
use super::{Doors, Shared, recognise};
use crate::{desk::Ask, listen::Connection};

/// Adds its routes.
pub(crate) fn add(doors: Doors) -> Doors {
    doors
        .route(Method::GET, "/msi", token)
        .route(Method::GET, "/msi/", token)
        .route(Method::GET, "/msi/{*place}", token)
        .route(Method::POST, "/msi/{*place}", token)
}

/// What the request says, in its query or in its form. What else SDKs send, such as `api-version`, changes no answer.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub(super) resource: String,
    /// Which identity, under the name it has in each of the protocols.
    #[serde(
        default,
        alias = "clientid",
        alias = "object_id",
        alias = "principal_id",
        alias = "mi_res_id",
        alias = "msi_res_id"
    )]
    pub(super) client_id: Option<String>,
}

/// Recognises first: a stranger learns nothing about what a request should look like, and has no body read.
async fn token(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, NoToken> {
    let place = Place::of(request.uri().path());
    let protocol = Protocol::of(request.method(), request.headers(), &place);
    let secret = protocol.secret(request.headers(), &place);
    let caller = recognise(&shared, &connection, secret, protocol.name()).await?;
    if !protocol.has_its_header(request.headers()) {
        return Err(NoToken::malformed("the header `Metadata: true` is missing"));
    }
    let Form(asked) = Form::<Asked>::from_request(request, &())
        .await
        .map_err(|rejection| NoToken::malformed(rejection.body_text()))?;
    let scopes = scopes_of(&asked.resource).map_err(|error| NoToken::malformed(error.to_string()))?;
    let (identity, tenant) = whom(&shared.desk.setup(), &caller, &place, asked.client_id.as_deref())?;
    let decision = Uuid::new_v4();
    let ask = Ask { identity, tenant, scopes };
    let granted = shared
        .desk
        .answer(decision, &caller, &ask, protocol.name())
        .await
        .map_err(|refused| NoToken::refused(decision, &refused))?;
    Ok(Answer::new(&granted, &asked.resource).into_response())
}

/// The scope of a resource as these protocols name it. A slash at its end belongs to the resource, so `https://x/`
/// becomes `https://x//.default` ("Scopes and permissions in the Microsoft identity platform", trailing slash).
pub(super) fn scopes_of(resource: &str) -> Result<Scopes, keystay::ScopesError> {
    const DEFAULT: &str = "/.default";
    // some clients are given a scope and send it as it is
    if resource.ends_with(DEFAULT) { resource.parse() } else { format!("{resource}{DEFAULT}").parse() }
}
