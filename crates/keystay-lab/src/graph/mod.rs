//! Microsoft Graph v1.0: the users a customer's app reads, and the applications their owner manages.

mod access;
mod address;
mod applications;
mod bound_token;
mod credentials;
mod error;
mod principals;
mod query;
mod users;
mod view;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::Value;

use self::{access::Access, address::Address, error::GraphError, query::Query};
use crate::{entra::Entra, ids::passing_id, journal::Attribution};

/// Graph itself. It trusts the tokens of the lab's Entra and reads the same directory.
#[derive(Clone)]
pub(crate) struct Graph {
    entra: Entra,
}

/// A request whose bearer is known.
struct Call {
    access: Access,
    address: Address,
    query: Query,
    body: Value,
}

impl Graph {
    pub(crate) fn new(entra: Entra) -> Self {
        Self { entra }
    }

    /// The routes of `graph.microsoft.com`.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/v1.0/{*rest}", any(handle))
            .fallback(unknown)
            .layer(from_fn_with_state(self.clone(), bound_token::admit))
            .with_state(self)
    }

    fn answer(&self, method: &Method, call: &Call) -> Result<Response, GraphError> {
        let Address { collection, key, action } = &call.address;
        match (method.as_str(), collection.as_str(), key, action.as_deref()) {
            ("GET", "users", None, None) => users::list(self, call),
            ("GET", "users", Some(key), None) => users::read(self, call, key),
            ("GET", "applications", None, None) => applications::list(self, call),
            ("POST", "applications", None, None) => applications::create(self, call),
            ("GET", "applications", Some(key), None) => applications::read(self, call, key),
            ("PATCH", "applications", Some(key), None) => applications::update(self, call, key),
            ("POST", "applications", Some(key), Some("addKey")) => credentials::add_key(self, call, key),
            ("POST", "applications", Some(key), Some("removeKey")) => credentials::remove_key(self, call, key),
            ("GET", "servicePrincipals", None, None) => principals::list(self, call),
            ("POST", "servicePrincipals", None, None) => principals::create(self, call),
            ("GET", "servicePrincipals", Some(key), None) => principals::read(self, call, key),
            ("PATCH", "servicePrincipals", Some(key), None) => principals::update(self, call, key),
            _ => Err(GraphError::no_such_segment(collection)),
        }
    }
}

async fn handle(
    State(graph): State<Graph>,
    method: Method,
    Path(rest): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = graph.entra.clock.now().into();
    let client_request_id = headers.get("client-request-id").cloned();
    let decided = access::authenticate(&graph.entra, &headers).map(|access| {
        let attribution = Attribution { tenant: Some(access.caller.tenant_id), client_app: access.caller.app_id };
        let answer = parse(access, &rest, query.as_deref(), &body).and_then(|call| graph.answer(&method, &call));
        (answer, attribution)
    });
    let (answer, attribution) = match decided {
        Ok((answer, attribution)) => (answer, attribution),
        Err(error) => (Err(error), Attribution::default()),
    };
    let request_id = passing_id();
    let mut answer = answer.unwrap_or_else(|error| error.answer(request_id, client_request_id.as_ref(), now));
    let own_id = HeaderValue::try_from(request_id.to_string()).ok();
    if let Some(id) = own_id {
        answer.headers_mut().insert("client-request-id", client_request_id.unwrap_or_else(|| id.clone()));
        answer.headers_mut().insert("request-id", id);
    }
    answer.extensions_mut().insert(attribution);
    answer
}

fn parse(access: Access, rest: &str, query: Option<&str>, body: &Bytes) -> Result<Call, GraphError> {
    let address = Address::parse(rest)?;
    let query = Query::parse(query.unwrap_or_default());
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).map_err(|_| {
            GraphError::bad_request(
                "Unable to read JSON request \
            payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
            )
        })?
    };
    Ok(Call { access, address, query, body })
}

async fn unknown(State(graph): State<Graph>) -> Response {
    let error = GraphError::bad_request("Invalid version. The lab plays v1.0.");
    error.answer(passing_id(), None, graph.entra.clock.now().into()).into_response()
}
