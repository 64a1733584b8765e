//! `/lab/tenants/{tenant}/groups`: security groups.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Control,
    answer::{Answer, Problem},
};

/// A group to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    name: String,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeGroup {
    /// The group's object id.
    id: Uuid,
}

/// Make an empty group
#[utoipa::path(
    post, path = "/lab/tenants/{tenant}/groups", operation_id = "createGroup", tag = "tenants",
    request_body = NewGroup, params(("tenant" = String, Path, description = "The tenant's id or one of its domains")),
    responses((status = CREATED, body = MadeGroup), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn create(
    State(control): State<Control>,
    Path(tenant): Path<String>,
    Json(new): Json<NewGroup>,
) -> Answer<(StatusCode, Json<MadeGroup>)> {
    let id = control.entra.directory.create_group(control.tenant(&tenant)?, &new.name)?;
    Ok((StatusCode::CREATED, Json(MadeGroup { id })))
}

/// Put a person, a service principal or a group into a group
#[utoipa::path(
    put, path = "/lab/tenants/{tenant}/groups/{group}/members/{member}", operation_id = "addMember", tag = "tenants",
    params(
        ("tenant" = String, Path, description = "The tenant's id or one of its domains"),
        ("group" = Uuid, Path, description = "The group's object id"),
        ("member" = Uuid, Path, description = "The member's object id")
    ),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn add_member(
    State(control): State<Control>,
    Path((tenant, group, member)): Path<(String, Uuid, Uuid)>,
) -> Answer<StatusCode> {
    control.entra.directory.add_member(control.tenant(&tenant)?, group, member)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody out of a group
#[utoipa::path(
    delete, path = "/lab/tenants/{tenant}/groups/{group}/members/{member}", operation_id = "removeMember",
    tag = "tenants",
    params(
        ("tenant" = String, Path, description = "The tenant's id or one of its domains"),
        ("group" = Uuid, Path, description = "The group's object id"),
        ("member" = Uuid, Path, description = "The member's object id")
    ),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn remove_member(
    State(control): State<Control>,
    Path((tenant, group, member)): Path<(String, Uuid, Uuid)>,
) -> Answer<StatusCode> {
    control.entra.directory.remove_member(control.tenant(&tenant)?, group, member)?;
    Ok(StatusCode::NO_CONTENT)
}
