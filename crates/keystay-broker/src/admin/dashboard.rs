//! A link that opens the dashboard.

use axum::{
    Json,
    extract::{Extension, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::Admin;
use crate::{doors::problem, listen::Connection};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whom {
    /// The user whose browser opens it; who asks, without it.
    user: Option<u32>,
}

/// Makes a link. It is good once, for a minute, and for one user's programs on this computer.
pub(super) async fn link(
    State(admin): State<Admin>,
    Extension(connection): Extension<Connection>,
    whom: Result<Query<Whom>, QueryRejection>,
) -> Response {
    let Query(whom) = match whom {
        Ok(whom) => whom,
        Err(rejection) => {
            return problem(StatusCode::BAD_REQUEST, "malformed", rejection.body_text()).into_response();
        }
    };
    let Some(place) = &admin.dashboard else {
        let words = "the broker has no dashboard: its configuration lacks `[listen] dashboard`";
        return problem(StatusCode::CONFLICT, "no-dashboard", words).into_response();
    };
    let Some((user, link)) = whom.user.or_else(|| connection.uid()).and_then(|user| Some((user, place.link(user)?)))
    else {
        let words = "the system gave no random numbers";
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "no-randomness", words).into_response();
    };
    let expires = link.expires.format(&Rfc3339).unwrap_or_default();
    Json(json!({ "url": link.url.expose(), "user": user, "expires": expires })).into_response()
}
