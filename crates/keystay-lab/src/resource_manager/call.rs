//! One authenticated request, as the operations see it.

use axum::{
    Json,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{ResourceManager, access::Access, address::Address, api_version::ApiVersion, error::ArmError};
use crate::{
    authorization::{Authorization, Plane, ResourceScope},
    query::Query,
};

/// What a request asks of which place, on whose behalf.
pub(super) struct Call<'a> {
    pub(super) manager: &'a ResourceManager,
    pub(super) access: Access,
    pub(super) method: Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) address: Address,
    pub(super) api_version: ApiVersion,
    pub(super) query: Query,
    pub(super) body: Bytes,
}

impl Call<'_> {
    pub(super) fn rest(&self) -> Vec<&str> {
        self.address.rest.iter().map(String::as_str).collect()
    }

    pub(super) fn authorization(&self) -> &Authorization {
        &self.manager.vaults.authorization
    }

    /// The lab's time, Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.manager.entra.clock.unix()
    }

    /// The subscription in the path. Its place in the tree has been checked before.
    pub(super) fn subscription(&self) -> Result<Uuid, ArmError> {
        self.address.subscription().ok_or_else(|| self.unknown())
    }

    /// The place everything in the subscription is below.
    pub(super) fn subscription_scope(&self) -> Result<ResourceScope, ArmError> {
        Ok(ResourceScope::new(&format!("/subscriptions/{}", self.subscription()?)))
    }

    /// Checks the caller's right to an action at a place.
    pub(super) fn require(&self, action: &str, scope: &ResourceScope) -> Result<(), ArmError> {
        if self.authorization().allows(&self.access.caller, Plane::Control, action, scope) {
            return Ok(());
        }
        Err(self.refused(action, scope))
    }

    pub(super) fn refused(&self, action: &str, scope: &ResourceScope) -> ArmError {
        ArmError::unauthorized(&self.access.caller, &self.access.name, action, scope.path())
    }

    /// The body, read as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ArmError> {
        serde_json::from_slice(&self.body).map_err(|error| ArmError::unreadable(&error))
    }

    pub(super) fn unknown(&self) -> ArmError {
        ArmError::no_such_operation(&self.address)
    }
}

/// 200 with a JSON body.
pub(super) fn ok(body: impl Serialize) -> Response {
    (StatusCode::OK, Json(body)).into_response()
}

/// 201 with a JSON body.
pub(super) fn created(body: impl Serialize) -> Response {
    (StatusCode::CREATED, Json(body)).into_response()
}

/// 204: there was nothing to delete.
pub(super) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A moment in Unix seconds, as Resource Manager writes it.
pub(super) fn moment(unix: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix).ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}
