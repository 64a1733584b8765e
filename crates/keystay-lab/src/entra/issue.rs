//! Access tokens: what stands in them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Audience, Entra, claims_request::ClaimsRequest};
use crate::{
    directory::{ServicePrincipal, TokenKeyError, User, World},
    ids::passing_id,
};

/// The life of a token unless a policy says otherwise. The service varies it between 60 and 90
/// minutes; a test wants one.
pub(super) const LIFETIME_SECS: u64 = 3599;
/// The life of a token under continuous access evaluation: within the 20 to 28 hours the service gives, and as long as one
/// that was seen. Whether an application of another tenant gets one is not documented; the lab gives it, as the worse case.
const CHALLENGEABLE_LIFETIME_SECS: u64 = 86_700;
/// Tokens start a little in the past, for receivers whose clocks are behind.
pub(super) const BACKDATED_SECS: i64 = 300;
/// Tokens that live at least this long come with the advice when to refresh them.
const LONG_LIVED_SECS: u64 = 2 * 3600;

/// A decision to issue a token.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) tenant: Uuid,
    pub(crate) audience: Audience,
    pub(crate) subject: Subject,
    /// `None` for the usual life.
    pub(crate) lifetime_secs: Option<u64>,
    /// What the request wants to find in the token.
    pub(super) claims: ClaimsRequest,
    /// The SHA-256 thumbprint of the certificate that the token is bound to.
    pub(super) bound_to: Option<String>,
}

impl Grant {
    /// A grant of a plain bearer token.
    pub(crate) fn new(tenant: Uuid, audience: Audience, subject: Subject, lifetime_secs: Option<u64>) -> Self {
        Self { tenant, audience, subject, lifetime_secs, claims: ClaimsRequest::default(), bound_to: None }
    }

    /// The life of the token. One that its resource can end at any time lives long, whatever a policy says.
    fn lifetime_secs(&self) -> u64 {
        if self.audience.is_graph() && self.claims.can_be_challenged() {
            return CHALLENGEABLE_LIFETIME_SECS;
        }
        self.lifetime_secs.unwrap_or(LIFETIME_SECS)
    }
}

/// Whom a token speaks for.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) object_id: Uuid,
    pub(crate) app_id: Uuid,
    app_name: String,
    proof: Proof,
    /// Application permissions; of an application only.
    roles: Vec<String>,
    pub(super) user: Option<SignedIn>,
}

#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) user_principal_name: String,
    pub(super) name: String,
    given_name: String,
    surname: String,
    scopes: String,
    role_templates: Vec<Uuid>,
}

/// How the client proved to be itself; the number is what tokens say (`appidacr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Proof {
    /// A public client proves nothing.
    Nothing = 0,
    Secret = 1,
    Key = 2,
}

impl Subject {
    /// An application on its own behalf, with the permissions its tenant granted it on the resource.
    pub(crate) fn app(world: &World, principal: &ServicePrincipal, audience: &Audience, proof: Proof) -> Self {
        let granted = principal.app_role_assignments.iter().filter(|grant| grant.resource_app_id == audience.app_id);
        let roles = granted.filter_map(|grant| world.app_role(grant.resource_app_id, grant.role_id));
        Self {
            object_id: principal.id,
            app_id: principal.app_id,
            app_name: principal.display_name.clone(),
            proof,
            roles: roles.map(str::to_owned).collect(),
            user: None,
        }
    }

    /// A person at an application, with the delegated permissions it was given.
    pub(super) fn user(user: &User, app_id: Uuid, app_name: &str, scopes: String, proof: Proof) -> Self {
        Self {
            object_id: user.id,
            app_id,
            app_name: app_name.to_owned(),
            proof,
            roles: Vec::new(),
            user: Some(SignedIn {
                user_principal_name: user.user_principal_name.clone(),
                name: user.display_name.clone(),
                given_name: user.given_name.clone(),
                surname: user.surname.clone(),
                scopes,
                role_templates: user.roles.iter().map(|role| role.template_id()).collect(),
            }),
        }
    }
}

/// A token and its life.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) lifetime_secs: u64,
    /// The start of its life, in seconds since 1970.
    pub(crate) from: i64,
}

impl Issued {
    /// Seconds since 1970.
    pub(crate) fn expires_on(&self) -> i64 {
        self.from.saturating_add_unsigned(self.lifetime_secs)
    }

    /// When a client should refresh a long-lived token, in seconds from now.
    pub(crate) fn refresh_in_secs(&self) -> Option<u64> {
        (self.lifetime_secs >= LONG_LIVED_SECS).then_some(self.lifetime_secs / 2)
    }
}

impl Entra {
    /// Signs the token of a grant.
    pub(crate) fn issue(&self, grant: &Grant) -> Result<Issued, TokenKeyError> {
        let issued_at = self.clock.unix();
        let lifetime_secs = grant.lifetime_secs();
        let expires = issued_at.saturating_add_unsigned(lifetime_secs);
        // A challenge may ask for a token that begins after something that just happened.
        let from =
            grant.claims.not_before.map_or(i64::MIN, |asked| asked.min(issued_at)).max(issued_at - BACKDATED_SECS);
        let token = self.key.get()?.sign(&claims(grant, from, expires))?;
        Ok(Issued { token, lifetime_secs, from: issued_at })
    }
}

fn claims(grant: &Grant, from: i64, expires: i64) -> Value {
    let Grant { tenant, audience, subject, .. } = grant;
    let v1 = audience.service.is_some_and(|service| service.v1_tokens);
    let acr = (subject.proof as u8).to_string();
    let mut claims = json!({
        "aud": audience.name,
        "iat": from,
        "nbf": from,
        "exp": expires,
        "aio": noise(),
        "oid": subject.object_id,
        "rh": noise(),
        "sub": subject.object_id,
        "tid": tenant,
        "uti": noise(),
        "xms_ftd": noise(),
    });
    if v1 {
        let issuer = format!("https://sts.windows.net/{tenant}/");
        claims["ver"] = "1.0".into();
        claims["appid"] = json!(subject.app_id);
        claims["appidacr"] = acr.into();
        claims["app_displayname"] = subject.app_name.as_str().into();
        claims["idtyp"] = if subject.user.is_some() { "user" } else { "app" }.into();
        if subject.user.is_none() {
            claims["idp"] = issuer.as_str().into();
        }
        claims["iss"] = issuer.into();
    } else {
        claims["ver"] = "2.0".into();
        claims["azp"] = json!(subject.app_id);
        claims["azpacr"] = acr.into();
        claims["iss"] = format!("https://login.microsoftonline.com/{tenant}/v2.0").into();
    }
    if let Some(thumbprint) = &grant.bound_to {
        claims["cnf"] = json!({ "x5t#S256": thumbprint });
    }
    if !grant.claims.capabilities.is_empty() {
        claims["xms_cc"] = json!(grant.claims.capabilities);
    }
    if !grant.claims.contexts.is_empty() {
        claims["acrs"] = json!(grant.claims.contexts);
    }
    if !subject.roles.is_empty() {
        claims["roles"] = json!(subject.roles);
    }
    if let Some(user) = &subject.user {
        claims["scp"] = user.scopes.as_str().into();
        claims["upn"] = user.user_principal_name.as_str().into();
        claims["unique_name"] = user.user_principal_name.as_str().into();
        claims["name"] = user.name.as_str().into();
        claims["given_name"] = user.given_name.as_str().into();
        claims["family_name"] = user.surname.as_str().into();
        claims["amr"] = json!(["pwd"]);
        claims["wids"] = json!(user.role_templates);
    }
    claims
}

/// The opaque claims that tokens carry.
pub(super) fn noise() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(passing_id().as_bytes())
}
