//! What is in the lab, for people and for programs.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Control,
    view::{AppView, TenantView},
};
use crate::{
    directory::ManagedIdentity,
    keyvault::VaultSummary,
    seed::{DEMO_PASSWORD, Seed},
};

/// Everything there is, without secrets.
#[derive(Serialize, ToSchema)]
pub(super) struct Summary {
    /// Proxy and control API.
    address: String,
    seed: Seed,
    tenants: Vec<TenantView>,
    apps: Vec<AppView>,
    managed_identities: Vec<ManagedIdentity>,
    vaults: Vec<VaultSummary>,
    /// The password of all seeded people. Public: they exist in labs only.
    demo_password: &'static str,
}

/// The overview for people who have no browser at hand.
pub(crate) fn text(control: &Control) -> String {
    let Control { seed, port, .. } = control;
    format!(
        "keystay lab: a local Azure\n\n\
         proxy and control   http://127.0.0.1:{port}\n\
         vault               https://{}\n\
         home tenant         {} ({})\n\
         customers           {} ({}), {} ({})\n\
         password of all     {DEMO_PASSWORD}\n\n\
         GET  /lab/state-summary   tenants, apps, vaults: all there is\n\
         GET  /lab/clock           POST {{\"advance_seconds\":3600}} or {{\"set\":\"2027-01-01T00:00:00Z\"}}\n\
         GET  /lab/journal         every request; DELETE clears\n\
         GET  /lab/faults          POST breaks something; DELETE mends\n\
         GET  /lab/latency         PUT sets how long services take\n\
         GET  /lab/propagation     PUT sets how long changes take to reach the token service and the vaults\n\
         POST /lab/oidc-tokens     {{\"issuer\":\"https://token.actions.githubusercontent.com\",\"subject\":\"...\"}}\n\
         GET  /lab/state           PUT brings it back\n\
         GET  /lab/openapi.json    all of it, described for programs\n\n\
         In a browser this address shows the lab live.\n",
        seed.vault_host,
        seed.home.domain,
        seed.home.id,
        seed.juniper.domain,
        seed.juniper.id,
        seed.marlow.domain,
        seed.marlow.id,
    )
}

/// Show all there is: ids, names and addresses
///
/// Of secrets it holds only the public passwords of the seeded people.
#[utoipa::path(
    get, path = "/lab/state-summary", operation_id = "showSummary", tag = "overview",
    responses((status = OK, body = Summary))
)]
pub(super) async fn summary(State(control): State<Control>) -> Json<Summary> {
    let vaults = control.vaults.summaries();
    let world = control.entra.directory.read();
    Json(Summary {
        address: format!("http://127.0.0.1:{}", control.port),
        seed: control.seed.clone(),
        tenants: world.tenants.values().map(|tenant| TenantView::new(tenant, &world)).collect(),
        apps: world.applications.values().map(|app| AppView::new(app, &world)).collect(),
        managed_identities: world.managed_identities.clone(),
        vaults,
        demo_password: DEMO_PASSWORD,
    })
}
