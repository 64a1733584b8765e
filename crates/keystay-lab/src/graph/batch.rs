//! `POST /$batch`: up to 20 requests in one. Each goes the way of a request of its own, with the bearer of the batch.

use std::collections::{HashMap, HashSet};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, Method, Request, header},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tower::ServiceExt;

use super::{Graph, access, error::GraphError, is_version, reply};
use crate::{ids::passing_id, journal::Attribution};

/// What the service takes.
const MOST: usize = 20;
const MOST_ANSWER_BYTES: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    depends_on: Vec<String>,
}

impl Item {
    fn lacks_what_it_writes(&self) -> bool {
        let typed = self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") && (self.body.is_null() || !typed)
    }
}

/// Answers all requests of a batch, in their order; one that depends on a failed one is not tried.
pub(super) async fn handle(
    State(graph): State<Graph>,
    Path(version): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now: OffsetDateTime = graph.entra.clock.now().into();
    let id = passing_id();
    let refuse = |error: &GraphError| error.answer(id, headers.get("client-request-id"), now);
    if !is_version(&version) {
        return refuse(&GraphError::bad_version());
    }
    let attribution = match access::authenticate(&graph.entra, &headers) {
        Ok(access) => Attribution { tenant: Some(access.caller.tenant_id), client_app: access.caller.app_id },
        Err(error) => return refuse(&error),
    };
    let items = match read(&body) {
        Ok(items) => items,
        Err(error) => return refuse(&error),
    };
    let mut failed = HashSet::new();
    let mut answers = Vec::with_capacity(items.len());
    for item in &items {
        let answer = if item.depends_on.iter().any(|other| failed.contains(other.as_str())) {
            let error = json!({ "code": "FailedDependency", "message": "A request this one depends on has failed." });
            json!({ "id": item.id, "status": 424, "headers": {}, "body": { "error": error } })
        } else {
            one(&graph, &version, &headers, item, now).await
        };
        if !answer["status"].as_u64().is_some_and(|status| (200..300).contains(&status)) {
            failed.insert(item.id.as_str());
        }
        answers.push(answer);
    }
    let mut answer = reply::ok(json!({ "responses": answers }));
    answer.extensions_mut().insert(attribution);
    answer
}

fn read(body: &Bytes) -> Result<Vec<Item>, GraphError> {
    let batch: Batch =
        serde_json::from_slice(body).map_err(|_| GraphError::bad_batch("Invalid batch payload format."))?;
    if batch.requests.is_empty() || batch.requests.len() > MOST {
        return Err(GraphError::bad_batch(&format!("Number of batch request steps must be between 1 and {MOST}.")));
    }
    let mut known = HashSet::new();
    for item in &batch.requests {
        if let Some(other) = item.depends_on.iter().find(|other| !known.contains(other.as_str())) {
            return Err(GraphError::bad_batch(&format!(
                "Request '{}' depends on '{other}', which is not before it.",
                item.id
            )));
        }
        if !known.insert(item.id.as_str()) {
            return Err(GraphError::bad_batch(&format!("Duplicate request id '{}' in the batch.", item.id)));
        }
        if item.lacks_what_it_writes() {
            let text = format!("Write request id : {} does not contain Content-Type header or body.", item.id);
            return Err(GraphError::bad_batch(&text));
        }
    }
    Ok(batch.requests)
}

async fn one(graph: &Graph, version: &str, outer: &HeaderMap, item: &Item, now: OffsetDateTime) -> Value {
    let answer = match request(version, outer, item) {
        // A batch in a batch would have no end.
        Some(request) if !request.uri().path().ends_with("$batch") => {
            graph.clone().router().oneshot(request).await.unwrap_or_else(|never| match never {})
        }
        _ => GraphError::bad_batch("Invalid batch request step.").answer(passing_id(), None, now),
    };
    let (parts, body) = answer.into_parts();
    let shown = parts.headers.iter().filter(|(name, _)| **name != header::CONTENT_LENGTH);
    let shown = shown.filter_map(|(name, value)| Some((canonical(name.as_str()), value.to_str().ok()?.into())));
    let shown: Map<String, Value> = shown.collect();
    let bytes = to_bytes(body, MOST_ANSWER_BYTES).await.unwrap_or_default();
    let mut answer = json!({ "id": item.id, "status": parts.status.as_u16(), "headers": shown });
    if !bytes.is_empty() {
        answer["body"] = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    }
    answer
}

/// The address counts from the version. One that names a host leads nowhere, as in the service (msgraph-sdk-python#1015):
/// that library writes such addresses once it has made a request of its own.
fn request(version: &str, outer: &HeaderMap, item: &Item) -> Option<Request<Body>> {
    let url = item.url.strip_prefix('/').unwrap_or(&item.url);
    // Filters stand in these addresses as people write them.
    let url = url.replace(' ', "%20");
    let mut request =
        Request::builder().method(Method::from_bytes(item.method.as_bytes()).ok()?).uri(format!("/{version}/{url}"));
    for (name, value) in &item.headers {
        if !name.eq_ignore_ascii_case("authorization") {
            request = request.header(name, value);
        }
    }
    if let Some(bearer) = outer.get(header::AUTHORIZATION) {
        request = request.header(header::AUTHORIZATION, bearer);
    }
    let body = if item.body.is_null() { Body::empty() } else { Body::from(item.body.to_string()) };
    request.body(body).ok()
}

/// Headers inside a batch are written as people write them: `Content-Type`.
fn canonical(name: &str) -> String {
    let word =
        |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
