//! The routes of the story.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::get,
};
use keystay::{Scopes, Tenant};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    failure::Failure,
    graph::{self, User},
};

type Users = Result<Json<Vec<User>>, Failure>;

/// All routes, under `/api` as Azure Functions forwards them.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/demo1/call-graph", get(usual_call))
        .route("/api/demo1/steal-certificate", get(steal_certificate))
        .route("/api/demo2/call-graph", get(safe_call))
        .route("/api/demo2/return-token", get(return_token))
        .with_state(app)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    tenant_id: Option<String>,
}

impl Question {
    fn tenant(&self, app: &App) -> Result<Tenant, Failure> {
        self.tenant_id.as_deref().map_or(Ok(app.default_tenant.clone()), |text| {
            text.parse().map_err(|error: keystay::AuthorityError| Failure::Tenant(error.to_string()))
        })
    }
}

async fn usual_call(State(app): State<Arc<App>>, Query(question): Query<Question>) -> Users {
    Ok(Json(graph::users(&app.graph, &app.usual, &question.tenant(&app)?).await?))
}

async fn safe_call(State(app): State<Arc<App>>, Query(question): Query<Question>) -> Users {
    Ok(Json(graph::users(&app.graph, &app.safe, &question.tenant(&app)?).await?))
}

/// What a rogue dependency finds in the memory of the usual way: a year of access to every customer.
async fn steal_certificate(State(app): State<Arc<App>>) -> Result<Json<Value>, Failure> {
    if !app.show_theft {
        return Err(Failure::TheftIsOff);
    }
    Ok(Json(json!({ "pfx": app.downloaded_pfx.expose(), "password": "" })))
}

/// What it finds in the memory of the safe way: one token (and the right to ask for signatures while it is inside).
async fn return_token(State(app): State<Arc<App>>, Query(question): Query<Question>) -> Result<Json<Value>, Failure> {
    if !app.show_theft {
        return Err(Failure::TheftIsOff);
    }
    let token = app.safe.token(&question.tenant(&app)?, &Scopes::graph()).await?;
    Ok(Json(json!({ "token": token.secret() })))
}
