//! Refusals of Entra: the AADSTS codes, their words and their HTTP status.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use uuid::Uuid;

use super::request::Fields;
use crate::{directory::Application, ids::passing_id};

/// How Entra writes moments in an error answer.
const TIMESTAMP: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
/// How Entra writes moments inside a sentence.
const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");

/// An error answer of the token endpoint (RFC 6749, section 5.2, with Entra's additions).
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) code: u32,
    pub(crate) text: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: &'static str, code: u32, text: impl Into<String>) -> Self {
        Self { status, error, code, text: text.into() }
    }

    pub(super) fn bad_request(code: u32, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", code, text)
    }

    pub(super) fn bad_client(code: u32, text: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", code, text)
    }

    pub(super) fn bad_grant(code: u32, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", code, text)
    }

    pub(super) fn access_denied(code: u32, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "access_denied", code, text)
    }

    pub(super) fn unauthorized_client(code: u32, text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", code, text)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::bad_request(900_144, format!("The request body must contain the following parameter: '{parameter}'."))
    }

    pub(super) fn unsupported_grant(grant: &str) -> Self {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", 70_003, text)
    }

    pub(super) fn scope(scope: &str) -> Self {
        let text = format!(
            "The provided request must include a 'scope' input parameter. The provided value for the \
                input parameter 'scope' is not valid. The scope {scope} is not valid."
        );
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", 70_011, text)
    }

    pub(super) fn resource(name: &str, tenant: &str) -> Self {
        let text = format!(
            "The resource principal named {name} was not found in the tenant named {tenant}. This can \
                happen if the application has not been installed by the administrator of the tenant or \
                consented to by any user in the tenant. You might have sent your authentication request \
                to the wrong tenant."
        );
        Self::new(StatusCode::BAD_REQUEST, "invalid_resource", 500_011, text)
    }

    pub(super) fn tenant_not_found(name: &str) -> Self {
        Self::bad_request(
            90_002,
            format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are \
                    signing into the correct cloud. Check with your subscription administrator, this may \
                    happen if there are no active subscriptions for the tenant."
            ),
        )
    }

    pub(super) fn app_not_in_tenant(app: &str, tenant: &str) -> Self {
        Self::unauthorized_client(
            700_016,
            format!(
                "Application with identifier '{app}' was not found in the directory '{tenant}'. This can \
                    happen if the application has not been installed by the administrator of the tenant \
                    or consented to by any user in the tenant. You may have sent your authentication \
                    request to the wrong tenant."
            ),
        )
    }

    pub(super) fn single_tenant(app: &Application) -> Self {
        Self::bad_request(
            50_194,
            format!(
                "Application '{}'({}) is not configured as a multi-tenant application. Usage of the \
                    endpoint of another tenant is not supported for such apps created after '10/15/2018'. Use a \
                    tenant-specific endpoint or configure the application to be multi-tenant.",
                app.app_id, app.display_name
            ),
        )
    }

    pub(super) fn app_disabled(app: Uuid, name: &str) -> Self {
        Self::unauthorized_client(7_000_112, format!("Application '{app}'({name}) is disabled."))
    }

    pub(super) fn malformed_assertion(reason: &str) -> Self {
        Self::bad_client(50_027, format!("JWT token is invalid or malformed. {reason}"))
    }

    /// Something in the lab failed; never the caller's fault.
    pub(super) fn broken() -> Self {
        let text = "Service is temporarily unavailable. Please retry later.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", 90_033, text)
    }

    /// The whole description, as the `error_description` field holds it.
    pub(super) fn description(&self, trace: Uuid, correlation: Uuid, now: OffsetDateTime) -> String {
        let timestamp = now.format(TIMESTAMP).unwrap_or_default();
        format!(
            "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}",
            self.code, self.text
        )
    }

    pub(super) fn answer(&self, correlation: Uuid, now: OffsetDateTime) -> Response {
        let trace = passing_id();
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(trace, correlation, now),
            "error_codes": [self.code],
            "timestamp": now.format(TIMESTAMP).unwrap_or_default(),
            "trace_id": trace,
            "correlation_id": correlation,
        });
        // Samples of these two show no error_uri.
        if !matches!(self.code, 70_003 | 700_038) {
            body["error_uri"] = format!("https://login.microsoftonline.com/error?code={}", self.code).into();
        }
        let mut answer = (self.status, Json(body)).into_response();
        stamp(answer.headers_mut(), trace);
        answer
    }
}

/// The headers on every answer of the token endpoint.
pub(super) fn stamp(headers: &mut HeaderMap, trace: Uuid) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Ok(trace) = HeaderValue::try_from(trace.to_string()) {
        headers.insert("x-ms-request-id", trace);
    }
}

/// The caller's id for the request, or a new one.
pub(super) fn correlation(headers: &HeaderMap, query: &Fields) -> Uuid {
    headers
        .get("client-request-id")
        .and_then(|value| value.to_str().ok())
        .or_else(|| query.get("client-request-id"))
        .and_then(|text| Uuid::try_parse(text).ok())
        .unwrap_or_else(passing_id)
}

/// A moment inside a sentence.
pub(super) fn moment(at: OffsetDateTime) -> String {
    at.format(MOMENT).unwrap_or_default()
}
