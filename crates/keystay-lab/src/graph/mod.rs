//! Microsoft Graph: the directory as programs read and change it.

mod access;
mod address;
mod app_roles;
mod applications;
mod audit;
mod batch;
mod body;
mod bound_token;
mod credentials;
mod directory_objects;
mod error;
mod grants;
mod groups;
mod membership;
mod odata;
mod organization;
mod owners;
mod policies;
mod principals;
mod reply;
mod roles;
mod routes;
mod users;
mod view;

use axum::{
    Router,
    body::Bytes,
    extract::{OriginalUri, Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{any, post},
};
use serde_json::Value;

use uuid::Uuid;

use self::{access::Access, error::GraphError, odata::Query};
use crate::{entra::Entra, ids::passing_id, journal::Attribution};

/// Graph itself. It trusts the tokens of the lab's Entra and reads the same directory.
#[derive(Clone)]
pub(crate) struct Graph {
    entra: Entra,
}

/// A request whose bearer is known.
struct Call {
    access: Access,
    /// `v1.0`, or `beta`, which the lab answers with the same shapes.
    version: String,
    /// The path that was asked for, without `/$count`.
    path: String,
    query: Query,
    body: Value,
    /// `ConsistencyLevel: eventual`
    eventual: bool,
    /// Only the number of objects is asked for (`/$count`).
    counting: bool,
    /// The one type of a mixed collection that is asked for.
    cast: Option<String>,
    /// What the request is known by, here and in the audit log.
    id: Uuid,
}

impl Graph {
    pub(crate) fn new(entra: Entra) -> Self {
        Self { entra }
    }

    /// The routes of `graph.microsoft.com`.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/{version}/$batch", post(batch::handle))
            .route("/{version}/{*rest}", any(handle))
            .fallback(unknown)
            .layer(from_fn_with_state(self.clone(), bound_token::admit))
            .with_state(self)
    }
}

async fn handle(
    State(graph): State<Graph>,
    method: Method,
    Path((version, rest)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_version(&version) {
        return unknown(State(graph)).await;
    }
    let now = graph.entra.clock.now().into();
    let id = passing_id();
    let client_request_id = headers.get("client-request-id").cloned();
    let decided = access::authenticate(&graph.entra, &headers).map(|access| {
        let attribution = Attribution { tenant: Some(access.caller.tenant_id), client_app: access.caller.app_id };
        let path = uri.path().trim_end_matches('/');
        let counted = path.strip_suffix("/$count").or_else(|| path.strip_suffix("/%24count"));
        let rest = if counted.is_some() { rest.trim_end_matches('/').trim_end_matches("/$count") } else { &rest };
        let (rest, cast) = address::cast(rest);
        let call = parse(query.as_deref(), &body).and_then(|(query, body)| {
            let eventual = headers.get("consistencylevel").is_some_and(|level| level.as_bytes() == b"eventual");
            let counting = counted.is_some();
            if counting && !eventual {
                return Err(GraphError::bad_request("$count is not currently supported."));
            }
            let path = counted.unwrap_or(path).to_owned();
            let cast = cast.map(str::to_owned);
            Ok(Call { access, version, path, query, body, eventual, counting, cast, id })
        });
        (call.and_then(|call| graph.answer(&method, rest, &call)), attribution)
    });
    let (answer, attribution) = match decided {
        Ok((answer, attribution)) => (answer, attribution),
        Err(error) => (Err(error), Attribution::default()),
    };
    let mut answer = answer.unwrap_or_else(|error| error.answer(id, client_request_id.as_ref(), now));
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        answer.headers_mut().insert("client-request-id", client_request_id.unwrap_or_else(|| id.clone()));
        answer.headers_mut().insert("request-id", id);
    }
    answer.extensions_mut().insert(attribution);
    answer
}

fn parse(query: Option<&str>, body: &Bytes) -> Result<(Query, Value), GraphError> {
    let query = Query::parse(query.unwrap_or_default())?;
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).map_err(|_| GraphError::unreadable())?
    };
    Ok((query, body))
}

fn is_version(version: &str) -> bool {
    matches!(version, "v1.0" | "beta")
}

async fn unknown(State(graph): State<Graph>) -> Response {
    let error = GraphError::bad_version();
    error.answer(passing_id(), None, graph.entra.clock.now().into()).into_response()
}
