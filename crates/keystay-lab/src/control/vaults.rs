//! `/lab/vaults`: what is in the vaults, who may do what, and events a test wants to happen.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Control,
    answer::{Answer, Problem},
};
use crate::{
    authorization::Role,
    keyvault::{Scope, VaultHandle, VaultProperties, VaultSummary},
    network::Site,
};

/// A vault to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVault {
    /// Its host name.
    #[schema(example = "wharfvault.vault.azure.net")]
    host: String,
    /// The tenant whose tokens it takes, by id or domain; the home tenant when absent.
    tenant: Option<String>,
}

/// What to change about a vault; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VaultChange {
    /// How long issuing a certificate takes from now on, in lab time.
    issuance_delay_seconds: Option<u64>,
    /// Properties as Resource Manager names them, for example `{"enableRbacAuthorization": false}`. Unchecked: any state can
    /// be made, also one Resource Manager would refuse.
    #[serde(default)]
    properties: Map<String, Value>,
}

/// A role to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAssignment {
    /// The object id of a person, service principal, managed identity or group.
    principal: Uuid,
    /// The role.
    role: Role,
    /// Where it holds; in the whole vault when absent.
    #[serde(default = "whole_vault")]
    scope: Scope,
}

/// A self-signed certificate to be issued with the service's default policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateOrder {
    name: String,
    /// Whether the private key may leave the vault.
    #[serde(default)]
    exportable: bool,
}

/// What was issued.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuedCertificate {
    /// The certificate, base64 of its DER form.
    certificate: String,
    /// The version id; key and secret share it.
    version: String,
}

/// What to change about a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyChange {
    enabled: bool,
    /// The version; the newest when absent.
    #[serde(default)]
    version: String,
}

fn whole_vault() -> Scope {
    Scope::Vault
}

/// List the vaults, what is in them and who has which role
#[utoipa::path(
    get, path = "/lab/vaults", operation_id = "listVaults", tag = "vaults",
    responses((status = OK, body = [VaultSummary]))
)]
pub(super) async fn list(State(control): State<Control>) -> Json<Vec<VaultSummary>> {
    Json(control.vaults.summaries())
}

/// Make an empty vault, in which nobody has a role
#[utoipa::path(
    post, path = "/lab/vaults", operation_id = "createVault", tag = "vaults", request_body = NewVault,
    responses(
        (status = CREATED, body = VaultSummary), (status = BAD_REQUEST, body = Problem),
        (status = CONFLICT, body = Problem)
    )
)]
pub(super) async fn create(
    State(control): State<Control>,
    Json(new): Json<NewVault>,
) -> Answer<(StatusCode, Json<VaultSummary>)> {
    let host = new.host.to_ascii_lowercase();
    if Site::of(&host) != Some(Site::Vault) {
        return Err(Problem::bad_request(format_args!("`{host}` is not the host name of a vault"))
            .hint("a name of 3 to 24 letters, digits and hyphens before .vault.azure.net or .managedhsm.azure.net"));
    }
    if control.vaults.summary(&host).is_some() {
        return Err(Problem::conflict(format_args!("there is a vault at {host} already")));
    }
    let tenant = match &new.tenant {
        Some(name) => control.tenant(name)?,
        None => control.entra.directory.home(),
    };
    handle(&control).create(&host, tenant);
    Ok((StatusCode::CREATED, shown(&control, &host)?))
}

/// Show a vault
#[utoipa::path(
    get, path = "/lab/vaults/{host}", operation_id = "showVault", tag = "vaults",
    params(("host" = String, Path, description = "The vault's host name")),
    responses((status = OK, body = VaultSummary), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn show(State(control): State<Control>, Path(host): Path<String>) -> Answer<Json<VaultSummary>> {
    shown(&control, &host)
}

/// Set up a vault, and how long issuing certificates takes
#[utoipa::path(
    patch, path = "/lab/vaults/{host}", operation_id = "changeVault", tag = "vaults", request_body = VaultChange,
    params(("host" = String, Path, description = "The vault's host name")),
    responses((status = OK, body = VaultSummary), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn change(
    State(control): State<Control>,
    Path(host): Path<String>,
    Json(change): Json<VaultChange>,
) -> Answer<Json<VaultSummary>> {
    vault_exists(&control, &host)?;
    if let Some(seconds) = change.issuance_delay_seconds {
        handle(&control).set_issuance_delay(&host, Duration::from_secs(seconds))?;
    }
    if !change.properties.is_empty() {
        let properties = handle(&control).properties(&host)?;
        let changed = merged(&properties, &change.properties).map_err(|error| {
            Problem::bad_request(format_args!("no vault can be set up like that: {error}"))
                .hint("GET /lab/vaults/{host} shows the properties there are")
        })?;
        handle(&control).configure(&host, |properties| *properties = changed)?;
    }
    shown(&control, &host)
}

/// Give somebody a role
#[utoipa::path(
    post, path = "/lab/vaults/{host}/roles", operation_id = "assignRole", tag = "vaults",
    request_body = NewAssignment, params(("host" = String, Path, description = "The vault's host name")),
    responses(
        (status = OK, body = VaultSummary), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn assign_role(
    State(control): State<Control>,
    Path(host): Path<String>,
    Json(new): Json<NewAssignment>,
) -> Answer<Json<VaultSummary>> {
    vault_exists(&control, &host)?;
    handle(&control).assign_role(&host, new.principal, new.role, new.scope);
    shown(&control, &host)
}

/// Let somebody activate a role (Privileged Identity Management), without giving it now
#[utoipa::path(
    post, path = "/lab/vaults/{host}/eligible-roles", operation_id = "makeEligible", tag = "vaults",
    request_body = NewAssignment, params(("host" = String, Path, description = "The vault's host name")),
    responses(
        (status = NO_CONTENT), (status = BAD_REQUEST, body = Problem), (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn make_eligible(
    State(control): State<Control>,
    Path(host): Path<String>,
    Json(new): Json<NewAssignment>,
) -> Answer<StatusCode> {
    vault_exists(&control, &host)?;
    handle(&control).make_eligible(&host, new.principal, new.role, new.scope);
    Ok(StatusCode::NO_CONTENT)
}

/// Take all roles in a vault from somebody
#[utoipa::path(
    delete, path = "/lab/vaults/{host}/roles/{principal}", operation_id = "removeRoles", tag = "vaults",
    params(
        ("host" = String, Path, description = "The vault's host name"),
        ("principal" = Uuid, Path, description = "The object id of who loses them")
    ),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem))
)]
pub(super) async fn remove_roles(
    State(control): State<Control>,
    Path((host, principal)): Path<(String, Uuid)>,
) -> Answer<StatusCode> {
    vault_exists(&control, &host)?;
    handle(&control).remove_roles(&host, principal);
    Ok(StatusCode::NO_CONTENT)
}

/// Issue a self-signed certificate, or its next version, at once
#[utoipa::path(
    post, path = "/lab/vaults/{host}/certificates", operation_id = "issueCertificate", tag = "vaults",
    request_body = CertificateOrder, params(("host" = String, Path, description = "The vault's host name")),
    responses(
        (status = CREATED, body = IssuedCertificate), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn issue_certificate(
    State(control): State<Control>,
    Path(host): Path<String>,
    Json(order): Json<CertificateOrder>,
) -> Answer<(StatusCode, Json<IssuedCertificate>)> {
    vault_exists(&control, &host)?;
    let vaults = handle(&control);
    // making a key takes up to seconds; other requests must not wait behind it
    let issued = tokio::task::spawn_blocking(move || {
        let der = vaults.create_certificate(&host, &order.name, order.exportable)?;
        let version = vaults.newest_version(&host, &order.name)?;
        Ok::<_, crate::LabError>(IssuedCertificate { certificate: BASE64_STANDARD.encode(der), version })
    });
    let issued = issued.await.map_err(|_| Problem::conflict("the operation was aborted"))??;
    Ok((StatusCode::CREATED, Json(issued)))
}

/// Enable or disable a version of a key
#[utoipa::path(
    patch, path = "/lab/vaults/{host}/keys/{name}", operation_id = "changeKey", tag = "vaults",
    request_body = KeyChange,
    params(
        ("host" = String, Path, description = "The vault's host name"),
        ("name" = String, Path, description = "The key's name")
    ),
    responses(
        (status = OK, body = VaultSummary), (status = BAD_REQUEST, body = Problem),
        (status = NOT_FOUND, body = Problem)
    )
)]
pub(super) async fn change_key(
    State(control): State<Control>,
    Path((host, name)): Path<(String, String)>,
    Json(change): Json<KeyChange>,
) -> Answer<Json<VaultSummary>> {
    vault_exists(&control, &host)?;
    handle(&control).set_key_enabled(&host, &name, &change.version, change.enabled)?;
    shown(&control, &host)
}

fn handle(control: &Control) -> VaultHandle {
    VaultHandle::new(control.vaults.clone())
}

/// The properties with some of them replaced.
fn merged(old: &VaultProperties, new: &Map<String, Value>) -> serde_json::Result<VaultProperties> {
    let mut all = serde_json::to_value(old)?;
    if let Value::Object(all) = &mut all {
        all.extend(new.clone());
    }
    let changed: VaultProperties = serde_json::from_value(all)?;
    // a misspelt name would be passed over in silence
    let understood = serde_json::to_value(&changed)?;
    match new.iter().find(|(name, value)| !value.is_null() && understood.get(name.as_str()).is_none()) {
        Some((name, _)) => Err(serde::de::Error::custom(format_args!("there is no property `{name}`"))),
        None => Ok(changed),
    }
}

pub(super) fn vault_exists(control: &Control, host: &str) -> Answer<()> {
    shown(control, host).map(drop)
}

fn shown(control: &Control, host: &str) -> Answer<Json<VaultSummary>> {
    control.vaults.summary(host).map(Json).ok_or_else(|| {
        Problem::not_found(format_args!("the lab has no vault at {host}")).hint("GET /lab/vaults lists the vaults")
    })
}
