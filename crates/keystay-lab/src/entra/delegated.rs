//! Tokens for a person at an application, whichever way the person came.

use uuid::Uuid;

use super::{
    Audience, Grant, Proof, Subject,
    claims_request::ClaimsRequest,
    client_app::ClientApp,
    refresh::Refresh,
    refusal::Refusal,
    scope::{self, resource_of_delegated},
};
use crate::directory::{Tenant, User, World};

/// What is to be issued: a token, and for a person what goes with it.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) grant: Grant,
    /// `None` for an application on its own behalf.
    pub(super) sign_in: Option<SignIn>,
}

/// What a person's sign-in brings beside the access token.
#[derive(Debug)]
pub(super) struct SignIn {
    /// What was asked for.
    asked: String,
    /// What the token allows.
    pub(super) granted: String,
    pub(super) nonce: Option<String>,
    /// What a refresh token would stand for.
    pub(super) refresh: Refresh,
}

impl SignIn {
    /// Whether one of OpenID Connect's own scopes was asked for.
    pub(super) fn asks_for(&self, scope: &str) -> bool {
        self.asked.split_ascii_whitespace().any(|one| one == scope)
    }
}

/// A person who was recognised, at an application that was.
#[derive(Debug)]
pub(super) struct Recognised<'a> {
    pub(super) app: ClientApp<'a>,
    pub(super) tenant: &'a Tenant,
    pub(super) user: &'a User,
    /// How the application proved to be itself.
    pub(super) proof: Proof,
    /// What is asked for.
    pub(super) scope: &'a str,
    pub(super) nonce: Option<String>,
    pub(super) claims: ClaimsRequest,
}

impl Recognised<'_> {
    /// Decides which token they get.
    pub(super) fn decide(self, world: &World) -> Result<Decision, Refusal> {
        let Self { app, tenant, user, proof, scope, nonce, claims } = self;
        let resource = resource_of_delegated(scope)?;
        let audience = Audience::find(world, tenant.id, resource)
            .ok_or_else(|| Refusal::resource(resource, tenant.default_domain()))?;
        let granted = scope::granted(scope, tenant, user, app.app_id, app.is_of_microsoft())?;
        let subject = Subject::user(user, app.app_id, app.name, granted.clone(), proof);
        let refresh = Refresh { app: app.app_id, tenant: tenant.id, user: user.id, scope: scope.to_owned(), proof };
        let lifetime_secs = world.access_token_secs(tenant.id, audience.app_id);
        let grant = Grant { claims, ..Grant::new(tenant.id, audience, subject, lifetime_secs) };
        Ok(Decision { grant, sign_in: Some(SignIn { asked: scope.to_owned(), granted, nonce, refresh }) })
    }
}

/// Finds the person and the application again that a ticket names, if both may still have tokens.
pub(super) fn find(
    world: &World,
    tenant: Uuid,
    user: Uuid,
    app: Uuid,
) -> Result<(ClientApp<'_>, &Tenant, &User), Refusal> {
    let tenant = world.tenants.get(&tenant).ok_or_else(|| Refusal::tenant_not_found(&tenant.to_string()))?;
    let client_id = app.to_string();
    let gone = || Refusal::app_not_in_tenant(&client_id, &tenant.display_name);
    let app = ClientApp::find(world, &client_id).ok_or_else(gone)?;
    if let Some(registration) = app.registration {
        let principal = tenant.principals.get(&app.app_id).ok_or_else(gone)?;
        if registration.disabled || !principal.account_enabled {
            return Err(Refusal::app_disabled(app.app_id, app.name));
        }
    }
    let user = tenant.user(user).ok_or_else(|| {
        Refusal::bad_grant(50_034, "The user account does not exist in the directory. Send a new interactive request.")
    })?;
    if user.disabled {
        return Err(Refusal::bad_grant(50_057, "The user account is disabled."));
    }
    Ok((app, tenant, user))
}
