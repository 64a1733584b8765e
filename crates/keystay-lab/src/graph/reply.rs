//! Answers that went well.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// How Graph names the format of its answers.
const JSON: HeaderValue = HeaderValue::from_static(
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
);

/// What was asked for. A bare number, which is what `/$count` asks for, is a plain text.
pub(super) fn ok(body: Value) -> Response {
    match body {
        Value::Number(count) => count.to_string().into_response(),
        body => json(StatusCode::OK, body),
    }
}

/// What was made, and where it is now.
pub(super) fn created(path: &str, body: Value) -> Response {
    let mut answer = json(StatusCode::CREATED, body);
    if let Ok(location) = HeaderValue::try_from(format!("https://graph.microsoft.com{path}")) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// It was done.
pub(super) fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn json(status: StatusCode, body: Value) -> Response {
    let mut answer = (status, Json(body)).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, JSON);
    answer.headers_mut().insert("odata-version", HeaderValue::from_static("4.0"));
    answer
}
