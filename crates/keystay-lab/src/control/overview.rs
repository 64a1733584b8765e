//! What is in the lab, for people and for programs.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::Control;
use crate::{
    directory::{Application, Tenant},
    seed::DEMO_PASSWORD,
};

/// `/`
pub(super) async fn page(State(control): State<Control>) -> Response {
    let Control { seed, port, .. } = &control;
    format!(
        "keystay lab: a local Azure\n\n\
         proxy and control   http://127.0.0.1:{port}\n\
         vault               https://{}\n\
         home tenant         {} ({})\n\
         customers           {} ({}), {} ({})\n\
         password of all     {DEMO_PASSWORD}\n\n\
         GET  /lab/state-summary   tenants, people, applications\n\
         GET  /lab/clock           POST {{\"advance_seconds\":3600}} or {{\"set\":\"2027-01-01T00:00:00Z\"}}\n\
         GET  /lab/journal         every request; DELETE clears\n\
         POST /lab/faults          break something; DELETE mends\n\
         GET  /lab/latency         PUT sets how long services take\n\
         GET  /lab/propagation     PUT sets how long changes take to reach the token service\n\
         POST /lab/oidc-tokens     {{\"issuer\":\"https://token.actions.githubusercontent.com\",\"subject\":\"...\"}}\n\
         GET  /lab/state           PUT brings it back\n",
        seed.vault_host,
        seed.home.domain,
        seed.home.id,
        seed.juniper.domain,
        seed.juniper.id,
        seed.marlow.domain,
        seed.marlow.id,
    )
    .into_response()
}

/// `/lab/state-summary`: ids, names and addresses. Of secrets only the public passwords of the seeded people.
pub(super) async fn summary(State(control): State<Control>) -> Response {
    let world = control.entra.directory.read();
    let tenants: Vec<Value> = world.tenants.values().map(tenant).collect();
    let applications: Vec<Value> = world.applications.values().map(application).collect();
    Json(json!({
        "address": format!("http://127.0.0.1:{}", control.port),
        "seed": control.seed,
        "homeTenant": world.home,
        "tenants": tenants,
        "applications": applications,
        "managedIdentities": world.managed_identities,
        "demoPassword": DEMO_PASSWORD,
    }))
    .into_response()
}

fn tenant(tenant: &Tenant) -> Value {
    let users = tenant.users.iter().map(|user| {
        json!({
            "id": user.id,
            "userPrincipalName": user.user_principal_name,
            "displayName": user.display_name,
            "roles": user.roles,
        })
    });
    let principals = tenant.principals.values().map(|principal| {
        json!({
            "id": principal.id,
            "appId": principal.app_id,
            "displayName": principal.display_name,
            "accountEnabled": principal.account_enabled,
        })
    });
    json!({
        "id": tenant.id,
        "displayName": tenant.display_name,
        "domains": tenant.domains,
        "users": users.collect::<Vec<_>>(),
        "servicePrincipals": principals.collect::<Vec<_>>(),
    })
}

fn application(app: &Application) -> Value {
    let keys = app.key_credentials.iter().map(|credential| {
        json!({
            "keyId": credential.key_id,
            "thumbprint": credential.certificate.thumbprint(),
            "displayName": credential.display_name,
        })
    });
    json!({
        "id": app.id,
        "appId": app.app_id,
        "displayName": app.display_name,
        "homeTenant": app.home_tenant,
        "isDisabled": app.disabled,
        "keyCredentials": keys.collect::<Vec<_>>(),
    })
}
