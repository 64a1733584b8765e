//! `/`: the native door, described for people.

use axum::{
    extract::{Extension, Request, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{Shared, recognised};
use crate::{doors::problem::Problem, listen::Connection};

const PAGE: &str = include_str!("page.html");
/// The page has a style and nothing else: it loads nothing, runs nothing and is shown in no frame.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This door in words, for people
#[utoipa::path(
    get, path = "/", operation_id = "showPage", tag = "about",
    responses((status = OK, body = String, content_type = "text/html"), (status = UNAUTHORIZED, response = Problem))
)]
pub(super) async fn show(
    State(shared): State<Shared>,
    Extension(connection): Extension<Connection>,
    request: Request,
) -> Result<Response, Problem> {
    recognised(&shared, &connection, request.headers()).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, PAGE).into_response())
}
